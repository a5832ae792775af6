"""What no sequence of taps can break."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.ride.memory import PassMemory
from rules.ride.outcomes import Movement
from rules.ride.tap import Accepted, decide_tap, leave_open
from tests.ride.builders import NOW, Office, at, door, edition

LINE = edition()
OFFICE = Office()
HOLD = 1_000
FIRST_DAY = date(2026, 9, 1)


@dataclass(frozen=True)
class Step:
    """One tap: how long after the one before, how many stops on, on a new trip or not, and what is shown."""

    seconds: int
    stops: int
    new_trip: bool
    old_code: bool


STEPS = st.lists(
    st.builds(Step, st.integers(0, 400), st.integers(0, 3), st.booleans(), st.booleans()), max_size=30
)


@given(STEPS)
def test_a_pass_has_at_most_one_open_ride_and_each_ride_is_charged_once_within_the_hold(
    steps: list[Step],
) -> None:
    phone, memory = OFFICE.phone(hold=HOLD), PassMemory()
    now, stop, trip = 0, 0, 0
    boarded, settled, held, paid = 0, 0, 0, 0
    code = phone.code()
    for number, step in enumerate(steps):
        now += step.seconds
        if step.new_trip:
            trip, stop = trip + 1, 0
        stop = min(4, stop + step.stops)
        if not step.old_code:
            code = phone.code(NOW + now)
        where = replace(door(stop, "t1", LINE), service_date=(FIRST_DAY + timedelta(trip)).isoformat())
        decision = decide_tap(code, at(now), where, OFFICE.word(), memory)
        if not isinstance(decision, Accepted):
            continue
        was_open = memory.open_ride is not None
        memory = decision.memory
        if decision.left_open:
            settled += 1
            held += decision.left_open.held
            was_open = False
        if decision.movement is Movement.BOARD:
            assert not was_open
            assert memory.open_ride is not None
            memory = replace(memory, open_ride=replace(memory.open_ride, epoch="e", number=number + 1))
            boarded += 1
        else:
            assert was_open
            assert memory.open_ride is None
            settled += 1
            held += decision.held
            paid += decision.cash
            assert decision.fare == decision.held + decision.cash
    still_open = memory.open_ride is not None
    if still_open:
        left, memory = leave_open(memory, LINE)
        settled += 1
        held += left.held
    assert settled == boarded
    assert sum(taking.yen for taking in memory.takings) == held <= HOLD
    assert paid >= 0


@given(STEPS)
def test_no_code_is_accepted_twice(steps: list[Step]) -> None:
    phone, memory = OFFICE.phone(hold=HOLD), PassMemory()
    now, stop = 0, 0
    code, accepted = phone.code(), set[tuple[int, int]]()
    for step in steps:
        now += step.seconds
        stop = min(4, stop + step.stops)
        if not step.old_code:
            code = phone.code(NOW + now)
        decision = decide_tap(code, at(now), door(stop, line=LINE), OFFICE.word(), memory)
        if isinstance(decision, Accepted):
            assert code.showing is not None
            shown = (code.showing.moment, code.showing.counter)
            assert shown not in accepted
            accepted.add(shown)
            memory = decision.memory
