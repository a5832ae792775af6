"""The pages of programmes. A change counts for what is given from then on; what was given keeps its expiry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.access.staff_may import staff_may
from central.access.who import staff
from central.database.transaction import Connection, Database
from central.japan import stamp_text
from central.programmes import store
from central.programmes.keep_programmes import (
    Kept,
    Why,
    add_programme,
    approve_budget,
    change_programme,
    close_programme,
    find_programme,
    programmes,
)
from central.programmes.programme_text import ProgrammeWrong, programme_fields, read_programme
from central.set_up.programmes.read_form import Changed, differences, form_of, read_programme_form, value_text
from central.set_up.programmes.words import (
    CHANGED,
    EXPIRY,
    FIELDS,
    LEGAL,
    NO_AMOUNT,
    NO_WHY,
    NOT_PROLONGED,
    NOT_SEEN,
    ORIGINS,
    SAME,
    WHAT,
    WHY,
    WRONG,
)
from central.set_up.rules.read_form import read_number
from rules.ledger.programmes import NotProlonged, Programme, changed

MAX_WHY = 200
MAX_REFERENCE = 100


def programme_pages(database: Database, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("programmes", __name__, url_prefix="/set-up/programmes")
    desk = _Desk(database, now)
    pages.add_url_rule("", "programmes", desk.every)
    pages.add_url_rule("", "add", desk.add, methods=["POST"])
    pages.add_url_rule("/<programme_id>", "programme", desk.one)
    for what, view in (
        ("look", desk.look),
        ("change", desk.change),
        ("budget", desk.budget),
        ("close", desk.close),
    ):
        pages.add_url_rule(f"/<programme_id>/{what}", what, view, methods=["POST"])
    return pages


@dataclass(frozen=True, slots=True)
class _Desk:
    database: Database
    now: Callable[[], int]

    def every(self) -> str:
        return self._list()

    def add(self) -> ResponseReturnValue:
        """A new one."""
        try:
            wanted = read_programme_form(request.form, None)
        except ProgrammeWrong as wrong:
            return self._list(WRONG, str(wrong)), HTTPStatus.UNPROCESSABLE_ENTITY
        if not _why():
            return self._list(NO_WHY), HTTPStatus.UNPROCESSABLE_ENTITY
        with self.database.write() as connection:
            refused = add_programme(connection, wanted, staff().name, self.now(), _why())
            if refused is None:
                staff_did(
                    connection, "programme-added", f"programme:{wanted.id}", {"why": _why()}, self.now()
                )
        if refused is not None:
            return self._list(WHY[refused]), HTTPStatus.UNPROCESSABLE_ENTITY
        return _to(wanted.id)

    def one(self, programme_id: str) -> str:
        return self._show(programme_id)

    def look(self, programme_id: str) -> ResponseReturnValue:
        """What a change would do."""
        with self.database.read() as connection:
            found = _changes(_known(connection, programme_id))
        if isinstance(found, _Refused):
            return self._show(programme_id, found.words, found.detail), HTTPStatus.UNPROCESSABLE_ENTITY
        return self._show(programme_id, found=found[1])

    def change(self, programme_id: str) -> ResponseReturnValue:
        """Make the change that was shown."""
        shown: list[Changed] = []
        with self.database.write() as connection:
            found = _changes(_known(connection, programme_id))
            if isinstance(found, _Refused):
                refused = found
            elif request.form.get("version") != _version(connection, programme_id):
                refused = _Refused(CHANGED)
            elif any(each.loosens for each in found[1]) and not request.form.get("seen"):
                refused, shown = _Refused(NOT_SEEN), found[1]
            else:
                refused = None
                why = change_programme(connection, found[0], staff().name, self.now(), _why())
                assert why is None, "it is open: that was looked at in this transaction"
                detail: dict[str, str | int] = {
                    each.name[1]: f"{each.before} > {each.after}" for each in found[1]
                }
                about = f"programme:{programme_id}"
                staff_did(connection, "programme-changed", about, detail | {"why": _why()}, self.now())
        if refused is not None:
            page = self._show(programme_id, refused.words, refused.detail, shown)
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
        return _to(programme_id)

    def budget(self, programme_id: str) -> ResponseReturnValue:
        """Approve that so much more may be given away."""
        amount = read_number(request.form.get("amount", ""))
        reference = request.form.get("reference", "").strip()
        if not amount or not 0 < len(reference) <= MAX_REFERENCE:
            return self._show(programme_id, NO_AMOUNT), HTTPStatus.UNPROCESSABLE_ENTITY
        with self.database.write() as connection:
            _known(connection, programme_id)
            refused = approve_budget(connection, programme_id, amount, reference, staff().name, self.now())
            if refused is None:
                detail: dict[str, str | int] = {"amount": amount, "reference": reference}
                staff_did(connection, "budget-approved", f"programme:{programme_id}", detail, self.now())
        return self._answer(programme_id, refused)

    def close(self, programme_id: str) -> ResponseReturnValue:
        """Give no more, at once."""
        if not _why():
            return self._show(programme_id, NO_WHY), HTTPStatus.UNPROCESSABLE_ENTITY
        with self.database.write() as connection:
            _known(connection, programme_id)
            refused = close_programme(connection, programme_id, staff().name, self.now(), _why())
            if refused is None:
                about = f"programme:{programme_id}"
                staff_did(connection, "programme-closed", about, {"why": _why()}, self.now())
        return self._answer(programme_id, refused)

    def _answer(self, programme_id: str, refused: Why | None) -> ResponseReturnValue:
        if refused is not None:
            return self._show(programme_id, WHY[refused]), HTTPStatus.UNPROCESSABLE_ENTITY
        return _to(programme_id)

    def _list(self, refusal: str = "", detail: str = "") -> str:
        with self.database.read() as connection:
            found = [
                {
                    "kept": kept,
                    "approved": store.approved(connection, name)[1],
                    "said": _said(kept.programme),
                }
                for name, kept in programmes(connection).items()
            ]
        typed = request.form or {"legal": "given", "origin": "free", "expiry": "none"}
        return render_template("set_up/programmes.html", found=found, **_page(refusal, detail, typed))

    def _show(
        self, programme_id: str, refusal: str = "", detail: str = "", found: list[Changed] | None = None
    ) -> str:
        with self.database.read() as connection:
            kept = _known(connection, programme_id)
            history = store.changes(connection, programme_id)
            approvals = store.approvals(connection, programme_id)
            version = _version(connection, programme_id)
        return render_template(
            "set_up/programme.html",
            kept=kept,
            said=_said(kept.programme),
            history=_lines(history),
            approvals=[(each, stamp_text(each.at)[:16]) for each in approvals],
            approved=sum(each.amount for each in approvals),
            version=version,
            found=found or [],
            most_reference=MAX_REFERENCE,
            **_page(refusal, detail, request.form if "title_ja" in request.form else form_of(kept.programme)),
        )


@dataclass(frozen=True, slots=True)
class _Refused:
    """Why not, and what is wrong line by line."""

    words: str
    detail: str = ""


def _changes(kept: Kept) -> tuple[Programme, list[Changed]] | _Refused:
    """What the form makes of a programme."""
    if kept.closed:
        return _Refused(WHY[Why.CLOSED])
    try:
        wanted = changed(kept.programme, read_programme_form(request.form, kept.programme))
    except ProgrammeWrong as wrong:
        return _Refused(WRONG, str(wrong))
    except NotProlonged:
        return _Refused(NOT_PROLONGED)
    if not _why():
        return _Refused(NO_WHY)
    found = differences(kept.programme, wanted)
    return (wanted, found) if found else _Refused(SAME)


def _page(refusal: str, detail: str, typed: Any) -> dict[str, Any]:
    return {
        "refusal": refusal,
        "detail": detail,
        "typed": typed,
        "why": request.form.get("why", ""),
        "legal": LEGAL,
        "origins": ORIGINS,
        "expiries": EXPIRY,
        "most_why": MAX_WHY,
        "may_change": staff_may("programmes.add"),
    }


def _said(programme: Programme) -> list[tuple[tuple[str, str], str]]:
    fields = programme_fields(programme)
    return [(words, value_text(name, fields[name])) for name, words in FIELDS.items()]


def _lines(history: list[store.Change]) -> list[dict[str, Any]]:
    """Every change with what it changed, the newest first."""
    return [
        {
            "change": each,
            "what": WHAT[each.what],
            "made": stamp_text(each.at)[:16],
            "was": _was(history, place),
        }
        for place, each in enumerate(history)
    ][::-1]


def _was(history: list[store.Change], place: int) -> list[Changed]:
    if place == 0:
        return []
    before, after = (read_programme(history[each].content) for each in (place - 1, place))
    return differences(before, after)


def _version(connection: Connection, programme_id: str) -> str:
    return str(len(store.changes(connection, programme_id)))


def _known(connection: Connection, programme_id: str) -> Kept:
    kept = find_programme(connection, programme_id)
    if kept is None:
        abort(HTTPStatus.NOT_FOUND)
    return kept


def _why() -> str:
    """The reason; "" for none that can be kept."""
    why = request.form.get("why", "").strip()
    return why if len(why) <= MAX_WHY else ""


def _to(programme_id: str) -> ResponseReturnValue:
    return redirect(url_for("programmes.programme", programme_id=programme_id, saved=1), HTTPStatus.SEE_OTHER)
