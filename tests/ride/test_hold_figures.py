"""What a bus takes from a hold between two figures from central: never more than the last one left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.messages.codec import decode, encode
from rules.money import Yen
from rules.passes.rider_pass import PassKind, ReadPass, RiderClass
from rules.ride.memory import KeptHold, OpenRide, PassMemory, heard, left_of_hold, reckoned, taken
from rules.ride.tap import Accepted, decide_tap
from tests.ride.builders import NOW, Office, at, door

UNTIL = NOW + 86_400
SIX_RIDES = (("t1", 0), ("t2", 4_000), ("t1", 8_000), ("t2", 12_000), ("t1", 16_000), ("t2", 20_000))


def ride_of(number: int, hold: int = 1_000, kind: PassKind = PassKind.PHONE) -> OpenRide:
    return OpenRide(
        "epoch", number, 1, "t1", "2026-09-21", "A", 0, kind, RiderClass.ADULT,
        group=True, hold=Yen(hold), adults=0, children=0, at=at(), lat=None, lon=None,
    )  # fmt: skip


def after(memory: PassMemory, number: int, yen: int, hold: int = 1_000) -> PassMemory:
    return taken(memory, ride_of(number, hold), Yen(yen))


def left(memory: PassMemory, hold: int = 1_000) -> int:
    return left_of_hold(memory, ride_of(99, hold))


def figure(number: int, kept: int, *rides: int) -> KeptHold:
    return KeptHold(number, Yen(kept), UNTIL, tuple(("epoch", ride) for ride in rides))


def test_until_central_says_something_the_pass_itself_says_what_is_kept() -> None:
    assert left(PassMemory()) == 1_000
    assert left(after(after(PassMemory(), 1, 300), 2, 300)) == 400


def test_a_figure_lets_go_of_the_rides_it_counts_and_of_no_others() -> None:
    memory = after(after(PassMemory(), 1, 300), 2, 200)
    assert left(reckoned(memory, figure(7, 1_000, 1))) == 800
    assert left(reckoned(memory, figure(8, 900, 1, 2))) == 900


def test_a_figure_after_another_buss_ride_lets_go_of_nothing_here() -> None:
    assert left(reckoned(after(PassMemory(), 1, 300), figure(7, 600))) == 300


def test_an_older_figure_says_nothing_and_an_equal_one_counts_its_ride_as_well() -> None:
    known = heard(None, figure(7, 500, 1))
    assert heard(known, figure(6, 1_000, 2)) == known
    assert heard(known, figure(7, 500, 2)) == figure(7, 500, 1, 2)


def test_nothing_is_left_of_a_hold_that_keeps_less_than_was_taken() -> None:
    assert left(reckoned(after(PassMemory(), 1, 600), figure(7, 100))) == 0


def test_memory_of_before_there_were_figures_still_counts() -> None:
    memory = decode(b'{"spent":300}', PassMemory)
    assert (left(memory), memory.kept, memory.takings) == (700, None, ())
    assert left(reckoned(memory, figure(7, 1_000))) == 700


def test_what_is_remembered_survives_being_written_down() -> None:
    memory = reckoned(after(after(PassMemory(), 1, 300), 2, 200), figure(7, 800, 1))
    assert decode(encode(memory), PassMemory) == memory
    known = figure(7, 800, 1)
    assert decode(encode(known), KeptHold) == known


def test_a_card_keeps_to_its_daily_limit_whatever_its_hold_is_topped_up_to() -> None:
    card = ride_of(1, 1_000, PassKind.CARD)
    memory = taken(PassMemory(day="2026-09-21"), card, Yen(900))
    topped_up = reckoned(memory, figure(7, 1_000, 1))
    assert topped_up.takings == ()
    assert left_of_hold(topped_up, card) == 100
    assert left_of_hold(replace(topped_up, spent=Yen(0)), card) == 1_000


@pytest.mark.parametrize(("told", "cash"), [(False, [0, 0, 440, 480, 480, 480]), (True, [0, 0, 0, 0, 0, 0])])
def test_a_rider_pays_in_cash_only_while_central_has_not_counted_what_they_paid(
    told: bool, cash: list[int]
) -> None:
    office = Office()
    phone = office.phone(hold=1_000)
    memory, paid, known = PassMemory(), [], None
    for number, (trip, second) in enumerate(SIX_RIDES, 1):
        boarded = _tap(phone.code(NOW + second), second, 0, trip, office, memory)
        assert boarded.memory.open_ride is not None
        memory = replace(
            boarded.memory, open_ride=replace(boarded.memory.open_ride, epoch="epoch", number=number)
        )
        alighted = _tap(phone.code(NOW + second + 1_200), second + 1_200, 4, trip, office, memory)
        paid.append(int(alighted.cash))
        memory = alighted.memory
        if told:
            known = heard(known, figure(number, 1_000, number))
            memory = reckoned(memory, known)
    assert paid == cash


def _tap(code: ReadPass, second: int, stop: int, trip: str, office: Office, memory: PassMemory) -> Accepted:
    decision = decide_tap(code, at(second), door(stop, trip), office.word(), memory)
    assert isinstance(decision, Accepted), decision
    return decision


@dataclass
class Books:
    """What central keeps for one pass, and all that it ever told."""

    balance: int
    kept: int
    number: int = 1
    told: list[KeptHold] = field(default_factory=list)

    def book(self, ride: int, yen: int) -> None:
        assert yen <= self.kept, "the bus took more than the hold keeps"
        self.balance -= yen
        self.kept = min(1_000, self.balance)
        self.number += 1
        self.told.append(figure(self.number, self.kept, ride))


@given(
    st.integers(0, 4_000),
    st.lists(st.tuples(st.sampled_from(("ride", "book", "hear", "again")), st.integers(0, 600)), max_size=40),
)
def test_one_bus_never_takes_more_than_is_kept_however_late_lost_or_doubled_the_figures_are(
    balance: int, steps: list[tuple[str, int]]
) -> None:
    hold = min(1_000, balance)
    books, memory, known = Books(balance, hold), PassMemory(), None
    waiting: list[tuple[int, int]] = []
    rides = 0
    for what, size in steps:
        match what:
            case "ride":
                rides += 1
                yen = min(size, left(reckoned(memory, known), hold))
                memory = after(reckoned(memory, known), rides, yen, hold)
                waiting.append((rides, yen))
            case "book" if waiting:
                books.book(*waiting.pop(0))
            case "hear" if books.told:
                known = heard(known, books.told[-1])
            case "again" if books.told:
                known = heard(known, books.told[size % len(books.told)])
