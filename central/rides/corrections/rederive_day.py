"""A day worked out anew from what the machines wrote, beside what the books say of its rides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from central.database.transaction import Connection
from central.rides.corrections import store
from central.rides.corrections.rows import BookedRide, Cause, Place, Stops, Word, is_newer
from central.rides.corrections.settle_ride import (
    Told,
    correct_ride,
    is_by_staff,
    is_decided,
    is_soon,
    judge,
    settle_stop,
)
from rules.messages.codec import Malformed, decode_event
from rules.messages.events import AnyEvent, RecordRef, RideLeftOpen, Salvaged, StopSettled, Tapped


@dataclass(frozen=True, slots=True)
class Difference:
    """A ride that is not in the books as its records say. `fare_to` is None where those stops have no fare.

    `news` are the settled stops that are not in force.
    """

    ride: BookedRide
    stops: Stops
    fare_to: int | None
    news: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Rederived:
    """How many rides of the day have ended, and those that differ."""

    rides: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """A record that settles a stop: its own name, its name here, and what it says."""

    device: str
    own: RecordRef
    here: RecordRef
    settled: StopSettled


def rederive_day(connection: Connection, day: str, apply_at: int | None) -> Rederived:
    """Work out service day `day`, YYYY-MM-DD. What waits for staff, or was dismissed by them, is no difference.

    `apply_at`, a Unix second, corrects what differs by the rules of every other correction; again, it changes nothing.
    """
    said = list(_said(connection, day))
    rides = store.rides_of_day(connection, day)
    found = [each for ride in rides if (each := _difference(connection, ride, said)) is not None]
    if apply_at is not None and found:
        _apply(connection, found, said, apply_at)
    return Rederived(len(rides), tuple(found))


def _apply(connection: Connection, found: list[Difference], said: list[_Said], now: int) -> None:
    for word in said:
        # Settled words that an earlier version kept without understanding them.
        first = store.handed_on_as(connection, word.device, set(word.settled.taps))
        taps = [first.get(tap, tap) for tap in word.settled.taps]
        settled = msgspec.structs.replace(word.settled, taps=taps)
        settle_stop(connection, word.device, word.here, settled, now)
    for difference in found:
        ride = store.ride_with_id(connection, difference.ride.id)
        left = None if ride is None else _difference(connection, ride, said)
        if left is not None:
            correct_ride(connection, left.ride, _told(left, now), now)


def _told(left: Difference, now: int) -> Told:
    if not left.news:
        return Told(left.stops, Cause.REDERIVED, None, soon=is_soon(left.ride, now))
    last, soon = left.news[-1], all(is_soon(left.ride, word.wall) for word in left.news)
    return Told(left.stops, Cause(last.cause), last.said, soon=soon)


def _difference(connection: Connection, ride: BookedRide, said: list[_Said]) -> Difference | None:
    derived = _stops(connection, ride, said)
    if derived is None:
        return None
    stops, news = derived
    due, _ = judge(connection, ride, stops, soon=True)
    fare, same = due.total if due else None, stops.are_same(ride.stops)
    if same and fare in (None, ride.fare):
        return None
    last = store.last_correction(connection, ride)
    decided = last and (is_decided(last, stops, fare) or is_by_staff(last, ride))
    return None if decided else Difference(ride, stops, fare, news)


def _stops(
    connection: Connection, ride: BookedRide, said: list[_Said]
) -> tuple[Stops, tuple[Word, ...]] | None:
    """From where to where by the records alone, and what of it is news; None where the end itself cannot be read."""
    end = ride.end
    told = None if end is None else _event(connection, ride.device, end)
    if end is None or not isinstance(told, Tapped | RideLeftOpen):
        return None
    tap = _event(connection, ride.device, ride.board)
    names = store.first_names(connection, ride.device, {ride.board, end})
    own_board, own_end = names.get(ride.board, ride.board), names.get(end, end)
    words = [word for word in said if _is_about(word, ride)]
    before, after = _last_words(words, own_board, own_end)
    board = Place(told.board_stop_id, None)
    for place in (before.place if before else None, _boarded(tap)):
        if place and (not board.stop_id or place.stop_id == board.stop_id):
            board = place
            break
    settled = _last_words(words, own_end, own_end)[1] if isinstance(told, Tapped) else None
    in_force = ride.stops
    # Where a forgotten ride ended no record of its own says: it may have been inferred.
    alight = Place(told.stop_id, told.stop_index) if isinstance(told, Tapped) else in_force.alight
    stops = Stops(
        after.place if after else board,
        settled.place if settled else alight,
    )
    both = ((after, in_force.board), (settled, in_force.alight))
    return stops, tuple(word for word, place in both if word and not word.place.is_same(place))


def _last_words(words: list[_Said], tap: RecordRef, end: RecordRef) -> tuple[Word | None, Word | None]:
    """The last word about a tap: first if it was said before record `end`, second if after."""
    last: Word | None = None
    for said in words:
        if tap in said.settled.taps and (last is None or is_newer(said.own, last.said, tap)):
            last = _word(said)
    return (None, last) if last and is_newer(last.said, end, tap) else (last, None)


def _word(said: _Said) -> Word:
    settled = said.settled
    return Word(
        settled.edition,
        settled.trip_id,
        settled.service_date,
        settled.stop_id,
        settled.stop_index,
        str(settled.by),
        settled.at.wall if settled.at.wall_known else None,
        said.own,
    )


def _is_about(said: _Said, ride: BookedRide) -> bool:
    same = (said.settled.trip_id, said.settled.service_date) == (ride.trip_id, ride.service_date)
    return said.device == ride.device and same


def _boarded(event: AnyEvent | None) -> Place | None:
    return (
        Place(event.stop_id, event.stop_index) if isinstance(event, Tapped) and event.board is None else None
    )


def _said(connection: Connection, day: str) -> Iterator[_Said]:
    for device, here, body in store.records_that_settle(connection):
        event, own = _unwrapped(body, here)
        if isinstance(event, StopSettled) and event.service_date == day:
            yield _Said(device, own, here, event)


def _event(connection: Connection, device: str, here: RecordRef) -> AnyEvent | None:
    body = store.read_body(connection, device, here)
    return None if body is None else _unwrapped(body, here)[0]


def _unwrapped(body: bytes, here: RecordRef) -> tuple[AnyEvent | None, RecordRef]:
    """What a record says, or the one that it hands on, and how that one is called in its own journal."""
    try:
        event = decode_event(body)
        if isinstance(event, Salvaged):
            return decode_event(bytes(event.body)), RecordRef(event.epoch, event.number)
    except Malformed:
        return None, here
    return event, here
