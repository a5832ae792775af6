"""The office's pages as a clerk's browser drives them, without a browser."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

OWN = {"Origin": "http://localhost"}
"""What a browser says of a form that comes from the pages themselves."""


def post(client: FlaskClient, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
    """Send a form of the pages' own."""
    return client.post(path, data=data or {}, headers=OWN, **more)


def says(client: FlaskClient, path: str, status: int = 200) -> str:
    """What a page says, without its tags, single-spaced."""
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return text(answer)


def text(answer: TestResponse) -> str:
    """What an answer says, without its tags, single-spaced."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True))).split())


def field(answer: TestResponse, name: str) -> str:
    """The value of the first input of that name."""
    page = answer.get_data(as_text=True)
    tag = next(tag for tag in re.findall(r"<input[^>]*>", page) if f'name="{name}"' in tag)
    found = re.search(r'value="([^"]*)"', tag)
    return unescape(found[1]) if found else ""
