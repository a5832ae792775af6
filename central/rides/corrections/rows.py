"""What is known of a ride's stops and fare, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from rules.messages.events import RecordRef
from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.ride.correction import Charge


class Cause(StrEnum):
    """Whose word a correction follows. The values stand in the database; those of the bus are its own."""

    LATER = "later"
    DRIVER = "driver"
    REDERIVED = "rederived"
    """The office worked the day out anew."""
    INFERRED = "inferred"
    """Nobody alighted, and the boarding for the way back says where they had."""
    STAFF = "staff"
    """Somebody of the staff has asked the rider."""


class State(StrEnum):
    """What has become of a correction. The values stand in the database and stay stable."""

    WAITING = "waiting"
    APPLIED = "applied"
    DISMISSED = "dismissed"
    REPLACED = "replaced"
    """Something newer was said before anybody had decided."""


class Waits(StrEnum):
    """Why a correction does not hold at once. The values stand in the database and stay stable."""

    NOT = ""
    HIGHER = "higher"
    LATE = "late"
    """It was said after the day and its grace, or nobody knows when."""
    MISSING = "missing"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"
    """The office does not have the edition, the trip on it, or the stop on that."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stop, and where it stands among the poles of its trip; None where no record says it."""

    stop_id: str
    index: int | None

    def is_same(self, other: Place) -> bool:
        """Whether both are one place, as far as it was said."""
        return self.stop_id == other.stop_id and (
            self.index == other.index or None in (self.index, other.index)
        )


@dataclass(frozen=True, slots=True)
class Stops:
    """From where to where."""

    board: Place
    alight: Place

    def are_same(self, other: Stops) -> bool:
        """Whether both are one journey."""
        return self.board.is_same(other.board) and self.alight.is_same(other.alight)


@dataclass(frozen=True, slots=True)
class BookedRide:
    """A row of the table of rides, fields as there."""

    id: int
    device: str
    epoch: str
    board_number: int
    alight_epoch: str | None
    alight_number: int | None
    state: str
    pass_id: str
    rider_class: int
    product: int
    adults: int
    children: int
    edition: int
    trip_id: str
    service_date: str
    board_stop_id: str
    board_index: int | None
    alight_stop_id: str | None
    alight_index: int | None
    double_of: str
    fare: int
    held: int
    cash: int
    owed: int
    overpaid: int
    refunded: int
    corrected: int

    @property
    def name(self) -> str:
        """As commands of the ledger name it."""
        return f"{self.device}/{self.epoch}/{self.board_number}"

    @property
    def board(self) -> RecordRef:
        """The boarding record."""
        return RecordRef(self.epoch, self.board_number)

    @property
    def end(self) -> RecordRef | None:
        """The record that ended it, None while it is open."""
        if self.alight_epoch is None or self.alight_number is None:
            return None
        return RecordRef(self.alight_epoch, self.alight_number)

    @property
    def stops(self) -> Stops:
        """Those in force."""
        return Stops(
            Place(self.board_stop_id, self.board_index), Place(self.alight_stop_id or "", self.alight_index)
        )

    @property
    def charge(self) -> Charge:
        """The money in force."""
        return Charge(Yen(self.held), Yen(self.cash), Yen(self.owed), Yen(self.overpaid), Yen(self.refunded))


RIDE_FIELDS = tuple(field.name for field in fields(BookedRide))


@dataclass(frozen=True, slots=True)
class Ridden:
    """A ride as its fare needs it (`rules.ride.fare.Riding`)."""

    trip_id: str
    service_date: str
    stop_index: int
    rider_class: RiderClass
    adults: int
    children: int
    product: int


@dataclass(frozen=True, slots=True)
class Word:
    """What was said of a tap, by record `said` as its own journal names it; `wall` is when, None if not known."""

    edition: int
    trip_id: str
    service_date: str
    stop_id: str
    stop_index: int
    cause: str
    wall: int | None
    said: RecordRef

    @property
    def place(self) -> Place:
        """Where the tap was."""
        return Place(self.stop_id, self.stop_index)


@dataclass(frozen=True, slots=True)
class Correction:
    """A row of the table of corrections with its newest state. `fare_to` is None where the stops have no fare."""

    id: int
    seq: int
    state: State
    cause: str
    stops: Stops
    fare_to: int | None
    waits: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A correction that was put in force: its number in its ride, fares before and after in yen, Unix seconds."""

    seq: int
    cause: str
    from_fare: int
    to_fare: int
    made_at: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A correction for the page, with what is needed of its ride; `said_id` is the record it follows, if it is here.

    `decided_at` and `decided_by` are of its newest state.
    """

    id: int
    device: str
    epoch: str
    board_number: int
    cause: str
    from_stops: Stops
    to_stops: Stops
    from_fare: int
    to_fare: int | None
    waits: str
    made_at: int
    state: str
    decided_by: str
    decided_at: int
    edition: int
    trip_id: str
    service_date: str
    pass_id: str
    said_id: int | None


@dataclass(frozen=True, slots=True)
class RefundDue:
    """A ride for which the driver took more cash than its fare; `member` may have it on an account, "" for nobody."""

    ride: BookedRide
    member: str


def is_newer(said: RecordRef, than: RecordRef, tap: RecordRef) -> bool:
    """Whether record `said` was written after `than`, both about `tap`; all three as their own journals name them.

    Records of one journal are in order. A journal that is not the tap's own is a later one; of two such the one that
    comes in last counts.
    """
    if said.epoch == than.epoch:
        return said.number > than.number
    return said.epoch != tap.epoch
