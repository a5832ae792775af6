"""What a field machine and central say to each other about the journal, and what central tells all machines."""

from __future__ import annotations

import msgspec

from rules.instant import ClockQuality
from rules.messages.bounds import Whole, WholeYen

MAX_BATCH_RECORDS = 64
MAX_BATCH_BYTES = 48 * 1024
MAX_RECORD_BYTES = 8 * 1024
MAX_EVENT_BYTES = MAX_RECORD_BYTES - 512
"""Of a machine's own records, so that each still fits into one when it has to be salvaged."""
MAX_IN_FLIGHT = 4
"""Batches sent and not yet acknowledged. A broker or a modem never has to keep more than this of ours."""


class Hello(msgspec.Struct, frozen=True):
    """First word after every connection. `last_number` is 0 and `last_hash` hash_0 for an empty journal.

    `acknowledged` is how far the machine believes that central has got. `session` names this greeting: central's
    answers carry it, so that older ones, which may come late or twice, are told apart.
    """

    epoch: str
    last_number: Whole
    last_hash: str
    boot: str
    version: str
    clock: ClockQuality
    acknowledged: Whole = 0
    session: str = ""


class Cursor(msgspec.Struct, frozen=True):
    """Central's answer to hello: the last record of `epoch` that it holds. Central's word wins.

    `at` is central's Unix second. `signature` is by central's key `kid`, use "word" over `word_body(...)`, in hex.
    """

    epoch: str
    number: Whole
    hash: str
    at: Whole = 0
    session: str = ""
    kid: Whole = 0
    signature: str = ""


class Batch(msgspec.Struct, frozen=True):
    """Records `first`, `first`+1, … exactly as the journal stored them.

    `last_hash` is the chain's hash at the last of them; `signature` is the device's Ed25519 over
    use "batch" and `batch_body(...)`, 64 bytes in hex.
    """

    epoch: str
    first: Whole
    records: list[msgspec.Raw]
    last_hash: str
    signature: str


class Ack(msgspec.Struct, frozen=True):
    """Everything up to `number` is in central's books, committed. `hash` is the chain's hash there.

    `at` is central's Unix second; `session` names the hello that came last. Signed as a Cursor is: who could forge it
    could have a machine forget what nobody has.
    """

    epoch: str
    number: Whole
    hash: str
    at: Whole = 0
    session: str = ""
    kid: Whole = 0
    signature: str = ""


Word = Cursor | Ack
"""What central says about a machine's journal."""


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Retained at `state`: how the machine is now. With `online` false it is the last will, and the rest is empty.

    What is as it is by itself does not travel: this is most of what a bus says.
    """

    online: bool
    at_wall: Whole = 0
    clock: ClockQuality = ClockQuality.FLOOR
    lat: float | None = None
    lon: float | None = None
    speed_mps: float | None = None
    gps: str = ""
    camera: str = ""
    trip_id: str = ""
    next_stop_id: str = ""
    progress: float = 0.0
    """Where on its trip the bus is: index of the last stop passed, plus the share of the way to the next."""
    door_open: bool = False
    queue: Whole = 0
    journal_percent: Whole = 0
    """How full the journal is, of what it may take."""
    oldest_queued_wall: Whole = 0
    edition: Whole = 0
    lists_number: Whole = 0
    version: str = ""
    word: str = ""
    """The word of the latest opening of a bus's door (`rules.passes.door_word`), while the bus shows it."""
    temperature_c: float | None = None
    """Of the machine, in °C; None where it has no thermometer."""
    undervoltage: bool | None = None
    """Whether its supply is too low now; None where nothing watches it."""
    disk_free_mb: Whole | None = None
    certificate_until: Whole = 0
    """Unix seconds until which its certificate is good, 0 where it has none."""
    system: str = ""
    """What it runs on: system, kernel, Python."""
    page: str = ""
    """What keeps a kiosk's page from drawing, as its heartbeat tells; "" while it draws."""


class KeysHeld(msgspec.Struct, frozen=True, tag_field="entry", tag="keys"):
    """The signed key set, packed (`rules.passes.key_set`), in hex."""

    packed: str


class EditionPart(msgspec.Struct, frozen=True, tag_field="entry", tag="edition"):
    """One part of a packed edition (`rules.messages.edition_file`), base64; it is whole when all `parts` are there."""

    number: Whole
    part: Whole
    parts: Whole
    data: str


class EditionWithdrawn(msgspec.Struct, frozen=True, tag_field="entry", tag="edition-withdrawn"):
    """No trip begins by this edition any more; one under way ends by it."""

    number: Whole


class CardAllowed(msgspec.Struct, frozen=True, tag_field="entry", tag="card"):
    """A card that may ride."""

    pass_id: str


class PassDenied(msgspec.Struct, frozen=True, tag_field="entry", tag="denied"):
    """A pass or card that may not ride any more, lost for example."""

    pass_id: str
    reason: str


class HoldFigure(msgspec.Struct, frozen=True, tag_field="entry", tag="hold"):
    """What is kept for a pass's rides now that one more is in the books: `kept` yen, by number `hold` of the ledger.

    Of a pass the highest `hold` counts, of equal ones the last. The ride is named by its boarding record. `until` is
    when the pass ends, Unix seconds.
    """

    pass_id: str
    hold: Whole
    kept: WholeYen
    until: Whole
    device: str
    epoch: str
    number: Whole


class CodeClaimed(msgspec.Struct, frozen=True, tag_field="entry", tag="claimed"):
    """Somebody has claimed a code of `kiosk`, named by its number and moment; so many may still claim it."""

    kiosk: str
    number: Whole
    moment: Whole
    places_left: Whole


class KioskVisit(msgspec.Struct, frozen=True):
    """A kind of visit by its number on the kiosk, and the points that it is worth. `kana` reads `ja`, "" for none."""

    id: Whole
    ja: str
    en: str
    points: Whole
    kana: str = ""


class KioskTerm(msgspec.Struct, frozen=True):
    """What a kiosk gives from midnight of `from_day` (YYYY-MM-DD) in Japan on.

    `opens` and `closes` are minutes of the day, 0 and 1440 for always. A code that is made then is good for
    `valid_hours`; whoever wrote the term before there were any meant a day.
    """

    from_day: str
    visits: list[KioskVisit]
    opens: Whole
    closes: Whole
    valid_hours: Whole = 24


class KioskSet(msgspec.Struct, frozen=True, tag_field="entry", tag="kiosk"):
    """All that the office has set for `kiosk` and is not over; of one day the last term counts.

    The newest entry takes the place of those before it. Before the first term's day its own file counts.
    """

    kiosk: str
    terms: list[KioskTerm]


AnyEntry = (
    KeysHeld | EditionPart | EditionWithdrawn | CardAllowed | PassDenied | HoldFigure | CodeClaimed | KioskSet
)


class DownPage(msgspec.Struct, frozen=True):
    """Entries `first`, `first`+1, … of central's numbered log.

    `entries` are the exact bytes that `signature` covers (use "down", `down_body(...)`), by key `kid`, in hex.
    """

    log: str
    first: Whole
    entries: list[msgspec.Raw]
    kid: Whole
    signature: str


class Seen(msgspec.Struct, frozen=True):
    """How far a machine has read the log `log`: "" and 0 for a fresh machine. An unknown log means all again.

    `digest` is `next_digest` over all entries read, so that a log which was set back and has gone on differently shows.
    """

    log: str
    number: Whole
    digest: str = ""
