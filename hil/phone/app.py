"""The village's server as a phone sees it: the page, the member's modules from central, a pass for a key, the time."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

import central
from central.app import HEADERS
from hil.phone.office import PhoneOffice
from rules.passes import base45
from rules.passes.seal import COMPRESSED_KEY_BYTES

CENTRAL = Path(central.__file__).parent
MAX_REQUEST_BYTES = 1024


def create_app(office: PhoneOffice, now: Callable[[], float]) -> Flask:
    """The pages. `now` gives the Unix seconds that phones set their clocks by."""
    # The same addresses as central's: the modules find the vendored library beside them.
    app = Flask(__name__, static_folder=CENTRAL / "static")
    app.config.update(MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES)
    for name, folder in (
        ("passes", CENTRAL / "passes" / "static"),
        ("phone", Path(__file__).parent / "static"),
    ):
        app.register_blueprint(
            Blueprint(name, __name__, static_folder=folder, static_url_path=f"/{name}/static")
        )

    @app.get("/")
    def page() -> str:
        return render_template("phone.html")

    @app.post("/pass")
    def new_pass() -> ResponseReturnValue:
        asked = request.get_json(silent=True)
        key = asked.get("key") if isinstance(asked, dict) else None
        public = base45.decode(key) if isinstance(key, str) else None
        if public is None or len(public) != COMPRESSED_KEY_BYTES or public[0] not in {2, 3}:
            return {"error": "鍵を読めません / Not a phone's public key"}, HTTPStatus.BAD_REQUEST
        return {"pass": base45.encode(office.issue(public))}

    @app.get("/time")
    def time() -> ResponseReturnValue:
        return {"time": now()}

    @app.after_request
    def protect(answer: Response) -> Response:
        answer.headers.update(HEADERS)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return app
