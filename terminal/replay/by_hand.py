"""What the driver recorded by hand, made again: who could board and alight, and for how much, by the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rules.messages.events import HandAlighted, HandBoarded, HandUndone, Means, StopSettled, Tapped
from rules.ride.by_hand import MAX_PEOPLE, HandRide, cash_due, fare_by_means
from rules.ride.outcomes import Movement
from terminal.replay.journal_facts import Ref, is_day, ref_of, trip_of
from terminal.replay.judged import Change, Judged, Why

if TYPE_CHECKING:
    from rules.network.edition import Edition
    from terminal.replay.door_record import Bound
    from terminal.replay.journal_facts import Written

ByDriver: TypeAlias = HandBoarded | HandAlighted


@dataclass(slots=True)
class _Boarding:
    """A boarding by hand; so many of its people are `left` on board."""

    event: HandBoarded
    left: int


class ByHand:
    """Judges records of the driver's hand, from the oldest to the newest."""

    def __init__(
        self, facts: list[Written], editions: Mapping[int, Edition], bound: Mapping[Ref, Bound]
    ) -> None:
        self._editions = editions
        self._bound = bound
        self._all = {each.ref: each.event for each in facts}
        self._undone = {
            ref_of(record)
            for each in facts
            if isinstance(each.event, HandUndone)
            for record in each.event.records
        }
        self._words: dict[Ref, set[int]] = defaultdict(set)
        for each in facts:
            if isinstance(each.event, StopSettled):
                for tap in each.event.taps:
                    self._words[ref_of(tap)].add(each.event.stop_index)
        self._boarded: dict[Ref, _Boarding] = {}
        self._alighted: dict[Ref, HandAlighted] = {}
        self._taken_back: set[Ref] = set()
        self._told: dict[Ref, tuple[str, int]] = {}

    def ride(self, each: Written, event: ByDriver, *, is_other_trip: bool) -> Judged:
        """Whether they could board or alight, and what they owed. `is_other_trip`: another one was on."""
        why, by_rules = (
            self._board(each, event) if isinstance(event, HandBoarded) else self._alight(each, event)
        )
        if not 1 <= event.people <= MAX_PEOPLE:
            why.append(Why.PEOPLE)
        if is_other_trip:
            why.append(Why.TRIP)
        bound = self._bound.get(each.ref)
        if bound is not None and not bound.at_once and not event.unsure:
            why.append(Why.OPENING)
        self._told[each.ref] = event.stop_id, event.stop_index
        opening = bound.opening if bound else None
        return Judged(each, tuple(dict.fromkeys(why)), by_rules, opening, undone=each.ref in self._undone)

    def _board(self, each: Written, event: HandBoarded) -> tuple[list[Why], None]:
        why = self._fits(event)
        edition = self._editions.get(event.edition)
        if edition is not None and not why and event.stop_index == len(edition.stops_of(event.trip_id)) - 1:
            why.append(Why.STOP)
        refused = self._all.get(ref_of(event.refused)) if event.refused else None
        if refused is not None and not (
            isinstance(refused, Tapped) and refused.movement is Movement.REFUSED and event.means is Means.PASS
        ):
            why.append(Why.ALLOWED)
        self._boarded[each.ref] = _Boarding(event, event.people)
        return why, None

    def _alight(self, each: Written, event: HandAlighted) -> tuple[list[Why], int | None]:
        why = [*self._fits(event), *self._ride(event)]
        edition = self._editions.get(event.edition)
        by_rules = None
        if edition is not None and Why.STOP not in why:
            if event.forgotten and event.stop_index != len(edition.stops_of(event.trip_id)) - 1:
                why.append(Why.STOP)
            by_rules = None if event.forgotten else _fare(event, event.board_index, event.stop_index, edition)
            if by_rules != event.fare:
                why.append(Why.FARE)
        if event.cash != cash_due(event.means, event.fare):
            why.append(Why.MONEY)
        self._alighted[each.ref] = event
        return why, by_rules

    def undo(self, each: Written, event: HandUndone) -> Judged:
        """Whether there was anything of the driver's hand to take back."""
        why: list[Why] = []
        for record in event.records:
            ref = ref_of(record)
            alighted = self._alighted.get(ref)
            if ref in self._taken_back or (ref in self._all and not self._is_here(ref)):
                why.append(Why.RIDE)
            elif not self._is_here(ref):
                why.append(Why.NO_BOARDING)
            elif alighted is not None and alighted.board and ref_of(alighted.board) in self._boarded:
                self._boarded[ref_of(alighted.board)].left += alighted.people
            elif alighted is None:
                self._boarded[ref].left = 0
            self._taken_back.add(ref)
        return Judged(each, tuple(dict.fromkeys(why)))

    def settle(self, ref: Ref, word: StopSettled) -> Change | None:
        """The word about a record of the driver's hand; None for any other. What was taken stays as it was."""
        said = self._alighted.get(ref) or (self._boarded[ref].event if ref in self._boarded else None)
        if said is None:
            return None
        before, _ = self._told[ref]
        self._told[ref] = word.stop_id, word.stop_index
        fare = said.fare if isinstance(said, HandAlighted) else None
        return Change(said, before, fare, fare)

    def final(self, ref: Ref, event: ByDriver) -> tuple[str | None, int | None]:
        """Its stop by the last word about it, and what the ride would cost by the last word about both its ends."""
        stop_id, end = self._told.get(ref, (event.stop_id, event.stop_index))
        edition = self._editions.get(event.edition)
        if isinstance(event, HandBoarded) or event.forgotten or edition is None or self._fits(event):
            return stop_id or None, None
        begun = self._told.get(ref_of(event.board)) if event.board else None
        start = event.board_index if begun is None else begun[1]
        return stop_id or None, _fare(event, start, end, edition)

    def _is_here(self, ref: Ref) -> bool:
        return ref in self._boarded or ref in self._alighted

    def _ride(self, event: HandAlighted) -> list[Why]:
        """Why these people cannot have been on board."""
        if event.board is None:
            return []
        ref = ref_of(event.board)
        boarding = self._boarded.get(ref)
        if boarding is None:
            return [Why.RIDE if ref in self._all else Why.NO_BOARDING]
        begun, index = boarding.event, self._told[ref][1]
        why: list[Why] = []
        if (begun.means, begun.rider_class, trip_of(begun)) != (
            event.means,
            event.rider_class,
            trip_of(event),
        ) or event.people > boarding.left:
            why.append(Why.RIDE)
        if event.board_index not in {index, *self._words[ref]}:
            # Until it was settled the filter may have believed another stop for a while.
            why.append(Why.STOP_BELIEVED)
        boarding.left -= event.people
        return why

    def _fits(self, event: ByDriver) -> list[Why]:
        """Whether its stops are those of the trip, by the edition it names."""
        edition = self._editions.get(event.edition)
        if edition is None:
            return [Why.NO_EDITION]
        if event.trip_id not in edition.trips or not is_day(event.service_date):
            return [Why.STOP]
        pattern = edition.pattern_of(event.trip_id)
        named = [(event.stop_index, event.stop_id)]
        if isinstance(event, HandAlighted):
            named.append((event.board_index, event.board_stop_id))
        fits = event.route_id == pattern.route_id and all(
            0 <= index < len(pattern.stop_ids) and pattern.stop_ids[index] == stop_id
            for index, stop_id in named
        )
        return [] if fits else [Why.STOP]


def _fare(event: HandAlighted, start: int, end: int, edition: Edition) -> int | None:
    """Whole yen for all of them; None where the table has no fare."""
    stops = range(len(edition.stops_of(event.trip_id)))
    # A word on a stop that was tampered with may name any.
    if start not in stops or end not in stops:
        return None
    ride = HandRide(event.trip_id, event.service_date, start, event.rider_class)
    fare = fare_by_means(ride, event.means, end, edition)
    return None if fare is None else int(fare) * event.people
