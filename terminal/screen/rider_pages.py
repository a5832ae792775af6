"""The rider's display at the door: the same snapshots as the driver's page, read-only."""

from __future__ import annotations

import json
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from device.screen.live import WaitForChange, stream
from terminal.screen import rider_view
from terminal.screen.rider_words import TICKET

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminal.screen.snapshot import Snapshot

LIVE_STREAMS = 2
"""The display, and somebody who looks at what it shows. Apart from the driver's pages: neither takes the other's."""
REGIONS = ("answer", "hint", "idle")


def add_rider_pages(
    app: Flask, latest: Callable[[], Snapshot], wait_for_change: WaitForChange, screen_key: str
) -> None:
    """`/rider`, and what keeps it fresh. The parameters are `create_app`'s."""
    templates = {name: app.jinja_env.get_template(f"rider/{name}.html") for name in REGIONS}
    slots = BoundedSemaphore(LIVE_STREAMS)

    def regions(snapshot: Snapshot) -> dict[str, str]:
        sees = rider_view.sees(snapshot)
        return {name: template.render(sees=sees).strip() for name, template in templates.items()}

    def picture(snapshot: Snapshot) -> str:
        last = snapshot.last
        said = {
            "key": screen_key,
            "number": last.number if last else 0,
            "ago": last.seconds_ago if last else 0.0,
            "regions": regions(snapshot),
        }
        return json.dumps(said, ensure_ascii=False)

    def is_same(one: Snapshot, other: Snapshot) -> bool:
        numbers = [snapshot.last and snapshot.last.number for snapshot in (one, other)]
        return numbers[0] == numbers[1] and rider_view.sees(one) == rider_view.sees(other)

    @app.get("/rider")
    def rider() -> ResponseReturnValue:
        snapshot = latest()
        return render_template(
            "rider/page.html",
            regions=regions(snapshot),
            key=screen_key,
            number=snapshot.last.number if snapshot.last else 0,
            ago=snapshot.last.seconds_ago if snapshot.last else 0.0,
            ticket=TICKET,
            is_large=request.args.get("text") == "large",
        )

    @app.get("/rider/now")
    def rider_now() -> ResponseReturnValue:
        return Response(picture(latest()), mimetype="application/json")

    @app.get("/rider/events")
    def rider_events() -> ResponseReturnValue:
        if not slots.acquire(blocking=False):
            return {"error": "画面が多すぎます。"}, HTTPStatus.SERVICE_UNAVAILABLE
        response = Response(stream(latest, wait_for_change, is_same, picture), mimetype="text/event-stream")
        response.call_on_close(slots.release)
        return response
