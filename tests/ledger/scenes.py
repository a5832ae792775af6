"""One short history for each property, told step by step: what the random ones come by sooner or later, at once."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from rules.ledger.accounts import KURAPO, RIDE_VALUE, Unit, member_account, owed_account
from rules.ledger.holds import HoldKind
from rules.ledger.lots import Origin
from rules.ledger.order import (
    Capture,
    FromCommand,
    FromExpired,
    IntoLot,
    Move,
    Order,
    PlaceHold,
    Release,
    Restore,
    Spend,
    Step,
    Succeed,
)
from tests.central.office import NOW
from tests.ledger.machine import BUDGET, DESK, EXPIRED, FARES, ISSUER, MEMORY, SHOP
from tests.ledger.referee import Referee

M, BOTH = Spend("m"), Spend("m", (RIDE_VALUE, KURAPO))
Scene = Sequence[tuple[int, Sequence[Order]]]
"""Seconds since the beginning, and what is asked then in one batch."""


def order(command: str, *steps: Step) -> Order:
    return Order(command, "w", steps)


def comes(
    command: str, amount: int, until: int | None = None, origin: Origin = Origin.PAID, unit: Unit = KURAPO
) -> Order:
    expires = None if until is None else NOW + until
    return order(command, Move(ISSUER, IntoLot(member_account("m", unit), origin, "p", expires), amount))


def pays(command: str, amount: int, source: Spend = M) -> Order:
    return order(command, Move(source, SHOP, amount))


def hold(command: str, amount: int, source: Spend = M) -> Order:
    return order(command, PlaceHold("s", HoldKind.PASS, source, amount, at_most=True))


def ride(command: str, amount: int, wanted: int | None = None) -> Order:
    succeed = () if wanted is None else (Succeed("s", BOTH, wanted),)
    return order(command, Move(Capture("s", BOTH), FARES, amount, owed_account("m")), *succeed)


def back(command: str, of: str, amount: int) -> Order:
    return order(command, Move(SHOP, Restore(of), amount))


def one_by_one(*orders: Order) -> Scene:
    return [(0, [each]) for each in orders]


CODE = "code/bath/1"
SCENES: dict[str, Scene] = {
    "nothing falls below its floor": one_by_one(
        comes("a", 10),
        order("b", Move(SHOP, FARES, 1)),
        order("c", Move(BUDGET, FARES, 1)),
        pays("d", 11),
        pays("e", 10),
        order("f", Move(SHOP, FARES, 10)),
        order("g", Move(SHOP, FARES, 1, rest=owed_account("m"))),
    ),
    "what is held is not spent": one_by_one(
        comes("a", 10), hold("b", 6), pays("c", 5), pays("d", 4), ride("e", 3), pays("f", 3)
    ),
    "a repeat changes nothing": [
        (0, [comes("a", 10)]),
        (1, [comes("a", 10), comes("a", 11), comes("a", 10)]),
        (2, [pays("b", 4), pays("b", 4), pays("b", 5)]),
    ],
    "a refusal changes nothing and stays": [
        (0, [comes("a", 10)]),
        (1, [order("b", Move(M, SHOP, 4), Move(M, SHOP, 7))]),
        (2, [comes("c", 10)]),
        (3, [order("b", Move(M, SHOP, 4), Move(M, SHOP, 7))]),
        (4, [order("b", Move(M, SHOP, 4))]),
    ],
    "a hold resolves once": one_by_one(
        comes("a", 20),
        hold("b", 10),
        hold("c", 5),
        ride("d", 3, 8),
        ride("e", 9, 8),
        order("f", Release("s")),
        order("g", Release("s")),
        order("h", Move(Capture("s"), FARES, 1)),
        hold("i", 2),
        ride("j", 1),
        ride("k", 1),
    ),
    "holds end together in whatever order": one_by_one(
        comes("a", 20),
        hold("b", 5),
        order("c", PlaceHold("t", HoldKind.FIRST_SPEND, M, 5)),
        order("d", Release("t"), Release("s")),
        hold("e", 5),
        order("f", PlaceHold("t", HoldKind.FIRST_SPEND, M, 5)),
        order("g", Release("s"), Release("t")),
    ),
    "captures of one order share what a step between has left": one_by_one(
        comes("a", 10),
        hold("b", 10),
        order("c", Move(Capture("s"), FARES, 1), Move(M, FARES, 9), Move(Capture("s"), FARES, 9)),
        order("d", Move(Capture("s"), FARES, 1), Move(M, FARES, 4), Move(Capture("s"), FARES, 5)),
    ),
    "what goes back goes where it came from": [
        (0, [comes("a", 3, 10), comes("b", 5, 20), comes("c", 9)]),
        (1, [pays("d", 10)]),
        (2, [back("e", "d", 3)]),
        (3, [back("f", "d", 4), back("e", "d", 3)]),
        (4, [back("g", "d", 4)]),
        (5, [back("h", "d", 3)]),
        (6, [back("i", "d", 1)]),
        (12, [pays("j", 15), pays("k", 14)]),
    ],
    "what has expired is not spent": [
        (0, [comes("a", 5, 10), comes("b", 5, 20)]),
        (1, [order("early", Move(FromExpired(1), EXPIRED, 5))]),
        (9, [pays("c", 1)]),
        (10, [pays("d", 6), order("e", Move(FromCommand("a"), DESK, 1))]),
        (10, [order("f", Move(FromExpired(1), EXPIRED, 4)), order("g", Move(FromExpired(1), EXPIRED, 1))]),
        (11, [back("h", "c", 1), pays("i", 5), order("j", Move(FromExpired(1), EXPIRED, 1))]),
    ],
    "a hold keeps what expires meanwhile": [
        (0, [comes("a", 8, 10), hold("b", 6)]),
        (10, [order("c", Move(FromExpired(1), EXPIRED, 3)), ride("d", 5, 6)]),
        (11, [ride("e", 1)]),
    ],
    "what expires first, and what was given, is used first": one_by_one(
        comes("a", 2),
        comes("b", 2, origin=Origin.FREE),
        comes("c", 2, 30),
        comes("d", 2, 20, Origin.PREMIUM),
        *(pays(f"p{nth}", 1) for nth in range(8)),
    ),
    "units do not mix": one_by_one(
        comes("a", 4, unit=RIDE_VALUE),
        comes("b", 4),
        pays("c", 6, BOTH),
        hold("d", 9, BOTH),
        ride("e", 5),
        back("f", "c", 5),
    ),
    "a code is honoured once": [
        (nth, [Order(CODE, what, comes("c", 3).steps)]) for nth, what in enumerate(["w", "w", "other"])
    ],
}


def play(scene: Scene, empty: Path) -> None:
    """Before the referee, with its replay."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        (Path(folder) / "replay").mkdir()
        referee = Referee(empty, Path(folder))
        try:
            for seconds, batch in scene:
                referee.ask(batch, NOW + seconds)
            referee.replay(empty, Path(folder) / "replay")
        finally:
            referee.close()


CRASHED = [
    [comes("a", 9, 20), comes("b", 9)],
    [hold("c", 8), pays("d", 5)],
    [ride("e", 3, 6), pays("too much", 90)],
    [back("f", "d", 2), ride("g", 7), pays("d", 5)],
    [order("h", Move(FromCommand("b"), DESK, 1)), comes("i", 4, 30, Origin.FREE)],
]
"""A history to be broken off anywhere: every kind of row is written, changed and resolved by it."""
