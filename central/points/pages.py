"""The page 名簿でポイント: a list of participants, looked at before anything is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from central.access.who import staff
from central.database.transaction import Connection, Database
from central.japan import day_of
from central.members.store import find_profile
from central.points.grant_list import NOT_GIVEN, Done, ListWrong, grant_list, read_list, sums_of
from central.points.grant_points import NotGiven
from central.programmes.keep_programmes import programmes

NOT_UTF8 = "ファイルが読めません。UTF-8（CSV UTF-8）で保存してください。 / Save the file as UTF-8."
BAD_AMOUNT = "ポイントは1以上の整数で書いてください。 / Points are a whole number above zero."
BAD_EVENT = (
    "行事の番号は、英小文字・数字・ハイフンで40字までです。 / "
    "An event's id has small letters, digits and hyphens, 40 at most."
)


class _OnlyLooked(Exception):
    """Nothing of it is to stay."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the form says; `amount` is None where each line has its own."""

    programme: str
    event: str
    amount: int | None
    text: str


def point_list_pages(database: Database, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("point_lists", __name__, url_prefix="/points/list", template_folder="templates")

    def page(**more: Any) -> str:
        with database.read() as connection:
            today = programmes(connection, day_of(now()))
        open_ones = [each.programme for each in today.values() if not each.closed]
        return render_template("points/list.html", programmes=open_ones, typed=request.form, **more)

    def answered(*, gives: bool) -> ResponseReturnValue:
        try:
            asked = _asked()
            lines = read_list(asked.text, asked.amount)
            with database.write() as connection:
                done = grant_list(connection, asked.programme, asked.event, lines, staff().name, now())
                names = _names(connection, done)
                if not gives:
                    raise _OnlyLooked
        except _OnlyLooked:
            pass
        except ListWrong as wrong:
            return page(problems=wrong.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except ValueError:
            return page(problems=[BAD_EVENT]), HTTPStatus.UNPROCESSABLE_ENTITY
        return page(asked=asked, rows=[_row(each, names) for each in done], sums=sums_of(done), given=gives)

    @pages.get("")
    def new() -> str:
        return page()

    @pages.post("/look")
    def look() -> ResponseReturnValue:
        return answered(gives=False)

    @pages.post("")
    def give() -> ResponseReturnValue:
        return answered(gives=True)

    return pages


def _asked() -> _Asked:
    """Raises ListWrong."""
    form, file = request.form, request.files.get("file")
    text, typed = form.get("text", ""), form.get("amount", "").strip()
    if file is not None and file.filename:
        try:
            text = file.read().decode("utf-8")
        except UnicodeDecodeError:
            raise ListWrong([NOT_UTF8]) from None
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= 9 and int(typed)):
        raise ListWrong([BAD_AMOUNT])
    return _Asked(
        form.get("programme", ""), form.get("event", "").strip(), int(typed) if typed else None, text
    )


def _names(connection: Connection, done: list[Done]) -> dict[str, str]:
    found = {each.line.member: find_profile(connection, each.line.member) for each in done}
    return {member: profile.name for member, profile in found.items() if profile}


def _row(done: Done, names: dict[str, str]) -> dict[str, Any]:
    refused = NOT_GIVEN[done.answer] if isinstance(done.answer, NotGiven) else ""
    return {
        "line": done.line,
        "name": names.get(done.line.member, ""),
        "before": done.before,
        "refused": refused,
    }
