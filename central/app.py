"""The office's web pages, put together: security headers, error pages, and one blueprint a subject."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from central.access.guard import SAFE_METHODS, add_guard
from central.access.members.mailbox import FileMailbox, Mailbox
from central.access.members.pages import member_pages
from central.access.staff.pages import staff_pages
from central.access.staff.people.pages import people_pages
from central.audit.pages import audit_pages
from central.charging.gateway import Gateway
from central.charging.pages import charging_pages
from central.charging.practice_gateway import PracticeGateway
from central.counter.notices.pages import notice_pages
from central.counter.pages import counter_pages
from central.database.transaction import Database, DataUnusable
from central.desk.pages import desk_pages
from central.enrolment.pages import unit_pages
from central.exceptions.pages import exceptions_pages
from central.figures.pages import figure_pages
from central.inquiries.pages import inquiry_pages
from central.kiosks.pages import kiosk_pages
from central.logs.pages import logs_pages
from central.my_page.pages import CardDesk, Issuing, my_pages
from central.network.draft import Drafts
from central.network.editions.pages import edition_pages
from central.network.editions.publish_edition import Seal
from central.network.fares.pages import fare_pages
from central.network.feeds.fetch_feed import fetch
from central.network.feeds.pages import Fetch, feed_pages
from central.network.geofences.pages import geofence_pages
from central.network.tariff.pages import tariff_pages
from central.points.pages import point_list_pages
from central.reports.pages import report_pages
from central.rides.corrections.pages import correction_pages
from central.set_up.pages import set_up_pages
from central.set_up.programmes.pages import programme_pages
from central.today.live import Streams
from central.today.pages import today_pages
from central.words.names import EditionShelf
from central.words.ruby import ruby

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; worker-src 'self'; manifest-src 'self'"
    ),
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""On every answer. Nothing inline and nothing from elsewhere: what the pages need is served from here."""

SIGNED = ("charging.webhook",)
"""Where no browser comes: the body itself is signed, and comes from elsewhere under the public name."""
MAX_REQUEST_BYTES = 64 * 1024
STATIC_MAX_AGE_S = 300
MAILS = "mail"
"""The folder beside the database into which mail goes where no mail server is set up."""
SET_UP = (
    *("set_up", "programmes", "charging", "kiosks", "point_lists", "people", "units", "audit"),
    *("feeds", "editions", "fares", "geofences", "tariff"),
)
"""The blueprints whose pages 設定 leads to."""
PLACES = (
    ("desk.desk", "今日", "Desk", ("desk",)),
    ("today.today", "運行", "Service", ("today",)),
    ("logs.search", "記録", "Logs", ("logs",)),
    ("counter.home", "窓口", "Counter", ("counter", "notices")),
    ("inquiries.inquiries", "問い合わせ", "Inquiries", ("inquiries",)),
    ("exceptions.exceptions", "例外", "Exceptions", ("exceptions",)),
    ("corrections.corrections", "訂正", "Corrections", ("corrections",)),
    ("figures.figures", "数字", "Figures", ("figures", "reports")),
    ("set_up.overview", "設定", "Set-up", SET_UP),
)
"""The navigation: where to, Japanese, English, and the blueprints that belong there."""

_SENTENCES = {
    HTTPStatus.NOT_FOUND: (
        "このページはありません。アドレスを確かめるか、下のボタンで戻ってください。",
        "There is no such page: check the address, or go back by the button below.",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "この操作はできません。下のボタンで戻ってください。",
        "That cannot be done here: go back by the button below.",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "サインインの回数が多すぎます。1分待って、もう一度どうぞ。",
        "Too many sign-ins: wait a minute and try again.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "送られたものが大きすぎます。GTFS-JPなら、そのファイルだけのzipにしてください。",
        "That is too large. Of a GTFS feed, send a zip of its files alone.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "画面を作れませんでした。記録は失われていません。もう一度開いても同じときは、時刻を添えて保守担当へ連絡してください。",
        "This page failed; no record is lost. If it fails again, tell whoever maintains the server, and when it was.",
    ),
}


class Tiles(Protocol):
    """Tiles for the map of stops."""

    @property
    def tiles(self) -> str:
        """Their address, with {z}, {x} and {y} in it."""

    @property
    def attribution(self) -> str:
        """What their owner wants to be shown."""

    @property
    def origin(self) -> str:
        """Their server, as a browser names it."""


@dataclass(frozen=True, slots=True)
class CardCharging:
    """Whose gateway takes cards. By default practice."""

    gateway: Gateway = field(default_factory=lambda: PracticeGateway(secrets.token_hex()))


@dataclass(frozen=True, slots=True)
class SigningIn:
    """Where codes are mailed to, and the clock of those who sign in, in Unix seconds.

    It is a clock of its own because people stay in real time also where a bench lets the buses' time run.
    """

    mailbox: Mailbox
    now: Callable[[], int]
    name: str = ""
    """The host by which the pages go beside this machine's own names, "" for none."""
    address: str = ""
    """What links that leave this machine begin with, as https://bus.example.jp; "" for how the pages were asked."""


class PageSettings(Protocol):
    """What the pages need to know of central's settings."""

    @property
    def map(self) -> Tiles | None:
        """Tiles behind the map of stops, None to draw it alone."""

    @property
    def demo(self) -> bool:
        """Whether this is a demonstration, which every page then says."""


