"""The receipt of a ride by a phone that read the bus: the same lines as of a ride by a code."""

from __future__ import annotations

from central.database.transaction import Connection
from central.ledger.post_orders import entries_posted
from central.ledger.store import find_lots
from central.network.editions.store import find_edition
from central.rides.by_phone import store
from central.rides.by_phone.riding import Riding, owed_of, riding_of
from central.rides.by_phone.store import RideRow, TripKey
from central.rides.corrections.by_staff.rows import Of
from central.rides.corrections.by_staff.store import applied
from central.rides.corrections.by_staff.words import told_to_rider
from central.rides.receipts.read_receipt import NoReceipt
from central.rides.tickets.trip_used import trip_used
from central.words import words
from central.words.names import Names
from central.words.words import words_for
from rules.money import Yen
from rules.network.edition import Edition
from rules.network.fares import FareProblem
from rules.ride.correction import Charge
from rules.ride.fare import FarePart, fare_parts
from rules.ride.receipt import Change, Journey, Paid, Receipt, receipt


def read_phone_receipt(connection: Connection, ride_id: int) -> Receipt | NoReceipt:
    """The receipt as everything stands now."""
    found = store.ride_with_id(connection, ride_id)
    if found is None or found[1].known.state == "void":
        return NoReceipt.NO_RIDE
    key, ride = found
    known = ride.known
    if known.state == "double":
        return NoReceipt.DOUBLE
    edition = find_edition(connection, known.edition)
    if known.state == "open" or known.alight_index is None or edition is None:
        return NoReceipt.OPEN
    if known.fare is None:
        return NoReceipt.NO_FARE
    posted = tuple(entries_posted(connection, ride.commands))
    lots = find_lots(connection, {move.lot for entry in posted for move in entry.lots})
    owed = owed_of(posted)
    charge = Charge(held=Yen(known.fare - owed), owed=owed)
    trip = trip_used(connection, known.sale, ride.name)
    paid = Paid(charge, posted, {lot.id: lot.origin for lot in lots}, trip)
    changes = [
        Change(said.fare_from, said.fare_to, *told_to_rider(said.kind, said.why), said.at)
        for said in applied(connection, Of.PHONE, ride_id)
    ]
    return receipt(ride.name, _journey(key, ride, edition, known.alight_index), paid, changes)


def _journey(key: TripKey, ride: RideRow, edition: Edition, end: int) -> Journey:
    known, stops = ride.known, edition.stops_of(key.trip_id)
    board, alight = stops[known.board_index], stops[end]
    names = Names(lambda _number: edition, ())
    return Journey(
        service_date=key.service_date,
        board=(board.name, board.name_en),
        alight=(alight.name, alight.name_en),
        rider_class=words_for(words.CLASSES, known.rider_class),
        commuter=names.product(known.edition, known.product, key.service_date),
        parts=_parts(riding_of(key, known), end, edition),
        forgotten=known.state == "provisional",
        double=False,
    )


def _parts(riding: Riding, end: int, edition: Edition) -> tuple[FarePart, ...]:
    parts = fare_parts(riding, end, edition)
    return () if isinstance(parts, FareProblem) else parts
