"""What a touch becomes: facts for the desk, or the sentence why not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kiosk import ports
from kiosk.ports import HideCode, OfferWanted, ShowAgain, Snapshot, StaffLeft, StaffPin, UndoLast
from rules.messages.events import OfferedBy
from rules.passes.point_code import MOST_PEOPLE

Form = Mapping[str, str]
LONGEST = 9
"""Digits of a number."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a touch changes nothing, for whoever stands there; `sentence` has its readings, as in `words.py`."""

    sentence: str
    english: str


Touch = Callable[[Snapshot, Form], tuple[ports.Touch, ...] | Refused]
OLD_PAGE = Refused(
    "{画面|がめん}が{変|か}わりました。もう{一度|いちど}えらんでください。",
    "The screen has changed. Please choose again.",
)


def offer(snapshot: Snapshot, form: Form) -> tuple[ports.Touch, ...] | Refused:
    """Make a code: `visit` and `count`. On the staff's page it is theirs, and the page gives way to the code."""
    visit, count = _number(form, "visit"), _number(form, "count")
    if visit not in {each.id for each in snapshot.visits} or not 1 <= count <= MOST_PEOPLE:
        return OLD_PAGE
    if snapshot.staff:
        return OfferWanted(visit, count, OfferedBy.STAFF), StaffLeft()
    return (OfferWanted(visit, count),)


def again(snapshot: Snapshot, form: Form) -> tuple[ports.Touch, ...] | Refused:
    """もう一度表示: bring code `number` back, if the desk still can. The staff's page gives way to it."""
    number = _number(form, "number")
    if number < 0:
        return OLD_PAGE
    return (ShowAgain(number), StaffLeft()) if snapshot.staff else (ShowAgain(number),)


def hide(snapshot: Snapshot, form: Form) -> tuple[ports.Touch, ...] | Refused:
    """Take code `number` off the screen."""
    number = _number(form, "number")
    return (HideCode(number),) if number in {code.number for code in snapshot.codes} else OLD_PAGE


def staff_pin(snapshot: Snapshot, form: Form) -> tuple[ports.Touch, ...] | Refused:  # noqa: ARG001 - all are called alike
    """Staff want their page: `pin`."""
    return (StaffPin(form.get("pin", "")[:LONGEST]),)


def staff_leave(snapshot: Snapshot, form: Form) -> tuple[ports.Touch, ...] | Refused:  # noqa: ARG001
    """Staff close their page."""
    return (StaffLeft(),)


def staff_undo(snapshot: Snapshot, form: Form) -> tuple[ports.Touch, ...] | Refused:
    """Staff take back `number`, which was the last when they looked."""
    number = _number(form, "number")
    return (UndoLast(number),) if snapshot.staff and number >= 0 else OLD_PAGE


TOUCHES: dict[str, Touch] = {
    "/offer": offer,
    "/again": again,
    "/hide": hide,
    "/staff/pin": staff_pin,
    "/staff/leave": staff_leave,
    "/staff/undo": staff_undo,
}
"""What each path of the page's server takes by POST."""


def _number(form: Form, name: str) -> int:
    """A whole number that is not below zero; -1 for anything else."""
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else -1
