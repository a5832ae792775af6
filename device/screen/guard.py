"""What every page of a machine keeps to: this machine alone opens it, and only the page itself may say anything."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

KEY_HEADER = "X-Screen-Key"
STRANGER = "この画面からの操作ではありません。画面を開き直してください。"
IMPOSSIBLE = "その操作はできません。"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def guard(app: Flask, screen_key: str, read: Callable[[str], str] = str) -> None:
    """Have `app` keep to it, and serve `live.js`.

    `screen_key` is a random text made anew at each start; a page that shows another one reloads itself.
    `read` gives the sentences below the readings that the page knows how to show; they are plain text without it.
    """
    app.config["MAX_CONTENT_LENGTH"] = 4096
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost", "[::1]"]
    app.register_blueprint(Blueprint("live", __name__, static_folder="static", static_url_path="/live"))

    @app.before_request
    def refuse_strangers() -> ResponseReturnValue | None:
        if request.method in ("GET", "HEAD", "OPTIONS") or _is_own_page(screen_key):
            return None
        return refusal(HTTPStatus.FORBIDDEN, read(STRANGER), "Please reload the page.")

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> ResponseReturnValue:
        return refusal(HTTPStatus(error.code or 500), read(IMPOSSIBLE), error.name + ".")

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response


def refusal(status: HTTPStatus, sentence: str, english: str) -> ResponseReturnValue:
    """Why a touch changes nothing, for whoever stands there."""
    return {"error": sentence, "error_en": english}, status


def _is_own_page(screen_key: str) -> bool:
    """Only a page of this very server carries its origin and its key."""
    own = request.headers.get("Origin") == f"{request.scheme}://{request.host}"
    given = request.headers.get(KEY_HEADER, "").encode()
    return own and hmac.compare_digest(given, screen_key.encode())
