"""What the store hands out: rows of the tables, sums of them, and the stops that a filter means."""

from __future__ import annotations

from dataclasses import dataclass

from central.today.filters import BY_CODE, BY_HAND, BY_PHONE


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride by a code, a row of that table, fields as there; or one by the driver's hand, with its `means`.

    `people` ride on it. By hand nobody may have recorded the boarding, and the fare may not be known. `overruled`: a
    code was refused, and the driver let its holder ride. `camera`: codes could be read then.
    """

    id: int
    device: str
    epoch: str
    board_number: int | None
    alight_number: int | None
    state: str
    means: str
    people: int
    pass_id: str
    pass_kind: int | None
    rider_class: int
    product: int
    adults: int
    children: int
    edition: int
    trip_id: str
    service_date: str
    board_stop_id: str
    alight_stop_id: str | None
    board_wall: int
    alight_wall: int | None
    fare: int | None
    held: int
    cash: int
    owed: int
    overpaid: int
    board_unsure: bool
    alight_unsure: bool
    corrected: int
    overruled: bool
    camera: bool

    @property
    def kind(self) -> str:
        """Which table it is a row of: `BY_CODE`, `BY_HAND` or `BY_PHONE`."""
        if not self.means:
            return BY_CODE
        return BY_PHONE if self.means == BY_PHONE else BY_HAND


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the table of records, fields as there."""

    id: int
    device: str
    epoch: str
    number: int
    hash: str
    kind: str
    wall: int
    received_at: int
    refused: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Machine:
    """A field machine and the last thing it said; `heard_at` and `body` are None until it has spoken."""

    device: str
    kind: str
    revoked: bool
    heard_at: int | None
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Incident:
    """A row of the table of incidents, fields as there."""

    device: str
    what: str
    detail: str
    last_at: int
    times: int


@dataclass(frozen=True, slots=True)
class RideSums:
    """Rides counted by state, and people, those `by_hand` apart; yen.

    `owed` is what forgotten alightings and passes that were not taken left unpaid, and no part of `cash`. `coupons`
    are the fares for which a ticket of a book was given.
    """

    people: int = 0
    by_hand: int = 0
    complete: int = 0
    provisional: int = 0
    open: int = 0
    fare: int = 0
    held: int = 0
    cash: int = 0
    owed: int = 0
    coupons: int = 0

    @property
    def rides(self) -> int:
        """All of them."""
        return self.complete + self.provisional + self.open


@dataclass(frozen=True, slots=True)
class Matching:
    """Stop ids behind the words of a filter: the poles of its stop, and those its free text may mean."""

    stop: frozenset[str] = frozenset()
    text: frozenset[str] = frozenset()
