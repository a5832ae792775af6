"""The page 端末の証明書: every machine with its certificate, codes for new ones, and revoking what was lost."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_may import staff_may
from central.access.who import staff
from central.database.transaction import Database
from central.devices.register_device import DeviceKind
from central.enrolment.authority import open_authority
from central.enrolment.enrol_unit import NoCode, make_code, revoke_unit
from central.enrolment.read_units import KINDS, standing, unit_lines, waiting_codes
from central.japan import clock_text, day_of
from rules.messages.enrolment import CODE_LIFE_S, SECRET_BYTES

MAX_REASON = 100
NO_REASON = "理由を書いてください。名前は書かないでください。 / Write why, without names."
NO_AUTHORITY = (
    "端末の認証局がありません。保守担当が yukemuri-provision init で作ります。 / "
    "There is no authority for machines: whoever maintains the server makes it by yukemuri-provision init."
)


def unit_pages(database: Database, now: Callable[[], int], chance: Callable[[int], bytes]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds, `chance` so many bytes that nobody can guess."""
    pages = Blueprint("units", __name__, url_prefix="/units", template_folder="templates")
    data = database.path.parent

    def page(refusal: str = "") -> str:
        at, authority = now(), open_authority(data)
        with database.read() as connection:
            lines, codes = unit_lines(connection, at), waiting_codes(connection, at)
        return render_template(
            "units/units.html",
            lines=lines,
            codes=codes,
            standing=None if authority is None else standing(authority, at),
            kinds=KINDS,
            refusal=refusal,
            may_act=staff_may("units.code"),
            most_reason=MAX_REASON,
        )

    @pages.get("")
    def units() -> str:
        return page()

    @pages.post("/code")
    def code() -> ResponseReturnValue:
        at, authority, name = now(), open_authority(data), request.form.get("unit", "").strip()
        try:
            kind = DeviceKind(request.form.get("kind", ""))
        except ValueError:
            abort(HTTPStatus.UNPROCESSABLE_ENTITY)
        if authority is None:
            return page(NO_AUTHORITY), HTTPStatus.CONFLICT
        with database.write() as connection:
            made = make_code(
                connection, authority, chance(SECRET_BYTES), (name, kind), f"staff:{staff().name}", at
            )
        if isinstance(made, NoCode):
            return page(made), HTTPStatus.UNPROCESSABLE_ENTITY
        return render_template(
            "units/code.html",
            unit=name,
            kind=KINDS[kind],
            groups=made.text.split("-"),
            until=clock_text(at + CODE_LIFE_S, day_of(at)),
        )

    @pages.post("/<unit>/revoke")
    def revoke(unit: str) -> ResponseReturnValue:
        reason = request.form.get("why", "").strip()[:MAX_REASON]
        if not reason:
            return page(NO_REASON), HTTPStatus.UNPROCESSABLE_ENTITY
        with database.write() as connection:
            refused = revoke_unit(connection, unit, f"staff:{staff().name}", reason, now())
        if refused is not None:
            return page(refused), HTTPStatus.CONFLICT
        return redirect(url_for("units.units") + f"#unit-{unit}", HTTPStatus.SEE_OTHER)

    return pages
