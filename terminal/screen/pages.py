"""The driver's page: what the loop last published, live, and what a driver can tell the loop."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from threading import BoundedSemaphore

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from device.screen.guard import guard, refusal
from device.screen.live import WaitForChange, stream
from terminal.ports import Report
from terminal.screen import by_hand, view
from terminal.screen.keys import Keys
from terminal.screen.rider_pages import add_rider_pages
from terminal.screen.snapshot import Snapshot
from terminal.screen.touches import TOUCHES, Refused, Touch
from terminal.screen.words import HINTS, MEANS, RIDER_CLASSES

LIVE_STREAMS = 3
"""Each holds a thread of the server. The page falls back to asking when it gets none."""
REGIONS = (
    "clock",
    "badges",
    "status",
    "notice",
    "question",
    "heading",
    "trip",
    "alights",
    "done",
    "undo",
    "action",
    "stops",
    "fares",
    "rider",
    "overrule",
    "counts",
    "fault",
)


def create_app(
    latest: Callable[[], Snapshot],
    wait_for_change: WaitForChange,
    report: Report,
    *,
    screen_key: str,
    keys: Keys | None = None,
) -> Flask:
    """The driver's page and its few routes, and the rider's.

    `wait_for_change(version, seconds)` returns the present version once it is above `version`, or after `seconds`.
    `screen_key` is a random text made anew at each start; a page that shows another one reloads itself.
    `keys` are the driver's buttons, where the bus has them.
    """
    app = Flask(__name__)
    guard(app, screen_key)
    app.jinja_env.globals.update(size_of=view.size_of, classes=RIDER_CLASSES, means=MEANS, hints=HINTS)
    pictures = _Pictures(app, latest, wait_for_change, screen_key, keys)
    slots = BoundedSemaphore(LIVE_STREAMS)

    @app.get("/")
    def page() -> ResponseReturnValue:
        return render_template("screen.html", picture=pictures.now(), key=screen_key)

    @app.get("/now")
    def now() -> ResponseReturnValue:
        return Response(pictures.now().as_json(screen_key), mimetype="application/json")

    @app.get("/events")
    def events() -> ResponseReturnValue:
        if not slots.acquire(blocking=False):
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "画面が多すぎます。", "Too many screens are open.")
        response = Response(pictures.stream(), mimetype="text/event-stream")
        response.call_on_close(slots.release)
        return response

    add_rider_pages(app, latest, wait_for_change, screen_key)
    for path, touch in TOUCHES.items():
        app.add_url_rule(path, path, partial(_take, touch, latest, report), methods=["POST"])

    return app


@dataclass(frozen=True, slots=True)
class _Picture:
    """The page's regions as HTML, and the two figures the page's script counts with."""

    regions: dict[str, str]
    mode: str
    number: int
    ago: float

    def as_json(self, key: str) -> str:
        return json.dumps(
            {"key": key, "mode": self.mode, "number": self.number, "ago": self.ago, "regions": self.regions},
            ensure_ascii=False,
        )


class _Pictures:
    """Draws snapshots, once or as a stream of server-sent events."""

    def __init__(
        self,
        app: Flask,
        latest: Callable[[], Snapshot],
        wait_for_change: WaitForChange,
        screen_key: str,
        keys: Keys | None,
    ) -> None:
        self._templates = {name: app.jinja_env.get_template(f"regions/{name}.html") for name in REGIONS}
        self._latest = latest
        self._wait = wait_for_change
        self._key = screen_key
        self._keys = keys

    def now(self) -> _Picture:
        return self._draw(self._latest())

    def stream(self) -> Iterator[str]:
        """A picture at once and at each change that can be seen, keys, and a heartbeat when there was neither."""
        pressed = self._keys.listen() if self._keys else list
        return stream(self._latest, self._wait, view.same_to_the_eye, self._as_json, pressed)

    def _as_json(self, snapshot: Snapshot) -> str:
        return self._draw(snapshot).as_json(self._key)

    def _draw(self, snapshot: Snapshot) -> _Picture:
        last = snapshot.last
        about = {
            "snapshot": snapshot,
            "has_trip": view.has_trip(snapshot),
            "place": view.place(snapshot),
            "answer": view.answer(last) if last else None,
            "pages": view.choice_pages(snapshot),
            "candidates": view.candidates(snapshot),
            "stop_pages": view.stop_pages(snapshot),
            "alight_pages": by_hand.alight_pages(snapshot),
            "fare_pages": by_hand.fare_pages(snapshot),
            "done": by_hand.done(snapshot),
        }
        return _Picture(
            regions={name: template.render(about).strip() for name, template in self._templates.items()},
            mode="fault" if snapshot.fault else "trip" if about["has_trip"] else "choose",
            number=last.number if last else 0,
            ago=round(last.seconds_ago, 1) if last else 0.0,
        )


def _take(touch: Touch, latest: Callable[[], Snapshot], report: Report) -> ResponseReturnValue:
    """A touch becomes a fact for the loop, or the sentence why not."""
    fact = touch(latest(), request.form)
    if isinstance(fact, Refused):
        return refusal(HTTPStatus.CONFLICT, fact.sentence, fact.english)
    if report(fact):
        return "", HTTPStatus.NO_CONTENT
    return refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "今は受け付けられません。数秒待ってからもう一度押してください。",
        "Busy. Please touch again in a few seconds.",
    )
