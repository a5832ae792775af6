"""The pages of programmes. A change counts for what is given from its day on; what was given keeps its expiry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.access.staff_may import staff_may
from central.access.who import staff
from central.database.transaction import Connection, Database
from central.japan import LAST_DAY, day_of, parse_day, stamp_text
from central.programmes import store
from central.programmes.in_force import Kept
from central.programmes.keep_programmes import (
    FURTHEST,
    MAX_WHY,
    Difference,
    ProgrammeWanted,
    Why,
    add_programme,
    approve_budget,
    change_programme,
    close_programme,
    find_programme,
    look_at_change,
    lower_budget,
    programmes,
    withdraw_change,
)
from central.programmes.programme_text import ProgrammeWrong, programme_fields
from central.set_up.programmes.change_lines import history_lines, shown_difference
from central.set_up.programmes.read_form import differences, form_of, read_programme_form, value_text
from central.set_up.programmes.words import (
    CHANGED,
    EXPIRY,
    FIELDS,
    LEGAL,
    NO_AMOUNT,
    NO_DAY,
    NO_WHY,
    NOT_SEEN,
    ORIGINS,
    WHY,
    WRONG,
)
from central.set_up.rules.read_form import read_number
from rules.ledger.programmes import Programme

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
    pages.add_url_rule("/changes/<int:change_id>/withdraw", "withdraw", desk.withdraw, methods=["POST"])
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
            wanted = self._wanted(connection, programme_id)
            found = wanted if isinstance(wanted, _Refused) else self._looked(connection, wanted)
        if isinstance(found, _Refused):
            return self._show(programme_id, found.words, found.detail), HTTPStatus.UNPROCESSABLE_ENTITY
        return self._show(programme_id, found=found)

    def change(self, programme_id: str) -> ResponseReturnValue:
        """Make the change that was shown."""
        shown: Difference | None = None
        with self.database.write() as connection:
            wanted = self._wanted(connection, programme_id)
            if isinstance(wanted, _Refused):
                found: Difference | _Refused = wanted
            elif request.form.get("version") != _version(connection, programme_id):
                found = _Refused(CHANGED)
            else:
                found = self._looked(connection, wanted)
                if isinstance(found, Difference) and _loosens(found) and not request.form.get("seen"):
                    shown, found = found, _Refused(NOT_SEEN)
                elif isinstance(found, Difference):
                    change_programme(connection, wanted, self.now())
                    _tell_change(connection, found, self.now())
        if isinstance(found, _Refused):
            page = self._show(programme_id, found.words, found.detail, shown)
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
        return _to(programme_id)

    def withdraw(self, change_id: int) -> ResponseReturnValue:
        """Take back a change whose day has not come."""
        with self.database.write() as connection:
            programme_id = store.programme_of(connection, change_id)
            if programme_id is None:
                abort(HTTPStatus.NOT_FOUND)
            at = self.now()
            refused = withdraw_change(connection, change_id, staff().name, request.form.get("why", ""), at)
            if refused is None:
                detail: dict[str, str | int] = {"change": change_id, "why": _why()}
                staff_did(connection, "programme-withdrawn", f"programme:{programme_id}", detail, at)
        return self._answer(programme_id, refused, "withdrawn")

    def budget(self, programme_id: str) -> ResponseReturnValue:
        """Approve that so much more, or less, may be given away."""
        amount = read_number(request.form.get("amount", ""))
        reference = request.form.get("reference", "").strip()
        decide, done = (
            (lower_budget, "budget-lowered")
            if request.form.get("which") == "less"
            else (approve_budget, "budget-approved")
        )
        if not amount or not 0 < len(reference) <= MAX_REFERENCE:
            return self._show(programme_id, NO_AMOUNT), HTTPStatus.UNPROCESSABLE_ENTITY
        with self.database.write() as connection:
            self._known(connection, programme_id)
            refused = decide(connection, programme_id, amount, reference, staff().name, self.now())
            if refused is None:
                detail: dict[str, str | int] = {"amount": amount, "reference": reference}
                staff_did(connection, done, f"programme:{programme_id}", detail, self.now())
        return self._answer(programme_id, refused)

    def close(self, programme_id: str) -> ResponseReturnValue:
        """Give no more, at once."""
        if not _why():
            return self._show(programme_id, NO_WHY), HTTPStatus.UNPROCESSABLE_ENTITY
        with self.database.write() as connection:
            self._known(connection, programme_id)
            refused = close_programme(connection, programme_id, staff().name, self.now(), _why())
            if refused is None:
                about = f"programme:{programme_id}"
                staff_did(connection, "programme-closed", about, {"why": _why()}, self.now())
        return self._answer(programme_id, refused)

    def _answer(self, programme_id: str, refused: Why | None, done: str = "saved") -> ResponseReturnValue:
        if refused is not None:
            return self._show(programme_id, WHY[refused]), HTTPStatus.UNPROCESSABLE_ENTITY
        return _to(programme_id, done)

    def _list(self, refusal: str = "", detail: str = "") -> str:
        with self.database.read() as connection:
            found = [
                {
                    "kept": kept,
                    "approved": store.approved(connection, name)[1],
                    "said": _said(kept.programme),
                }
                for name, kept in programmes(connection, day_of(self.now())).items()
            ]
        typed = request.form or {"legal": "given", "origin": "free", "expiry": "none"}
        return render_template("set_up/programmes.html", found=found, **_page(refusal, detail, typed))

    def _show(
        self, programme_id: str, refusal: str = "", detail: str = "", found: Difference | None = None
    ) -> str:
        today = day_of(self.now())
        with self.database.read() as connection:
            kept, planned = self._known(connection, programme_id)
            history = store.changes(connection, programme_id)
            approvals = store.approvals(connection, programme_id)
            version = _version(connection, programme_id)
        return render_template(
            "set_up/programme.html",
            kept=kept,
            said=_said(kept.programme),
            history=history_lines(programme_id, history, today),
            approvals=[(each, stamp_text(each.at)[:16]) for each in approvals],
            approved=sum(each.amount for each in approvals),
            version=version,
            found=found and shown_difference(found),
            loosens=found is not None and _loosens(found),
            tomorrow=today + timedelta(days=1),
            furthest=today + FURTHEST,
            most_reference=MAX_REFERENCE,
            done=request.args.get("done", ""),
            **_page(
                refusal, detail, request.form if "title_ja" in request.form else form_of(planned.programme)
            ),
        )

    def _known(self, connection: Connection, programme_id: str) -> tuple[Kept, Kept]:
        """As it is today, and as it is once all that is planned has come."""
        kept = find_programme(connection, programme_id, day_of(self.now()))
        planned = find_programme(connection, programme_id, LAST_DAY)
        if kept is None or planned is None:
            abort(HTTPStatus.NOT_FOUND)
        return kept, planned

    def _looked(self, connection: Connection, wanted: ProgrammeWanted) -> Difference | _Refused:
        found = look_at_change(connection, wanted, self.now())
        return _Refused(WHY[found]) if isinstance(found, Why) else found

    def _wanted(self, connection: Connection, programme_id: str) -> ProgrammeWanted | _Refused:
        """What the form says anew: whatever in it is not as in the form that was handed out."""
        kept, planned = self._known(connection, programme_id)
        if kept.closed:
            return _Refused(WHY[Why.CLOSED])
        try:
            wanted = read_programme_form(request.form, planned.programme)
        except ProgrammeWrong as wrong:
            return _Refused(WRONG, str(wrong))
        day = parse_day(request.form.get("from_day", ""))
        if day is None:
            return _Refused(NO_DAY)
        if not _why():
            return _Refused(NO_WHY)
        before, after = programme_fields(planned.programme), programme_fields(wanted)
        fields = {name: value for name, value in after.items() if value != before[name]}
        return ProgrammeWanted(programme_id, fields, day, staff().name, _why())


@dataclass(frozen=True, slots=True)
class _Refused:
    """Why not, and what is wrong line by line."""

    words: str
    detail: str = ""


def _loosens(found: Difference) -> bool:
    return any(each.loosens for each in differences(found.before, found.after))


def _tell_change(connection: Connection, found: Difference, now: int) -> None:
    detail: dict[str, str | int] = {
        each.name[1]: f"{each.before} > {each.after}" for each in differences(found.before, found.after)
    }
    about = f"programme:{found.after.id}"
    detail |= {"from": found.from_day.isoformat(), "why": _why()}
    staff_did(connection, "programme-changed", about, detail, now)


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


def _version(connection: Connection, programme_id: str) -> str:
    """Another one after every change and withdrawal."""
    changes = store.changes(connection, programme_id)
    return f"{len(changes)}-{sum(each.withdrawn is not None for each in changes)}"


def _why() -> str:
    """The reason; "" for none that can be kept."""
    why = request.form.get("why", "").strip()
    return why if len(why) <= MAX_WHY else ""


def _to(programme_id: str, done: str = "saved") -> ResponseReturnValue:
    page = url_for("programmes.programme", programme_id=programme_id, done=done)
    return redirect(page, HTTPStatus.SEE_OTHER)
