"""What is asked of the ledger: one business event as steps that each move value or set it aside.

An order balances by its form: what a step takes at its source it puts at its target. Which lots that are, only the
books can say (`rules.ledger.books`); the same command with the same order always gets the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from rules.ledger.accounts import KURAPO, MAX_NAME, NO_NAME, AccountKind, AccountRef, Unit
from rules.ledger.holds import HoldKind, Resolution
from rules.ledger.lots import Origin
from rules.messages.codec import encode

MAX_AMOUNT = 10**12
"""Whole units in one step. Far above any payment, far below what a database's whole number holds."""


@dataclass(frozen=True, slots=True)
class Spend:
    """Source: a member's lots that are good and not held, in order of use; all of one unit before the next.

    Raises ValueError for a unit named twice.
    """

    member: str
    units: tuple[Unit, ...] = (KURAPO,)

    def __post_init__(self) -> None:
        if len(set(self.units)) < len(self.units):
            raise ValueError("each unit is spent from once")


@dataclass(frozen=True, slots=True)
class Capture:
    """Source: what the open hold of `series` keeps, in its order, also lots that have expired since.

    That posts the hold. `then` is where more comes from than it keeps, or all of it where none is open.
    """

    series: str
    then: Spend | None = None


@dataclass(frozen=True, slots=True)
class FromCommand:
    """Source: what is left and not held of the lots that this command has made, also an earlier step of the same."""

    command: str


@dataclass(frozen=True, slots=True)
class FromExpired:
    """Source: what is left and not held of a lot that has expired."""

    lot: int


Source = AccountRef | Spend | Capture | FromCommand | FromExpired


@dataclass(frozen=True, slots=True)
class IntoLot:
    """Target: a new lot of `account`. `expires_at` is Unix seconds, None for never."""

    account: AccountRef
    origin: Origin
    programme: str
    expires_at: int | None = None

    def __post_init__(self) -> None:
        if not self.account.kind.has_lots:
            raise ValueError(f"{self.account.kind} has no lots")
        if not 0 < len(self.programme) <= MAX_NAME:
            raise ValueError(f"a programme's name has from 1 to {MAX_NAME} characters")


@dataclass(frozen=True, slots=True)
class Restore:
    """Target: the lots that `command` took, with the expiry they had; the last taken first, never more than it took."""

    command: str


Target = AccountRef | IntoLot | Restore


@dataclass(frozen=True, slots=True)
class Move:
    """Moves `amount` units from its source to its target.

    An account on one side counts in the unit of the lots on the other. `rest` is the account that gives what the
    source lacks, for what has happened already; without it the whole order is refused then. Raises ValueError for an
    amount outside 1 to MAX_AMOUNT, for a member's account as such on either side (its lots are meant), for lots that
    would move to lots of another unit, for what has expired on its way to anywhere but AccountKind.EXPIRED.
    """

    source: Source
    target: Target
    amount: int
    rest: AccountRef | None = None

    def __post_init__(self) -> None:
        if not 0 < self.amount <= MAX_AMOUNT:
            raise ValueError(f"a move is of 1 to {MAX_AMOUNT} units, not {self.amount}")
        for side in (self.source, self.target, self.rest):
            if isinstance(side, AccountRef) and side.kind.has_lots:
                raise ValueError(f"{side.kind} moves by its lots")
        if self.rest is not None and not self.rest.kind.may_go_below_zero:
            raise ValueError(f"{self.rest.kind} has a floor and cannot give whatever lacks")
        if not isinstance(self.source, AccountRef) and not isinstance(self.target, AccountRef):
            raise ValueError("lots move from or to an account without lots")  # noqa: TRY004
        if isinstance(self.source, FromExpired) and (
            not isinstance(self.target, AccountRef) or self.target.kind is not AccountKind.EXPIRED
        ):
            raise ValueError("what has expired goes to the account of what expired")


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Sets aside up to `amount` units for `series`, of which none may be open; `at_most` takes what there is.

    `until` is Unix seconds, None without limit.
    """

    series: str
    kind: HoldKind
    source: Spend | FromCommand
    amount: int
    until: int | None = None
    at_most: bool = False

    def __post_init__(self) -> None:
        if not 0 < len(self.series) <= MAX_NAME or NO_NAME in self.series:
            raise ValueError(f"a hold's series has from 1 to {MAX_NAME} characters, none of them NUL")
        if not 0 <= self.amount <= MAX_AMOUNT:
            raise ValueError(f"a hold is of 0 to {MAX_AMOUNT} units, not {self.amount}")


@dataclass(frozen=True, slots=True)
class Release:
    """Gives back what the open hold of `series` keeps; `how` says why. Refused where none is open."""

    series: str
    how: Resolution = Resolution.RELEASED


@dataclass(frozen=True, slots=True)
class Succeed:
    """After a capture: the next hold of its series, topped up to `amount` from `source`. Nothing without a capture."""

    series: str
    source: Spend
    amount: int


Step = Move | PlaceHold | Release | Succeed


@dataclass(frozen=True, slots=True)
class Order:
    """One business event, posted whole or not at all.

    `command` is the id that whoever asks gave it and stored before, so that nothing posts twice; `what` says what
    happens, in the ledger's words. Raises ValueError for an empty or too long id and for an event without steps, or of
    successors only.
    """

    command: str
    what: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.command) <= MAX_NAME or NO_NAME in self.command:
            raise ValueError(f"a command's id has from 1 to {MAX_NAME} characters, none of them NUL")
        # A successor alone would be a group in which nothing moves.
        if all(isinstance(step, Succeed) for step in self.steps):
            raise ValueError(
                "an order without steps is no event, and a successor is none without its capture"
            )

    def content(self) -> bytes:
        """What is asked, in bytes that are the same for the same order."""
        return encode([self.command, self.what, [_words(step) for step in self.steps]])


def _words(value: Any) -> list[Any]:
    """A step, or a part of one, in plain lists, its type first."""
    kind = type(value)
    parts = _FIELDS[kind](value)
    return [kind.__name__, *[_words(part) if type(part) in _FIELDS else part for part in parts]]


_FIELDS: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    kind: attrgetter(*kind.__slots__)
    for kind in (AccountRef, Spend, Capture, IntoLot, Move, PlaceHold, Release, Succeed)
} | {
    # With one field an attrgetter gives no tuple.
    FromCommand: lambda value: (value.command,),
    Restore: lambda value: (value.command,),
    FromExpired: lambda value: (value.lot,),
}
