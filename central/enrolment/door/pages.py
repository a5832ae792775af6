"""Where machines come in to be enrolled: no page, no cookie, nobody signed in. An application of its own.

It stands behind HTTPS by the server's certificate of the machines' own authority, beside the pages for people.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import HTTPException

from central.database.transaction import Connection, Database, DataUnusable
from central.devices.register_device import DeviceKind
from central.enrolment.authority import Authority
from central.enrolment.door.words import UNAVAILABLE, WHY
from central.enrolment.enrol_unit import enrol_unit, renew_unit
from central.enrolment.store import Certificate
from rules.messages.codec import encode
from rules.messages.enrolment import MAX_REQUEST_BYTES, Enrolled, NotEnrolled, Refusal

LIMIT = "10/minute"
"""Of enrolling and renewing together, from one address."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Act = Callable[[Connection, Authority, bytes, int], "tuple[Certificate, DeviceKind] | NotEnrolled"]
Answer = Callable[[Certificate, DeviceKind, int], Enrolled]


def door(database: Database, authority: Authority, answer: Answer, now: Callable[[], int]) -> Flask:
    """The application. `answer` says what a machine gets for its certificate at a Unix second; `now` gives those."""
    app = Flask(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", strategy="moving-window")

    def acted(act: Act) -> ResponseReturnValue:
        body, at = request.get_data(), now()
        with database.write() as connection:
            done = act(connection, authority, body, at)
        if isinstance(done, NotEnrolled):
            return _json(Refusal(done, WHY[done]), HTTPStatus.FORBIDDEN)
        return _json(answer(*done, at))

    @app.get("/units/root")
    def root() -> ResponseReturnValue:
        return Response(authority.root_pem, mimetype="application/x-pem-file")

    def enrol() -> ResponseReturnValue:
        return acted(enrol_unit)

    def renew() -> ResponseReturnValue:
        return acted(renew_unit)

    limited: Any = limiter.shared_limit(LIMIT, scope="units")
    app.add_url_rule("/units/enrol", view_func=limited(enrol), methods=["POST"])
    app.add_url_rule("/units/renew", view_func=limited(renew), methods=["POST"])
    app.after_request(_protect)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DataUnusable, lambda _error: _json(*_unavailable()))
    return app


def _protect(answer: Response) -> Response:
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _json(Refusal(NotEnrolled.MALFORMED, WHY[NotEnrolled.MALFORMED]), status)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return _json(*_unavailable(status))
    why = {
        HTTPStatus.TOO_MANY_REQUESTS: (
            "回数が多すぎます。1分待って、もう一度どうぞ。 / Too many tries: wait a minute and try again."
        )
    }
    return _json(Refusal(status.phrase, why.get(status, status.phrase)), status)


def _unavailable(status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE) -> tuple[Refusal, HTTPStatus]:
    return Refusal("unavailable", UNAVAILABLE), status


def _json(said: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(encode(said), status, mimetype="application/json")
