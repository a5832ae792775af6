"""Numbers that no book and no journal can hold are malformed, wherever they come in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rules.instant import ClockQuality, Instant
from rules.messages.bounds import MAX_WHOLE
from rules.messages.codec import Malformed, decode, decode_entry, decode_event, encode
from rules.messages.events import (
    CardPoints,
    ClockSet,
    OfferedBy,
    PointsOffered,
    PointsUndone,
    RecordRef,
    TripStarted,
)
from rules.messages.link import Ack, Batch, Cursor, DownPage, EditionPart, Health, Hello, Seen
from tests.central.office import alight, board, left_open

AT = Instant("boot", 1, 2, ClockQuality.GPS)
HERE = RecordRef("e", 1)
MESSAGES = [
    Hello("e", 1, "", "boot", "", ClockQuality.GPS),
    Cursor("e", 1, ""),
    Batch("e", 1, [], "", ""),
    Ack("e", 1, ""),
    Health(online=True, at_wall=1, queue=1, oldest_queued_wall=1, edition=1, lists_number=1),
    DownPage("l", 1, [], 1, ""),
    Seen("l", 1),
]
EVENTS = [
    ClockSet(at=AT, source="gps", wall=1, error_ms=1),
    TripStarted(at=AT, edition=1, trip_id="t", service_date="d"),
    board("a" * 16),
    alight("a" * 16, HERE, 600),
    left_open("a" * 16, HERE, 600),
    PointsOffered(at=AT, number=1, moment=1, visit=1, count=1, points=1, by=OfferedBy.TOUCH),
    PointsUndone(at=AT, number=1, moment=1, staff=True),
    CardPoints(at=AT, number=1, moment=1, visit=1, points=1, pass_id="a" * 16),
]


def name(message: object) -> str:
    return type(message).__name__


def with_each_number(body: Any, number: int) -> list[Any]:
    """`body` with one whole number after the other replaced, also deeper down."""
    found: list[Any] = []
    for key, value in body.items() if isinstance(body, dict) else ():
        if type(value) is int:
            found.append({**body, key: number})
        found += [{**body, key: inner} for inner in with_each_number(value, number)]
    return found


@pytest.mark.parametrize("beyond", [MAX_WHOLE + 1, -MAX_WHOLE - 1, 2**63, 2**64, 10**4000])
@pytest.mark.parametrize("message", MESSAGES, ids=name)
def test_a_message_with_a_number_beyond_the_bounds_is_malformed(message: object, beyond: int) -> None:
    bodies = with_each_number(json.loads(encode(message)), beyond)
    assert bodies
    for body in bodies:
        with pytest.raises(Malformed):
            decode(json.dumps(body).encode(), type(message))


@pytest.mark.parametrize("beyond", [MAX_WHOLE + 1, -MAX_WHOLE - 1, 2**63, 2**64, 10**4000])
@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_a_record_with_a_number_beyond_the_bounds_is_malformed(event: Any, beyond: int) -> None:
    body = json.loads(encode(event))
    moments = body.pop("at")
    bodies = [{**each, "at": moments} for each in with_each_number(body, beyond)]
    bodies += [{**body, "at": at} for at in with_each_number(moments, beyond)]
    for each in bodies:
        with pytest.raises(Malformed):
            decode_event(json.dumps(each).encode())


def test_an_entry_with_a_number_beyond_the_bounds_is_malformed() -> None:
    for body in with_each_number(json.loads(encode(EditionPart(1, 1, 1, ""))), 2**64):
        with pytest.raises(Malformed):
            decode_entry(json.dumps(body).encode())


def test_the_largest_number_of_all_passes() -> None:
    assert decode(encode(Ack("e", MAX_WHOLE, "")), Ack).number == MAX_WHOLE
