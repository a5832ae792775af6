"""A ride's receipt from the books."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from central.database.transaction import Connection
from central.ledger.store import find_lots
from central.network.editions.store import find_edition
from central.rides.corrections.by_staff.rows import Kind, Why
from central.rides.corrections.by_staff.store import why_by_seq
from central.rides.corrections.by_staff.words import told_to_rider
from central.rides.corrections.rows import Applied, BookedRide, Cause
from central.rides.corrections.store import applied_corrections, read_ride
from central.rides.corrections.work_out_fare import work_out_parts
from central.rides.forgotten.store import is_left
from central.rides.tickets.charged import posted_for
from central.rides.tickets.store import last_use
from central.rides.tickets.trip_used import trip_used
from central.words import words
from central.words.names import Names
from central.words.words import Words, words_for
from rules.messages.events import RecordRef
from rules.ride.receipt import Change, Journey, Paid, Receipt, receipt

_WHY = {
    Cause.LATER: ("位置がわかったため", "its stop is known better"),
    Cause.DRIVER: ("運転士が直したため", "the driver set it right"),
    Cause.REDERIVED: ("記録から計算しなおしたため", "worked out anew from the records"),
    Cause.INFERRED: ("帰りの乗車から降りた所がわかったため", "the way back says where it ended"),
    Cause.STAFF: ("窓口で確かめたため", "set right at the counter"),
}


class NoReceipt(StrEnum):
    """Why there is none, in the office's words."""

    NO_RIDE = "その乗車はありません / there is no such ride"
    DOUBLE = "パスでの乗車として精算ずみです / it is charged as the ride by the member's pass"
    NO_FARE = "この区間の運賃が運賃表にありません / the fare table has no fare for it"
    OPEN = "この乗車はまだ終わっていません / that ride has not ended yet"
    NOT_CHARGED = (
        "降車の記録がなく未確定です。全車の記録がそろってから請求します / "
        "provisional: nobody alighted; it is charged once all buses have told the day"
    )


def read_receipt(connection: Connection, device: str, board: RecordRef) -> Receipt | NoReceipt:
    """The receipt of the ride that a boarding began, as everything stands now."""
    ride = read_ride(connection, device, board)
    if ride is None:
        return NoReceipt.NO_RIDE
    if ride.end is None:
        return NoReceipt.NOT_CHARGED if is_left(connection, device, board) else NoReceipt.OPEN
    said = why_by_seq(connection, device, board)
    changes = [
        Change(each.from_fare, each.to_fare, *_why(each, said), each.made_at)
        for each in applied_corrections(connection, ride)
    ]
    return receipt(ride.name, _journey(connection, ride), _paid(connection, ride), changes)


def _why(made: Applied, said: Mapping[int, tuple[Kind, Why]]) -> Words:
    """In the rider's words; what staff set right, with their reason."""
    if made.seq not in said:
        return _WHY[Cause(made.cause)]
    return told_to_rider(*said[made.seq])


def _journey(connection: Connection, ride: BookedRide) -> Journey:
    names = Names(lambda number: find_edition(connection, number), ())
    ja, en = words_for(words.CLASSES, ride.rider_class)
    return Journey(
        service_date=ride.service_date,
        board=_stop(connection, ride, ride.board_stop_id),
        alight=_stop(connection, ride, ride.alight_stop_id or ""),
        rider_class=(ja, en),
        commuter=names.product(ride.edition, ride.product, ride.service_date),
        parts=work_out_parts(connection, ride),
        forgotten=ride.state == "provisional",
        double=bool(ride.double_of),
    )


def _stop(connection: Connection, ride: BookedRide, stop_id: str) -> tuple[str, str]:
    edition = find_edition(connection, ride.edition)
    stop = edition.stops.get(stop_id) if edition else None
    return (stop.name, stop.name_en) if stop else (stop_id, "")


def _paid(connection: Connection, ride: BookedRide) -> Paid:
    posted = tuple(posted_for(connection, ride))
    lots = find_lots(connection, {move.lot for entry in posted for move in entry.lots})
    use = last_use(connection, ride)
    trip = trip_used(connection, use.sale if use else "", ride.name)
    return Paid(ride.charge, posted, {lot.id: lot.origin for lot in lots}, trip)
