"""Rides by phones that read the bus: worked out from the claims and the bus's records, and posted by the same rules.

Whatever comes in later, a trip's rides are worked out again from all that is known; what they cost now takes the place
of what they cost before. So the books end the same in whatever order claims and records come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest
from types import MappingProxyType

from central.database.transaction import Connection
from central.devices.list_incident import Incident, What, list_incident
from central.devices.notice_record import Noticed
from central.devices.watermark.reach import SILENT_S, Watermark, watermark
from central.members.register_member import profile_of
from central.network.editions.store import find_edition
from central.rides.by_phone import store
from central.rides.by_phone.charge import charge
from central.rides.by_phone.find_openings import find_openings
from central.rides.by_phone.riding import riding_of
from central.rides.by_phone.store import KeptClaim, Known, RideRow, TripKey
from central.rides.corrections.by_staff.rows import Facts
from central.rides.corrections.by_staff.store import words_on
from central.rides.tickets.rides_by_phone import ridden_by_phone
from central.rides.tickets.settle_tickets import settle_tickets
from rules.money import NOTHING, Yen
from rules.network.edition import Edition
from rules.network.fares import FareProblem
from rules.network.in_force import service_day
from rules.passes.rider_pass import RiderClass
from rules.ride.fare import ride_fare
from rules.ride.phone_ride import NotTaken, PhoneRide, Placed, Waiting, pair_rides, place_claim

WAITS_S = 90 * 24 * 3600
"""Of a bus whose records have not come by then none will come; and none of the others' claims waits behind its own.

No rule of the office: it is how long machines keep and send what they have, nothing that somebody is due.
"""
AT_ONCE = 500
"""Claims in one transaction; the next run goes on."""

_NO_PLACE = "バスのドアの記録に合いません / it fits no record of the bus's door ({})"
_APART = "携帯の位置がドアから{0} m離れています / the phone was {0} m away from the door"
_UNBOARDED = "乗る操作がなく、降りる操作だけです / alighted without boarding"
_NO_FARE = "この区間の運賃が運賃表にありません / the fare table has no fare for it"
_NOTICED = {"provisional": Noticed.PHONE_LEFT_OPEN, "double": Noticed.PHONE_DOUBLE}
"""Rides that somebody should look at, by their state. One is provisional only once the whole day is told: no alighting
that a bus has still to tell can end it."""


def settle_claim(connection: Connection, kept: KeptClaim, now: int) -> bool:
    """Place a claim that is new, and charge what it makes; False while it waits for the bus's records."""
    return _place(connection, kept, watermark(connection, now), now)


def settle_waiting(connection: Connection, now: int) -> int:
    """What waited for records that are here now, rides nobody ended, rides that the bus has read too; how many."""
    told = watermark(connection, now)
    waiting = store.waiting_claims(connection, now - WAITS_S, AT_ONCE)
    settled = 0
    for kept in waiting:
        if _place(connection, kept, told, now):
            settled += 1
        elif _waits_long(kept, now):
            store.put_noticed(connection, kept.claim.bus, Noticed.PHONE_WAITS, kept.id, now)
    keys = store.trips_to_settle(connection, _told_day(told))
    for key in keys:
        _settle_trip(connection, key, told, now)
    return settled + len(keys)


def _waits_long(kept: KeptClaim, now: int) -> bool:
    """Whether somebody should ask after the bus's records.

    Every bus is without a network for hours, and a claim waits for it; none of them is for longer than SILENT_S, after
    which the desk says that it holds the others back. The bus is asked for what it wrote until the claim was heard, so
    the time counts from there, and not from the touch, which may have lain on a phone for days. What the bus has told
    of no more waits: it is placed, or listed as not met.
    """
    return now - kept.claim.received > SILENT_S


def _place(connection: Connection, kept: KeptClaim, told: Watermark, now: int) -> bool:
    claim = kept.claim
    reach = next((each.until for each in told.buses if each.device == claim.bus), None)
    found = place_claim(claim, find_openings(connection, claim), reach)
    if isinstance(found, Waiting):
        return False
    store.put_place(connection, kept.id, found, now)
    if isinstance(found, NotTaken):
        _list(connection, claim.bus, f"{kept.member} {kept.id}: {_NO_PLACE.format(found)}", now)
        return True
    if found.apart_m is not None:
        _list(connection, claim.bus, f"{kept.member} {kept.id}: {_APART.format(found.apart_m)}", now)
    _settle_trip(connection, _key(kept, found), told, now)
    return True


def _key(kept: KeptClaim, found: Placed) -> TripKey:
    return TripKey(kept.member, kept.claim.bus, found.opening.service_date, found.opening.trip_id)


def settle_by_word(connection: Connection, key: TripKey, board: str, facts: Facts, now: int) -> None:
    """Settle a trip anew where the ride from that boarding is what somebody of the staff has said."""
    _settle_trip(connection, key, watermark(connection, now), now, {board: facts})


