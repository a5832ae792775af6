"""What staff have asked to set right, on the page of corrections: a second person decides."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_may import staff_may
from central.access.who import staff
from central.database.transaction import Connection, Database
from central.network.editions.store import find_edition
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.asked_line import AskedLine, asked_line
from central.rides.corrections.by_staff.decide import NotSet, approve, refuse, withdraw
from central.rides.corrections.by_staff.find_ride import find_ride
from central.rides.corrections.by_staff.reckon import reckon
from central.rides.corrections.by_staff.rows import MAX_NOTE, Stands
from central.rides.corrections.by_staff.words import moved_lines
from central.rides.corrections.rows import Place
from central.words.names import Names
from central.words.words import CLASSES, words_for

MOST = 100


def add_set_right(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Add them to the pages of corrections. `now` gives Unix seconds."""

    def page(number: int, refusal: str = "") -> str:
        # A preview is done and undone: only the connection that writes can.
        with database.write() as connection:
            said = store.find(connection, number)
            ride = find_ride(connection, said.of, said.ride, said.board) if said else None
            if said is None or ride is None:
                abort(HTTPStatus.NOT_FOUND, str(NotSet.GONE))
            waits = said.stands(now()) is Stands.WAITING
            preview = reckon(connection, ride, said.facts_to, now()) if waits else None
            names, edition = Names(lambda number: find_edition(connection, number), ()), ride.edition

            def stop(place: Place) -> str:
                return names.stop(edition, place.stop_id) or "？"

            return render_template(
                "corrections/asked.html",
                said=said,
                line=asked_line(said, now()),
                ride=ride,
                stop=stop,
                classes=lambda number: words_for(CLASSES, number)[0],
                preview=preview,
                moved=moved_lines(preview) if preview else (),
                changed=preview is None or preview.seen != said.seen,
                may=staff_may,
                is_own=said.asked_by == staff().name,
                most_note=MAX_NOTE,
                refusal=refusal,
            )

    @pages.get("/asked/<int:number>")
    def asked(number: int) -> str:
        return page(number)

    @pages.post("/asked/<int:number>/approve")
    def approve_asked(number: int) -> ResponseReturnValue:
        with database.write() as connection:
            done = approve(connection, number, request.form.get("seen", ""), staff().name, now())
        return answered(number, done)

    @pages.post("/asked/<int:number>/refuse")
    def refuse_asked(number: int) -> ResponseReturnValue:
        word = " ".join(request.form.get("word", "").split())
        with database.write() as connection:
            done = refuse(connection, number, word, staff().name, now())
        return answered(number, done)

    @pages.post("/asked/<int:number>/withdraw")
    def withdraw_asked(number: int) -> ResponseReturnValue:
        with database.write() as connection:
            done = withdraw(connection, number, staff().name, now())
        return answered(number, done)

    def answered(number: int, done: NotSet | None) -> ResponseReturnValue:
        if done is not None:
            return page(number, str(done)), HTTPStatus.CONFLICT
        return redirect(url_for("corrections.asked", number=number), HTTPStatus.SEE_OTHER)


def asked_lines(connection: Connection, now: int) -> list[AskedLine]:
    """What waits for a second person, then what became of the newest."""
    return [asked_line(each, now) for each in store.newest(connection, MOST)]
