"""The bus's own records of its door, as rules want them: with trip, edition and place among the trip's poles."""

from __future__ import annotations

from dataclasses import replace

from central.database.transaction import Connection
from central.network.editions.store import find_edition
from central.rides.by_phone import store
from rules.messages.events import DoorMoved, RecordRef, TripStarted
from rules.network.edition import Edition
from rules.ride.outcomes import Movement
from rules.ride.phone_ride import STICKER_S, Claim, Opening

LONGEST_TRIP_S = 12 * 3600
"""So long before a door opens its trip may have begun."""


def find_openings(connection: Connection, claim: Claim) -> list[Opening]:
    """The openings that a claim may belong to: the one its code names, or those around its moment."""
    if claim.opening is not None:
        found = store.event_of(connection, claim.bus, claim.opening)
        return [] if found is None else _openings(connection, claim, [(claim.opening, *found)])
    first, last = claim.moment - STICKER_S, claim.moment + STICKER_S
    moved = store.events_between(connection, claim.bus, "door-moved", first, last)
    return _openings(connection, claim, list(moved))


def _openings(
    connection: Connection, claim: Claim, found: list[tuple[RecordRef, int, object]]
) -> list[Opening]:
    openings = [
        _opening(connection, claim, (record, wall), moved)
        for record, wall, moved in found
        if isinstance(moved, DoorMoved) and moved.is_open
    ]
    return [each for each in openings if each is not None]


def _opening(
    connection: Connection, claim: Claim, named: tuple[RecordRef, int], moved: DoorMoved
) -> Opening | None:
    """None while the record that the trip began is not here: with another journal it may come later."""
    record, wall = named
    nowhere = Opening(record, wall, 0, "", "", None, moved.lat, moved.lon)
    if not moved.trip_id:
        return nowhere
    started = _trip(connection, claim.bus, wall, moved.trip_id)
    if started is None:
        return None
    edition = find_edition(connection, started.edition)
    if edition is None or started.trip_id not in edition.trips:
        return nowhere
    return replace(
        nowhere,
        edition=started.edition,
        trip_id=started.trip_id,
        service_date=started.service_date,
        stop_index=_index(edition, moved, claim.movement),
    )


def _trip(connection: Connection, device: str, wall: int, trip_id: str) -> TripStarted | None:
    before = store.events_between(connection, device, "trip-started", wall - LONGEST_TRIP_S, wall)
    for _, _, event in before:
        if isinstance(event, TripStarted) and event.trip_id == trip_id:
            return event
    return None


def _index(edition: Edition, moved: DoorMoved, movement: Movement) -> int | None:
    at = [
        index
        for index, each in enumerate(edition.pattern_of(moved.trip_id).stop_ids)
        if each == moved.stop_id
    ]
    if not at:
        return None
    # A pole passed twice is mostly where a loop begins and ends.
    return at[0] if movement is Movement.BOARD else at[-1]
