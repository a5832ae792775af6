"""What passes between the browser and the pages of signing in: cookies, where it goes next, what passkeys hold to."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, request

from central.access.passkeys import Place
from central.access.sessions import LONGEST_S, Kind

COOKIES = {Kind.STAFF: "__Host-staff", Kind.OWN: "__Host-session", Kind.TABLET: "__Host-session"}
_OWN_PATH = re.compile(r"/(?![/\\])[!-~]*")


def give_cookie(answer: Response, kind: Kind, secret: str) -> None:
    """Let the browser be known again. The prefix makes it hold to https and to this very host."""
    answer.set_cookie(
        COOKIES[kind],
        secret,
        # Without an age it ends with the browser, as it should on an office's computer.
        max_age=None if kind is Kind.STAFF else LONGEST_S[kind],
        path="/",
        secure=True,
        httponly=True,
        # Members come back from paying elsewhere and must be known then.
        samesite="Strict" if kind is Kind.STAFF else "Lax",
    )


def take_cookie(answer: Response, kind: Kind) -> None:
    """Let the browser forget."""
    answer.delete_cookie(COOKIES[kind], path="/", secure=True, httponly=True)


def safe_next(wanted: Any, otherwise: str) -> str:
    """Where to go after signing in: a path of these pages, never another host."""
    return wanted if isinstance(wanted, str) and _OWN_PATH.fullmatch(wanted) else otherwise


def passkey_place() -> Place:
    """The host by whose name the pages were opened. The app has refused all names but its own."""
    host = urlsplit(f"//{request.host}").hostname or ""
    return Place(host, f"{request.scheme}://{request.host}")


def passkey_answer() -> str:
    """What the browser's key has said, as JSON in JSON."""
    said = request.get_json(silent=True)
    answer = said.get("answer") if isinstance(said, dict) else None
    if not isinstance(answer, str):
        abort(
            HTTPStatus.BAD_REQUEST,
            "読めません。画面を開き直してください。 / Unreadable: open the page again.",
        )
    return answer
