"""Bytes of a receiver to positions: whatever comes, nothing wrong comes out."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.virtual.receiver import framed
from terminal.sensors.fixes import FixBuilder
from terminal.sensors.nmea import (
    Gga,
    OtherSentence,
    Refusal,
    Rmc,
    SentenceFramer,
    Zda,
    parse_sentence,
)
from tests.terminal.nmea_bench import GGA, LAT, LON, RMC, WALL, at, parsed, readings

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


def test_a_zda_is_read_with_its_whole_year() -> None:
    sentence = parsed("GPZDA,101530.00,23,11,2026,00,00")
    assert isinstance(sentence, Zda) and sentence.day + sentence.time_of_day == WALL
    assert isinstance(parsed("GPZDA,101530.00,31,02,2026,00,00"), OtherSentence)
