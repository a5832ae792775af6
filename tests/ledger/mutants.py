"""Bugs to plant: each takes one protection of the ledger away, and some property must be seen to break by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import PropertyMock, patch

from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint

from central.database.ledger_tables import accounts, groups, holds, lots
from central.ledger import post_orders, store
from rules.ledger import books, chain
from rules.ledger.accounts import AccountKind, AccountRef
from rules.ledger.books import Books, Part, _Draft
from rules.ledger.holds import Hold, Resolution
from rules.ledger.lots import Lot
from rules.ledger.order import FromExpired, Move, Order, Spend, Succeed


@dataclass(frozen=True, slots=True)
class Mutant:
    """`breaks` are the properties that must be named, `plant` plants the bug for as long as it is entered."""

    breaks: set[str]
    plant: Callable[[], AbstractContextManager[Any]]


@contextmanager
def without(table: Table, *kinds: type) -> Iterator[None]:
    """The table without what the database itself checks; `Index` are the unique ones."""
    constraints = [each for each in table.constraints if isinstance(each, kinds)]
    indexes = [each for each in table.indexes if isinstance(each, kinds) and each.unique]
    table.constraints.difference_update(constraints)
    table.indexes.difference_update(indexes)
    try:
        yield
    finally:
        table.constraints.update(constraints)
        table.indexes.update(indexes)


@contextmanager
def _no_floor() -> Iterator[None]:
    """Every account gives what it does not have, and the database does not mind."""

    def from_account(self: _Draft, move: Move, other: AccountRef) -> None:
        with patch.object(AccountKind, "may_go_below_zero", PropertyMock(return_value=True)):
            _from_account(self, move, other)

    _from_account = _Draft._from_account
    with patch.object(_Draft, "_from_account", from_account), without(accounts, CheckConstraint):
        yield


@contextmanager
def _held_is_spent() -> Iterator[None]:
    """What holds keep counts as free."""

    def free(self: _Draft, lot: Lot) -> int:
        return lot.left + self._left[lot.id]

    with patch.object(_Draft, "_free", free), without(lots, CheckConstraint):
        yield


@contextmanager
def _no_answers() -> Iterator[None]:
    """Nobody looks whether a command was here before, and the database does not mind."""
    with (
        patch.object(store, "find_answers", lambda connection, commands: {}),
        without(groups, UniqueConstraint),
    ):
        yield


def _other_body_is_a_repeat() -> AbstractContextManager[Any]:
    def again(answered: store.Answered, asked: str) -> Any:
        return _again(store.Answered(asked, answered.group_id, answered.reason), asked)

    _again = post_orders._again
    return patch.object(post_orders, "_again", again)


def _refusals_forgotten() -> AbstractContextManager[Any]:
    return patch.object(store, "add_refusals")


def _half_an_order() -> AbstractContextManager[Any]:
    """A refused order leaves what its first step has done."""

    def post(self: Any, order: Order) -> Any:
        answer = _post(self, order)
        if isinstance(answer, post_orders.Refused) and len(order.steps) > 1:
            done = self._books.post(Order(f"{order.command}, half", order.what, order.steps[:1]), self._now)
            self._keep(done)
        return answer

    _post = post_orders._Ledger.post
    return patch.object(post_orders._Ledger, "post", post)


def _restore_without_limit() -> AbstractContextManager[Any]:
    """What was given back before is not looked at."""
    return patch.object(Books, "give_back", lambda self, command, lot, amount: None)


def _restore_into_another_lot() -> AbstractContextManager[Any]:
    """All goes back into the lot that was used last, whichever it came from."""

    def restore(self: _Draft, move: Move, command: str) -> None:
        parts = self._books.taken.get(command, [])
        last = parts[-1:] and [(parts[-1][0], sum(units for _, units in parts))]
        with patch.dict(self._books.taken, {command: last}):
            _restore(self, move, command)

    _restore = _Draft._restore
    return patch.object(_Draft, "_restore", restore)


def _expired_is_spent() -> AbstractContextManager[Any]:
    return patch.object(Lot, "is_expired", lambda self, now: False)


def _expired_a_second_late() -> AbstractContextManager[Any]:
    def is_expired(self: Lot, now: int) -> bool:
        return self.expires_at is not None and self.expires_at < now

    return patch.object(Lot, "is_expired", is_expired)


@contextmanager
def _good_lots_expire() -> Iterator[None]:
    """A lot is cleared away before its time."""

    def take(self: _Draft, move: Move) -> list[Part]:
        if isinstance(move.source, FromExpired):
            return self._take_free([self._lot(move.source.lot)], move.amount)
        return _take(self, move)

    _take = _Draft._take
    with patch.object(_Draft, "_take", take):
        yield


@contextmanager
def _hold_not_resolved() -> Iterator[None]:
    """A capture takes from its hold and leaves it open."""

    def resolve(self: _Draft, hold: Hold, how: Resolution) -> None:
        if how is not Resolution.POSTED:
            _resolve(self, hold, how)

    _resolve = _Draft._resolve
    with patch.object(_Draft, "_resolve", resolve), without(lots, CheckConstraint):
        yield


@contextmanager
def _two_holds_of_a_series() -> Iterator[None]:
    """A hold is placed although one of its series is open."""

    def place(self: _Draft, step: Any) -> None:
        self._holds[step.series] = None
        _place(self, step)

    _place = _Draft._place
    with patch.object(_Draft, "_place", place), without(holds, Index):
        yield


@contextmanager
def _successor_without_release() -> Iterator[None]:
    """The next hold of a series opens while the last still stands."""

    def succeed(self: _Draft, step: Succeed) -> None:
        before = self._hold(step.series) or self._captured.get(step.series)
        if before is not None:
            parts = self._choose(self._good_lots(step.source), step.amount)
            again = Hold(self._next_hold(), step.series, before.kind, before.until, tuple(parts))
            self._open(step.series, again)

    def resolve(self: _Draft, hold: Hold, how: Resolution) -> None:
        if not any(isinstance(step, Succeed) for step in self._order.steps):
            _resolve(self, hold, how)

    _resolve = _Draft._resolve
    with (
        patch.object(_Draft, "_succeed", succeed),
        patch.object(_Draft, "_resolve", resolve),
        without(holds, Index),
        without(lots, CheckConstraint),
    ):
        yield


def _captures_twice() -> AbstractContextManager[Any]:
    """A second capture in one order takes what a step between has used."""

    def capture(self: _Draft, source: Any, amount: int) -> list[Part]:
        with patch.object(_Draft, "_free", lambda self, lot: 10**6):
            return _capture(self, source, amount)

    _capture = _Draft._capture
    return patch.object(_Draft, "_capture", capture)


def _wrong_order(key: Callable[[Lot], Any]) -> Callable[[], AbstractContextManager[Any]]:
    def in_order(them: Iterable[Lot]) -> list[Lot]:
        return sorted(them, key=key)

    return lambda: patch.object(books, "in_order_of_use", in_order)


def _by_expiry_alone(lot: Lot) -> Any:
    return lot.order()[0], lot.id


def _newest_first(lot: Lot) -> Any:
    return -lot.id


def _units_mixed() -> AbstractContextManager[Any]:
    """What is paid in one unit arrives in another."""
    return patch.object(AccountRef, "counted_in", lambda self, unit: self)


def _one_sided() -> AbstractContextManager[Any]:
    """An entry of the middle of a batch is lost on its way to the file."""

    def execute(self: Any, connection: Any, rows: Sequence[Any]) -> None:
        _execute(self, connection, rows[:-1] if self is store._ADD_ENTRY and len(rows) > 3 else rows)

    _execute = type(store._ADD_ENTRY).execute
    return patch.object(type(store._ADD_ENTRY), "execute", execute)


def _balances_behind() -> AbstractContextManager[Any]:
    """The balance kept beside the entries is written once, and then no more."""

    def set_balances(connection: Any, after: Iterable[tuple[int, int]]) -> None:
        _set(connection, [(balance, account) for account, balance in after][:1] and list(after)[:1])

    _set = store.set_balances
    return patch.object(store, "set_balances", set_balances)


def _lots_behind() -> AbstractContextManager[Any]:
    """What is left in lots of before is not written."""
    return patch.object(store, "set_lots")


def _clock_in_the_chain() -> AbstractContextManager[Any]:
    """The chain depends on what is not in the books."""
    counted = iter(range(10**9))

    def next_head(head: str, content: bytes, asked: str, posted_at: int) -> str:
        return _next(head, content, asked, posted_at + next(counted))

    _next = chain.next_head
    return patch.object(post_orders, "next_head", next_head)


def _only_what_is_spent() -> AbstractContextManager[Any]:
    """Spending knows one unit only."""

    def good_lots(self: _Draft, source: Spend) -> list[Lot]:
        return _good(self, Spend(source.member, source.units[:1]))

    _good = _Draft._good_lots
    return patch.object(_Draft, "_good_lots", good_lots)


# "raised" is the last line of defence: the database, or a group that cannot be built, and no order is posted.
MUTANTS: dict[str, Mutant] = {
    "no-floor": Mutant({"L2"}, _no_floor),
    "held-is-spent": Mutant({"L2"}, _held_is_spent),
    "no-answers": Mutant({"L5", "L10"}, _no_answers),
    "other-body-is-a-repeat": Mutant({"L5"}, _other_body_is_a_repeat),
    "refusals-forgotten": Mutant({"L6"}, _refusals_forgotten),
    "half-an-order": Mutant({"L6"}, _half_an_order),
    "restore-without-limit": Mutant({"L8"}, _restore_without_limit),
    "restore-into-another-lot": Mutant({"L8"}, _restore_into_another_lot),
    "expired-is-spent": Mutant({"L9"}, _expired_is_spent),
    "expired-a-second-late": Mutant({"L9"}, _expired_a_second_late),
    "good-lots-expire": Mutant({"answers"}, _good_lots_expire),
    "hold-not-resolved": Mutant({"L7"}, _hold_not_resolved),
    "two-holds-of-a-series": Mutant({"L7"}, _two_holds_of_a_series),
    "successor-without-release": Mutant({"L7"}, _successor_without_release),
    "captures-twice": Mutant({"raised"}, _captures_twice),
    "given-after-paid": Mutant({"books"}, _wrong_order(_by_expiry_alone)),
    "newest-first": Mutant({"books"}, _wrong_order(_newest_first)),
    "one-unit-only": Mutant({"books"}, _only_what_is_spent),
    "units-mixed": Mutant({"raised"}, _units_mixed),
    "one-sided": Mutant({"L1"}, _one_sided),
    "balances-behind": Mutant({"L3"}, _balances_behind),
    "lots-behind": Mutant({"L3"}, _lots_behind),
    "clock-in-the-chain": Mutant({"L4"}, _clock_in_the_chain),
}
