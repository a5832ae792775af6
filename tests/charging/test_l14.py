"""L14: a disputed card charge never leaves spendable value behind, whatever the order of events, spends and refunds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rules.ledger.accounts import AccountKind, AccountRef, member_account
from rules.ledger.order import Move, Order, Release, Restore, Spend
from rules.ledger.rides import PassHold, pass_hold_order, ride_order
from rules.money import Yen
from tests.charging.worlds import CHARGES, AtDesk, InBooks, World

SHOP = AccountRef(AccountKind.SHOP, "shop")
PASS = "pass-1"
SAID = ("paid", "disputed", "disputed", "won", "lost", "refunded", "expired")

parts = st.sampled_from([100, 60, 1])
"""Per cent of a charge, or of what can be spent."""
charges = st.sampled_from([*CHARGES])
said = st.tuples(st.just("said"), charges, st.sampled_from(SAID), st.sampled_from("ab"), parts)
steps = st.one_of(
    said,
    # Said by the gateway, but on its way: delivered later, perhaps twice, perhaps never.
    said.map(lambda step: ("written", *step[1:])),
    st.tuples(st.just("delivered"), st.integers(0, 50)),
    st.tuples(st.just("pay"), parts),
    st.tuples(st.just("void"), st.integers(0, 50)),
    st.tuples(st.just("pass issued"), st.integers(1, 3000)),
    st.tuples(st.just("ride"), st.integers(1, 900)),
    st.tuples(st.just("pass given up")),
    st.tuples(st.just("staff refund"), charges),
    st.tuples(st.just("hours"), st.sampled_from([1, 6])),
)


@dataclass
class Told:
    """What was heard of a charge: the test's own, simpler account of it."""

    amount: int
    paid: bool = False
    refunded: int = 0
    opened: set[str] = field(default_factory=set)
    won: set[str] = field(default_factory=set)
    lost: dict[str, int] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        return min(self.amount, self.refunded + sum(self.lost.values())) if self.paid else 0

    @property
    def frozen(self) -> bool:
        return self.paid and bool(self.opened - self.won - self.lost.keys())


class Disputes(RuleBasedStateMachine):
    make: ClassVar[type[InBooks | AtDesk]]
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.told = {charge: Told(amount) for charge, amount in CHARGES.items()}
        self.mail: list[tuple[int, str, str, str, int]] = []
        self.payments: list[tuple[str, int]] = []
        self.count = 0

    @initialize(first_hours=st.sampled_from([0, 0, 5]))
    def three_charges_of_which_one_is_not_paid_yet(self, first_hours: int) -> None:
        self.world = type(self).make(first_hours)
        self.said("charge-0001", "paid", "", 100)
        self.said("charge-0003", "paid", "", 100)

    def teardown(self) -> None:
        self.world.close()

    @rule(several=st.lists(steps, min_size=4, max_size=8))
    def things_happen(self, several: list[tuple[Any, ...]]) -> None:
        for step in several:
            getattr(self, step[0].replace(" ", "_"))(*step[1:])
            self.nothing_of_a_disputed_charge_can_be_spent()

    # The gateway

    def written(self, charge: str, what: str, dispute: str, part: int) -> None:
        some = max(1, CHARGES[charge] * part // 100)
        self.mail.append((self.world.write(charge, what, dispute, some), charge, what, dispute, some))

    def said(self, charge: str, what: str, dispute: str, part: int) -> None:
        self.written(charge, what, dispute, part)
        self.delivered(len(self.mail) - 1)

    def delivered(self, which: int) -> None:
        letter, charge, what, dispute, amount = self.mail[which % len(self.mail)]
        self.world.deliver(letter)
        told = self.told[charge]
        match what:
            case "paid":
                told.paid = True
            case "disputed":
                told.opened.add(dispute)
            case "won":
                told.won.add(dispute)
            case "lost":
                told.lost[dispute] = max(amount, told.lost.get(dispute, 0))
            case "refunded":
                told.refunded = max(told.refunded, amount)

    def staff_refund(self, charge: str) -> None:
        if self.world.refund(charge):
            self.told[charge].refunded = self.told[charge].amount

    # The village

    def command(self, what: str) -> str:
        self.count += 1
        return f"{what}/{self.count}"

    def pay(self, part: int) -> None:
        payment, amount = self.command("payment"), self.world.free() * part // 100
        if amount:
            assert self.world.post(Order(payment, "payment", (Move(Spend("m"), SHOP, amount),)))
            self.payments.append((payment, amount))

    def void(self, which: int) -> None:
        if self.payments:
            payment, amount = self.payments.pop(which % len(self.payments))
            back = Move(SHOP, Restore(payment), amount)
            assert self.world.post(Order(f"void/{payment}", "voided", (back,)), gives_back=True)

    # Nothing settles after these three: what a pass holds is never a disputed charge's.

    def pass_issued(self, amount: int) -> None:
        until = self.world.now + 10**7
        self.world.post(pass_hold_order(self.command("pass"), "m", PASS, Yen(amount), until))

    def pass_given_up(self) -> None:
        self.world.post(Order(self.command("given-up"), "given up", (Release(PASS),)))

    def ride(self, amount: int) -> None:
        hold = PassHold(PASS, Yen(1000))
        order = ride_order(self.command("ride"), member_account("m"), Yen(amount), Yen(0), hold)
        assert order is not None
        assert self.world.post(order)

    def hours(self, hours: int) -> None:
        self.world.later(hours * 3600)

    # What holds after each

    @invariant()
    def nothing_of_a_disputed_charge_can_be_spent(self) -> None:
        for charge, told in self.told.items():
            seen = self.world.see(charge)
            assert seen.left <= (told.amount if told.paid else 0) - told.taken + seen.owed
            if told.frozen:
                assert seen.free == 0
                assert seen.frozen == seen.left
            else:
                assert seen.frozen is None
            if seen.owed:
                assert seen.left == 0

    @invariant()
    def the_card_company_owes_what_was_paid_and_not_taken_back(self) -> None:
        owes = sum(told.amount - told.taken for told in self.told.values() if told.paid)
        assert self.world.gateway_owes() == owes


class DisputesInBooks(Disputes):
    make = InBooks


class DisputesAtDesk(Disputes):
    make = AtDesk


TestInBooks = DisputesInBooks.TestCase
TestInBooks.settings = settings(max_examples=200, stateful_step_count=8, deadline=None)
TestAtDesk = DisputesAtDesk.TestCase
TestAtDesk.settings = settings(max_examples=8, stateful_step_count=6, deadline=None)
