"""Wall time as far as a machine without a clock battery can know it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from device.clock import (
    AGREEING,
    BELIEVABLE_S,
    CONTRADICTING,
    LEAP_S,
    NETWORK_CONTRADICTING,
    STEP_S,
    TIME_ERROR,
    Anchor,
    Clock,
    NetworkTime,
    SystemTime,
    boot_id,
)
from rules.instant import ClockQuality, Instant
from tests.fakes.time import FakeTime

NOW = 1_790_000_000
FLOOR = NOW - 5_000


def hear(clock: Clock, time: FakeTime, wall: float, delay: float = 0.0) -> Anchor | None:
    """One sentence a second: `wall` is what it says, `delay` how late it came in."""
    time.move(1.0)
    return clock.hear_gps(wall, time.seconds + delay)


def heard(clock: Clock, time: FakeTime, offset: float, count: int) -> list[Anchor]:
    """`count` sentences that are `offset` seconds ahead of the monotonic clock."""
    anchors = [hear(clock, time, time.seconds + 1.0 + offset) for _ in range(count)]
    return [anchor for anchor in anchors if anchor is not None]


def new_clock(floor: int = FLOOR) -> tuple[Clock, FakeTime]:
    time = FakeTime(1_000.0)
    return Clock(time, "b00t", floor), time


def test_before_anything_gave_the_time_it_is_the_floor() -> None:
    clock, time = new_clock()
    time.move(60.5)
    assert clock.now() == Instant("b00t", 1_060_500, FLOOR, ClockQuality.FLOOR)
    assert not clock.now().wall_known


def test_gps_counts_after_ten_sentences_that_agree() -> None:
    clock, time = new_clock()
    assert heard(clock, time, NOW, AGREEING - 1) == []
    assert not clock.now().wall_known
    (anchor,) = heard(clock, time, NOW, 1)
    assert anchor == Anchor("gps", clock.now().wall, 0)
    assert clock.now() == Instant("b00t", 1_010_000, NOW + 1_010, ClockQuality.GPS)


def test_a_sentence_that_disagrees_begins_the_count_anew() -> None:
    clock, time = new_clock()
    heard(clock, time, NOW, AGREEING - 1)
    assert heard(clock, time, NOW + 0.6, 1) == []
    assert heard(clock, time, NOW, AGREEING - 1) == []
    assert len(heard(clock, time, NOW, 1)) == 1


def test_of_sentences_that_came_late_the_least_late_is_believed() -> None:
    clock, time = new_clock()
    for delay in (0.4, 0.3, 0.0, 0.2, 0.4, 0.1, 0.3, 0.4, 0.2, 0.4):
        anchor = hear(clock, time, time.seconds + 1.0 + NOW, delay)
    assert anchor == Anchor("gps", clock.now().wall, 400)
    assert clock.now().wall == int(NOW + time.seconds)


def test_a_drift_within_two_seconds_is_no_anchor_and_a_step_is() -> None:
    clock, time = new_clock()
    heard(clock, time, NOW, AGREEING)
    assert heard(clock, time, NOW + 1.9, 3 * AGREEING) == []
    assert len(heard(clock, time, NOW + 2.5, 2 * AGREEING)) == 1
    assert clock.now().wall == int(time.seconds + NOW + 2.5)


def test_a_time_before_the_own_newest_record_is_believed_only_when_it_stays() -> None:
    clock, time = new_clock(floor=NOW)
    assert heard(clock, time, NOW - 10_000, CONTRADICTING - 1) == []
    assert clock.now().wall == NOW
    assert not clock.now().wall_known
    assert len(heard(clock, time, NOW - 10_000, 1)) == 1
    assert clock.now().wall == int(time.seconds) + NOW - 10_000


def test_a_time_before_what_is_proven_or_years_past_it_is_never_believed() -> None:
    for wall in (NOW - 5_001, NOW + BELIEVABLE_S):
        time = FakeTime(1_000.0)
        clock = Clock(time, "b00t", 0, NOW)
        assert heard(clock, time, wall - time.seconds, 5 * CONTRADICTING) == []
        assert clock.now().wall == NOW
        assert not clock.now().wall_known


def test_a_saved_time_that_cannot_be_is_not_the_floor() -> None:
    for saved, floor in ((NOW - 1, NOW), (NOW + 1, NOW + 1), (NOW + BELIEVABLE_S + 1, NOW)):
        assert Clock(FakeTime(), "b00t", saved, NOW).now().wall == floor


@given(st.lists(st.floats(-(2**40), 2**40), max_size=80))
def test_whatever_the_receiver_says_the_clock_never_falls_below_what_is_proven(walls: list[float]) -> None:
    time = FakeTime(1_000.0)
    clock = Clock(time, "b00t", FLOOR, FLOOR)
    for wall in walls:
        hear(clock, time, wall)
        assert clock.now().wall >= FLOOR


def test_durations_never_ask_the_wall() -> None:
    clock, time = new_clock()
    heard(clock, time, NOW, AGREEING)
    before = clock.monotonic()
    heard(clock, time, NOW + 1_000_000, 2 * AGREEING)
    assert clock.monotonic() - before == 2 * AGREEING


def test_the_machines_own_time_rises_and_its_boot_has_a_name() -> None:
    system = SystemTime()
    before = system.monotonic()
    system.sleep(0.01)
    assert system.monotonic() >= before + 0.01
    assert len(boot_id()) == 8
    assert boot_id() == boot_id()


def test_a_leap_of_years_while_the_machine_is_on_is_not_believed() -> None:
    for leap in (27 * 366 * 86_400, -1_024 * 7 * 86_400):
        clock, time = new_clock(floor=0)
        heard(clock, time, NOW, AGREEING)
        assert heard(clock, time, NOW + leap, 3 * AGREEING) == []
        assert abs(clock.now().wall - (time.seconds + NOW)) <= 1


def network(clock: Clock, time: FakeTime, offset: float) -> Anchor | None:
    """The network says that it is `offset` seconds ahead of the monotonic clock."""
    return clock.hear_network(time.seconds + offset, time.seconds)


def test_the_network_gives_the_time_where_there_is_no_sky() -> None:
    clock, time = new_clock()
    assert network(clock, time, NOW) == Anchor("network", NOW + 1_000, 1_000)
    assert clock.now() == Instant("b00t", 1_000_000, NOW + 1_000, ClockQuality.NETWORK)
    assert network(clock, time, NOW + 1.9) is None
    assert network(clock, time, NOW + 5) == Anchor("network", NOW + 1_005, 1_000)


def test_gps_goes_before_the_network_whichever_came_first() -> None:
    clock, time = new_clock()
    network(clock, time, NOW)
    (anchor,) = heard(clock, time, NOW + 30, AGREEING)
    assert (anchor.source, clock.now().quality) == ("gps", ClockQuality.GPS)
    assert network(clock, time, NOW + 10) is None
    assert clock.now().wall == int(time.seconds) + NOW + 30
    clock, time = new_clock()
    heard(clock, time, NOW + 30, AGREEING)
    assert network(clock, time, NOW) is None
    assert clock.now().wall == int(time.seconds) + NOW + 30


def test_two_sources_that_agree_are_believed_most() -> None:
    clock, time = new_clock()
    heard(clock, time, NOW, AGREEING)
    assert network(clock, time, NOW + 1.5) is None
    assert clock.now().quality is ClockQuality.AGREED


def test_a_receiver_years_off_is_not_believed_against_the_network() -> None:
    clock, time = new_clock()
    network(clock, time, NOW)
    assert heard(clock, time, NOW + 2 * LEAP_S, 2 * CONTRADICTING) == []
    assert clock.now() == Instant(
        "b00t", int(time.seconds * 1000), NOW + int(time.seconds), ClockQuality.NETWORK
    )


def asked(clock: Clock, time: FakeTime, offset: float, count: int) -> list[Anchor]:
    """`count` askings, ten seconds apart."""
    anchors = []
    for _ in range(count):
        time.move(10.0)
        anchors.append(network(clock, time, offset))
    return [anchor for anchor in anchors if anchor is not None]


def test_a_network_that_contradicts_what_it_said_is_believed_once_it_has_stayed_at_it() -> None:
    clock, time = new_clock()
    network(clock, time, NOW + 3 * LEAP_S)
    assert asked(clock, time, NOW, NETWORK_CONTRADICTING - 1) == []
    (anchor,) = asked(clock, time, NOW, 1)
    assert anchor == Anchor("network", NOW + int(time.seconds), 1_000)
    (step,) = asked(clock, time, NOW + 2 * STEP_S, 3)
    assert step.wall == NOW + int(time.seconds) + 2 * STEP_S - 20


def test_a_network_that_contradicts_this_machines_newest_record_is_believed_once_it_has_stayed_at_it() -> (
    None
):
    clock, time = new_clock(NOW + 5 * 366 * 86_400)
    assert asked(clock, time, NOW, NETWORK_CONTRADICTING - 1) == []
    assert not clock.now().wall_known
    (_,) = asked(clock, time, NOW, 1)
    assert clock.now().wall == NOW + int(time.seconds)
    assert asked(clock, time, NOW, 3 * NETWORK_CONTRADICTING) == [], "it is settled"


def test_a_network_that_contradicts_itself_now_and_then_moves_nothing() -> None:
    clock, time = new_clock()
    network(clock, time, NOW)
    for _ in range(3):
        assert asked(clock, time, NOW + 2 * LEAP_S, NETWORK_CONTRADICTING - 1) == []
        assert asked(clock, time, NOW, 1) == []
    for _ in range(NETWORK_CONTRADICTING):
        assert asked(clock, time, NOW + 2 * LEAP_S, 1) + asked(clock, time, NOW + 4 * LEAP_S, 1) == []
    assert clock.now().wall == NOW + int(time.seconds)


def test_the_network_never_moves_a_clock_that_a_receiver_keeps() -> None:
    clock, time = new_clock()
    heard(clock, time, NOW, AGREEING)
    assert asked(clock, time, NOW + 2 * LEAP_S, 3 * NETWORK_CONTRADICTING) == []
    assert clock.now().wall == NOW + int(time.seconds)


@given(
    st.lists(st.tuples(st.integers(-(2**30), 2**30), st.integers(1, 2 * NETWORK_CONTRADICTING)), max_size=6),
    st.integers(-(2**29), 2**29),
)
def test_whatever_the_network_said_before_the_right_time_is_believed_once_it_stays(
    wrong: list[tuple[int, int]], floor: int
) -> None:
    clock, time = new_clock(NOW + floor)
    for offset, times in wrong:
        asked(clock, time, NOW + offset, times)
    asked(clock, time, NOW, NETWORK_CONTRADICTING)
    assert abs(clock.now().wall - NOW - time.seconds) <= STEP_S + 1


def test_a_network_time_that_cannot_be_is_not_taken() -> None:
    clock, time = new_clock()
    assert network(clock, time, FLOOR - time.seconds - 1) is None
    clock = Clock(time, "b00t", FLOOR, FLOOR)
    assert network(clock, time, FLOOR + BELIEVABLE_S) is None
    assert not clock.now().wall_known


def test_the_kernel_is_asked_whether_its_clock_is_kept_and_a_kept_one_gives_the_time(tmp_path: Path) -> None:
    assert NetworkTime(lambda _: TIME_ERROR).wall() is None
    wall = NetworkTime(lambda _: 0).wall()
    assert wall is not None
    (tmp_path / "now").touch()
    assert abs(wall - (tmp_path / "now").stat().st_mtime) < 5
    # What this machine's own kernel says of its clock, nobody here knows; that it is asked rightly, it shows.
    own = NetworkTime().wall()
    assert own is None or abs(own - wall) < 5
