"""What a GPS receiver says: bytes to sentences to positions. No port, no clock, no thread.

A receiver on a bus sends NMEA 0183 once a second, and between the sentences whatever else it likes: binary
bytes of other protocols, cut lines, empty fields. Everything that is not a whole sentence with a right checksum
is passed over, and a void sentence never gives a position, a time or a date.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pynmea2

MAX_BODY = 250
"""Characters between `$` and `*`. NMEA allows 79; makers' own sentences are longer, none met was above 220."""

KNOT = 1852 / 3600
"""Metres a second."""

_SENTENCE = re.compile(rb"\$[\x20-\x23\x25-\x29\x2b-\x7e]{1,%d}\*[0-9A-Fa-f]{2}" % MAX_BODY)
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d|60)(\.\d+)?", re.ASCII)
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)", re.ASCII)
_ANGLE = re.compile(r"\d{3,5}\.\d+", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}(\.\d*)?|\.\d+", re.ASCII)

_RMC_NEEDS = 9
_GGA_NEEDS = 8
_GSA_NEEDS = 2
_ZDA_NEEDS = 4
_NOT_MEASURED = frozenset("NMS")
"""Mode indicators of RMC: no fix, typed in by hand, simulated."""
_FIX_QUALITIES = frozenset({"1", "2", "3", "4", "5", "6", "9"})
"""Of GGA. 0 is no fix, 7 typed in by hand, 8 simulated."""
_GSA_VERDICTS = {"1": False, "2": True, "3": True}
_FIRST_GPS_YEAR = 80
"""GPS time begins in 1980, so two digits from 80 on are 19xx."""


class Refusal(StrEnum):
    """Why a sentence, or all that was said of one moment, gives no fix. The values stand in `nmea --json`."""

    CHECKSUM = "checksum"
    """A sentence whose checksum is wrong."""
    MALFORMED = "malformed"
    """A sentence with a right checksum that is none by its form."""
    VOID = "void"
    """A moment for which the receiver itself says that it has no fix, or that somebody typed it in."""
    FIELDS = "fields"
    """A moment with a fix, as the receiver says, whose time or position is missing or impossible."""
    VERDICT = "gsa-no-fix"
    """A moment for which GSA says that its satellites give no position."""
    NO_RMC = "no-rmc"
    """A moment that lacks the RMC that this receiver sends."""
    REPEATED = "repeated"
    """A sentence for a moment that has had one: a receiver that is frozen says the same for ever."""
    JUMP = "jump"
    """A moment at a place where no bus can have driven since the last one."""


class SentenceFramer:
    """Cuts whole sentences out of any bytes, however they are chunked.

    A sentence is `$`, printable characters, `*` and two hexadecimal digits; a further `$` begins anew, so a
    cut line costs only itself. Between calls it keeps at most one unfinished sentence.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The sentences that `data` completes, `$` first and checksum last, in order."""
        held = self._rest + data
        sentences: list[bytes] = []
        end = 0
        for found in _SENTENCE.finditer(held):
            sentences.append(found.group())
            end = found.end()
        start = held.rfind(b"$", end)
        unfinished = held[start:] if start >= 0 else b""
        self._rest = unfinished if len(unfinished) <= MAX_BODY + len(b"$*4") else b""
        return sentences


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees, WGS 84."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Rmc:
    """Recommended minimum. `time_of_day` are UTC seconds since midnight, `day` Unix seconds of that midnight.

    `position` is None where the receiver says void, or says it wrongly; then nothing else in it counts either, and
    `why` says which of the two.
    """

    time_of_day: float | None
    position: Position | None
    speed_mps: float | None = None
    course_deg: float | None = None
    day: int | None = None
    why: Refusal = Refusal.VOID


@dataclass(frozen=True, slots=True)
class Gga:
    """Fix data. `position` is None without a fix, and `why` as in `Rmc`."""

    time_of_day: float | None
    position: Position | None
    hdop: float | None = None
    satellites: int | None = None
    why: Refusal = Refusal.VOID


@dataclass(frozen=True, slots=True)
class Gsa:
    """The receiver's own verdict: whether its satellites give a position."""

    has_fix: bool


@dataclass(frozen=True, slots=True)
class Zda:
    """Time and a date with a whole year. It says nothing about whether the receiver really knows them."""

    time_of_day: float
    day: int


@dataclass(frozen=True, slots=True)
class OtherSentence:
    """A right sentence of a kind we do not use: the receiver is alive."""


Sentence = Rmc | Gga | Gsa | Zda | OtherSentence


