"""What the ledger has moved for a ride, and by which commands."""

from __future__ import annotations

from central.database.transaction import Connection
from central.ledger.post_orders import entries_posted
from central.rides.corrections.rows import BookedRide
from central.rides.corrections.store import last_correction
from central.rides.tickets.store import last_use
from rules.ledger.group import Entry


def posted_for(connection: Connection, ride: BookedRide) -> list[Entry]:
    """All that the ledger has moved for a ride, but for cash given back."""
    return entries_posted(connection, commands_of(connection, ride))


def commands_of(connection: Connection, ride: BookedRide) -> list[str]:
    """The commands that may have moved something for a ride, but for cash given back."""
    last, use = last_correction(connection, ride), last_use(connection, ride)
    corrections = [f"correction/{ride.name}/{seq}" for seq in range(1, (last.seq if last else 0) + 1)]
    tickets = [ticket_command(ride, seq) for seq in range(1, (use.seq if use else 0) + 1)]
    return [f"ride/{ride.name}", f"double/{ride.name}", *corrections, *tickets]


def charged_by(connection: Connection, ride: BookedRide) -> str:
    """The command whose taking is in force: the ride's own, until a trip has come or gone since."""
    use = last_use(connection, ride)
    return ticket_command(ride, use.seq) if use and use.seq else f"ride/{ride.name}"


def ticket_command(ride: BookedRide, seq: int) -> str:
    """The command by which a trip comes to a ride that was charged before, or goes."""
    return f"ticket/{ride.name}/{seq}"
