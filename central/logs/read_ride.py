"""Everything that the office has of one ride: its records, its way, its money, what was corrected and by whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from central.audit.store import newest_entries
from central.database.transaction import Connection
from central.japan import clock_text, parse_day
from central.logs import store
from central.logs.ledger_of_ride import groups_of_ride
from central.logs.store import EntryRow, Group
from central.rides.corrections.by_staff.asked_line import AskedLine, asked_line
from central.rides.corrections.by_staff.rows import Of
from central.rides.corrections.by_staff.store import of_ride
from central.rides.corrections.by_staff.words import fact_words
from central.rides.corrections.correction_line import CAUSES
from central.rides.corrections.store import applied_corrections
from central.rides.corrections.store import ride_with_id as code_ride_with_id
from central.today.filters import BY_CODE, BY_HAND, BY_PHONE
from central.today.record_line import RecordLine, record_line
from central.today.ride_line import RideLine, ride_line
from central.today.rows import Ride
from central.words.acts import ACTS
from central.words.ledger_words import ACCOUNT_KINDS, EVENTS, UNITS
from central.words.names import Names
from central.words.say_event import read_event
from central.words.words import Words, words_for

MOST_ACTS = 100

PARTS: dict[str, Words] = {
    "board": ("乗車", "boarding"),
    "alight": ("降車", "alighting"),
    "left": ("降車の記録がないまま終わった", "nobody alighted"),
    "refused": ("断られた読み取り", "the refusal that the driver overruled"),
}


@dataclass(frozen=True, slots=True)
class RecordOfRide:
    """A record and its part in the ride; `line` is None while it is not here, then `name` is all that is known."""

    part: Words
    name: str
    line: RecordLine | None


@dataclass(frozen=True, slots=True)
class Pole:
    """A pole of the trip. `mark` is "board", "alight", "both" or ""; `ridden` between the two."""

    name: str
    mark: str
    ridden: bool


@dataclass(frozen=True, slots=True)
class Posted:
    """A group of the ledger as it is shown, with what it moved."""

    group: Group
    what: Words
    at: str
    entries: tuple[tuple[Words, str, Words, EntryRow], ...]


@dataclass(frozen=True, slots=True)
class Act:
    """A line of the audit log about the ride."""

    at: str
    who: str
    what: Words
    detail: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """A ride from every side. `member` is "" where nobody knows whose it was; `claims` are a phone's."""

    kind: str
    ride: Ride
    line: RideLine
    member: str
    records: tuple[RecordOfRide, ...]
    poles: tuple[Pole, ...]
    posted: tuple[Posted, ...]
    corrections: tuple[tuple[Words, int, int], ...]
    said: tuple[AskedLine, ...]
    acts: tuple[Act, ...]
    claims: tuple[tuple[str, Words, str], ...]


def read_ride(connection: Connection, kind: str, ride_id: int, names: Names, now: int) -> Dossier | None:
    """The ride `ride_id` of that kind at Unix second `now`; None where there is none that counts."""
    ride = store.find_ride(connection, kind, ride_id)
    day = parse_day(ride.service_date) if ride else None
    if ride is None or day is None:
        return None
    read_steps = {
        BY_CODE: store.steps_of_code,
        BY_HAND: store.steps_of_hand,
        BY_PHONE: store.steps_of_phone,
    }[kind]
    records = []
    for step in read_steps(connection, ride_id):
        found = store.record_named(connection, step.device, step.record)
        line = record_line(found, read_event(found.body), names, day) if found else None
        records.append(RecordOfRide(PARTS[step.part], f"{step.device} #{step.record.number}", line))
    member = (
        store.member_of_phone_ride(connection, ride_id)
        if kind == BY_PHONE
        else store.member_of_pass(connection, ride.pass_id)
    )
    booked = code_ride_with_id(connection, ride_id) if kind == BY_CODE else None
    corrections = applied_corrections(connection, booked) if booked else []
    return Dossier(
        kind=kind,
        ride=ride,
        line=ride_line(ride, names, day),
        member=member,
        records=tuple(records),
        poles=_poles(ride, names),
        posted=tuple(read_posted(connection, groups_of_ride(connection, ride), day)),
        corrections=tuple(
            (words_for(CAUSES, each.cause), each.from_fare, each.to_fare) for each in corrections
        ),
        said=tuple(
            asked_line(each, now, day)
            for each in (of_ride(connection, Of(kind), ride_id) if kind in set(Of) else ())
        ),
        acts=_acts(connection, f"phone-ride:{ride_id}" if kind == BY_PHONE else f"ride:{ride_id}", day)
        if kind != BY_HAND
        else (),
        claims=_claims(connection, ride_id, day) if kind == BY_PHONE else (),
    )


def read_posted(connection: Connection, groups: Sequence[Group], day: date) -> list[Posted]:
    """Groups with their entries in words; times are written for `day`."""
    return [
        Posted(
            group,
            EVENTS.get(group.what, (group.what, "")),
            clock_text(group.posted_at, day, seconds=True),
            tuple(
                (words_for(ACCOUNT_KINDS, row.kind), row.owner, UNITS.get(row.unit, (row.unit, "")), row)
                for row in store.entries_in(connection, group.id)
            ),
        )
        for group in groups
    ]


def _poles(ride: Ride, names: Names) -> tuple[Pole, ...]:
    """The trip's poles in order; () where its edition is not here."""
    edition = names.edition(ride.edition)
    if edition is None or ride.trip_id not in edition.trips:
        return ()
    ids = edition.pattern_of(ride.trip_id).stop_ids
    first = ids.index(ride.board_stop_id) if ride.board_stop_id in ids else None
    ends = [index for index, each in enumerate(ids) if each == ride.alight_stop_id and index >= (first or 0)]
    last = ends[0] if ends else None
    poles = []
    for index, stop_id in enumerate(ids):
        mark = {(True, False): "board", (False, True): "alight", (True, True): "both"}.get(
            (index == first, index == last), ""
        )
        ridden = first is not None and last is not None and first <= index < last
        poles.append(Pole(edition.stops[stop_id].name, mark, ridden))
    return tuple(poles)


def _acts(connection: Connection, about: str, day: date) -> tuple[Act, ...]:
    return tuple(
        Act(
            clock_text(entry.at, day, seconds=True),
            entry.who.removeprefix("staff:"),
            words_for(ACTS, entry.what),
            "、".join(fact_words(*fact) for fact in json.loads(entry.detail).items() if fact[1] != ""),
        )
        for entry in newest_entries(connection, MOST_ACTS, about=about)
    )


def _claims(connection: Connection, ride_id: int, day: date) -> tuple[tuple[str, Words, str], ...]:
    return tuple(
        (clock_text(claim.moment, day, seconds=True), words_for(PARTS, claim.movement), claim.refused)
        for claim in store.claims_of(connection, ride_id)
    )