def parse_sentence(raw: bytes) -> Sentence | Refusal:
    """One framed sentence of any talker, or that its checksum or its form is wrong."""
    try:
        parsed = pynmea2.parse(raw.decode("ascii"), check=True)
    except pynmea2.SentenceTypeError:
        return OtherSentence()
    except pynmea2.ChecksumError:
        return Refusal.CHECKSUM
    except (ValueError, IndexError):
        return Refusal.MALFORMED
    if isinstance(parsed, pynmea2.RMC) and len(parsed.data) >= _RMC_NEEDS:
        return _rmc(parsed, parsed.data)
    if isinstance(parsed, pynmea2.GGA) and len(parsed.data) >= _GGA_NEEDS:
        return _gga(parsed, parsed.data)
    if isinstance(parsed, pynmea2.GSA) and len(parsed.data) >= _GSA_NEEDS and parsed.data[1] in _GSA_VERDICTS:
        return Gsa(has_fix=_GSA_VERDICTS[parsed.data[1]])
    if isinstance(parsed, pynmea2.ZDA) and len(parsed.data) >= _ZDA_NEEDS:
        return _zda(parsed.data)
    return OtherSentence()


def _rmc(parsed: pynmea2.RMC, fields: list[str]) -> Rmc:
    time_of_day = _time_of_day(fields[0])
    mode = fields[11] if len(fields) > 11 else ""
    if fields[1] != "A" or mode in _NOT_MEASURED:
        return Rmc(time_of_day, None)
    position = _position(parsed, fields[2:6])
    if position is None or time_of_day is None:
        return Rmc(time_of_day, None, why=Refusal.FIELDS)
    knots, course = _number(fields[6]), _number(fields[7])
    return Rmc(
        time_of_day,
        position,
        speed_mps=None if knots is None else knots * KNOT,
        course_deg=course if course is not None and course <= 360 else None,
        day=_day_of_two_digit_year(fields[8]),
    )


def _gga(parsed: pynmea2.GGA, fields: list[str]) -> Gga:
    time_of_day = _time_of_day(fields[0])
    if fields[5] not in _FIX_QUALITIES:
        return Gga(time_of_day, None)
    position = _position(parsed, fields[1:5])
    if position is None or time_of_day is None:
        return Gga(time_of_day, None, why=Refusal.FIELDS)
    # Receivers write 0.0 for "unknown"; a dilution below some tenths does not exist.
    hdop = _number(fields[7]) or None
    satellites = int(fields[6]) if fields[6].isdecimal() and fields[6].isascii() else None
    return Gga(time_of_day, position, hdop=hdop, satellites=satellites)


def _zda(fields: list[str]) -> Zda | OtherSentence:
    time_of_day = _time_of_day(fields[0])
    try:
        day = _midnight(int(fields[3]), int(fields[2]), int(fields[1]))
    except ValueError:
        return OtherSentence()
    if time_of_day is None or day is None:
        return OtherSentence()
    return Zda(time_of_day, day)


def _position(parsed: pynmea2.RMC | pynmea2.GGA, fields: list[str]) -> Position | None:
    """pynmea2 reads empty and wrong fields as 0.0, so every field is looked at before it is asked."""
    lat, lat_dir, lon, lon_dir = fields
    if not (
        _ANGLE.fullmatch(lat) and _ANGLE.fullmatch(lon) and lat_dir in {"N", "S"} and lon_dir in {"E", "W"}
    ):
        return None
    if not (_minutes_are_right(lat) and _minutes_are_right(lon)):
        return None
    position = Position(lat=float(parsed.latitude), lon=float(parsed.longitude))
    if abs(position.lat) > 90 or abs(position.lon) > 180:
        return None
    # Null Island is what confused receivers send; no bus of any village stands there.
    return None if position.lat == 0 == position.lon else position


def _minutes_are_right(angle: str) -> bool:
    return int(angle.partition(".")[0][-2:]) < 60


def _time_of_day(text: str) -> float | None:
    """UTC seconds since midnight. A leap second (second 60) is the next minute's first, as in Unix time."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hours, minutes, seconds, fraction = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(fraction or 0)


def _day_of_two_digit_year(text: str) -> int | None:
    """Unix seconds of midnight of a ddmmyy date."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    day, month, year = (int(part) for part in found.groups())
    return _midnight(year + (1900 if year >= _FIRST_GPS_YEAR else 2000), month, day)


def _midnight(year: int, month: int, day: int) -> int | None:
    try:
        return calendar.timegm(date(year, month, day).timetuple())
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None
