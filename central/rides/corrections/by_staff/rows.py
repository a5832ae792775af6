"""What staff say of a ride, what that moves, and what becomes of their word."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from central.rides.corrections.rows import Stops

MAX_NOTE = 100


class Of(StrEnum):
    """Which side has read the other. The values stand in the database and stay stable."""

    CODE = "code"
    PHONE = "phone"

    @property
    def audited(self) -> str:
        """What the audit log names such a ride by, before its number."""
        return "ride" if self is Of.CODE else "phone-ride"


class Kind(StrEnum):
    """What is set right. The values stand in the database and stay stable."""

    STOPS = "stops"
    PARTY = "party"
    """The rider's class, or how many rode on the code."""
    FARE = "fare"
    """A sum that no rule gives."""
    VOID = "void"
    """The ride did not happen, or was somebody else's."""
    BACK = "back"
    """The last word is taken back: what was said before it holds again."""


class Why(StrEnum):
    """Why a ride is set right. The values stand in the database and stay stable."""

    FORGOT = "forgot"
    WRONG_STOP = "wrong-stop"
    READER = "reader"
    WRONG_CLASS = "wrong-class"
    WRONG_TABLE = "wrong-table"
    GOODWILL = "goodwill"
    NOT_RIDDEN = "not-ridden"
    MISTAKE = "mistake"
    """The correction itself was wrong."""
    OTHER = "other"


class Stands(StrEnum):
    """What has become of a word. The values stand in the database and stay stable."""

    WAITING = "waiting"
    APPLIED = "applied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """Nobody has decided in time. It never stands in a row: what waits for too long has expired."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a ride is charged by. `fare`, in yen, stands in place of every rule; a void costs nothing."""

    stops: Stops
    rider_class: int
    adults: int
    children: int
    fare: int | None = None
    void: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody of the staff wants set right, and why, with a note without names."""

    kind: Kind
    facts: Facts
    why: Why
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class LotBack:
    """Units into a lot, or out of it below zero, by its origin; `expires_at` Unix seconds, None for never."""

    origin: str
    expires_at: int | None
    amount: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What an account has more, or less, once a correction holds."""

    kind: str
    unit: str
    owner: str
    amount: int
    lots: tuple[LotBack, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a correction comes to: fares in yen, what moves, and how much more cash is to be given back at the desk."""

    facts: Facts
    before: int
    after: int
    moved: tuple[Moved, ...]
    cash_due: int

    @property
    def seen(self) -> str:
        """A fingerprint: two previews that move the same have the same."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class SetRight:
    """A row of the table, with its newest state, who said that, their word, and when."""

    id: int
    of: Of
    ride: int
    board: str
    kind: Kind
    facts_from: Facts
    facts_to: Facts
    fare_from: int
    fare_to: int
    seen: str
    why: Why
    note: str
    asked_by: str
    asked_at: int
    decide_by: int
    state: Stands
    said_by: str
    word: str
    seq: int | None
    at: int

    def stands(self, now: int) -> Stands:
        """Its state at Unix second `now`."""
        is_late = now >= self.decide_by
        return Stands.EXPIRED if is_late and self.state is Stands.WAITING else self.state
