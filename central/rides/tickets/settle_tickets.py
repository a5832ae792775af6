"""Rides that return tickets (往復券) pay for: asked again whenever a member's rides are others than before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from central.database.transaction import Connection
from central.ledger.post_orders import Refused, post
from central.network.editions.store import find_edition
from central.passes.store import holders_of
from central.rides.corrections.rows import BookedRide
from central.rides.store import RideEnd
from central.rides.tickets.charged import charged_by, posted_for, ticket_command
from central.rides.tickets.store import TripUse, add_use, last_use, put_paid, rides_that_fit, uses_of
from central.tickets.store import Sale, pass_holds, sales_of
from rules.ledger.order import Order
from rules.ledger.ticket_rides import trip_given_up_order, trip_taken_order
from rules.ledger.use_tickets import HeldTicket, Ridden, use_tickets
from rules.messages.events import RideLeftOpen, Tapped
from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.products.return_ticket import ReturnTicket

Known = dict[Ridden, tuple[BookedRide, TripUse | None]]


def settle_tickets(connection: Connection, member: str, now: int, coming: Ridden | None = None) -> str:
    """Let the member's trips pay for the rides that come first among those in the books and the one `coming`.

    The sale whose trip pays for that one, "" for none: it is there for whoever posts the ride. A ride that loses its
    trip is charged as its bus has said.
    """
    sales = [
        sale for sale in sales_of(connection, member, ReturnTicket.KIND) if sale.until and sale.until > now
    ]
    if not sales:
        return ""
    known = _known(connection, member, sales)
    rides = [*known, coming] if coming else list(known)
    wanted = use_tickets(rides, [_held(sale) for sale in sales])
    others = {
        each: ride for each, (ride, use) in known.items() if (use.sale if use else "") != wanted.get(each, "")
    }
    # Those that are charged from now on first: what a ride that only changes its ticket was charged between comes back.
    for each in sorted(others, key=lambda ridden: (ridden in wanted, ridden)):
        others[each] = give_up_trip(connection, others[each], now)
    for each in sorted(others.keys() & wanted.keys()):
        _take_trip(connection, others[each], member, wanted[each], now)
    return wanted.get(coming, "") if coming else ""


def settle_tickets_of(connection: Connection, pass_id: str, now: int) -> None:
    """The same for whoever holds a pass, if the office knows them."""
    holder = holders_of(connection, {pass_id}).get(pass_id)
    if holder is not None:
        settle_tickets(connection, holder.member, now)


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


def stop_names(connection: Connection, edition: int, board: str, alight: str) -> tuple[str, str] | None:
    """How the two stops are called on tickets; None where the office does not know the edition, or them."""
    found = find_edition(connection, edition)
    ends = (found.stops.get(board), found.stops.get(alight)) if found else (None, None)
    return (ends[0].name, ends[1].name) if ends[0] and ends[1] else None


def _known(connection: Connection, member: str, sales: Collection[Sale]) -> Known:
    """The member's rides that these sales could pay for; those that older tickets have paid for stay as they are."""
    days = min(sale.first_day for sale in sales), max(sale.last_day for sale in sales)
    rides = rides_that_fit(connection, member, *days, {sale.rider_class for sale in sales})
    uses, live = uses_of(connection, rides), {sale.command for sale in sales}
    known: Known = {}
    for ride in rides:
        use, end = uses.get(ride.name), ride.end
        names = stop_names(connection, ride.edition, ride.board_stop_id, ride.alight_stop_id or "")
        if end and names and (use is None or not use.sale or use.sale in live):
            of_it = (ride.service_date, ride.device, end.epoch, end.number, RiderClass(ride.rider_class))
            known[Ridden(*of_it, *names)] = ride, use
    return known


def _take_trip(connection: Connection, ride: BookedRide, member: str, sale: str, now: int) -> None:
    use = last_use(connection, ride)
    taken = TripUse(use.seq + 1 if use else 1, sale, ride.owed if use is None or not use.sale else use.owed)
    before = charged_by(connection, ride), posted_for(connection, ride)
    command, holds = ticket_command(ride, taken.seq), pass_holds(connection, member)
    _post(connection, trip_taken_order(command, *before, member, sale, holds), now)
    put_paid(connection, ride, ride.held + taken.owed, 0)
    add_use(connection, (ride.device, ride.epoch, ride.board_number), taken, now)


def _held(sale: Sale) -> HeldTicket:
    of_it = (RiderClass(sale.rider_class), (sale.one_end, sale.other_end), sale.first_day, sale.last_day)
    return HeldTicket(sale.command, sale.count, *of_it)


def _post(connection: Connection, order: Order, now: int) -> None:
    answer = post(connection, order, now)
    if isinstance(answer, Refused):
        # What it takes was counted before: the books are not what their rows say.
        raise RuntimeError(f"{order.command} was refused: {answer.reason}")  # noqa: TRY004
