"""Who forgot to alight is charged once all buses have told the day: to where the way back began, else the last stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec

from central.database.transaction import Connection
from central.devices.list_incident import Incident, What, list_incident
from central.devices.watermark.reach import watermark
from central.network.editions.store import find_edition
from central.rides.apply_event import apply_events
from central.rides.corrections.rows import BookedRide, Cause, Place, Stops
from central.rides.corrections.settle_ride import Told, correct_ride
from central.rides.forgotten import store
from rules.messages.codec import decode_event
from rules.messages.events import RideLeftOpen, Salvaged
from rules.network.in_force import service_day
from rules.ride.forgotten import inferred_alighting

AT_ONCE = 500
"""Rides in one transaction; the next run goes on."""


def infer_alightings(connection: Connection, now: int) -> int:
    """Look at the forgotten alightings of all days that every bus has told; how many rides end elsewhere now.

    Whatever order records came in, a day's are all here by then, so the same is inferred. Again, it does nothing.
    """
    until = watermark(connection, now).until
    if until is None:
        return 0
    told = service_day(until) - timedelta(days=1)
    for left in store.left_rides(connection, told.isoformat(), AT_ONCE):
        _charge(connection, left, now)
    found = 0
    for ride in store.not_inferred(connection, told.isoformat(), AT_ONCE):
        following = store.next_boarding(connection, ride)
        place = following and _ended_at(connection, ride, following)
        if place:
            told_now = Told(Stops(ride.stops.board, place), Cause.INFERRED, None, soon=True)
            found += correct_ride(connection, ride, told_now, now)
        store.put_inferred(connection, ride, following if place else None, now)
    return found


def _charge(connection: Connection, left: store.LeftRide, now: int) -> None:
    """Charge a forgotten ride as its bus has closed it."""
    event = decode_event(left.body)
    if isinstance(event, Salvaged):
        event = decode_event(bytes(event.body))
    if not isinstance(event, RideLeftOpen):
        raise TypeError(f"{left.device} {left.here}: closes no ride")
    # The time may be known better by now than the bus knew it.
    at = replace(event.at, wall=left.wall)
    closed = msgspec.structs.replace(event, board=left.board, at=at)
    (answer,) = apply_events(connection, left.device, [(left.here, closed)], now, charge_left=True)
    if answer is not None:
        detail = f"{left.here.epoch}/{left.here.number}: {answer}"
        list_incident(connection, Incident(left.device, What.RECORD_REFUSED, detail), now)
        store.not_left(connection, left)


def _ended_at(connection: Connection, ride: BookedRide, following: BookedRide) -> Place | None:
    """Where the ride ended, if the boarding that followed on it says so, and it is not in force already."""
    ridden, back = find_edition(connection, ride.edition), find_edition(connection, following.edition)
    if ridden is None or back is None or ride.board_index is None or ride.double_of:
        return None
    index = inferred_alighting(
        ridden, ride.trip_id, ride.board_index, back, following.trip_id, following.board_stop_id
    )
    if index is None or index == ride.alight_index:
        return None
    return Place(ridden.pattern_of(ride.trip_id).stop_ids[index], index)
