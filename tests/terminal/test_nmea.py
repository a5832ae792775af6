"""Bytes of a receiver to positions: whatever comes, nothing wrong comes out."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.clock import BELIEVABLE_S
from hil.virtual.receiver import framed
from terminal.sensors.dates import ROLLOVER_S, DateVerdict, judge_date
from terminal.sensors.fixes import PATIENCE, FixBuilder, Reading, Told
from terminal.sensors.jumps import SETTLED
from terminal.sensors.nmea import (
    Gga,
    Gsa,
    OtherSentence,
    Refusal,
    Rmc,
    Sentence,
    SentenceFramer,
    Zda,
    parse_sentence,
)

RMC = "GPRMC,101530.00,A,3834.12345,N,14011.54321,E,12.5,181.0,231126,,,A"
GGA = "GPGGA,101530.00,3834.12345,N,14011.54321,E,1,09,0.9,400.0,M,38.0,M,,"
LAT, LON = 38 + 34.12345 / 60, 140 + 11.54321 / 60
WALL = datetime(2026, 11, 23, 10, 15, 30, tzinfo=UTC).timestamp()

any_sentence = st.text("$GPRMCA0123456789.,NEVW-", max_size=90).map(
    lambda text: framed(text.replace("$", ""))
)
any_bytes = st.lists(
    st.one_of(
        any_sentence,
        st.binary(max_size=40),
        st.sampled_from([framed(RMC), framed(GGA), framed(RMC)[:30], b"$" * 5, b"$" + b"A" * 400]),
    ),
    max_size=12,
).map(b"".join)


def parsed(body: str) -> Sentence:
    raw = SentenceFramer().feed(framed(body))
    assert len(raw) == 1
    sentence = parse_sentence(raw[0])
    assert not isinstance(sentence, Refusal)
    return sentence


def all_told(*bodies: str, builder: FixBuilder | None = None, mono: float = 0.0) -> list[Told]:
    builder = builder or FixBuilder()
    return [told for body in bodies for told in builder.take(parsed(body), mono)]


def readings(*bodies: str, builder: FixBuilder | None = None, mono: float = 0.0) -> list[Reading]:
    return [told for told in all_told(*bodies, builder=builder, mono=mono) if isinstance(told, Reading)]


def at(body: str, clock: str) -> str:
    return body.replace("101530.00", clock)


# --- framing ---


@given(any_bytes, st.lists(st.integers(0, 1500), max_size=20))
def test_any_chunking_of_any_bytes_gives_the_same_sentences(data: bytes, cuts: list[int]) -> None:
    whole = SentenceFramer().feed(data)
    framer = SentenceFramer()
    ends = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [raw for start, end in pairwise(ends) for raw in framer.feed(data[start:end])]
    assert pieces == whole


@given(any_bytes)
def test_byte_by_byte_gives_the_same_sentences(data: bytes) -> None:
    framer = SentenceFramer()
    assert [raw for place in range(len(data)) for raw in framer.feed(data[place : place + 1])] == (
        SentenceFramer().feed(data)
    )


@given(st.lists(st.tuples(st.binary(max_size=40), st.sampled_from([RMC, GGA])), max_size=6))
def test_bytes_of_other_protocols_hide_no_sentence(parts: list[tuple[bytes, str]]) -> None:
    data = b"".join(noise + framed(body) for noise, body in parts)
    wanted = [framed(body).strip() for _, body in parts]
    assert [raw for raw in SentenceFramer().feed(data) if raw in wanted] == wanted


def test_a_cut_sentence_costs_only_itself() -> None:
    assert SentenceFramer().feed(framed(RMC)[:40] + framed(GGA)) == [framed(GGA).strip()]


def test_the_framer_keeps_at_most_one_unfinished_sentence() -> None:
    framer = SentenceFramer()
    for _ in range(100):
        assert framer.feed(b"$" + b"A" * 4096) == []
    assert len(framer._rest) < 300
    assert framer.feed(framed(RMC)) == [framed(RMC).strip()]


# --- single sentences ---


@given(st.one_of(st.binary(max_size=120), any_sentence, any_bytes))
def test_no_bytes_at_all_raise(data: bytes) -> None:
    parse_sentence(data)
    builder = FixBuilder()
    for raw in SentenceFramer().feed(data):
        sentence = parse_sentence(raw)
        if not isinstance(sentence, Refusal):
            builder.take(sentence, 0.0)
    builder.finish()


def test_any_talker_is_understood() -> None:
    for talker in ("GP", "GN", "GL", "GA", "GB", "BD", "GQ", "QZ"):
        assert isinstance(parsed(RMC.replace("GP", talker)), Rmc)
        assert isinstance(parsed(GGA.replace("GP", talker)), Gga)


def test_a_flipped_bit_or_a_missing_checksum_is_no_sentence() -> None:
    good = framed(RMC).strip()
    assert parse_sentence(good.replace(b"3834", b"3835")) is Refusal.CHECKSUM
    assert parse_sentence(good[:-3]) is Refusal.CHECKSUM


def test_position_speed_course_and_date_are_read() -> None:
    sentence = parsed(RMC)
    assert isinstance(sentence, Rmc) and sentence.position
    assert sentence.position.lat == pytest.approx(LAT, abs=1e-9)
    assert sentence.position.lon == pytest.approx(LON, abs=1e-9)
    assert sentence.speed_mps == pytest.approx(12.5 * 1852 / 3600)
    assert sentence.course_deg == 181.0
    assert sentence.day is not None and sentence.time_of_day is not None
    assert sentence.day + sentence.time_of_day == WALL


def test_south_and_west_are_negative() -> None:
    sentence = parsed("GPRMC,101530,A,3644.759368,S,17444.072860,W,,,071020,,,A")
    assert isinstance(sentence, Rmc) and sentence.position
    assert (sentence.position.lat, sentence.position.lon) == pytest.approx((-36.7459894667, -174.7345476667))
    assert sentence.speed_mps is None and sentence.course_deg is None


@pytest.mark.parametrize(
    "body",
    [
        RMC.replace(",A,", ",V,"),
        RMC.replace(",,,A", ",,,N"),  # status and mode contradict each other
        RMC.replace(",,,A", ",,,M"),
        RMC.replace(",,,A", ",,,S"),
        RMC.replace("3834.12345", ""),
        RMC.replace("14011.54321", ""),
        RMC.replace(",N,", ",,"),
        RMC.replace(",E,", ",X,"),
        RMC.replace("3834.12345", "9934.12345"),
        RMC.replace("3834.12345", "3874.12345"),
        RMC.replace("14011.54321", "18111.54321"),
        RMC.replace("3834.12345", "0000.00000").replace("14011.54321", "00000.00000"),
        RMC.replace("3834.12345", "38x4.12345"),
        RMC.replace("101530.00", ""),
        RMC.replace("101530.00", "251530.00"),
        "GPRMC,,V,,,,,,,,,,N",
    ],
)
def test_an_rmc_that_is_void_or_wrong_gives_nothing(body: str) -> None:
    sentence = parsed(body)
    assert isinstance(sentence, Rmc)
    assert sentence.position is None and sentence.day is None
    assert readings(body, at(body, "101531.00"), GGA) == []


@pytest.mark.parametrize(
    "body",
    [
        GGA.replace(",E,1,", ",E,0,"),
        GGA.replace(",E,1,", ",E,7,"),
        GGA.replace(",E,1,", ",E,8,"),
        GGA.replace(",E,1,", ",E,,"),
        "GPGGA,101530.00,,,,,0,00,99.9,,M,,M,,",
        "GPGGA,,,,,,0,,,,M,,M,,",
    ],
)
def test_a_gga_without_a_fix_takes_the_rmc_of_its_moment_along(body: str) -> None:
    sentence = parsed(body)
    assert isinstance(sentence, Gga) and sentence.position is None
    if sentence.time_of_day is not None:
        assert readings(body, RMC) == readings(RMC, body) == []


def test_too_few_fields_are_another_sentence() -> None:
    assert isinstance(parsed("GPRMC,101530.00,A,3834.12345,N"), OtherSentence)
    assert isinstance(parsed("GPGGA,101530.00"), OtherSentence)
    assert isinstance(parsed("GPZDA,101530.00,,,"), OtherSentence)
    assert isinstance(parsed("PUBX,00"), OtherSentence)
    assert isinstance(parsed("GPXYZ,1,2"), OtherSentence)


def test_an_empty_or_impossible_date_leaves_the_time_unknown() -> None:
    for day in ("", "000000", "310226", "2311", "99999999"):
        sentence = parsed(RMC.replace("231126", day))
        assert isinstance(sentence, Rmc) and sentence.position and sentence.day is None
        (reading,) = readings(RMC.replace("231126", day), GGA)
        assert reading.wall is None and reading.fix.lat == pytest.approx(LAT)


def test_two_digit_years_begin_with_gps_time() -> None:
    years = {"80": 1980, "99": 1999, "00": 2000, "26": 2026, "79": 2079}
    for digits, year in years.items():
        sentence = parsed(RMC.replace("231126", f"2311{digits}"))
        assert isinstance(sentence, Rmc) and sentence.day is not None
        assert datetime.fromtimestamp(sentence.day, UTC).year == year


def test_a_leap_second_is_the_next_days_first() -> None:
    (reading,) = readings(at(RMC, "235960.00").replace("231126", "311216"), at(GGA, "235960.00"))
    assert reading.wall == datetime(2017, 1, 1, tzinfo=UTC).timestamp()


# --- moments ---


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


def test_a_zda_is_read_with_its_whole_year() -> None:
    sentence = parsed("GPZDA,101530.00,23,11,2026,00,00")
    assert isinstance(sentence, Zda) and sentence.day + sentence.time_of_day == WALL
    assert isinstance(parsed("GPZDA,101530.00,31,02,2026,00,00"), OtherSentence)
