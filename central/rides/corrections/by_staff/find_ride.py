"""A ride that staff may set right, by its table and row."""

from __future__ import annotations

from central.database.transaction import Connection
from central.rides.corrections import store as corrections
from central.rides.corrections.by_staff.code_ride import CodeRide
from central.rides.corrections.by_staff.phone_ride import find_phone_ride
from central.rides.corrections.by_staff.rows import Of
from central.rides.corrections.by_staff.settable import Settable


def find_ride(connection: Connection, of: Of, ride_id: int, board: str = "") -> Settable | None:
    """The ride; None where there is none. `board` is where a ride by phone began that may stand in another row now."""
    if of is Of.PHONE:
        return find_phone_ride(connection, ride_id, board)
    booked = corrections.ride_with_id(connection, ride_id)
    return None if booked is None else CodeRide(booked)
