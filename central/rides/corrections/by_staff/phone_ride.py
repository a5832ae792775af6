"""A ride by a phone that read the bus, as staff set it right: its class, its fare, or all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from central.database.transaction import Connection
from central.rides.by_phone.settle import settle_by_word
from central.rides.by_phone.store import RideRow, TripKey, ride_with_id, rides_of_trip
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.rows import Facts, Of
from central.rides.corrections.rows import Place, Stops


@dataclass(frozen=True, slots=True)
class PhoneRide:
    """A row of the table of rides by phone (`settable.Settable`)."""

    key: TripKey
    row: RideRow

    @property
    def of(self) -> Of:
        """A phone has read the bus."""
        return Of.PHONE

    @property
    def id(self) -> int:
        """Its row."""
        return self.row.id

    @property
    def board(self) -> str:
        """The record of the bus's door, where it boarded."""
        return self.row.board

    @property
    def edition(self) -> int:
        """That of the door's record."""
        return self.row.known.edition

    @property
    def is_ended(self) -> bool:
        """Whether it was charged."""
        return self.row.known.state in ("complete", "provisional")

    @property
    def fare(self) -> int | None:
        """In yen."""
        return self.row.known.fare

    @property
    def cash_due(self) -> int:
        """Whoever reads the bus pays the driver nothing."""
        return 0

    def in_force(self, connection: Connection) -> Facts:
        """Stops by the bus's door, the class as charged, and the last fare by hand or void."""
        known = self.row.known
        ends = Place(known.alight_stop_id or "", known.alight_index)
        facts = Facts(Stops(Place(known.board_stop_id, known.board_index), ends), known.rider_class, 0, 0)
        said = store.words_on(connection, [self.id]).get(self.board)
        return replace(facts, fare=said.fare, void=said.void) if said else facts

    def put_in_force(self, connection: Connection, facts: Facts, now: int) -> int | None:
        """The trip is settled anew by them: what was charged goes back, and what it costs now is."""
        settle_by_word(connection, self.key, self.board, facts, now)
        return None if self.again(connection).fare is None else 0

    def again(self, connection: Connection) -> PhoneRide:
        """As it stands by then."""
        found = ride_with_id(connection, self.id)
        assert found is not None, "it is the same ride"
        return PhoneRide(*found)


def find_phone_ride(connection: Connection, ride_id: int, board: str = "") -> PhoneRide | None:
    """The ride in that row, or the one on its trip that began at `board`; None for none that is charged by itself."""
    found = ride_with_id(connection, ride_id)
    if found is None:
        return None
    key, row = found
    rows = [each for each in rides_of_trip(connection, key) if each.board == board] if board else [row]
    rows = [each for each in rows if each.known.state not in ("void", "double")]
    return PhoneRide(key, rows[0]) if rows else None
