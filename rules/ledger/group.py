"""What the ledger posts: one business event as entries in double entry, with the lots and holds it touched.

A group that does not balance cannot be built.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rules.ledger.accounts import AccountRef, Unit
from rules.ledger.holds import Hold, Resolution
from rules.ledger.lots import Lot
from rules.messages.codec import encode


@dataclass(frozen=True, slots=True)
class LotMove:
    """Units into a lot, or out of it below zero. `restores` is the command whose taking it gives back, "" for none."""

    lot: int
    amount: int
    restores: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Moves `amount` whole units to an account, or from it below zero; in its lots, where it has lots."""

    account: AccountRef
    amount: int
    lots: tuple[LotMove, ...] = ()

    def __post_init__(self) -> None:
        if not self.amount:
            raise ValueError("an entry moves something")
        if self.account.kind.has_lots and sum(move.amount for move in self.lots) != self.amount:
            raise ValueError(f"the lots of {self.account.owner} do not sum to {self.amount}")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A hold, by the books' number, and how it ended."""

    hold: int
    how: Resolution


@dataclass(frozen=True, slots=True)
class Group:
    """One business event as posted.

    `asked` is the fingerprint of the order it answers. `lots` are those it made (`left` and `held` do not count here),
    `placed` and `resolved` the holds. Raises ValueError unless the entries sum to zero in each unit.
    """

    command: str
    what: str
    asked: str
    entries: tuple[Entry, ...]
    lots: tuple[Lot, ...]
    placed: tuple[Hold, ...]
    resolved: tuple[Resolved, ...]

    def __post_init__(self) -> None:
        sums: defaultdict[Unit, int] = defaultdict(int)
        for entry in self.entries:
            sums[entry.account.unit] += entry.amount
        for unit, rest in sums.items():
            if rest:
                raise ValueError(f"the entries of {self.command} differ by {rest} {unit}")

    def content(self) -> bytes:
        """What happened, in bytes that are the same for the same event."""
        return content(
            self.command,
            self.what,
            (
                (
                    entry.account.kind,
                    entry.account.owner,
                    entry.account.unit,
                    entry.amount,
                    [(move.lot, move.amount, move.restores) for move in entry.lots],
                )
                for entry in self.entries
            ),
            ((lot.id, lot.origin, lot.programme, lot.expires_at) for lot in self.lots),
            ((hold.id, hold.series, hold.kind, hold.until, hold.parts) for hold in self.placed),
            ((each.hold, each.how) for each in self.resolved),
        )


EntryRow = tuple[str, str, str, int, list[tuple[int, int, str]]]
"""An entry in plain values: kind, owner, unit, amount, its lots' moves."""
LotRow = tuple[int, str, str, int | None]
HoldRow = tuple[int, str, str, int | None, Iterable[tuple[int, int]]]
ResolvedRow = tuple[int, str]


def content(
    command: str,
    what: str,
    entries: Iterable[EntryRow],
    lots: Iterable[LotRow],
    placed: Iterable[HoldRow],
    resolved: Iterable[ResolvedRow],
) -> bytes:
    """The same from stored rows, whatever they say: that they are right is for `ledger verify` to find.

    Holds that end together stand by their numbers: in which order they ended no row says, and it makes no difference.
    """
    return encode([command, what, list(entries), list(lots), list(placed), sorted(resolved)])
