"""The page キオスク: every kiosk as it stands, and claims that wait for one that does not report."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.access.staff_may import staff_may
from central.database.transaction import Database
from central.japan import clock_text, day_of
from central.kiosks import store
from central.kiosks.decide_claim import Decision, NotDecided, decide_claim
from central.kiosks.read_kiosks import MOST_LISTED, MOST_WAITING, claim_line, kiosk_line, waiting_lines
from central.kiosks.settings.pages import add_settings_pages
from central.kiosks.words import STATES, WHYS
from central.words.words import words_for

MAX_REASON = 100
NO_REASON = "理由を書いてください。名前は書かないでください。 / Write why, without names."


def kiosk_pages(database: Database, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("kiosks", __name__, url_prefix="/kiosks", template_folder="templates")

    def page(refusal: str = "") -> str:
        at = now()
        with database.read() as connection:
            lines = [kiosk_line(connection, each, at) for each in store.all_kiosks(connection, day_of(at))]
            waiting = waiting_lines(connection, at)
        return render_template(
            "kiosks/kiosks.html",
            lines=lines,
            waiting=waiting[:MOST_WAITING],
            waiting_in_all=len(waiting),
            refusal=refusal,
            may_decide=staff_may("kiosks.decide"),
            may_grant=staff_may("point_lists.new"),
            most_listed=MOST_LISTED,
            most_reason=MAX_REASON,
        )

    @pages.get("")
    def kiosks() -> str:
        return page()

    @pages.get("/claims/<int:claim_id>")
    def claim(claim_id: int) -> str:
        with database.read() as connection:
            line = claim_line(connection, claim_id, now()) if claim_id < 2**63 else None
        if line is None:
            abort(HTTPStatus.NOT_FOUND)
        state, tone = STATES[line.claim.state]
        return render_template(
            "kiosks/claim.html",
            line=line,
            state=state,
            tone=tone,
            why=words_for(WHYS, line.claim.why) if line.claim.why else None,
            made=clock_text(line.claim.name.moment, day_of(now())) if line.claim.knows_moment else "",
            may_decide=staff_may("kiosks.decide"),
            may_ask=staff_may("inquiries.new"),
            most_reason=MAX_REASON,
        )

    @pages.post("/claims/<int:claim_id>")
    def decide(claim_id: int) -> ResponseReturnValue:
        form = request.form
        try:
            decision = Decision(form.get("decision", ""))
        except ValueError:
            abort(HTTPStatus.UNPROCESSABLE_ENTITY)
        reason = form.get("why", "").strip()[:MAX_REASON]
        if not reason:
            return page(NO_REASON), HTTPStatus.UNPROCESSABLE_ENTITY
        with database.write() as connection:
            done = decide_claim(connection, claim_id, form.get("member", ""), decision, now())
            if not isinstance(done, NotDecided):
                detail: dict[str, str | int] = {
                    "kiosk": done.name.device,
                    "code": f"{done.name.number}-{done.name.moment}",
                    "points": done.points,
                    "note": reason,
                }
                staff_did(connection, f"claim-{decision}", f"member:{done.member}", detail, now())
        if isinstance(done, NotDecided):
            return page(str(done)), HTTPStatus.CONFLICT
        return redirect(url_for("kiosks.kiosks") + "#waiting", HTTPStatus.SEE_OTHER)

    add_settings_pages(pages, database, now)
    return pages
