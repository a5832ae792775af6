"""The sentences of one moment to one position: whatever comes, nothing wrong comes out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from device.clock import BELIEVABLE_S
from terminal.sensors.dates import ROLLOVER_S, DateVerdict, judge_date
from terminal.sensors.fixes import PATIENCE, FixBuilder, Reading
from terminal.sensors.jumps import SETTLED
from terminal.sensors.nmea import (
    Gsa,
    Refusal,
)
from tests.terminal.nmea_bench import GGA, LAT, RMC, WALL, all_told, at, parsed, readings


def test_rmc_and_gga_of_one_moment_are_one_reading_in_either_order() -> None:
    for order in ((RMC, GGA), (GGA, RMC)):
        (reading,) = readings(*order, mono=7.5)
        assert reading.wall == WALL
        assert (reading.fix.mono, reading.fix.hdop, reading.fix.satellites) == (7.5, 0.9, 9)
        assert reading.fix.speed_mps == pytest.approx(6.43, abs=0.01)


def test_the_stamp_is_that_of_the_moments_first_sentence() -> None:
    builder = FixBuilder()
    assert readings(GGA, builder=builder, mono=1.0) == []
    (reading,) = readings(RMC, builder=builder, mono=1.3)
    assert reading.fix.mono == 1.0


def test_a_gga_of_another_moment_lends_nothing() -> None:
    builder = FixBuilder()
    assert readings(at(GGA, "101529.00"), builder=builder) == []
    told = readings(RMC, at(RMC, "101531.00"), builder=builder)
    assert [reading.fix.hdop for reading in told] == [None]


def test_an_rmc_alone_is_told_when_the_receiver_pauses() -> None:
    builder = FixBuilder()
    assert readings(RMC, builder=builder) == []
    (reading,) = builder.flush()
    assert isinstance(reading, Reading)
    assert reading.wall == WALL and reading.fix.hdop is None
    assert builder.flush() == []


def test_a_receiver_that_never_sends_gga_is_soon_told_at_once() -> None:
    builder = FixBuilder()
    clocks = [f"1015{second:02d}.00" for second in range(30, 40)]
    told = [len(readings(at(RMC, clock), builder=builder)) for clock in clocks]
    assert sum(told) == len(clocks)
    assert told[-3:] == [1, 1, 1]


def test_a_receiver_without_rmc_gives_positions_and_no_time() -> None:
    builder = FixBuilder()
    told = [readings(at(GGA, f"1015{second:02d}.00"), builder=builder) for second in range(30, 40)]
    assert all(moment == [] for moment in told[:PATIENCE])
    late = [reading for moment in told[PATIENCE:] for reading in moment]
    assert len(late) >= 7 and all(reading.wall is None for reading in late)


def test_without_rmc_a_date_beside_a_fix_dates_it_and_the_day_carries_on() -> None:
    builder = FixBuilder()
    for second in range(50, 59):
        zda = f"GPZDA,2359{second}.00,23,11,2026,00,00"
        readings(at(GGA, f"2359{second}.00"), zda, builder=builder, mono=second)
    # Past midnight, where the receiver's next date is not yet in.
    (reading,) = readings(at(GGA, "000002.00"), builder=builder, mono=62.0)
    assert reading.wall == datetime(2026, 11, 24, 0, 0, 2, tzinfo=UTC).timestamp()


def test_a_date_without_a_fix_counts_for_nothing() -> None:
    builder = FixBuilder()
    void = "GPGGA,101529.00,,,,,0,00,99.9,,M,,M,,"
    readings("GPZDA,101529.00,06,01,1980,00,00", void, builder=builder)
    for second in range(30, 36):
        for reading in readings(at(GGA, f"1015{second}.00"), builder=builder):
            assert reading.wall is None


def test_a_lost_rmc_does_not_let_the_gga_speak_alone() -> None:
    builder = FixBuilder()
    assert len(readings(RMC, GGA, builder=builder)) == 1
    assert readings(at(GGA, "101531.00"), builder=builder) == []
    assert builder.flush() == []


def test_a_void_rmc_silences_the_gga_of_its_moment() -> None:
    assert readings(GGA, RMC.replace(",A,", ",V,")) == readings(RMC.replace(",A,", ",V,"), GGA) == []


def test_the_receivers_own_verdict_counts() -> None:
    no_fix, fix = "GNGSA,A,1,,,,,,,,,,,,,99.9,99.9,99.9", "GNGSA,A,3,01,02,03,04,,,,,,,,,2.1,1.0,1.8"
    assert isinstance(parsed(no_fix), Gsa)
    assert readings(no_fix, RMC, GGA) == []
    assert len(readings(fix, RMC, GGA)) == 1
    # One constellation of several may have no satellites.
    builder = FixBuilder()
    readings(at(RMC, "101529.00"), at(GGA, "101529.00"), fix, no_fix, builder=builder)
    assert len(readings(RMC, GGA, builder=builder)) == 1


def test_a_receiver_that_repeats_itself_gives_nothing_new() -> None:
    builder = FixBuilder()
    assert sum(len(readings(RMC, GGA, builder=builder, mono=second)) for second in range(60)) == 1
    nothing = "GPRMC,,V,,,,,,,,,,N"
    assert (
        sum(len(readings(nothing, RMC, GGA, builder=builder, mono=second)) for second in range(60, 90)) == 0
    )


def test_what_gives_no_fix_is_told_as_its_reason_once_its_moment_is_over() -> None:
    after = at(RMC, "101531.00")
    for bodies, why in (
        ((RMC.replace(",A,", ",V,"), GGA), Refusal.VOID),
        ((RMC, GGA.replace(",E,1,", ",E,0,")), Refusal.VOID),
        ((RMC.replace("3834.12345", ""), GGA), Refusal.FIELDS),
        ((RMC, GGA, "GNGSA,A,1,,,,,,,,,,,,,99.9,99.9,99.9"), None),
        (("GNGSA,A,1,,,,,,,,,,,,,99.9,99.9,99.9", RMC, GGA), Refusal.VERDICT),
        (("GPRMC,,V,,,,,,,,,,N",), Refusal.VOID),
    ):
        told = [one for one in all_told(*bodies, after) if isinstance(one, Refusal)]
        assert told == ([why] if why else []), bodies


def test_a_moment_without_the_rmc_the_receiver_sends_is_told_as_such() -> None:
    builder = FixBuilder()
    clocks = [f"1015{second:02d}.00" for second in range(30, 34)]
    told = all_told(RMC, GGA, at(GGA, clocks[1]), at(RMC, clocks[2]), at(RMC, clocks[3]), builder=builder)
    assert [one for one in told if isinstance(one, Refusal)] == [Refusal.NO_RMC]


def test_a_frozen_receiver_is_told_every_time_it_repeats_itself() -> None:
    assert all_told(RMC, GGA, RMC, GGA, RMC, GGA)[1:] == [Refusal.REPEATED, Refusal.REPEATED]


def north(body: str, minutes: float) -> str:
    return body.replace("3834.12345", f"38{34.12345 + minutes:08.5f}")


def test_a_jump_above_200_km_an_hour_gives_no_fix_until_it_stays() -> None:
    # 0.03 minutes are 55.6 m, a second's way at 200 km/h.
    for way, is_believed in ((0.0299, True), (0.0301, False)):
        builder = FixBuilder()
        assert len(readings(RMC, GGA, builder=builder, mono=100.0)) == 1
        told = all_told(
            *(north(at(body, "101531.00"), way) for body in (RMC, GGA)), builder=builder, mono=101.0
        )
        assert [isinstance(one, Reading) for one in told] == [is_believed]
        assert is_believed or told == [Refusal.JUMP]
    places = [0.0, *[5.0] * (SETTLED + 1)]
    builder = FixBuilder()
    told = [
        one
        for second, way in enumerate(places)
        for one in all_told(
            *(north(at(body, f"1016{second:02d}.00"), way) for body in (RMC, GGA)),
            builder=builder,
            mono=second,
        )
    ]
    assert [one is Refusal.JUMP for one in told] == [False, *[True] * (SETTLED - 1), False, False]


def test_a_place_that_comes_and_goes_is_never_believed() -> None:
    builder = FixBuilder()
    for second in range(40):
        way = 5.0 if second % 5 == 2 else 0.0
        told = readings(
            *(north(at(body, f"1016{second:02d}.00"), way) for body in (RMC, GGA)),
            builder=builder,
            mono=second,
        )
        assert [reading.fix.lat for reading in told] == ([] if way else [pytest.approx(LAT)])


def test_a_receiver_whose_weeks_began_anew_is_set_forward_and_one_far_ahead_gives_no_time() -> None:
    proven = int(WALL) - 86_400
    rolled = datetime.fromtimestamp(WALL - 7_168 * 86_400, UTC).strftime("%d%m%y")
    for day, wall, verdict in (
        ("231126", WALL, DateVerdict.GIVEN),
        (rolled, WALL, DateVerdict.ROLLED),
        ("231153", None, DateVerdict.REFUSED),
        ("", None, DateVerdict.UNKNOWN),
    ):
        (reading,) = readings(RMC.replace("231126", day), GGA, builder=FixBuilder(proven))
        assert (reading.wall, reading.date) == (wall, verdict)
        assert reading.fix.lat == pytest.approx(LAT)


def test_a_date_of_two_rounds_ago_is_set_forward_twice_and_at_most_six_years_are_believed() -> None:
    proven = int(WALL)
    assert judge_date(proven - 2 * ROLLOVER_S, proven) == (WALL, DateVerdict.ROLLED)
    assert judge_date(proven - 1.0, proven) == (None, DateVerdict.REFUSED)
    assert judge_date(WALL + BELIEVABLE_S, proven) == (WALL + BELIEVABLE_S, DateVerdict.GIVEN)
    assert judge_date(WALL + BELIEVABLE_S + 1, proven) == (None, DateVerdict.REFUSED)
    assert judge_date(0.0, None) == (0.0, DateVerdict.GIVEN)


def test_the_fixes_of_a_receiver_without_rmc_are_late_and_none_is_lost() -> None:
    for count in (2, 8):
        builder = FixBuilder()
        told = [
            one
            for second in range(count)
            for one in readings(at(GGA, f"1015{second:02d}.00"), builder=builder, mono=second)
        ]
        told += [one for one in builder.finish() if isinstance(one, Reading)]
        assert [reading.fix.mono for reading in told] == list(range(count))
