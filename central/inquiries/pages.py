"""The pages 問い合わせ: what people have asked, one inquiry with all that was said, and writing it down."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from http import HTTPStatus

from flask import (
    Blueprint,
    Response,
    abort,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue

from central.access.staff_may import staff_may
from central.access.store import all_roles
from central.access.who import staff
from central.database.transaction import Connection, Database
from central.inquiries import store
from central.inquiries.csv_export import inquiries_csv
from central.inquiries.inquiry import About, Note, NotWritten, Opening, State, Way
from central.inquiries.ties import choices_of
from central.inquiries.wanted import Wanted, read_wanted
from central.inquiries.words import ABOUTS, FORGOTTEN, NOT_WRITTEN, STATES, TIES, TONES, WAYS, WRONG_FORM
from central.inquiries.write_inquiry import MAX_CALLER, MAX_NEXT, MAX_SAID, follow_up, open_inquiry
from central.japan import clock_text, day_of
from central.members.register_member import profile_of
from central.words.paging import clean, page_of
from central.words.words import Words

ROWS = 50
FOUND = 100
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_NO_DATE = "日付は 2026-10-01 の形で指定してください。 / Give a date like 2026-10-01."


def inquiry_pages(database: Database, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("inquiries", __name__, url_prefix="/inquiries", template_folder="templates")
    pages.context_processor(
        lambda: {
            "may": staff_may,
            "new_id": lambda: secrets.token_hex(8),
            "at": lambda wall: clock_text(wall, day_of(now())),
            "ways": WAYS,
            "abouts": ABOUTS,
            "states": STATES,
            "tones": TONES,
            "ties": TIES,
            "forgotten": FORGOTTEN,
            "most": (MAX_CALLER, MAX_SAID, MAX_NEXT),
        }
    )
    _add_looking(pages, database)
    _add_writing(pages, database, now)
    return pages


def _add_looking(pages: Blueprint, database: Database) -> None:
    @pages.get("", endpoint="inquiries")
    def listed() -> str:
        wanted = _asked()
        with database.read() as connection:
            page = page_of(wanted.page, store.count_inquiries(connection, wanted), ROWS)
            found = store.list_inquiries(connection, wanted, ROWS, (page.number - 1) * ROWS)
            return render_template(
                "inquiries/list.html",
                wanted=wanted,
                found=found,
                page=page,
                names=_names(connection, [each.member for each in found]),
                staff=_staff(connection),
                here=lambda **changes: url_for("inquiries.inquiries", **wanted.query(**changes)),
                csv=url_for("inquiries.file", **wanted.query(page=1)),
            )

    # Not by the address: a name would stand in logs.
    @pages.post("/find")
    def find() -> str:
        text = clean(request.form.get("q", ""))
        with database.read() as connection:
            found = store.search_inquiries(connection, text, FOUND) if text else []
            return render_template(
                "inquiries/list.html",
                wanted=Wanted(),
                found=found,
                page=page_of(1, len(found), FOUND),
                names=_names(connection, [each.member for each in found]),
                staff=_staff(connection),
                q=text,
                searched=True,
            )

    @pages.get("/list.csv")
    def file() -> Response:
        wanted = _asked()

        def stream() -> Iterator[str]:
            with database.read() as connection:
                yield from inquiries_csv(connection, wanted)

        answer = Response(stream_with_context(stream()), mimetype="text/csv")
        answer.headers["Content-Disposition"] = "attachment; filename=inquiries.csv"
        return answer


def _add_writing(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    def form_page(refusal: Words = ("", "")) -> str:
        member = clean(request.values.get("member", ""))
        with database.read() as connection:
            profile = profile_of(connection, member) if member else None
            choices = choices_of(connection, member, now()) if profile else []
            tie = request.values.get("tie", "")
            return render_template(
                "inquiries/new.html",
                member=member,
                profile=profile,
                choices=choices,
                tie=tie,
                staff=_staff(connection),
                typed=request.form,
                refusal=refusal,
            )

    def one_page(inquiry: int, refusal: Words = ("", "")) -> str:
        with database.read() as connection:
            found = store.find_inquiry(connection, inquiry)
            if found is None:
                abort(HTTPStatus.NOT_FOUND, " / ".join(NOT_WRITTEN[NotWritten.NO_INQUIRY]))
            return render_template(
                "inquiries/one.html",
                found=found,
                notes=store.notes_of(connection, inquiry),
                name=_names(connection, [found.member]).get(found.member, ""),
                staff=_staff(connection),
                typed=request.form,
                refusal=refusal,
            )

    @pages.get("/new")
    def new() -> str:
        return form_page()

    @pages.post("/new", endpoint="write")
    def written() -> ResponseReturnValue:
        opening, command = _opening(), _command()
        if isinstance(opening, NotWritten):
            return form_page(NOT_WRITTEN[opening]), HTTPStatus.UNPROCESSABLE_ENTITY
        with database.write() as connection:
            number = open_inquiry(connection, opening, command, staff().name, now())
        if isinstance(number, NotWritten):
            return form_page(NOT_WRITTEN[number]), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("inquiries.inquiry", inquiry=number), HTTPStatus.SEE_OTHER)

    @pages.get("/<int:inquiry>")
    def inquiry(inquiry: int) -> str:
        return one_page(inquiry)

    @pages.post("/<int:inquiry>", endpoint="follow")
    def followed(inquiry: int) -> ResponseReturnValue:
        note, command = _note(), _command()
        if isinstance(note, NotWritten):
            return one_page(inquiry, NOT_WRITTEN[note]), HTTPStatus.UNPROCESSABLE_ENTITY
        with database.write() as connection:
            done = follow_up(connection, inquiry, note, command, staff().name, now())
        if isinstance(done, NotWritten):
            return one_page(inquiry, NOT_WRITTEN[done]), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("inquiries.inquiry", inquiry=done), HTTPStatus.SEE_OTHER)


def _asked() -> Wanted:
    wanted = read_wanted(request.args)
    if wanted is None:
        abort(HTTPStatus.BAD_REQUEST, _NO_DATE)
    return wanted


def _opening() -> Opening | NotWritten:
    form, note = request.form, _note()
    way, about = form.get("way", ""), form.get("about", "")
    if isinstance(note, NotWritten):
        return note
    if way not in set(Way) or about not in set(About):
        return NotWritten.NO_CHOICE
    return Opening(
        Way(way), About(about), clean(form.get("member", "")), _text("caller"), form.get("tie", ""), note
    )


def _note() -> Note | NotWritten:
    state = request.form.get("state", "")
    if state not in set(State):
        return NotWritten.NO_CHOICE
    return Note(State(state), _text("said"), _text("next"), _text("by"))


def _text(name: str) -> str:
    return _CONTROLS.sub("", request.form.get(name, "")).strip()


def _command() -> str:
    made = request.form.get("id", "")
    if not (8 <= len(made) <= 64 and made.isascii() and made.isalnum()):
        abort(HTTPStatus.UNPROCESSABLE_ENTITY, WRONG_FORM)
    return made


def _names(connection: Connection, members: list[str]) -> dict[str, str]:
    found = {member: profile_of(connection, member) for member in set(members) if member}
    return {member: profile.name for member, profile in found.items() if profile}


def _staff(connection: Connection) -> list[str]:
    return [name for name, role in all_roles(connection).items() if role]
