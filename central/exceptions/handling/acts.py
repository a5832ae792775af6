"""What staff do about an exception, and in which state that leaves it. Pure: rows are read and written elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from central.words.words import Words

MAX_NOTE = 300


class Act(StrEnum):
    """One thing that somebody does. The values stand in the database and stay stable."""

    TAKE = "take"
    """対応中 (taiō-chū): they see to it from now on."""
    LEAVE = "leave"
    """They no longer do; anybody may."""
    NOTE = "note"
    CLOSE = "close"
    REOPEN = "reopen"
    """Closed by mistake, or too early."""


class State(StrEnum):
    """How an exception stands."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    """Somebody has closed it."""
    SOLVED = "solved"
    """What was wrong has come right by itself."""

    @property
    def is_over(self) -> bool:
        """Whether nobody has to look at it any more."""
        return self in (State.DONE, State.SOLVED)


class Reason(StrEnum):
    """Why there is nothing more to be done. The values stand in the database and stay stable."""

    CHECKED = "checked"
    PUT_RIGHT = "put-right"
    REPAIRED = "repaired"
    TOLD = "told"
    PASSED_ON = "passed-on"
    SAME = "same"
    OTHER = "other"
    """Only with words of their own."""


REASONS: dict[Reason, Words] = {
    Reason.CHECKED: ("確かめた・問題なし", "looked at, nothing wrong"),
    Reason.PUT_RIGHT: ("運賃や記録を直した", "fare or books put right"),
    Reason.REPAIRED: ("機器を直した・替えた", "machine repaired or replaced"),
    Reason.TOLD: ("本人・運転士・浴場に伝えた", "those concerned were told"),
    Reason.PASSED_ON: ("保守担当へ渡した", "passed on to maintenance"),
    Reason.SAME: ("ほかの行と同じこと", "the same as another line"),
    Reason.OTHER: ("そのほか（メモに書く）", "other, see the note"),
}
ACTS: dict[Act, Words] = {
    Act.TAKE: ("対応を始めた", "took it on"),
    Act.LEAVE: ("手を離した", "let go of it"),
    Act.NOTE: ("メモ", "note"),
    Act.CLOSE: ("済みにした", "closed it"),
    Act.REOPEN: ("未対応に戻した", "reopened it"),
}
STATES: dict[State, Words] = {
    State.OPEN: ("未対応", "open"),
    State.TAKEN: ("対応中", "taken"),
    State.DONE: ("済み", "done"),
    State.SOLVED: ("自動で解決", "solved by itself"),
}


@dataclass(frozen=True, slots=True)
class Done:
    """An act as it is kept. `times`: how often the exception had happened by what they saw; `at`: Unix seconds."""

    act: Act
    who: str
    reason: str
    note: str
    times: int
    at: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks to do. `instead_of` names whom they know to have it, and relieve by taking it."""

    act: Act
    who: str
    times: int
    reason: str = ""
    note: str = ""
    instead_of: str = ""


class NotDone(StrEnum):
    """Why an act is refused."""

    GONE = "gone"
    """There is no such exception."""
    HELD = "held"
    """A colleague has it."""
    OVER = "over"
    """A colleague has closed it, or it came right by itself."""
    NOT_OVER = "not-over"
    """It is open: there is nothing to reopen. What came right by itself cannot be reopened either."""
    NO_WORDS = "no-words"
    """A note without a word, or a closing without a reason, or without words where the reason is another."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not, and the act of a colleague that stands in the way, if one does."""

    reason: NotDone
    by: Done | None = None


def stands(done: Sequence[Done], times: int, *, solved: bool) -> tuple[State, Done | None]:
    """How an exception that has happened `times` times stands after these acts, oldest first; and by which of them."""
    last = next((each for each in reversed(done) if each.act is not Act.NOTE), None)
    if last is not None and last.act is Act.CLOSE and last.times >= times:
        return State.DONE, last
    if solved:
        return State.SOLVED, None
    if last is not None and last.act is Act.TAKE:
        return State.TAKEN, last
    return State.OPEN, None


def decide(wish: Wish, state: State, by: Done | None) -> Refused | None:
    """Why what is asked cannot be done as the exception stands, None where it can."""
    if wish.act is Act.NOTE:
        return None if wish.note else Refused(NotDone.NO_WORDS)
    if wish.act is Act.REOPEN:
        return None if state is State.DONE else Refused(NotDone.NOT_OVER)
    if state.is_over:
        return Refused(NotDone.OVER, by)
    relieved = wish.act is Act.TAKE and by is not None and wish.instead_of == by.who
    if by is not None and by.who != wish.who and not relieved:
        return Refused(NotDone.HELD, by)
    if wish.act is Act.CLOSE:
        is_reason = wish.reason in REASONS
        if not is_reason or (wish.reason == Reason.OTHER and not wish.note):
            return Refused(NotDone.NO_WORDS)
    return None


def changes_nothing(wish: Wish, state: State, by: Done | None) -> bool:
    """Whether it is so already: a button pressed twice."""
    if wish.act is Act.TAKE:
        return state is State.TAKEN and by is not None and by.who == wish.who
    return wish.act is Act.LEAVE and state is State.OPEN
