"""Which rides a member's return tickets (往復券) pay for.

It hangs on the rides and the tickets alone, not on which bus was heard first: whenever a record comes late, the
question is asked again from the beginning, and a trip moves to the ride that comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rules.passes.rider_pass import RiderClass
from rules.products.return_ticket import TRIPS


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """Return tickets sold by the command `sale`, `count` of them, as they were on that day.

    Good on the service days from `first_day` to `last_day`, YYYY-MM-DD, between the two stops named.
    """

    sale: str
    count: int
    rider_class: RiderClass
    section: tuple[str, str]
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True, order=True)
class Ridden:
    """A ride that has ended, in the order in which rides take trips: by service day, machine, journal and number.

    `number` is that of the record that ended it, `board` and `alight` are the names of its stops.
    """

    service_date: str
    device: str
    epoch: str
    number: int
    rider_class: RiderClass
    board: str
    alight: str


def use_tickets(rides: Iterable[Ridden], tickets: Sequence[HeldTicket]) -> dict[Ridden, str]:
    """The sale of which each ride takes a trip; rides that no ticket is left for are not in it.

    The earlier ride takes first, and what is good for the shortest time is taken first. As each ride takes one trip, a
    ride that comes late can take a trip from another one, but never gives one to it.
    """
    left = {ticket.sale: TRIPS * ticket.count for ticket in tickets}
    held = sorted(tickets, key=lambda ticket: (ticket.last_day, ticket.first_day, ticket.sale))
    used: dict[Ridden, str] = {}
    for ride in sorted(rides):
        found = next((each for each in held if left[each.sale] and _fits(each, ride)), None)
        if found is not None:
            left[found.sale] -= 1
            used[ride] = found.sale
    return used


def _fits(ticket: HeldTicket, ride: Ridden) -> bool:
    return (
        ticket.rider_class == ride.rider_class
        and {ride.board, ride.alight} == set(ticket.section)
        and ticket.first_day <= ride.service_date <= ticket.last_day
    )
