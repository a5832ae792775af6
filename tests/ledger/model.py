"""The ledger once more, in plain dicts and lists, written from its description: the real one is held against it.

It knows the words in which orders are asked (`rules.ledger.order`), and nothing of how they are answered.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from rules.ledger.accounts import AccountRef
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

FLOORS = ("member", "shop", "budget")
Account = tuple[str, str, str]
Parts = list[tuple[int, int]]
"""Lots and units."""


class No(Exception):
    """The reason, as the ledger words it."""


@dataclass
class State:
    """What stands in the books. A lot is [owner, unit, origin, issued, expires, left, held], by its number."""

    accounts: defaultdict[Account, int] = field(default_factory=lambda: defaultdict(int))
    lots: dict[int, list[Any]] = field(default_factory=dict)
    holds: dict[str, tuple[int, str, int | None, Parts]] = field(default_factory=dict)
    made: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    taken: defaultdict[str, Parts] = field(default_factory=lambda: defaultdict(list))
    holds_ever: int = 0
    groups: int = 0


class Model:
    """Asked in order, it answers ("posted", group), ("repeated", group) or ("refused", reason)."""

    def __init__(self) -> None:
        self.state = State()
        self.answers: dict[str, tuple[Order, str, Any]] = {}

    def ask(self, order: Order, now: int) -> tuple[str, Any]:
        """One order at Unix second `now`."""
        if order.command in self.answers:
            body, word, answer = self.answers[order.command]
            if body != order:
                return "refused", "other-body"
            return ("repeated" if word == "posted" else word), answer
        before = copy.deepcopy(self.state)
        try:
            _Event(self.state, order, now).run()
        except No as reason:
            self.state = before
            self.answers[order.command] = order, "refused", str(reason)
            return "refused", str(reason)
        self.state.groups += 1
        self.answers[order.command] = order, "posted", self.state.groups
        return "posted", self.state.groups


class _Event:
    def __init__(self, state: State, order: Order, now: int) -> None:
        self.state, self.order, self.now = state, order, now
        self.captured: dict[str, tuple[str, int | None]] = {}
        self.kept: dict[str, Parts] = {}
        self.taken: Parts = []

    def run(self) -> None:
        for step in self.order.steps:
            self.step(step)
        self.state.taken[self.order.command] += self.taken

    def step(self, step: Step) -> None:
        match step:
            case Move(AccountRef() as source, IntoLot() as target, amount, rest):
                self.pay(source, target.account.unit, amount, rest)
                number = len(self.state.lots) + 1
                owner, unit = target.account.owner, str(target.account.unit)
                self.state.lots[number] = [
                    owner, unit, str(target.origin), self.now, target.expires_at, amount, 0
                ]  # fmt: skip
                self.state.made[self.order.command].append(number)
            case Move(AccountRef() as source, Restore(command), amount, rest):
                self.restore(source, command, amount, rest)
            case Move(AccountRef() as source, AccountRef() as target, amount, rest):
                self.pay(source, target.unit, amount, rest)
                self.put(target, target.unit, amount)
            case Move(_, AccountRef() as target, amount, rest):
                self.spend(step.source, target, amount, rest)
            case PlaceHold(series, kind, source, amount, until, at_most):
                if series in self.state.holds:
                    raise No("hold-open")
                parts = self.some_of(self.usable(source), amount)
                if not at_most and sum(units for _, units in parts) < amount:
                    raise No("too-little")
                self.hold(series, kind, until, parts)
            case Release(series):
                if series not in self.state.holds:
                    raise No("hold-resolved")
                self.unhold(series)
            case Succeed(series, source, amount):
                if series in self.captured and series not in self.state.holds:
                    self.hold(series, *self.captured[series], self.some_of(self.usable(source), amount))

    def spend(self, source: Any, target: AccountRef, amount: int, rest: AccountRef | None) -> None:
        parts = self.take(source, amount)
        lacks = amount - sum(units for _, units in parts)
        if lacks and rest is None:
            raise No("too-little")
        for lot, units in parts:
            self.put(target, self.state.lots[lot][1], units)
        if lacks and rest is not None:
            self.put(rest, rest.unit, -lacks)
            self.put(target, rest.unit, lacks)
        # One entry for each account, in the order in which their first lots were used.
        accounts = list(dict.fromkeys(tuple(self.state.lots[lot][:2]) for lot, _ in parts))
        self.taken += sorted(parts, key=lambda part: accounts.index(tuple(self.state.lots[part[0]][:2])))

    def put(self, account: AccountRef, unit: str, amount: int) -> None:
        self.state.accounts[account.kind, account.owner, unit] += amount

    def pay(self, source: AccountRef, unit: str, amount: int, rest: AccountRef | None) -> None:
        has = amount
        if source.kind in FLOORS:
            has = min(amount, self.state.accounts[source.kind, source.owner, unit])
        if has < amount:
            if rest is None:
                raise No("too-little")
            self.put(rest, unit, has - amount)
        self.put(source, unit, -has)

    def restore(self, source: AccountRef, command: str, amount: int, rest: AccountRef | None) -> None:
        taken = self.state.taken[command]
        if amount > sum(units for _, units in taken):
            raise No("more-than-taken")
        while amount:
            lot, units = taken.pop()
            back = min(units, amount)
            if back < units:
                taken.append((lot, units - back))
            amount -= back
            self.pay(source, self.state.lots[lot][1], back, rest)
            self.state.lots[lot][5] += back

    def free(self, lot: int) -> int:
        *_, left, held = self.state.lots[lot]
        return int(left - held)

    def good(self, lot: int) -> bool:
        expires = self.state.lots[lot][4]
        return expires is None or expires > self.now

    def use(self, lot: int) -> tuple[float, bool, int, int]:
        """Earliest expiry first, what was given before what was paid for, the older before the younger."""
        _, _, origin, issued, expires, *_ = self.state.lots[lot]
        return (float("inf") if expires is None else expires), origin == "paid", issued, lot

    def usable(self, source: Spend | FromCommand) -> list[int]:
        if isinstance(source, FromCommand):
            lots = sorted(self.state.made[source.command], key=self.use)
        else:
            lots = [
                lot
                for unit in source.units
                for lot in sorted(self.state.lots, key=self.use)
                if self.state.lots[lot][:2] == [source.member, unit]
            ]
        return [lot for lot in lots if self.good(lot)]

    def some_of(self, lots: list[int], amount: int) -> Parts:
        parts = []
        for lot in dict.fromkeys(lots):
            units = min(amount, self.free(lot))
            if units:
                parts.append((lot, units))
                amount -= units
        return parts

    def take(self, source: Any, amount: int) -> Parts:
        match source:
            case FromExpired(lot):
                if self.good(lot):
                    raise No("not-expired")
                parts = self.some_of([lot], amount)
            case Capture(series, then):
                return self.capture(series, then, amount)
            case _:
                parts = self.some_of(self.usable(source), amount)
        return self.gone(parts)

    def capture(self, series: str, then: Spend | None, amount: int) -> Parts:
        if series in self.state.holds:
            _, kind, until, parts = self.state.holds[series]
            self.captured[series], self.kept[series] = (kind, until), parts
            self.unhold(series)
        elif then is None and series not in self.captured:
            raise No("hold-resolved")
        taken, kept = [], []
        for lot, units in self.kept.get(series, []):
            now = min(amount, units, self.free(lot))
            amount -= now
            if now:
                taken += self.gone([(lot, now)])
            if units > now:
                kept.append((lot, units - now))
        self.kept[series] = kept
        return taken + (self.gone(self.some_of(self.usable(then), amount)) if then and amount else [])

    def gone(self, parts: Parts) -> Parts:
        for lot, units in parts:
            self.state.lots[lot][5] -= units
        return parts

    def hold(self, series: str, kind: str, until: int | None, parts: Parts) -> None:
        self.state.holds_ever += 1
        self.state.holds[series] = self.state.holds_ever, str(kind), until, parts
        for lot, units in parts:
            self.state.lots[lot][6] += units

    def unhold(self, series: str) -> None:
        for lot, units in self.state.holds.pop(series)[3]:
            self.state.lots[lot][6] -= units
