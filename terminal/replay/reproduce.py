"""Every decision in a journal, made again from the records before it by the rules that the bus decides by.

At which stop the bus was is what its filter believed, out of fixes that are no records; that is taken from the records
and only checked against the trip's stops and the door's openings. Everything that follows from it is computed anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rules.instant import seconds_between
from rules.messages.events import (
    HandAlighted,
    HandBoarded,
    HandUndone,
    JournalReplaced,
    RideLeftOpen,
    Started,
    StopSettled,
    Tapped,
    TripEnded,
    TripStarted,
)
from rules.money import NOTHING
from rules.passes.rider_pass import PassKind
from rules.ride.outcomes import Movement, Outcome
from rules.ride.tap import ALIGHT_AGAIN_S, CARD_RIDES_A_DAY, DEBOUNCE_S, MOVED_S, green_answer
from terminal.replay.by_hand import ByHand
from terminal.replay.door_record import bound_taps
from terminal.replay.journal_facts import Ref, TripKey, is_day, ref_of, trip_of
from terminal.replay.judged import Change, Judged, Why
from terminal.replay.overruled import Refusals
from terminal.replay.settled_fare import settled_fare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.instant import Instant
    from rules.network.edition import Edition
    from terminal.replay.journal_facts import OnTrip, Written


@dataclass(frozen=True, slots=True)
class At:
    """A stop of a trip."""

    stop_id: str
    index: int


class Reproduction:
    """`judge` once, from the oldest record to the newest; `final` is known afterwards.

    `editions` are those the journal keeps, by number.
    """

    def __init__(self, facts: list[Written], editions: Mapping[int, Edition]) -> None:
        self._facts = facts
        self._editions = editions
        self._bound = bound_taps(facts)
        self._by_hand = ByHand(facts, editions, self._bound)
        self._refusals = Refusals()
        self._refs = {each.ref for each in facts}
        self._words: dict[Ref, set[str]] = defaultdict(set)
        for each in facts:
            if isinstance(each.event, StopSettled):
                for tap in each.event.taps:
                    self._words[ref_of(tap)].add(each.event.stop_id)
        self._taps: dict[Ref, Tapped] = {}
        self._told: dict[Ref, At] = {}
        self._spoken: set[Ref] = set()
        self._ended: dict[Ref, Ref] = {}
        self._forget()
        # Of a journal that is here from its first record on, and follows on none, nobody rode before it.
        first = facts[0] if facts else None
        self._is_whole = bool(
            first and first.ref.number == 1 and not isinstance(first.event, JournalReplaced)
        )

    def judge(self) -> Iterator[Judged]:
        """Every record, in order."""
        for place, each in enumerate(self._facts):
            if not each.follows and place:
                self._forget()
            match each.event:
                case Tapped():
                    yield self._tap(each, each.event)
                case RideLeftOpen():
                    yield self._left_open(each, each.event)
                case StopSettled():
                    yield self._settled(each, each.event)
                case HandBoarded() | HandAlighted():
                    is_other = self._trip_known and trip_of(each.event) != self._trip
                    yield self._by_hand.ride(each, each.event, is_other_trip=is_other)
                case HandUndone():
                    yield self._by_hand.undo(each, each.event)
                case _:
                    self._note_trip(each)
                    yield Judged(each)

    def final(self, ref: Ref, tap: Tapped | HandBoarded | HandAlighted) -> tuple[str | None, int | None]:
        """Stop and fare of `ref` by the last word about it, after `judge`; None where it has none."""
        if not isinstance(tap, Tapped):
            return self._by_hand.final(ref, tap)
        told = self._told.get(ref, At(tap.stop_id, tap.stop_index))
        return told.stop_id or None, self._fare_now(ref, tap)

    def _forget(self) -> None:
        """Between two records something is missing: who is on board, and on which trip, is unknown from here on."""
        self._is_whole = False
        self._rides: dict[str, Ref | None] = {}
        self._alighted: dict[str, Ref] = {}
        self._answered: dict[str, Instant] = {}
        self._cards: dict[str, tuple[str, int]] = {}
        self._trip: TripKey | None = None
        self._trip_known = False
        self._refusals.forget()

    def _note_trip(self, each: Written) -> None:
        match each.event:
            case TripStarted():
                self._trip, self._trip_known = each.trip, True
            case TripEnded():
                self._trip, self._trip_known = None, True
            case Started():
                # It takes up the trip again that was on, if it still has the edition.
                self._trip_known = False

    def _tap(self, each: Written, tap: Tapped) -> Judged:
        why: list[Why] = []
        if tap.outcome.rides is (tap.movement is Movement.REFUSED):
            why.append(Why.ANSWER)
        if self._trip_known and trip_of(tap) != self._trip:
            why.append(Why.TRIP)
        if tap.movement is not Movement.ALIGHT and (tap.fare, tap.held, tap.cash) != (0, 0, 0):
            why.append(Why.MONEY)
        if not self._refusals.could_allow(tap):
            why.append(Why.ALLOWED)
        if tap.movement is Movement.REFUSED:
            return Judged(each, (*why, *self._refused(tap)))
        why += self._fits(tap, tap.route_id)
        bound = self._bound.get(each.ref)
        if bound is not None and not bound.at_once and not tap.unsure:
            why.append(Why.OPENING)
        by_rules = None
        if tap.movement is Movement.BOARD:
            why += self._board(tap)
            self._rides[tap.pass_id] = each.ref
        else:
            told, by_rules = self._alight(tap)
            why += told
            self._rides[tap.pass_id] = None
            self._alighted[tap.pass_id] = each.ref
            if tap.board is not None:
                self._ended[ref_of(tap.board)] = each.ref
        self._answered[tap.pass_id] = tap.at
        self._taps[each.ref] = tap
        self._told[each.ref] = At(tap.stop_id, tap.stop_index)
        return Judged(each, tuple(dict.fromkeys(why)), by_rules, bound.opening if bound else None)

    def _board(self, tap: Tapped) -> Iterator[Why]:
        if green_answer(tap.rider_class, tap.adults + tap.children, cash=NOTHING, graced=tap.graced) != (
            tap.outcome
        ):
            yield Why.ANSWER
        if self._rides.get(tap.pass_id) is not None:
            yield Why.RIDE_OPEN
        if not tap.allowed and (self._is_still_in_view(tap) or self._has_just_alighted(tap)):
            yield Why.TOO_SOON
        edition = self._editions.get(tap.edition)
        if edition is not None and is_day(tap.service_date):
            product = edition.tariff.product_on(tap.product, date.fromisoformat(tap.service_date))
            if tap.product and product is None:
                yield Why.REFUSAL
            if tap.trip_id in edition.trips and tap.stop_index == len(edition.stops_of(tap.trip_id)) - 1:
                yield Why.STOP
        if tap.pass_kind is PassKind.CARD:
            day, rides = self._cards.get(tap.pass_id, ("", 0))
            rides = rides + 1 if day == tap.service_date else 1
            self._cards[tap.pass_id] = tap.service_date, rides
            if rides > CARD_RIDES_A_DAY:
                yield Why.CARD_LIMIT

    def _alight(self, tap: Tapped) -> tuple[list[Why], int | None]:
        board = self._taps.get(ref_of(tap.board)) if tap.board is not None else None
        ride = board or tap
        why = list(self._ride(tap, board))
        if green_answer(ride.rider_class, ride.adults + ride.children, cash=tap.cash, graced=tap.graced) != (
            tap.outcome
        ):
            why.append(Why.ANSWER)
        if tap.fare != tap.held + tap.cash or min(tap.held, tap.cash) < 0:
            why.append(Why.MONEY)
        starts = self._starts(tap, board, why)
        if not tap.allowed and self._is_still_in_view(tap):
            why.append(Why.TOO_SOON)
        elif board is not None and starts == [tap.stop_index]:
            passed = seconds_between(board.at, tap.at)
            if passed is None or passed < MOVED_S:
                why.append(Why.TOO_SOON)
        return why, self._check_fare(tap, ride, starts, why)

    def _left_open(self, each: Written, left: RideLeftOpen) -> Judged:
        board = self._taps.get(ref_of(left.board))
        why = list(self._ride(left, board))
        if left.fare != left.held + left.owed or min(left.held, left.owed) < 0:
            why.append(Why.MONEY)
        by_rules = None
        if not left.route_id:
            # Closed while the edition was gone: where it began, for nothing.
            why.append(Why.NO_EDITION)
            if left.fare or left.stop_id != left.board_stop_id:
                why.append(Why.FARE)
        else:
            why += self._fits(left, left.route_id)
            edition = self._editions.get(left.edition)
            if edition is not None and Why.STOP not in why:
                if left.stop_index != len(edition.stops_of(left.trip_id)) - 1:
                    why.append(Why.STOP)
                by_rules = self._check_fare(left, board or left, self._starts(left, board, why), why)
        self._rides[left.pass_id] = None
        return Judged(each, tuple(dict.fromkeys(why)), by_rules)

    def _ride(self, end: Tapped | RideLeftOpen, board: Tapped | None) -> Iterator[Why]:
        """Whether the ride that ends is the one that was open, and the same people's."""
        ref = ref_of(end.board) if end.board is not None else None
        is_known = self._is_whole or end.pass_id in self._rides
        if ref is None or (is_known and self._rides.get(end.pass_id) != ref):
            yield Why.NO_OPEN_RIDE
        if board is None:
            if ref in self._refs:
                yield Why.RIDE
        elif (
            board.movement is not Movement.BOARD
            or board.pass_id != end.pass_id
            or trip_of(board) != trip_of(end)
            or (board.adults, board.children) != (end.adults, end.children)
        ):
            yield Why.RIDE

    def _starts(self, end: Tapped | RideLeftOpen, board: Tapped | None, why: list[Why]) -> list[int]:
        """The indexes of the stop that a ride was charged from; more than one where nobody knows which pass of it."""
        ref = ref_of(end.board) if end.board is not None else None
        told = self._told.get(ref) if ref is not None and board is not None else None
        if told is not None and told.stop_id == end.board_stop_id:
            return [told.index]
        if ref is not None and told is not None and end.board_stop_id not in self._words[ref]:
            # Until it was settled the filter may have believed another stop for a while.
            why.append(Why.STOP_BELIEVED if isinstance(end, Tapped) else Why.RIDE)
        edition = self._editions.get(end.edition)
        if edition is None or end.trip_id not in edition.trips:
            return []
        stop_ids = edition.pattern_of(end.trip_id).stop_ids
        starts = [index for index, stop_id in enumerate(stop_ids) if stop_id == end.board_stop_id]
        if not starts:
            why.append(Why.RIDE)
        return starts

    def _check_fare(
        self, end: Tapped | RideLeftOpen, ride: Tapped | RideLeftOpen, starts: list[int], why: list[Why]
    ) -> int | None:
        edition = self._editions.get(end.edition)
        if edition is None or Why.STOP in self._fits(end, end.route_id):
            return None
        fares = [self._fare(ride, start, end.stop_index, edition) for start in starts]
        if isinstance(end, RideLeftOpen):
            # Nothing is invented where the table has no price.
            fares = [fare or 0 for fare in fares]
        if end.fare in fares:
            return int(end.fare)
        if starts:
            why.append(Why.FARE)
        return fares[0] if fares else None

    def _settled(self, each: Written, word: StopSettled) -> Judged:
        why = list(self._fits(word, None))
        refs = [ref_of(tap) for tap in word.taps]
        bounds = [self._bound[ref] for ref in refs if ref in self._bound]
        if len({(each.stretch, each.opening) for each in bounds}) > 1 or any(
            bound.opening is None for bound in bounds
        ):
            why.append(Why.OPENING)
        changes = []
        for ref in refs:
            tap = self._taps.get(ref)
            if tap is None:
                by_hand = self._by_hand.settle(ref, word)
                if by_hand is not None:
                    changes.append(by_hand)
                if ref in self._refs and (by_hand is None or trip_of(by_hand.tap) != trip_of(word)):
                    why.append(Why.RIDE)
                continue
            if trip_of(tap) != trip_of(word):
                why.append(Why.RIDE)
            end = ref if tap.movement is Movement.ALIGHT else self._ended.get(ref)
            ended = self._taps[end] if end is not None else None
            before, told = self._fare_now(end, ended), self._told[ref]
            self._told[ref] = At(word.stop_id, word.stop_index)
            self._spoken.add(ref)
            changes.append(Change(tap, told.stop_id, before, self._fare_now(end, ended)))
        return Judged(each, tuple(dict.fromkeys(why)), changes=tuple(changes))

    def _fare_now(self, ref: Ref | None, tap: Tapped | None) -> int | None:
        """The fare of the ride that this alighting ends, by the last word about either of its ends."""
        if ref is None or tap is None or tap.board is None:
            return None
        begun = ref_of(tap.board)
        if self._spoken.isdisjoint((ref, begun)):
            return int(tap.fare)
        edition = self._editions.get(tap.edition)
        if edition is None or Why.STOP in self._fits(tap, tap.route_id):
            return None
        board = self._taps.get(begun)
        starts = [self._told[begun].index] if board is not None else self._starts(tap, None, [])
        return self._fare(board or tap, starts[0], self._told[ref].index, edition) if starts else None

    def _fare(self, ride: Tapped | RideLeftOpen, start: int, end: int, edition: Edition) -> int | None:
        return settled_fare(ride, start, end, edition) if is_day(ride.service_date) else None

    def _fits(self, said: OnTrip, route_id: str | None) -> list[Why]:
        """Whether the stop is one of the trip's, by the edition it names."""
        edition = self._editions.get(said.edition)
        if edition is None:
            return [Why.NO_EDITION]
        if said.trip_id not in edition.trips or not is_day(said.service_date):
            return [Why.STOP]
        pattern = edition.pattern_of(said.trip_id)
        is_there = 0 <= said.stop_index < len(pattern.stop_ids)
        if not is_there or pattern.stop_ids[said.stop_index] != said.stop_id:
            return [Why.STOP]
        return [] if route_id in (None, pattern.route_id) else [Why.STOP]

    def _refused(self, tap: Tapped) -> list[Why]:
        """Why a refusal cannot be, or cannot be told; nothing where the records say that it had to be."""
        ride = self._rides.get(tap.pass_id)
        is_known = self._is_whole or tap.pass_id in self._rides
        match tap.outcome:
            case Outcome.NO_TRIP if not tap.trip_id:
                return []
            case Outcome.JOURNAL_FULL:
                # It is never written.
                return [Why.REFUSAL]
            case Outcome.NO_TRIP | Outcome.POSITION_UNKNOWN if tap.trip_id:
                return [Why.POSITION]
            case Outcome.ALREADY_BOARDED if ride is not None:
                return [] if self._told[ride].index == tap.stop_index else [Why.STOP_BELIEVED]
            case Outcome.ALREADY_ALIGHTED if tap.pass_id in self._alighted:
                return self._refused_after_alighting(tap, self._alighted[tap.pass_id])
            case Outcome.FARE_UNKNOWN if is_known:
                return self._refused_without_fare(tap, ride)
            case Outcome.CARD_LIMIT if self._cards.get(tap.pass_id) == (tap.service_date, CARD_RIDES_A_DAY):
                return []
            case (
                Outcome.ALREADY_BOARDED | Outcome.ALREADY_ALIGHTED | Outcome.FARE_UNKNOWN | Outcome.CARD_LIMIT
            ):
                return [Why.REFUSAL if is_known and self._is_whole else Why.NO_BOARDING]
            case Outcome.POSITION_UNKNOWN:
                return [Why.REFUSAL]
            case _:
                # The pass is not kept, nor what the office's lists said that day.
                return [Why.PASS]

    def _refused_after_alighting(self, tap: Tapped, ref: Ref) -> list[Why]:
        last = self._taps[ref]
        passed = seconds_between(last.at, tap.at)
        if (passed is not None and passed >= ALIGHT_AGAIN_S) or trip_of(last) != trip_of(tap):
            return [Why.REFUSAL]
        return [] if self._told[ref].index == tap.stop_index else [Why.STOP_BELIEVED]

    def _refused_without_fare(self, tap: Tapped, ride: Ref | None) -> list[Why]:
        edition = self._editions.get(tap.edition)
        if edition is None:
            return [Why.NO_EDITION]
        if Why.STOP in self._fits(tap, tap.route_id):
            return [Why.STOP]
        if ride is None:
            product = edition.tariff.product_on(tap.product, date.fromisoformat(tap.service_date))
            return [] if tap.product and product is None else [Why.REFUSAL]
        fare = self._fare(self._taps[ride], self._told[ride].index, tap.stop_index, edition)
        return [] if fare is None else [Why.STOP_BELIEVED]

    def _is_still_in_view(self, tap: Tapped) -> bool:
        """Whether the pass had its answer so shortly before that it is not answered again."""
        answered = self._answered.get(tap.pass_id)
        passed = None if answered is None else seconds_between(answered, tap.at)
        return passed is not None and 0 <= passed < DEBOUNCE_S

    def _has_just_alighted(self, tap: Tapped) -> bool:
        ref = self._alighted.get(tap.pass_id)
        if ref is None or self._words[ref] or trip_of(self._taps[ref]) != trip_of(tap):
            return False
        last = self._taps[ref]
        passed = seconds_between(last.at, tap.at)
        return last.stop_index == tap.stop_index and (passed is None or passed < ALIGHT_AGAIN_S)
