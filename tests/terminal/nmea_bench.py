"""Sentences as a receiver says them, and what the bus's reader makes of them."""

from __future__ import annotations

from datetime import UTC, datetime

from hil.virtual.receiver import framed
from terminal.sensors.fixes import FixBuilder, Reading, Told
from terminal.sensors.nmea import (
    Refusal,
    Sentence,
    SentenceFramer,
    parse_sentence,
)

RMC = "GPRMC,101530.00,A,3834.12345,N,14011.54321,E,12.5,181.0,231126,,,A"
GGA = "GPGGA,101530.00,3834.12345,N,14011.54321,E,1,09,0.9,400.0,M,38.0,M,,"
LAT, LON = 38 + 34.12345 / 60, 140 + 11.54321 / 60
WALL = datetime(2026, 11, 23, 10, 15, 30, tzinfo=UTC).timestamp()


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
