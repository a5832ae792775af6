"""What the ledger has moved for a ride, and by which commands."""

from __future__ import annotations

from central.database.transaction import Connection
from central.ledger.post_orders import entries_posted
from central.rides.corrections.rows import BookedRide
from central.rides.corrections.store import last_correction
from central.rides.tickets.store import last_use, newest_command
from rules.ledger.charged_anew import CHARGED_ANEW
from rules.ledger.group import Entry

CHARGING = ("ride", "forgotten ride", "ride by ticket", "ride without ticket", CHARGED_ANEW)
"""What the ledger calls the events that take a ride's whole fare, each in place of the one before."""


def posted_for(connection: Connection, ride: BookedRide) -> list[Entry]:
    """All that the ledger has moved for a ride, but for cash given back."""
    return entries_posted(connection, commands_of(connection, ride))


def commands_of(connection: Connection, ride: BookedRide) -> list[str]:
    """The commands that may have moved something for a ride, but for cash given back."""
    last, use = last_correction(connection, ride), last_use(connection, ride)
    corrections = [f"correction/{ride.name}/{seq}" for seq in range(1, (last.seq if last else 0) + 1)]
    tickets = [ticket_command(ride, seq) for seq in range(1, (use.seq if use else 0) + 1)]
    own = [ride_command(ride.name), back_command(ride.name), alighted_command(ride.name)]
    return [*own, f"double/{ride.name}", *corrections, *tickets]


def charged_by(connection: Connection, ride: BookedRide) -> str:
    """The command whose taking is in force: the ride's own, until it was charged anew, or a trip came or went."""
    found = newest_command(connection, commands_of(connection, ride), CHARGING)
    return found or ride_command(ride.name)


def ride_command(name: str) -> str:
    """The command that charges a ride: device, epoch and number of its boarding."""
    return f"ride/{name}"


def back_command(name: str) -> str:
    """The command that takes back what was charged without the ride's alighting, which has come since."""
    return f"late/{name}"


def alighted_command(name: str) -> str:
    """The command that charges what that alighting says."""
    return f"alighted/{name}"


def ticket_command(ride: BookedRide, seq: int) -> str:
    """The command by which a trip comes to a ride that was charged before, or goes."""
    return f"ticket/{ride.name}/{seq}"
