"""Rides by a code that return tickets pay for, as the bus has written them down."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from central.database.transaction import Connection
from central.ledger.post_orders import Refused, post
from central.passes.store import holders_of
from central.rides.corrections.rows import BookedRide
from central.rides.store import RideEnd
from central.rides.tickets.charged import charged_by, posted_for, ticket_command
from central.rides.tickets.stops_of_tickets import stop_names
from central.rides.tickets.store import TripUse, add_use, last_use, put_paid, rides_that_fit, uses_of
from central.tickets.store import Sale, pass_holds
from rules.ledger.order import Order
from rules.ledger.ticket_rides import trip_given_up_order, trip_taken_order
from rules.ledger.use_tickets import Ridden
from rules.messages.events import RideLeftOpen, Tapped
from rules.money import Yen
from rules.passes.rider_pass import RiderClass


@dataclass(frozen=True, slots=True)
class RideByCode:
    """A ride in the books that a trip could pay for (`settle_tickets.InBooks`)."""

    ridden: Ridden
    booked: BookedRide
    member: str
    sale: str

    def without_trip(self, connection: Connection, now: int) -> RideByCode:
        """Charged as its bus has said."""
        return replace(self, booked=give_up_trip(connection, self.booked, now), sale="")

    def take_trip(self, connection: Connection, sale: str, now: int) -> None:
        """What it was charged goes back."""
        ride, use = self.booked, last_use(connection, self.booked)
        taken = TripUse(
            use.seq + 1 if use else 1, sale, ride.owed if use is None or not use.sale else use.owed
        )
        before = charged_by(connection, ride), posted_for(connection, ride)
        command, holds = ticket_command(ride, taken.seq), pass_holds(connection, self.member)
        _post(connection, trip_taken_order(command, *before, self.member, sale, holds), now)
        put_paid(connection, ride, ride.held + taken.owed, 0)
        add_use(connection, (ride.device, ride.epoch, ride.board_number), taken, now)


def rides_by_code(connection: Connection, member: str, sales: Collection[Sale]) -> list[RideByCode]:
    """The member's rides that these sales could pay for; those that older tickets have paid for stay as they are."""
    days = min(sale.first_day for sale in sales), max(sale.last_day for sale in sales)
    rides = rides_that_fit(connection, member, *days, {sale.rider_class for sale in sales})
    uses, live = uses_of(connection, rides), {"", *(sale.command for sale in sales)}
    found = []
    for ride in rides:
        use, end = uses.get(ride.name), ride.end
        sale = use.sale if use else ""
        names = stop_names(connection, ride.edition, ride.board_stop_id, ride.alight_stop_id or "")
        if end and names and sale in live:
            of_it = (ride.service_date, ride.device, end.epoch, end.number, RiderClass(ride.rider_class))
            found.append(RideByCode(Ridden(*of_it, *names), ride, member, sale))
    return found


def ridden_alone(
    connection: Connection, device: str, event: Tapped | RideLeftOpen, end: RideEnd
) -> Ridden | None:
    """The ride that `event` ends, as tickets see it; None for one that no trip may pay for (`rides_that_fit`)."""
    if event.product or event.adults or event.children or end.cash or not end.fare:
        return None
    names = stop_names(connection, event.edition, end.board_stop_id, end.stop_id)
    if names is None:
        return None
    return Ridden(event.service_date, device, end.here.epoch, end.here.number, event.rider_class, *names)


def give_up_trip(connection: Connection, ride: BookedRide, now: int) -> BookedRide:
    """Charge a ride as its bus has said, so that the trip that paid for it, if one did, is free. The ride by then."""
    use = last_use(connection, ride)
    holder = holders_of(connection, {ride.pass_id}).get(ride.pass_id)
    if use is None or not use.sale or holder is None:
        return ride
    without = TripUse(use.seq + 1, "", use.owed)
    fare = Yen(ride.held - use.owed), Yen(use.owed)
    before = charged_by(connection, ride), posted_for(connection, ride)
    command = ticket_command(ride, without.seq)
    _post(connection, trip_given_up_order(command, *before, holder.member, fare, holder.hold), now)
    put_paid(connection, ride, *fare)
    add_use(connection, (ride.device, ride.epoch, ride.board_number), without, now)
    return replace(ride, held=fare[0], owed=fare[1])


def _post(connection: Connection, order: Order, now: int) -> None:
    answer = post(connection, order, now)
    if isinstance(answer, Refused):
        # What it takes was counted before: the books are not what their rows say.
        raise RuntimeError(f"{order.command} was refused: {answer.reason}")  # noqa: TRY004
