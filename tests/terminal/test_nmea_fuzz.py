"""F18: sentences with anything done to them. Nothing raises, and no position is believed that nobody said.

Whether one may be believed is decided here anew, from the bytes, by other code than the bus's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from random import Random

import pytest

from hil.virtual.receiver import framed
from terminal.sensors.fixes import FixBuilder, Reading
from terminal.sensors.nmea import Refusal, SentenceFramer, parse_sentence
from tests.faults.scale import LONG, dice_of, seed

MUTATED = 1_000_000 if LONG else 10_000
IN_ONE_STREAM = 500
DAY_S = 86_400
NOT_MEASURED = ([b"N"], [b"M"], [b"S"])
ALPHABET = b"$*,.0123456789ABCDEFGLMNPRSVWZ-+ \r\n\x00\x8f\xff"
BODIES = (
    "GNRMC,{0},A,3834.12345,N,14011.54321,E,12.5,181.0,231126,,,A",
    "GPRMC,{0},A,3834.12345,N,14011.54321,E,,,231126,,",
    "GNRMC,{0},V,,,,,,,231126,,,N",
    "GNRMC,{0},A,3834.12345,N,14011.54321,E,12.5,181.0,231126,,,N",
    "GNGGA,{0},3834.12345,N,14011.54321,E,1,09,0.9,400.0,M,38.0,M,,",
    "GNGGA,{0},,,,,0,00,99.9,,M,,M,,",
    "GNGSA,A,3,01,02,03,04,,,,,,,,,2.1,1.0,1.8",
    "GNGSA,A,1,,,,,,,,,,,,,99.9,99.9,99.9",
    "GNZDA,{0},23,11,2026,00,00",
    "PUBX,00,{0},3834.12345,N,14011.54321,E",
)


def mutated(body: str, dice: Random) -> bytes:
    """With one to three bytes or fields changed, lost, doubled; half of the time with the checksum that fits."""
    data = bytearray(body.encode())
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(data)) if data else 0
        match dice.randrange(5):
            case 0:
                data[at : at + 1] = bytes([dice.choice(ALPHABET)])
            case 1:
                del data[at : at + dice.randint(1, 12)]
            case 2:
                data[at:at] = bytes(dice.choice(ALPHABET) for _ in range(dice.randint(1, 4)))
            case 3:
                fields = data.split(b",")
                fields[dice.randrange(len(fields))] = dice.choice(fields)
                data = bytearray(b",".join(fields))
            case 4:
                fields = data.split(b",")
                fields[dice.randrange(len(fields))] = bytearray()
                data = bytearray(b",".join(fields))
    if dice.random() < 0.5:
        return b"$%b*%02X\r\n" % (bytes(data), reduce(int.__xor__, data, 0))
    return framed(body)[:-5].replace(body.encode(), data) + framed(body)[-5:]


def degrees(angle: bytes, side: bytes, sides: bytes, digits: int) -> Decimal | None:
    """What stands in two fields, exactly; None for all that is no place on earth."""
    whole, point, decimals = angle.partition(b".")
    if not (whole.isdigit() and point and decimals.isdigit() and len(side) == 1 and side in sides):
        return None
    value = (
        Decimal(int(whole[:-2] or b"0")) + (Decimal(int(whole[-2:])) + Decimal(f"0.{decimals.decode()}")) / 60
    )
    in_range = int(whole[-2:]) < 60 and value <= (90 if digits == 2 else 180)
    return (value if side == sides[:1] else -value) if in_range else None


@dataclass(frozen=True, slots=True)
class Said:
    """Degrees and seconds since midnight, exactly as they stand in a sentence."""

    lat: Decimal
    lon: Decimal
    time_of_day: Decimal


def said(raw: bytes) -> Said | None:
    """What a right sentence with a fix says, None for every other."""
    body, star, checksum = raw[1:].rpartition(b"*")
    if not (raw[:1] == b"$" and star and int(checksum, 16) == reduce(int.__xor__, body, 0)):
        return None
    name, *fields = body.split(b",")
    kind = name[-3:]
    if kind == b"RMC" and len(fields) >= 9 and fields[1] == b"A" and fields[11:12] not in NOT_MEASURED:
        place = fields[2:6]
    elif kind == b"GGA" and len(fields) >= 8 and fields[5] in {b"1", b"2", b"3", b"4", b"5", b"6", b"9"}:
        place = fields[1:5]
    else:
        return None
    clock = fields[0].decode()
    lat, lon = degrees(place[0], place[1], b"NS", 2), degrees(place[2], place[3], b"EW", 3)
    if lat is None or lon is None or not re.fullmatch(r"\d{6}(\.\d*)?", clock, re.ASCII):
        return None
    seconds = Decimal(int(clock[:2]) * 3600 + int(clock[2:4]) * 60) + Decimal(clock[4:])
    return Said(lat, lon, seconds)


@pytest.mark.timeout(600)
def test_no_mutated_sentence_raises_or_makes_a_fix_that_nobody_said() -> None:
    number = seed()
    print(f"F18: seed {number}")
    dice = dice_of(number)
    count = right = fixes = 0
    while count < MUTATED:
        framer, builder = SentenceFramer(), FixBuilder()
        heard: list[Said] = []
        told: list[Reading | Refusal] = []
        for each in range(IN_ONE_STREAM):
            clock = f"10{each // 60 % 60:02d}{each % 60:02d}.00"
            for body in dice.sample(BODIES, 4):
                sentence = body.format(clock)
                count += 1
                for raw in framer.feed(mutated(sentence, dice) if dice.random() < 0.7 else framed(sentence)):
                    truth = said(raw)
                    if truth is not None:
                        heard.append(truth)
                    parsed = parse_sentence(raw)
                    if not isinstance(parsed, Refusal):
                        right += 1
                        told += builder.take(parsed, float(each))
            assert all(is_said(one, heard) for one in told)
            fixes += sum(isinstance(one, Reading) for one in told)
            told.clear()
            del heard[:-40]
        builder.finish()
    print(
        f"F18: {count} sentences, most of them mutated, {right} read, {fixes} fixes, 0 exceptions, 0 invented"
    )
    assert fixes > count / 100


def is_said(told: Reading | Refusal, heard: list[Said]) -> bool:
    """Whether a reading stands in what was said in the last moments: its place, and its time if it has one."""
    if isinstance(told, Refusal):
        return True
    fix, wall = told.fix, told.wall
    return any(
        abs(float(one.lat) - fix.lat) < 1e-9
        and abs(float(one.lon) - fix.lon) < 1e-9
        and (wall is None or abs((wall - float(one.time_of_day) + 1) % DAY_S - 1) < 1e-3)
        for one in heard
    )
