"""A ride set right by somebody of the staff, who has asked its rider: whatever it comes to holds at once."""

from __future__ import annotations

from dataclasses import dataclass

from central.database.transaction import Connection
from central.network.editions.store import find_edition
from central.rides.corrections import store
from central.rides.corrections.decide_correction import NotDecided
from central.rides.corrections.rows import BookedRide, Cause, Place, State, Stops, Waits
from central.rides.corrections.settle_ride import BY_STAFF, carry_out, judge, replace_waiting


@dataclass(frozen=True, slots=True)
class Proposed:
    """From pole `board` to pole `alight` of the ride's trip, both indexes; `fare_to` in yen, or None."""

    board: int
    alight: int
    stops: Stops
    fare_to: int | None


def poles_of(connection: Connection, ride: BookedRide) -> tuple[tuple[str, str], ...]:
    """Name and English name of every stop of the ride's trip in order; () where its edition is not here."""
    edition = find_edition(connection, ride.edition)
    if edition is None or ride.trip_id not in edition.trips:
        return ()
    stops = [edition.stops[stop_id] for stop_id in edition.pattern_of(ride.trip_id).stop_ids]
    return tuple((stop.name, stop.name_en) for stop in stops)


def propose(connection: Connection, ride: BookedRide, board: int, alight: int) -> Proposed | None:
    """What the ride would cost between two poles of its trip; None for an open ride, and for poles that are none."""
    edition = find_edition(connection, ride.edition)
    if ride.end is None or edition is None or ride.trip_id not in edition.trips:
        return None
    ids = edition.pattern_of(ride.trip_id).stop_ids
    if not 0 <= board < alight < len(ids):
        return None
    stops = Stops(Place(ids[board], board), Place(ids[alight], alight))
    due, _ = judge(connection, ride, stops, soon=True)
    return Proposed(board, alight, stops, due.total if due else None)


def correct_by_staff(
    connection: Connection, ride_id: int, board: int, alight: int, fares: tuple[int, int], now: int
) -> NotDecided | None:
    """Put those poles in force; why not, if it cannot be. `fares` are those before and after that were looked at.

    Less goes back to what has paid, more is owed. A later word of the bus changes nothing any more. Whoever calls it
    writes it down, with the reason.
    """
    ride = store.ride_with_id(connection, ride_id)
    if ride is None:
        return NotDecided.GONE
    proposed = propose(connection, ride, board, alight)
    if proposed is None or proposed.fare_to is None:
        return NotDecided.NO_FARE
    if (ride.fare, proposed.fare_to) != fares:
        return NotDecided.CHANGED
    if proposed.stops.are_same(ride.stops):
        return NotDecided.SAME
    due, _ = judge(connection, ride, proposed.stops, soon=True)
    assert due is not None, "it has a fare"
    replace_waiting(store.last_correction(connection, ride), connection, now)
    made, seq = store.add_correction(
        connection, ride, proposed.stops, due.total, Cause.STAFF, None, Waits.NOT, now
    )
    store.put_state(connection, made, State.APPLIED, BY_STAFF, now)
    carry_out(connection, ride, seq, proposed.stops, due, now)
    store.put_settled(connection, ride, board=True, alight=True)
    return None
