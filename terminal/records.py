"""Decisions as journal records."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from rules.messages.events import DoorMoved, HandAlighted, HandBoarded, RecordRef, RideLeftOpen, Tapped
from rules.money import NOTHING, Yen
from rules.passes.rider_pass import ReadPass, RiderClass
from rules.ride.by_hand import cash_due
from rules.ride.outcomes import Movement
from rules.ride.tap import Accepted

if TYPE_CHECKING:
    from rules.instant import Instant
    from rules.network.edition import Edition
    from rules.passes.rider_pass import Unread
    from rules.ride.locate import Place
    from rules.ride.tap import Door, LeftOpen, Refused
    from terminal.facts import HandBoarding
    from terminal.hand_riders import HandRider
    from terminal.trip import CurrentTrip, Underway

NOWHERE = -1
"""`stop_index` of a tap at no known stop."""


def code_hash(data: bytes) -> str:
    """Names a shown code without keeping it."""
    return hashlib.sha256(data).hexdigest()[:16]


def tapped(
    read: ReadPass | Unread,
    data: bytes,
    at: Instant,
    door: Door,
    decision: Accepted | Refused,
    *,
    allowed: bool = False,
) -> Tapped:
    """The record of one answered code. `allowed`: the driver let it pass."""
    known = read if isinstance(read, ReadPass) else None
    showing = known.showing if known else None
    accepted = decision if isinstance(decision, Accepted) else None
    ended = accepted.ended if accepted else None
    pattern = door.edition.pattern_of(door.trip_id) if door.trip_id else None
    movement = accepted.movement if accepted else Movement.REFUSED
    place = door.boarding if movement is Movement.BOARD else door.alighting
    index = place.stop_index
    return Tapped(
        at=at,
        outcome=decision.outcome,
        movement=movement,
        edition=door.edition.number,
        trip_id=door.trip_id,
        service_date=door.service_date,
        route_id=pattern.route_id if pattern else "",
        stop_id=pattern.stop_ids[index] if pattern and index is not None else "",
        stop_index=NOWHERE if index is None else index,
        confidence=place.confidence,
        place_reason=place.reason,
        code=code_hash(data),
        pass_id=known.body.pass_id.hex() if known else "",
        pass_kind=known.body.kind if known else None,
        rider_class=known.body.rider_class if known else RiderClass.ADULT,
        adults=accepted.adults if accepted else 0,
        children=accepted.children if accepted else 0,
        moment=showing.moment if showing else 0,
        counter=showing.counter if showing else 0,
        graced=accepted.graced if accepted else False,
        board=RecordRef(ended.epoch, ended.number) if ended else None,
        board_stop_id=ended.stop_id if ended else "",
        fare=accepted.fare if accepted else NOTHING,
        held=accepted.held if accepted else NOTHING,
        cash=accepted.cash if accepted else NOTHING,
        product=known.body.product if known else 0,
        unsure=accepted is not None and place.unsure,
        asked=accepted is not None and place.asked,
        allowed=allowed,
    )


def hand_boarded(
    at: Instant,
    underway: Underway,
    edition: Edition,
    place: Place,
    touch: HandBoarding,
    *,
    camera: bool,
    refused: RecordRef | None,
) -> HandBoarded:
    """The record of people boarding at a known `place`, by the driver's hand."""
    pattern, index = edition.pattern_of(underway.trip_id), place.stop_index
    assert index is not None
    return HandBoarded(
        at=at,
        means=touch.means,
        rider_class=touch.rider_class,
        people=touch.people,
        edition=underway.edition,
        trip_id=underway.trip_id,
        service_date=underway.service_date,
        route_id=pattern.route_id,
        stop_id=pattern.stop_ids[index],
        stop_index=index,
        confidence=place.confidence,
        place_reason=place.reason,
        camera=camera,
        unsure=place.unsure,
        refused=refused,
    )


def hand_alighted(
    at: Instant,
    underway: Underway,
    edition: Edition,
    place: Place,
    rider: HandRider,
    due: Yen | None,
    *,
    camera: bool,
    forgotten: bool = False,
) -> HandAlighted:
    """The record of `rider` alighting at a known `place`, by the driver's hand; `due` is one person's fare."""
    pattern, index = edition.pattern_of(underway.trip_id), place.stop_index
    assert index is not None
    fare = None if due is None else Yen(due * rider.people)
    return HandAlighted(
        at=at,
        means=rider.means,
        rider_class=rider.rider_class,
        people=rider.people,
        edition=underway.edition,
        trip_id=underway.trip_id,
        service_date=underway.service_date,
        route_id=pattern.route_id,
        board=rider.ref,
        board_stop_id=pattern.stop_ids[rider.stop_index],
        board_index=rider.stop_index,
        stop_id=pattern.stop_ids[index],
        stop_index=index,
        confidence=place.confidence,
        place_reason=place.reason,
        camera=camera,
        fare=fare,
        cash=cash_due(rider.means, fare),
        unsure=place.unsure,
        forgotten=forgotten,
    )


def door_moved(at: Instant, trip: CurrentTrip, *, is_open: bool) -> DoorMoved:
    """The record of the door, with the stop and the position if they are known."""
    mono = at.mono_ms / 1000
    underway, running, fix = trip.underway, trip.edition, trip.fresh(mono)
    index = trip.place(mono).stop_index
    stops = running.stops_of(underway.trip_id) if running and underway else ()
    return DoorMoved(
        at=at,
        is_open=is_open,
        trip_id=underway.trip_id if underway else "",
        stop_id=stops[index].stop_id if stops and index is not None else "",
        lat=fix.lat if fix else None,
        lon=fix.lon if fix else None,
    )


def ride_left_open(pass_id: str, at: Instant, left: LeftOpen) -> RideLeftOpen:
    """The record of a forgotten alighting."""
    ride = left.ride
    return RideLeftOpen(
        at=at,
        board=RecordRef(ride.epoch, ride.number),
        pass_id=pass_id,
        pass_kind=ride.pass_kind,
        rider_class=ride.rider_class,
        adults=ride.adults,
        children=ride.children,
        edition=ride.edition,
        trip_id=ride.trip_id,
        service_date=ride.service_date,
        route_id=left.route_id,
        board_stop_id=ride.stop_id,
        stop_id=left.stop_id,
        stop_index=left.stop_index,
        fare=left.fare,
        held=left.held,
        owed=left.owed,
        product=ride.product,
    )
