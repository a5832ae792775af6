"""Snapshots in all the states the rider's display must stand, for its tests and for looking at it."""

from __future__ import annotations

from dataclasses import replace

from device.reader.messages import Hint
from rules.passes.bus_code import sign, to_address
from rules.passes.door_word import word_of
from rules.passes.seal import private_from_bytes, public_bytes
from rules.ride.outcomes import Movement, Outcome
from terminal.screen.snapshot import FaresFrom, LastAnswer, Snapshot
from tests.terminal import screen_states as states

BUS_KEY = private_from_bytes(bytes(range(32)))
BUS_PUBLIC = public_bytes(BUS_KEY)
HOST = "https://village.example"
CODE = sign("bus-001", "0123456789abcdef", 1_234, 0, BUS_KEY)

TABLE = tuple(
    FaresFrom(start, (("adult", 100 + 120 * (4 - start)), ("child", 50 + 60 * (4 - start))))
    for start in range(4, -1, -1)
)
WAITING = replace(states.RIDE, last=None, fares_from=TABLE)
AT_STOP = replace(
    WAITING,
    at_index=5,
    door_open=True,
    ride_code=to_address(CODE, HOST),
    ride_word=word_of(CODE.whole),
)
LONG = replace(
    states.LONG,
    last=None,
    fares_from=tuple(FaresFrom(start, (("adult", None if start else 12_340),)) for start in (1, 0)),
)
LONG_AT_STOP = replace(LONG, ride_code=AT_STOP.ride_code, ride_word="かたつむり")


def answered(outcome: Outcome, movement: Movement = Movement.REFUSED, **more: str | float) -> Snapshot:
    """The display just after an answer, or `seconds_ago` after it."""
    last = LastAnswer(21, outcome, movement, "日陰", 0, 0, 1, "adult", 0.0)
    return replace(WAITING, last=replace(last, **more))  # type: ignore[arg-type]  # any field of an answer


BOARDED = answered(Outcome.OK, Movement.BOARD)
FAMILY = answered(Outcome.OK_OTHER, Movement.BOARD, party=12, rider_class="handbook_attended")
ALIGHTED = answered(Outcome.OK, Movement.ALIGHT, fare=600)
FAMILY_ALIGHTED = answered(
    Outcome.OK_OTHER, Movement.ALIGHT, fare=12_340, party=12, rider_class="handbook_attended"
)
COMMUTER = answered(Outcome.OK, Movement.ALIGHT, product=3)
SHORT = answered(Outcome.SHORT, Movement.ALIGHT, fare=1_250, cash=1_120, party=3)

STATES = {
    "no_trip": states.CHOOSE,
    "no_camera": replace(states.NO_CAMERA, last=None),
    "fault": replace(states.FAULT, last=None),
    "waiting": WAITING,
    "waiting_without_fares": replace(WAITING, fares_from=()),
    "at_stop": AT_STOP,
    "long": LONG,
    "long_at_stop": LONG_AT_STOP,
    "boarded": BOARDED,
    "family": FAMILY,
    "alighted": ALIGHTED,
    "family_alighted": FAMILY_ALIGHTED,
    "commuter": COMMUTER,
    "short": SHORT,
    **{f"hint_{hint}": replace(WAITING, hint=hint) for hint in Hint},
    **{f"answer_{outcome}": answered(outcome) for outcome in Outcome if not outcome.rides},
}
