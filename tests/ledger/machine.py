"""A village's payments at random: orders of every kind, one after another or together, with time going by."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from rules.ledger.accounts import (
    KURAPO,
    RIDE_VALUE,
    AccountKind,
    AccountRef,
    Unit,
    member_account,
    owed_account,
)
from rules.ledger.holds import HoldKind, Resolution
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
    Source,
    Spend,
    Step,
    Succeed,
)
from tests.central.office import NOW
from tests.ledger.referee import Referee

MEMORY = Path("/dev/shm")
"""What a disk makes of it is for other tests."""
FARES = AccountRef(AccountKind.FARES_EARNED)
DESK = AccountRef(AccountKind.CASH_DESK)
SHOP = AccountRef(AccountKind.SHOP, "s")
BUDGET = AccountRef(AccountKind.BUDGET, "p")
EXPIRED = AccountRef(AccountKind.EXPIRED)
ISSUER = AccountRef(AccountKind.ISSUER, "p")

members = st.sampled_from(["m", "n"])
units: st.SearchStrategy[Unit] = st.sampled_from([KURAPO, RIDE_VALUE])
amounts = st.integers(1, 12)
series = st.sampled_from(["pass m", "pass n"])
spends = st.builds(
    Spend, members, st.sampled_from([(KURAPO,), (RIDE_VALUE,), (RIDE_VALUE, KURAPO), (KURAPO, RIDE_VALUE)])
)
rests = st.none() | st.builds(owed_account, members)
plain = st.builds(
    lambda account, unit: account.counted_in(unit),
    st.sampled_from([FARES, DESK, SHOP, BUDGET, ISSUER]),
    units,
)
origins = st.sampled_from(Origin)


def steps(commands: list[str], lots: list[int], now: int) -> st.SearchStrategy[Step]:
    """Any step of any kind that these commands and lots are there for."""
    named = st.sampled_from(commands)
    expiries = st.none() | st.integers(now - 1, now + 25)
    into = st.builds(IntoLot, st.builds(member_account, members, units), origins, st.just("p"), expiries)
    from_lots: st.SearchStrategy[Source] = st.one_of(
        spends,
        st.builds(Capture, series, st.none() | spends),
        st.builds(FromCommand, named),
    )
    kinds: list[st.SearchStrategy[Step]] = [
        st.builds(Move, plain, into, amounts),
        st.builds(Move, from_lots, plain, amounts, rests),
        st.builds(Move, plain, plain, amounts, rests),
        st.builds(Move, plain, st.builds(Restore, named), amounts, rests),
        st.builds(
            PlaceHold,
            series,
            st.sampled_from(HoldKind),
            spends | st.builds(FromCommand, named),
            st.integers(0, 15),
            st.none() | st.just(now + 50),
            st.booleans(),
        ),
        st.builds(Release, series, st.sampled_from([Resolution.RELEASED, Resolution.EXPIRED])),
        st.builds(Succeed, series, spends, st.integers(0, 15)),
    ]
    if lots:
        expired = st.builds(FromExpired, st.sampled_from(lots))
        kinds.append(st.builds(Move, expired, st.just(EXPIRED), amounts))
    return st.one_of(kinds)


class Payments(RuleBasedStateMachine):
    """`empty` is set by whoever runs it."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        (self.folder / "replay").mkdir()
        self.referee = Referee(self.empty, self.folder)
        self.now = NOW
        self.commands = 0

    def teardown(self) -> None:
        try:
            self.referee.replay(self.empty, self.folder / "replay")
        finally:
            self.referee.close()
            shutil.rmtree(self.folder)

    def ask(self, *made: Step) -> None:
        self.referee.ask([self.order(*made)], self.now)

    def order(self, *made: Step) -> Order:
        self.commands += 1
        return Order(f"c{self.commands}", "w", made)

    @property
    def state(self) -> Any:
        return self.referee.model.state

    @rule(seconds=st.integers(1, 20))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule(member=members, unit=units, amount=amounts, origin=origins, good_for=st.none() | st.integers(1, 25))
    def value_comes_in(
        self, member: str, unit: Unit, amount: int, origin: Origin, good_for: int | None
    ) -> None:
        expires = None if good_for is None else self.now + good_for
        source = DESK if origin is Origin.PAID else ISSUER
        self.ask(Move(source, IntoLot(member_account(member, unit), origin, "p", expires), amount))

    @rule(source=spends, amount=amounts, more=st.none() | amounts)
    def a_shop_is_paid(self, source: Spend, amount: int, more: int | None) -> None:
        self.ask(*(Move(source, SHOP, each) for each in (amount, more) if each))

    @rule(series=series, source=spends, amount=st.integers(0, 15))
    def a_pass_is_issued(self, series: str, source: Spend, amount: int) -> None:
        self.ask(PlaceHold(series, HoldKind.PASS, source, amount, self.now + 50, at_most=True))

    @rule(series=series, source=spends, amount=amounts, wanted=st.none() | st.integers(0, 15))
    def somebody_rides(self, series: str, source: Spend, amount: int, wanted: int | None) -> None:
        ride = Move(Capture(series, source), FARES, amount, owed_account(source.member))
        self.ask(ride, *(() if wanted is None else (Succeed(series, source, wanted),)))

    @rule(series=series, amount=amounts)
    def a_hold_is_captured_alone(self, series: str, amount: int) -> None:
        self.ask(Move(Capture(series), FARES, amount))

    @rule(series=series)
    def a_hold_is_released(self, series: str) -> None:
        self.ask(Release(series))

    @precondition(lambda self: any(self.state.taken.values()))
    @rule(data=st.data(), more=st.integers(-5, 1))
    def what_was_paid_goes_back(self, data: st.DataObject, more: int) -> None:
        command = data.draw(st.sampled_from([each for each, parts in self.state.taken.items() if parts]))
        whole = sum(units for _, units in self.state.taken[command])
        self.ask(Move(data.draw(st.sampled_from([FARES, SHOP])), Restore(command), max(1, whole + more)))

    @precondition(lambda self: self.state.lots)
    @rule(data=st.data(), amount=st.none() | amounts)
    def what_expired_is_cleared(self, data: st.DataObject, amount: int | None) -> None:
        gone = [
            number
            for number, lot in self.state.lots.items()
            if lot[4] and lot[4] <= self.now and lot[5] > lot[6]
        ]
        lot = data.draw(st.sampled_from(gone or sorted(self.state.lots)))
        free = self.state.lots[lot][5] - self.state.lots[lot][6]
        self.ask(Move(FromExpired(lot), EXPIRED, amount or max(1, free)))

    @precondition(lambda self: self.state.made)
    @rule(data=st.data(), amount=amounts)
    def a_charge_is_taken_back(self, data: st.DataObject, amount: int) -> None:
        command = data.draw(st.sampled_from(sorted(self.state.made)))
        self.ask(Move(FromCommand(command), DESK, amount))

    @rule(member=members, number=st.integers(1, 3))
    def a_code_is_honoured(self, member: str, number: int) -> None:
        grant = Move(ISSUER, IntoLot(member_account(member), Origin.FREE, "p", NOW + 40), 3)
        self.referee.ask([Order(f"code/bath/{number}", "code", (grant,))], self.now)

    @rule(data=st.data(), size=st.integers(1, 4))
    def anything_at_all(self, data: st.DataObject, size: int) -> None:
        batch = [self.any_order(data) for _ in range(size)]
        self.referee.ask(batch, self.now)

    @precondition(lambda self: self.referee.asked)
    @rule(data=st.data(), size=st.integers(1, 3))
    def callers_ask_again(self, data: st.DataObject, size: int) -> None:
        batch = [data.draw(st.sampled_from(list(self.referee.asked.values()))) for _ in range(size)]
        self.referee.ask(batch, self.now)

    @precondition(lambda self: self.referee.asked)
    @rule(data=st.data())
    def an_id_is_used_for_something_else(self, data: st.DataObject) -> None:
        other = data.draw(st.sampled_from(list(self.referee.asked)))
        self.referee.ask([Order(other, "something else", self.any_order(data).steps)], self.now)

    def any_order(self, data: st.DataObject) -> Order:
        own = f"c{self.commands + 1}"
        step = steps([*self.referee.asked, own], sorted(self.state.lots), self.now)
        made = data.draw(st.lists(step, min_size=1, max_size=4))
        if all(isinstance(each, Succeed) for each in made):
            made.insert(0, Move(DESK, FARES, 1))
        return self.order(*made)


def machine(empty: Path) -> type[Payments]:
    """The machine that begins each history with this empty ledger."""
    return type("Payments", (Payments,), {"empty": empty})
