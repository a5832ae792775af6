"""The guests' page: what the desk last published, live, and what guests and staff can tell the desk."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from threading import BoundedSemaphore

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from device.screen.guard import guard, refusal
from device.screen.live import WaitForChange, stream
from kiosk.ports import Report, Snapshot
from kiosk.screen import view
from kiosk.screen.touches import TOUCHES, Refused, Touch
from kiosk.screen.words import COUNTED, WORDS, parts, with_readings
from rules.passes.point_code import MOST_PEOPLE

LIVE_STREAMS = 3
"""Each holds a thread of the server. The page falls back to asking when it gets none."""
REGIONS = ("clock", "notes", "codes", "keys", "closed", "again", "message", "staff", "stopped")


def create_app(
    latest: Callable[[], Snapshot],
    wait_for_change: WaitForChange,
    report: Report,
    beat: Callable[[], object],
    *,
    screen_key: str,
) -> Flask:
    """The page and its few routes.

    `wait_for_change(version, seconds)` returns the present version once it is above `version`, or after `seconds`.
    `beat` is called whenever the page says that it still draws. `screen_key` is as in `device.screen.guard`.
    """
    app = Flask(__name__)
    guard(app, screen_key, with_readings)
    app.jinja_env.globals.update(words=WORDS, counted=COUNTED, parts=parts, most_people=MOST_PEOPLE)
    templates = {name: app.jinja_env.get_template(f"regions/{name}.html") for name in REGIONS}
    slots = BoundedSemaphore(LIVE_STREAMS)

    def drawn(snapshot: Snapshot) -> dict[str, object]:
        sees = view.sees(snapshot)
        return {
            "key": screen_key,
            "front": sees.front,
            "full": sees.is_full,
            "dark": sees.is_dark,
            "message": sees.told.number if sees.told else 0,
            "left": view.seconds_left(snapshot),
            "regions": {
                name: template.render(sees=sees, snapshot=snapshot).strip()
                for name, template in templates.items()
            },
        }

    def as_json(snapshot: Snapshot) -> str:
        return json.dumps(drawn(snapshot), ensure_ascii=False)

    @app.get("/")
    def page() -> ResponseReturnValue:
        return render_template("kiosk.html", picture_now=drawn(latest()))

    @app.get("/now")
    def now() -> ResponseReturnValue:
        return Response(as_json(latest()), mimetype="application/json")

    @app.get("/events")
    def events() -> ResponseReturnValue:
        if not slots.acquire(blocking=False):
            return refusal(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "{画面|がめん}が{多|おお}すぎます。",
                "Too many screens are open.",
            )
        pictures = stream(latest, wait_for_change, view.same_to_the_eye, as_json)
        response = Response(pictures, mimetype="text/event-stream")
        response.call_on_close(slots.release)
        return response

    @app.post("/beat")
    def still_draws() -> ResponseReturnValue:
        beat()
        return "", HTTPStatus.NO_CONTENT

    for path, touch in TOUCHES.items():
        app.add_url_rule(path, path, partial(_take, touch, latest, report), methods=["POST"])
    return app


def _take(touch: Touch, latest: Callable[[], Snapshot], report: Report) -> ResponseReturnValue:
    """A touch becomes facts for the desk, or the sentence why not."""
    facts = touch(latest(), request.form)
    if isinstance(facts, Refused):
        return refusal(HTTPStatus.CONFLICT, facts.sentence, facts.english)
    if all(report(fact) for fact in facts):
        return "", HTTPStatus.NO_CONTENT
    return refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "{今|いま}は{受|う}け{付|つ}けられません。{数秒|すうびょう}{待|ま}ってからもう{一度|いちど}{押|お}してください。",
        "Busy. Please touch again in a few seconds.",
    )
