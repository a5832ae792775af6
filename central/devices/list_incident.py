"""What a machine did that the office must look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from central.database.transaction import Connection
from central.devices import store

MAX_DETAIL = 200
MAX_INCIDENTS = 2_000
"""Rows kept of each machine, and of all names together that are no machine's: none can crowd out another's.

Beyond that, only what is listed already is counted on; the log has the rest.
"""


class What(StrEnum):
    """Kinds of incident. The values stand in the database and stay stable."""

    UNKNOWN_DEVICE = "unknown-device"
    REVOKED_DEVICE = "revoked-device"
    MALFORMED = "malformed"
    """A message that is none of ours."""
    BAD_SIGNATURE = "bad-signature"
    DAMAGED_BATCH = "damaged-batch"
    """Records that are not those the signature stands for."""
    CONFLICT = "conflict"
    """Another record under a number that is taken in: a copied journal, for example."""
    JOURNAL_BEHIND = "journal-behind"
    """The machine knows less of its journal than the office: an old card image was put back, for example."""
    NEW_JOURNAL = "new-journal"
    """The machine began a new journal: its card was replaced, or the old one was damaged. What the office lacks of the
    earlier ones comes with it, as far as it could be read."""
    JOURNAL_REPLACED = "journal-replaced"
    """Why a new journal began, in the machine's own words."""
    RECORDS_LOST = "records-lost"
    """Numbers of an earlier journal that could not be read any more."""
    OFFICE_BEHIND = "office-behind"
    """The office knows less than it had acknowledged: it was restored from a backup. The machine sends it again."""
    LIST_SET_BACK = "list-set-back"
    """The machine has read entries of the office's list that are not in it: it was restored from a backup. What was
    entered after that backup must be entered again; machines now fetch the whole list."""
    BOARDING_LOST = "boarding-lost"
    """Somebody alighted whose boarding the office does not have; the ride is charged all the same."""
    DOUBLE_USE = "double-use"
    """One code was shown on two buses. One ride is charged, the other is kept."""
    RECORD_REFUSED = "record-refused"
    """Taken in, but it could not be applied."""
    UNKNOWN_PASS = "unknown-pass"
    """Somebody rode on a pass that the office has not issued; the fare is in suspense."""
    PHONE_RIDE = "phone-ride"
    """A member's phone that read the bus, and the bus's own records, do not agree; the bus's word is booked."""
    CODE_GAP = "code-gap"
    """A kiosk counts its codes without a gap: some of them never came here, or it went back to an older card."""
    CODE_ODD = "code-odd"
    """A kiosk's code with an odd time, or for a visit that the office knows otherwise."""
    CODE_AGAIN = "code-again"
    """A kiosk's code was opened by more people than it was made for."""
    CODE_UNDONE = "code-undone"
    """A kiosk took a code back that somebody had claimed already."""
    CARD_STRANGE = "card-strange"
    """A kiosk took a card that the office has not issued; nobody has got the points."""
    FAILED = "failed"
    """The office's own program failed at a message."""


@dataclass(frozen=True, slots=True)
class Incident:
    """`device` is what it called itself; `detail` is for people, the first 200 characters are kept."""

    device: str
    what: What
    detail: str


def list_incident(connection: Connection, incident: Incident, now: int) -> None:
    """Put it before the office; the same again is counted."""
    device, detail = incident.device[:MAX_DETAIL], incident.detail[:MAX_DETAIL]
    store.put_incident(connection, device, incident.what, detail, now, MAX_INCIDENTS)