def _settle_trip(
    connection: Connection,
    key: TripKey,
    told: Watermark,
    now: int,
    saying: Mapping[str, Facts] = MappingProxyType({}),
) -> None:
    paired = pair_rides(store.taps_of(connection, key))
    before = store.rides_of_trip(connection, key)
    said = {**words_on(connection, [was.id for was in before]), **saying}
    is_read = store.is_read_by_bus(connection, key)
    is_told = key.service_date <= _told_day(told)
    for opening in paired.unpaired:
        _list(connection, key.device, f"{key.member} {opening.record.number}: {_UNBOARDED}", now)
    known = [
        _by_word(_known(connection, key, ride, said, is_told=is_told, is_read=is_read), said)
        for ride in paired.rides
    ]
    # Where a claim that came late takes two rides together, the second is none any more.
    known += [replace(was.known, state="void", fare=0, sale="") for was in before[len(known) :]]
    for place, (was, ride) in enumerate(zip_longest(before, known)):
        if ride is not None and (was is None or replace(was.known, sale="") != ride):
            ride_id = _change(connection, key, place, was, ride, now)
            if ride.state in _NOTICED:
                store.put_noticed(connection, key.device, _NOTICED[ride.state], ride_id, now)
            if ride.fare is None:
                where = f"{key.member} {key.trip_id} {key.service_date}"
                _list(connection, key.device, f"{where}: {_NO_FARE}", now)


def _change(
    connection: Connection, key: TripKey, place: int, was: RideRow | None, known: Known, now: int
) -> int:
    """The ride is another than the books say; its id. Trips are given out anew, before it is charged."""
    if was is not None and was.known.fare:
        was = charge(connection, key, was, replace(was.known, state="void", fare=0, sale=""), now)
    sale = settle_tickets(connection, key.member, now, ridden_by_phone(connection, key, known))
    known = replace(known, sale=sale)
    if was is None:
        was = store.add_ride(connection, key, place, replace(known, state="open", fare=0, sale=""))
    return charge(connection, key, was, known, now).id


def _by_word(known: Known, said: Mapping[str, Facts]) -> Known:
    """What staff have said of its fare stands in place of every rule, once it is charged at all."""
    facts = said.get(known.board)
    if facts is None or known.state not in ("complete", "provisional"):
        return known
    if facts.void:
        return replace(known, product=0, fare=NOTHING)
    return known if facts.fare is None else replace(known, product=0, fare=Yen(facts.fare))


def _known(
    connection: Connection,
    key: TripKey,
    ride: PhoneRide,
    said: Mapping[str, Facts],
    *,
    is_told: bool,
    is_read: bool,
) -> Known:
    board, alight = ride.board, ride.alight
    profile = profile_of(connection, key.member)
    rider_class = profile.rider_class if profile else RiderClass.ADULT
    facts = said.get(f"{board.record.epoch}/{board.record.number}")
    if facts is not None:
        rider_class = RiderClass(facts.rider_class)
    edition = find_edition(connection, board.edition)
    if edition is None or board.stop_index is None:
        raise LookupError(f"edition {board.edition}")
    end = alight.stop_index if alight else None
    poles = edition.pattern_of(key.trip_id).stop_ids
    open_ride = Known(
        state="open",
        edition=board.edition,
        rider_class=rider_class,
        product=0,
        epoch=board.record.epoch,
        board_number=board.record.number,
        board_index=board.stop_index,
        board_stop_id=poles[board.stop_index],
        board_wall=board.at,
        alight_number=alight.record.number if alight else None,
        alight_index=end,
        alight_stop_id=None if end is None else poles[end],
        alight_wall=alight.at if alight else None,
        fare=0,
    )
    if is_read:
        return replace(open_ride, state="double")
    if alight is None and not is_told:
        return open_ride
    # Nobody said where it ended: as on the bus, to the last stop.
    index = len(poles) - 1 if end is None else end
    product, fare = _cheapest(connection, key, open_ride, index, edition)
    state = "complete" if alight else "provisional"
    return replace(
        open_ride, state=state, alight_index=index, alight_stop_id=poles[index], product=product, fare=fare
    )


def _cheapest(
    connection: Connection, key: TripKey, ride: Known, end: int, edition: Edition
) -> tuple[int, Yen | None]:
    """The product that leaves the least to pay, and what that is; None where the table has no fare."""
    fares: list[tuple[Yen, int]] = []
    for product in sorted(store.products_at(connection, key.member, ride.board_wall)):
        found = ride_fare(riding_of(key, ride, product), end, edition)
        if not isinstance(found, FareProblem):
            fares.append((found.total, product))
    least, product = min(fares, default=(None, 0))
    return product, least


def _told_day(told: Watermark) -> str:
    """The last service day that every bus has told, "" while there is none."""
    return "" if told.until is None else (service_day(told.until) - timedelta(days=1)).isoformat()


def _list(connection: Connection, device: str, detail: str, now: int) -> None:
    list_incident(connection, Incident(device, What.PHONE_RIDE, detail), now)
