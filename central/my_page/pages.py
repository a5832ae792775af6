"""マイページ (mai-pēji), the member's own page: a shell that holds nobody's data, and the answers it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from central.access.who import member
from central.charging.begin_charge import Begun, begin_charge, new_charge
from central.charging.gateway import Gateway
from central.charging.rules_in_force import charging_rules
from central.database.transaction import Connection, Database
from central.devices.keys import OfficeKeys
from central.japan import day_of
from central.kiosks.claim_code import Claimed, claim_code
from central.members.register_member import profile_of
from central.members.store import Profile
from central.my_page import keep_passes
from central.my_page.by_phone.pages import ride_pages
from central.my_page.read_summary import read_summary
from central.my_page.shell import PASS_STATIC, service_worker, words_module
from central.my_page.words import both
from central.network.editions.store import current_edition
from central.passes.issue_pass import Issuer, RandomBytes
from central.passes.phones.enrol_phone import (
    MOST_PARTY,
    Enrolment,
    NotEnrolled,
    could_hold_more,
    passes_of_phone,
)
from central.passes.phones.store import Began
from central.tickets.sell_product import NotSold, Sold, Wanted, sell_commuter_pass, sell_ticket
from rules.charging.limits import ChargingRules
from rules.ledger.books import Reason
from rules.ledger.tickets import Payment
from rules.money import Yen
from rules.network.in_force import service_day
from rules.passes import base45
from rules.passes.rider_pass import IssuedPass, PassFlag
from rules.passes.seal import COMPRESSED_KEY_BYTES
from rules.products.commuter_pass import CommuterPass

SIGN_IN = "/m/sign-in"
SIGN_OUT = "/m/sign-out"
MAX_REQUEST_BYTES = 1024
POINTS = "/p"
"""The address that kiosks' codes open (`rules.passes.point_code.PATH`); the code itself stands behind its #."""
MAX_COMMAND = 64
MAX_CODE = 256
AMOUNTS = (1_000, 2_000, 3_000, 5_000)
CAMERA = "camera=(self), microphone=(), geolocation=()"
_SCRIPT = {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache"}
_THEME = "#0b5f8a"


@dataclass(frozen=True, slots=True)
class Issuing:
    """What passes are issued with: the village's number on them, the office's keys, and chance."""

    number: int
    keys: OfficeKeys
    random_bytes: RandomBytes

    def issuer(self, connection: Connection, now: int) -> Issuer | None:
        """Who issues at Unix second `now`; None without an edition in force."""
        edition = current_edition(connection, service_day(now))
        if edition is None:
            return None
        return Issuer(self.number, edition.fares.dearest(), self.keys, self.random_bytes)


@dataclass(frozen=True, slots=True)
class CardDesk:
    """Whose gateway takes cards."""

    gateway: Gateway


def my_pages(
    database: Database,
    cards: CardDesk,
    issuing: Issuing | None,
    now: Callable[[], int],
    *,
    demo: bool,
) -> tuple[Blueprint, ...]:
    """The blueprints: of the page, of `/ride`, of the modules that sign passes, of kiosks' codes.

    `now` gives Unix seconds. Without `issuing` phones are told that there are no codes yet.
    """
    pages = Blueprint(
        "my_page", __name__, url_prefix="/m", static_folder="static", template_folder="templates"
    )
    modules = Blueprint("passes", __name__, static_folder=PASS_STATIC, static_url_path="/passes/static")
    rides = ride_pages(database, now)
    points = Blueprint("point", __name__)
    for each in (pages, rides, points):
        each.context_processor(lambda: {"w": both, "is_demo": demo, "sign_in": SIGN_IN, "sign_out": SIGN_OUT})
    _add_shell(pages, database, cards, now)
    # Signing in leads back here, where the phone still has the code.
    points.add_url_rule(
        POINTS,
        "page",
        lambda: render_template("my_page/point.html", sign_in=f"{SIGN_IN}?next={POINTS}"),
    )
    desk = _Desk(database, cards, issuing, now, demo)
    pages.add_url_rule("/api/time", "time", lambda: {"time": now()})
    pages.add_url_rule("/api/summary", "summary", desk.summary)
    for name, view in (
        ("pass", desk.enrol),
        ("renew", desk.renew),
        ("charge", desk.charge),
        ("buy", desk.buy),
        ("claim", desk.claim),
    ):
        pages.add_url_rule(f"/api/{name}", name, view, methods=["POST"])
    return pages, rides, modules, points


def _add_shell(pages: Blueprint, database: Database, cards: CardDesk, now: Callable[[], int]) -> None:
    worker = lru_cache(maxsize=1)(service_worker)
    words = cache(words_module)

    def rules() -> ChargingRules:
        with database.read() as connection:
            return charging_rules(connection, day_of(now()))

    @pages.get("/")
    def code() -> str:
        return render_template("my_page/code.html", most_party=MOST_PARTY)

    @pages.get("/wallet")
    def wallet() -> str:
        return render_template("my_page/wallet.html")

    @pages.get("/charge")
    def charge_page() -> str:
        today = rules()
        return render_template(
            "my_page/charge.html",
            amounts=[each for each in AMOUNTS if today.least <= each <= today.most],
            is_practice=cards.gateway.mode.is_practice,
            hours=today.first_hours,
        )

    @pages.get("/buy")
    def buy_page() -> str:
        return render_template("my_page/buy.html")

    @pages.get("/scan")
    def scan() -> ResponseReturnValue:
        return render_template("my_page/scan.html"), {"Permissions-Policy": CAMERA}

    @pages.get("/sw.js")
    def service_worker_script() -> ResponseReturnValue:
        # It keeps /ride, too, which is not below its own address.
        return worker(repr(rules())), _SCRIPT | {"Service-Worker-Allowed": "/"}

    @pages.get("/words.js")
    def words_script() -> ResponseReturnValue:
        return words(), _SCRIPT

    @pages.get("/manifest.webmanifest")
    def manifest() -> ResponseReturnValue:
        return _manifest(), {"Content-Type": "application/manifest+json", "Cache-Control": "no-cache"}


def _manifest() -> dict[str, Any]:
    icon = "/m/static/icon"
    return {
        "id": "/m/",
        "name": "ゆけむり / Yukemuri",
        "short_name": "ゆけむり",
        "lang": "ja",
        "start_url": "/m/",
        # What a bus, a bath and a shop show leads here from beside /m/, and stays in the installed app.
        "scope": "/",
        "display": "standalone",
        "background_color": "#eff3f4",
        "theme_color": _THEME,
        "icons": [
            {"src": f"{icon}-192.png", "sizes": "192x192", "type": "image/png"},
            {"src": f"{icon}-512.png", "sizes": "512x512", "type": "image/png"},
            {"src": f"{icon}-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    }


@dataclass(frozen=True, slots=True)
class _Desk:
    """The answers. What asks for something twice by one id gets one thing."""

    database: Database
    cards: CardDesk
    issuing: Issuing | None
    now: Callable[[], int]
    demo: bool

    def summary(self) -> ResponseReturnValue:
        """What the member has; also their phone's passes."""
        me, now = member().member, self.now()
        party = _party(request.args.get("party", type=int))
        with self.database.read() as connection:
            profile = _profile(connection, me)
            found = read_summary(connection, me, profile.rider_class, now)
            if found is None:
                abort(HTTPStatus.NOT_FOUND)
            known, issuer = passes_of_phone(connection, me, now), self._issuer(connection, now)
            begun = [each for each in known if each.issued.body.valid_from <= now]
            more = (
                issuer is not None
                and bool(begun)
                and could_hold_more(connection, issuer, begun[-1], party, now)
            )
        return found | {
            "at": now,
            "member": me,
            "name": profile.name,
            "class": profile.rider_class,
            "more": more,
            "passes": [base45.encode(each.issued.pack()) for each in known],
        }

    def enrol(self) -> ResponseReturnValue:
        """Passes for the phone's key."""
        asked, me, now = _asked(), member().member, self.now()
        began = Began(asked["began"]) if asked.get("began") in ("new", "replaced", "more") else None
        public, command = _public(asked), _command(asked, me)
        if began is None:
            abort(HTTPStatus.BAD_REQUEST)
        with self.database.write() as connection:
            issuer = self._issuer(connection, now)
            if issuer is None:
                return _refuse("no-issuer", HTTPStatus.SERVICE_UNAVAILABLE)
            profile = _profile(connection, me)
            flags = PassFlag.GROUP | (PassFlag.TEST if self.demo else PassFlag(0))
            enrolment = Enrolment(
                command, me, profile.rider_class, public, _party(asked.get("party")), began, flags
            )
            done = keep_passes.enrol(connection, issuer, enrolment, now)
        return _refuse(done) if isinstance(done, NotEnrolled) else _passes(done, me, profile)

    def renew(self) -> ResponseReturnValue:
        """The phone's passes, with the next ones where they end soon."""
        asked, me, now = _asked(), member().member, self.now()
        with self.database.write() as connection:
            issuer = self._issuer(connection, now)
            if issuer is None:
                return _refuse("no-issuer", HTTPStatus.SERVICE_UNAVAILABLE)
            done = keep_passes.renew(connection, issuer, me, _party(asked.get("party")), now)
            return _passes(done, me, _profile(connection, me))

    def charge(self) -> ResponseReturnValue:
        """Where to pay."""
        asked, me, now = _asked(), member().member, self.now()
        amount, charge_id = asked.get("amount"), asked.get("id")
        if not isinstance(amount, int) or not 0 < amount < 10**6 or not isinstance(charge_id, str):
            abort(HTTPStatus.BAD_REQUEST)
        gateway = self.cards.gateway
        charge = new_charge(charge_id, me, Yen(amount), gateway, now)
        begun = begin_charge(self.database, gateway, charge)
        return {"url": begun.session.address} if isinstance(begun, Begun) else _refuse(begun)

    def buy(self) -> ResponseReturnValue:
        """A product for くらポ. A commuter pass begins tomorrow: no ride is open when the code changes."""
        asked, me, now = _asked(), member().member, self.now()
        number, command = asked.get("product"), _command(asked, me)
        if not isinstance(number, int):
            abort(HTTPStatus.BAD_REQUEST)
        today = service_day(now)
        with self.database.write() as connection:
            edition = current_edition(connection, today)
            is_commuter = edition is not None and isinstance(
                edition.tariff.sold_on(number, today), CommuterPass
            )
            first_day = today + timedelta(days=1) if is_commuter else today
            rider_class = _profile(connection, me).rider_class
            wanted = Wanted(command, me, number, rider_class, Payment.KURAPO, first_day)
            if not is_commuter:
                return _sold(sell_ticket(connection, wanted, now))
            known, issuer = passes_of_phone(connection, me, now), self._issuer(connection, now)
            if not known or issuer is None:
                return _refuse("needs-code")
            public = known[-1].issued.body.public_key
            sold = sell_commuter_pass(connection, issuer, wanted, public, now)
            if isinstance(sold, Sold) and sold.issued is not None and public is not None:
                keep_passes.add_sold(connection, sold.sale, public, now)
            return _sold(sold)

    def claim(self) -> ResponseReturnValue:
        """The points of a kiosk's code. The code is its own id: whoever asks again gets the same answer."""
        code, me = _asked().get("code"), member().member
        if not isinstance(code, str) or len(code) > MAX_CODE:
            abort(HTTPStatus.BAD_REQUEST)
        with self.database.write() as connection:
            done = claim_code(connection, code, me, self.now())
        if not isinstance(done, Claimed):
            return _refuse(done)
        return {"state": done.state, "points": done.points, "place": [done.place_ja, done.place_en]}

    def _issuer(self, connection: Connection, now: int) -> Issuer | None:
        return self.issuing.issuer(connection, now) if self.issuing else None


def _asked() -> dict[str, Any]:
    request.max_content_length = MAX_REQUEST_BYTES
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        abort(HTTPStatus.BAD_REQUEST)
    return asked


def _command(asked: dict[str, Any], me: str) -> str:
    """The id that the phone made; each member's are their own."""
    command = asked.get("id")
    if not isinstance(command, str) or not 8 <= len(command) <= MAX_COMMAND or not command.isascii():
        abort(HTTPStatus.BAD_REQUEST)
    return f"m/{me}/{command}"


def _public(asked: dict[str, Any]) -> bytes:
    key = asked.get("key")
    public = base45.decode(key) if isinstance(key, str) else None
    if public is None or len(public) != COMPRESSED_KEY_BYTES or public[0] not in {2, 3}:
        abort(HTTPStatus.BAD_REQUEST)
    return public


def _party(asked: object) -> int:
    return min(max(asked, 1), MOST_PARTY) if isinstance(asked, int) else 1


def _profile(connection: Connection, me: str) -> Profile:
    profile = profile_of(connection, me)
    if profile is None:
        abort(HTTPStatus.NOT_FOUND)
    return profile


def _passes(done: list[IssuedPass], me: str, profile: Profile) -> ResponseReturnValue:
    return {
        "passes": [base45.encode(each.pack()) for each in done],
        "member": me,
        "name": profile.name,
        "class": profile.rider_class,
    }


def _sold(sold: object) -> ResponseReturnValue:
    if isinstance(sold, Sold):
        return {"number": sold.sale.command.rsplit("/", 1)[-1], "price": sold.sale.price}
    if isinstance(sold, NotSold):
        return _refuse("not-sold")
    return _refuse("too-little" if getattr(sold, "reason", None) is Reason.TOO_LITTLE else "not-sold")


def _refuse(reason: object, status: HTTPStatus = HTTPStatus.CONFLICT) -> ResponseReturnValue:
    """By its name: the page has the words."""
    return {"error": str(reason)}, status
