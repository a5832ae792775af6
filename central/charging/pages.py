"""Charging by card on the web: the gateway's webhook, the practice gateway's page, and how it stands for staff."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.who import member
from central.charging import store
from central.charging.gateway import Gateway, Mode, Unread
from central.charging.practice_gateway import PracticeGateway
from central.charging.receipt import receipt_of
from central.charging.store import Asked
from central.charging.take_event import take_event
from central.charging.words import INCIDENTS, KINDS, MODES, PRACTICE, STATES, cause_words
from central.database.transaction import Connection, Database
from central.japan import clock_text, day_of, stamp_text
from rules.charging.standing import State

MAX_EVENT_BYTES = 64 * 1024
"""Of one body at the webhook. Stripe's events are a few kilobytes."""
SHOWN = 100
SIGNATURE = "Stripe-Signature"
TONES = {State.DISPUTED: "bad", State.LOST: "bad", State.PAID: "good", State.REFUNDED: "warn"}


def charging_pages(database: Database, gateway: Gateway, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("charging", __name__, url_prefix="/charging", template_folder="templates")
    pages.context_processor(lambda: {"practice_words": PRACTICE})

    @pages.post("/webhook")
    def webhook() -> ResponseReturnValue:
        request.max_content_length = MAX_EVENT_BYTES
        # The bytes as they came: the signature is over them, not over what they say.
        body = request.get_data(cache=False)
        taken = take_event(database, gateway, body, request.headers.get(SIGNATURE, ""), now())
        # An Unread is none of the gateway's words; for its own, "no" would only bring the same again for days.
        status = HTTPStatus.BAD_REQUEST if isinstance(taken, Unread) else HTTPStatus.OK
        return str(taken), status, {"Content-Type": "text/plain; charset=utf-8"}

    @pages.get("")
    def overview() -> str:
        with database.read() as connection:
            return render_template("charging/overview.html", **_overview(connection, gateway.mode, now()))

    @pages.get("/<charge_id>")
    def charge(charge_id: str) -> str:
        with database.read() as connection:
            asked = store.find_charge(connection, charge_id)
            if asked is None:
                abort(HTTPStatus.NOT_FOUND)
            return render_template("charging/charge.html", **_charge(connection, asked, now()))

    if isinstance(gateway, PracticeGateway):
        _add_practice(pages, database, gateway, now)
    return pages


def _add_practice(
    pages: Blueprint,
    database: Database,
    gateway: PracticeGateway,
    now: Callable[[], int],
) -> None:
    """The page that stands for a card's: buttons in place of a card's number."""

    def asked_of(charge_id: str) -> tuple[Asked, State]:
        with database.read() as connection:
            asked = store.find_charge(connection, charge_id)
            if asked is None or asked.charge.mode != gateway.mode or asked.charge.member != member().member:
                abort(HTTPStatus.NOT_FOUND)
            return asked, store.states_of(connection, charge_id)[-1].state

    @pages.get("/practice/<charge_id>")
    def practice(charge_id: str) -> str:
        asked, state = asked_of(charge_id)
        return render_template(
            "charging/practice.html", charge=asked.charge, state=state, words=STATES[state]
        )

    @pages.post("/practice/<charge_id>/<any(pay, give_up):what>")
    def practised(charge_id: str, what: str) -> ResponseReturnValue:
        asked, _ = asked_of(charge_id)
        make = gateway.paid if what == "pay" else gateway.given_up
        # The same way in as the real gateway's events.
        take_event(database, gateway, *make(asked.charge, now()), now())
        return redirect(url_for("charging.practice", charge_id=charge_id), HTTPStatus.SEE_OTHER)


def _overview(connection: Connection, mode: Mode, now: int) -> dict[str, Any]:
    today = day_of(now)
    switch = store.find_switch(connection)
    counts = store.count_states(connection)
    incidents = store.open_incidents(connection, SHOWN)
    return {
        "mode": MODES[mode],
        "is_practice": mode.is_practice,
        "switch": switch,
        "is_on": switch is None or switch.is_on,
        "switched": "" if switch is None else clock_text(switch.at, today),
        "counts": [(STATES[state], *counts[state]) for state in STATES if state in counts],
        "incidents": [
            (
                each,
                *_incident_words(each.what),
                clock_text(each.first_at, today),
                clock_text(each.last_at, today),
            )
            for each in incidents
        ],
        "charges": [
            (
                each.charge,
                Mode(each.charge.mode),
                STATES[state],
                TONES.get(state, ""),
                clock_text(each.asked_at, today),
            )
            for each, state in store.latest_charges(connection, SHOWN)
        ],
    }


def _charge(connection: Connection, asked: Asked, now: int) -> dict[str, Any]:
    charge, today = asked.charge, day_of(now)
    states = store.states_of(connection, charge.id)
    paid_at = next((each.at for each in states if each.paid), None)
    return {
        "charge": charge,
        "mode": MODES[Mode(charge.mode)],
        "is_practice": Mode(charge.mode).is_practice,
        "asked_at": stamp_text(asked.asked_at),
        "now": states[-1],
        "words": STATES[states[-1].state],
        "tone": TONES.get(states[-1].state, ""),
        "states": [
            (each, STATES[each.state], cause_words(each.cause), clock_text(each.at, today, seconds=True))
            for each in states
        ],
        "events": [
            (each, KINDS[each.kind], stamp_text(each.made_at)) for each in store.events_of(connection, charge)
        ],
        "incidents": [
            (each, *_incident_words(each.what), clock_text(each.last_at, today))
            for each in store.incidents_of(connection, charge.id, SHOWN)
        ],
        "receipt": None if paid_at is None else receipt_of(charge, paid_at),
    }


def _incident_words(what: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return INCIDENTS[what]
