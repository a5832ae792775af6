"""What every answer of the office's web server carries, and how it says that something is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from central.access.routes import PUBLIC, ROUTES
from central.app import HEADERS, create_app
from central.my_page.by_phone.pages import GEOLOCATION
from central.my_page.pages import CAMERA
from tests.central.office_pages import OWN, post
from tests.central.today_events import at, started
from tests.central.today_village import Village, app_of, found

ASKS = {"/m/scan": CAMERA, "/ride": GEOLOCATION}
"""The pages that may ask for what no other page may."""


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        village.machine()
        village.record(started(at(6)))
        yield village


@pytest.fixture
def app(village: Village) -> Flask:
    return app_of(village)


def address(rule: Rule) -> str:
    return re.sub(r"<int:\w+>", "1", rule.rule).replace("<path:filename>", "office.css")


def test_every_route_carries_the_security_headers(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        for method in rule.methods or ():
            with client.open(address(rule), method=method, buffered=method != "GET", headers=OWN) as answer:
                # There is no feed and no edition 1 here, the forms are empty, nobody signed for the webhook, no
                # member is here, and after the sign-out nobody is.
                assert answer.status_code in (200, 302, 303, 400, 401, 404, 422), rule
                asks = ASKS.get(rule.rule) if method != "OPTIONS" else None
                allowed = {"Permissions-Policy": asks} if asks else {}
                assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS | allowed, rule


def test_every_error_carries_them_too(app: Flask) -> None:
    client = app.test_client()
    for answer in (
        client.get("/nowhere"),
        client.post("/today"),
        client.get("/today?date=x"),
        client.get("//"),
    ):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_nothing_inline_is_allowed_and_nothing_inline_is_used(app: Flask) -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    client = app.test_client()
    for path in ("/today", "/today/records/1", "/nowhere"):
        page = client.get(path).get_data(as_text=True)
        for inline in (
            " style=",
            "<style",
            " onclick",
            " onload",
            "<script>",
            "javascript:",
            "http://",
            "https://",
        ):
            assert inline not in page


def test_who_rode_where_is_kept_in_no_cache(app: Flask) -> None:
    client = app.test_client()
    for path in (
        "/today",
        "/today/rides",
        "/today/rides.csv",
        "/today/records/1",
        "/exceptions",
        "/exceptions.csv",
    ):
        with client.get(path) as answer:
            assert answer.headers["Cache-Control"] == "no-store"


def test_an_address_that_is_none_gets_a_sentence_and_a_way_back(app: Flask) -> None:
    answer = app.test_client().get("/nowhere")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert "このページはありません" in page
    assert 'href="/desk"' in page


def test_a_wrong_method_says_what_is_allowed(app: Flask) -> None:
    answer = post(app.test_client(), "/today")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_fault_of_ours_is_told_without_its_inside(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROUTES, "broken", PUBLIC)

    def broken() -> str:
        raise RuntimeError("secret inside")

    app.add_url_rule("/broken", "broken", broken)
    answer = app.test_client().get("/broken")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "記録は失われていません" in page
    assert "secret inside" not in page
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_a_database_that_is_gone_is_told_with_its_remedy(village: Village, app: Flask) -> None:
    village.database.close()
    village.database.path.rename(village.database.path.with_suffix(".away"))
    answer = app.test_client().get("/today")
    assert answer.status_code == 503
    assert "データベースを開けません" in answer.get_data(as_text=True)


def test_pages_write_nothing(village: Village, app: Flask) -> None:
    before = village.database.changes.version
    client = app.test_client()
    for path in (
        "/today",
        "/today/log?q=x",
        "/today/rides.csv",
        "/today/records/1",
        "/exceptions",
        "/exceptions.csv",
    ):
        client.get(path)
    assert village.database.changes.version == before


STYLE = Path(create_app.__code__.co_filename).parent / "static" / "office.css"
PAIRS = (
    *((ink, ground) for ink in ("ink", "quiet") for ground in ("panel", "raised", "ground")),
    *((tone, ground) for tone in ("water", "good", "warn", "bad") for ground in ("panel", "raised")),
    *(("ink", f"{tone}-soft") for tone in ("good", "warn", "bad", "water")),
    ("water", "water-soft"),
    ("water-ink", "water"),
    ("bar-ink", "bar"),
    ("bar-quiet", "bar"),
)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
def test_every_pair_of_colours_has_contrast_aa(dark: bool) -> None:
    light, night = re.findall(r":root \{(.*?)\n *\}", STYLE.read_text(encoding="utf-8"), re.DOTALL)[:2]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    if dark:
        colours |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", night))
    for one, other in PAIRS:
        darker, lighter = sorted((luminance(colours[one]), luminance(colours[other])))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (one, other)