def create_app(
    database: Database,
    settings: PageSettings,
    now: Callable[[], int],
    seal: Seal,
    download: Fetch = fetch,
    cards: CardCharging | None = None,
    issuing: Issuing | None = None,
    signing_in: SigningIn | None = None,
) -> Flask:
    """The pages over `database`. `now` gives Unix seconds, `seal` is put on editions that are published.

    `download` gets a feed's zip by its address; without `cards`, charging by card is practice; without `issuing`, no
    phone gets a pass; without `signing_in`, mail goes into a folder beside the database.
    `app.extensions["streams"].close()` ends the live pages.
    """
    app = Flask(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_MAX_AGE_S,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.globals.update(
        demo=settings.demo, places=PLACES, set_up=SET_UP, tiles=settings.map, ruby=ruby
    )
    streams = Streams(database.changes)
    app.extensions["streams"] = streams
    drafts = Drafts()
    shelf = EditionShelf()
    signing_in = signing_in or SigningIn(FileMailbox(database.path.parent / MAILS), now)
    app.register_blueprint(staff_pages(database, signing_in.now, settings.demo))
    app.register_blueprint(people_pages(database, signing_in.now, signing_in.address))
    app.register_blueprint(member_pages(database, signing_in.now, signing_in.mailbox))
    app.register_blueprint(audit_pages(database, now))
    app.register_blueprint(desk_pages(database, shelf, now, demo=settings.demo))
    app.register_blueprint(today_pages(database, streams, shelf, now))
    app.register_blueprint(exceptions_pages(database, shelf, now))
    app.register_blueprint(correction_pages(database, shelf, now))
    app.register_blueprint(logs_pages(database, shelf, now))
    app.register_blueprint(figure_pages(database, shelf, now))
    app.register_blueprint(report_pages(database, now))
    app.register_blueprint(inquiry_pages(database, now))
    app.register_blueprint(kiosk_pages(database, now))
    app.register_blueprint(point_list_pages(database, now))
    app.register_blueprint(unit_pages(database, now, secrets.token_bytes))
    cards = cards or CardCharging()
    app.register_blueprint(charging_pages(database, cards.gateway, now))
    desk = CardDesk(cards.gateway)
    for blueprint in my_pages(database, desk, issuing, now, demo=settings.demo):
        app.register_blueprint(blueprint)
    issuer = issuing.issuer if issuing else lambda _connection, _now: None
    app.register_blueprint(counter_pages(database, issuer, now))
    app.register_blueprint(notice_pages(database, now, signing_in.address))
    app.register_blueprint(feed_pages(database, drafts, now, seal, download))
    app.register_blueprint(edition_pages(database, now))
    app.register_blueprint(fare_pages(database, drafts, now))
    app.register_blueprint(geofence_pages(database, drafts, now))
    app.register_blueprint(tariff_pages(database, drafts, now))
    app.add_url_rule("/", "home", lambda: redirect(url_for("desk.desk")))
    app.register_blueprint(set_up_pages(database, now))
    app.register_blueprint(programme_pages(database, now))
    app.before_request(partial(_refuse_strange_names, signing_in.name))
    app.before_request(_refuse_strange_forms)
    add_guard(app, database, signing_in.now)
    app.after_request(partial(_protect, _headers(settings.map)))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DataUnusable, _data_unusable)
    return app


def _refuse_strange_names(own: str) -> None:
    """A foreign page whose name leads here (DNS rebinding) would be one of ours to the browser."""
    # Not Flask's TRUSTED_HOSTS: it cannot tell IPv6 addresses.
    name = urlsplit(f"//{request.host}").hostname or ""
    if (
        request.endpoint not in SIGNED
        and name not in {"localhost", own or "localhost"}
        and not _is_loopback(name)
    ):
        abort(
            HTTPStatus.BAD_REQUEST,
            "この名前では開けません。設定の web.address の名前か、127.0.0.1 か localhost で開いてください。 / "
            "The pages do not go by this name: open them by that of web.address, as 127.0.0.1 or localhost.",
        )


def _refuse_strange_forms() -> None:
    """A page from elsewhere may send a form here in the name of whoever sits at this machine."""
    if request.method in SAFE_METHODS or request.endpoint in SIGNED:
        return
    # Every browser of the last years says where a form comes from, by one of these two.
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site != "same-origin" and (site is not None or origin != f"{request.scheme}://{request.host}"):
        abort(
            HTTPStatus.FORBIDDEN,
            "この画面からの操作ではありません。画面を開き直してください。 / "
            "That did not come from this page: open the page again.",
        )


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _headers(tiles: Tiles | None) -> dict[str, str]:
    if tiles is None:
        return HEADERS
    policy = HEADERS["Content-Security-Policy"].replace("img-src 'self'", f"img-src 'self' {tiles.origin}")
    return HEADERS | {"Content-Security-Policy": policy}


def _protect(headers: dict[str, str], answer: Response) -> Response:
    for name, value in headers.items():
        # A page that needs the camera says so itself.
        answer.headers.setdefault(name, value)
    # Who rode where is not for the browser's cache; style sheets and scripts keep their own age.
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    known = _SENTENCES.get(HTTPStatus(error.code))
    japanese, english = known or _halves(error.description or error.name)
    page = render_template("error.html", code=error.code, japanese=japanese, english=english)
    # The error's own headers stay: 405 must say what is allowed.
    headers = [(name, value) for name, value in error.get_headers() if name.lower() != "content-type"]
    return Response(page, error.code, headers)


def _data_unusable(error: DataUnusable) -> ResponseReturnValue:
    japanese, english = _halves(str(error))
    code = HTTPStatus.SERVICE_UNAVAILABLE
    return render_template("error.html", code=int(code), japanese=japanese, english=english), code


def _halves(text: str) -> tuple[str, str]:
    japanese, _, english = text.partition(" / ")
    return japanese, english
