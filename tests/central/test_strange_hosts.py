"""A browser that somebody else's name has led to the office's pages gets nothing of them (DNS rebinding)."""

from __future__ import annotations

from pathlib import Path

import pytest

from central.app import HEADERS
from tests.central.today_events import at, started
from tests.central.today_village import app_of, found

STRANGE = (
    "evil.example",
    "evil.example:8470",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.1@evil.example",
    "[::2]:8470",
    "[z]",
    "x y",
)
PATHS = (
    "/",
    "/today",
    "/today/records.csv",
    "/today/records/1",
    "/today/events",
    "/exceptions.csv",
    "/static/office.css",
)


@pytest.mark.parametrize("path", PATHS)
def test_under_a_name_that_is_not_this_machines_own_nothing_is_shown(tmp_path: Path, path: str) -> None:
    with found(tmp_path) as village:
        village.machine()
        village.record(started(at(6)))
        client = app_of(village).test_client()
        for host in STRANGE:
            answer = client.get(path, headers={"Host": host})
            assert answer.status_code == 400, host
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
            assert b"bus-001" not in answer.data


@pytest.mark.parametrize("host", ["127.0.0.1:8470", "localhost:8470", "localhost", "[::1]:8470"])
def test_under_this_machines_own_names_the_page_is_there(tmp_path: Path, host: str) -> None:
    with found(tmp_path) as village:
        assert app_of(village).test_client().get("/staff/sign-in", headers={"Host": host}).status_code == 200
