"""Random rides and random words about them: whatever the batches, the same books, and nobody pays more by himself."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from central.devices.data_folder import Office
from central.rides.corrections.rederive_day import rederive_day
from rules.messages.events import RecordRef
from tests.central.office import Bus, balances, card, new_office, ride_rows, send
from tests.central.settled_bench import check_books, corrections, forgotten, off, on, settled, with_line, yen
from tests.ride.builders import DAY, STOPS

LAST = len(STOPS) - 1
NO_FARE = (1, 3)
DAY_S = 86_400
MEMBERS = ("m", "n")

pairs = st.tuples(st.integers(0, LAST - 1), st.integers(1, LAST)).filter(
    lambda pair: pair[0] < pair[1] and pair != NO_FARE
)


@dataclass(frozen=True)
class Trip:
    """A ride of `member`: between two stops, with so much of its fare from the pass, and whether they alight."""

    member: str
    stops: tuple[int, int]
    share: int
    forgets: bool


@dataclass(frozen=True)
class Word:
    """What is said of a tap, by its place among all taps; so many records after it."""

    tap: int
    stop: int
    after: int
    second: int
    again: bool


trips = st.builds(Trip, st.sampled_from(MEMBERS), pairs, st.integers(0, 4), st.booleans())
words = st.builds(
    Word,
    st.integers(0, 9),
    st.integers(0, LAST),
    st.integers(0, 6),
    st.sampled_from([700, 1000, DAY_S, 3 * DAY_S]),
    st.booleans(),
)


@dataclass
class Journal:
    """A bus's journal with rides and words in it; `boards` names where each ride begins, `taps` every tap."""

    bus: Bus = field(default_factory=Bus)
    taps: list[RecordRef] = field(default_factory=list)

    def ride(self, trip: Trip, pass_id: str, known: dict[RecordRef, int]) -> Iterable[None]:
        start, end = trip.stops
        tap = self.bus.write(on(pass_id, start))
        self.taps.append(tap)
        known[tap] = start
        yield
        start = known[tap]
        fare = yen(LAST - start) if trip.forgets else yen(end - start)
        # Where a word has moved the boarding, the bus would have charged by that; no fare, no alighting.
        if not trip.forgets and (end <= start or (start, end) == NO_FARE):
            trip, fare = Trip(trip.member, trip.stops, trip.share, forgets=True), yen(LAST - start)
        held = fare * trip.share // 4
        if trip.forgets:
            self.bus.write(forgotten(pass_id, tap, held, fare - held, start))
        else:
            self.taps.append(self.bus.write(off(pass_id, tap, end, held, fare - held, start=start)))
        yield


def written(trips: list[Trip], words: list[Word], passes: dict[str, str]) -> Bus:
    journal, known = Journal(), dict[RecordRef, int]()
    rides = [journal.ride(trip, passes[trip.member], known) for trip in trips]
    steps = [iter(ride) for ride in rides]
    due = sorted(words, key=lambda word: word.after)
    for place, step in enumerate([*steps, *steps]):
        next(iter(step), None)
        for word in [word for word in due if word.after == place % 7 and journal.taps]:
            tap = journal.taps[word.tap % len(journal.taps)]
            for _ in range(1 + word.again):
                journal.bus.write(settled(word.stop, tap, second=word.second))
            if tap in known:
                known[tap] = word.stop
    return journal.bus


def books(office: Office) -> tuple[Any, ...]:
    with office.database.read() as connection:
        check_books(connection)
        return ride_rows(connection), corrections(connection), balances(connection)


def taken(
    trips: list[Trip], words: list[Word], cuts: Iterable[int], *, twice: bool = False
) -> tuple[Any, ...]:
    with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
        with_line(office)
        passes = {member: card(office, member, 700) for member in MEMBERS}
        bus = written(trips, words, passes)
        with office.database.write() as connection:
            bus.register(connection)
        first, total = 1, len(bus.records)
        for cut in (*sorted({cut for cut in cuts if cut < total}), total):
            send(office.database, bus, first, cut)
            first = cut + 1
        if twice:
            send(office.database, bus)
            with office.database.write() as connection:
                assert rederive_day(connection, DAY, apply_at=None).differences == ()
        return books(office)


@settings(max_examples=30, deadline=None)
@given(
    trips=st.lists(trips, min_size=1, max_size=4),
    words=st.lists(words, max_size=8),
    cuts=st.lists(st.integers(1, 40), max_size=4),
)
def test_batches_and_repeats_change_nothing_and_the_books_hold(
    trips: list[Trip], words: list[Word], cuts: list[int]
) -> None:
    together = taken(trips, words, [])
    assert taken(trips, words, cuts, twice=True) == together
    assert taken(trips, words, range(100)) == together


@settings(max_examples=30, deadline=None)
@given(trips=st.lists(trips, min_size=1, max_size=4), words=st.lists(words, max_size=8))
def test_no_word_by_itself_takes_anything_from_a_rider(trips: list[Trip], words: list[Word]) -> None:
    _, made, _ = taken(trips, words, [])
    for _, _, before, after, why, states in made:
        if "applied" in states:
            assert after is not None
            assert after <= before
            assert why == ""
