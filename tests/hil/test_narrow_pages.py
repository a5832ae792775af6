"""A member's pages at 360 pixels, in Japanese, with furigana and in English, full of what is long: nothing is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.accessible import faults_of
from tests.hil.phone_bench import PATIENCE_MS, SCALE, SCREEN, Village, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytest_plugins = ("tests.browser", "tests.hil.phone_bench")

STOP = [
    "大蔵村立大蔵小学校前（肘折温泉・四ヶ村の棚田方面）",
    "Okura Village Elementary School for the Terraces",
]
END = ["肘折温泉", "Hijiori Onsen"]
NAME = "マリア・ダ・コンセイサン・デ・オリヴェイラ・ヴァスコンセロス"
MAIL = f"{'somebody.' * 6}with.a.name@{'of.a.village.' * 4}example.jp"
MEMBERS = (
    "m/",
    "m/wallet",
    "m/charge",
    "m/buy",
    "m/scan",
    "ride",
    "ride#bus-001",
    "ride#?",
    "p",
    "p#cut-short",
)
DOORS = ("m/people", "m/pin", "m/sign-in", "m/nothing-there")


def line(ja: str, en: str, yen: int) -> dict[str, Any]:
    return {"what": "fare", "ja": ja, "en": en, "yen": yen}


def ride(state: str, **more: Any) -> dict[str, Any]:
    timed = {"name": f"phone/{state}", "at": 1_790_000_000, "ended": 1_790_003_600, "by_phone": True}
    return timed | {"state": state, "board": STOP} | more


def charged(state: str, paid: dict[str, Any], **more: Any) -> dict[str, Any]:
    cost = [line("同行のこども 540円×2人", "others, child, 2 × 540", 11_080)]
    told = {"alight": END, "fare": 11_080, "forgotten": state == "provisional", "cost": cost, "paid": [paid]}
    return ride(state, **told, **{"changes": [], **more})


CHANGE = {"from_fare": 12_700, "to_fare": 11_080, "ja": "停留所のまちがい", "en": "wrong stop"}
FULL = {
    "name": NAME,
    "balance": 1_234_567,
    "held": 12_345,
    "expiring": [{"last_day": "2027-03-31", "amount": 1_234_567}],
    "ride_value": 11_000,
    "ride_value_expiring": [{"last_day": "2027-05-28", "amount": 11_000}],
    "returns": [{"section": [STOP[0], END[0]], "left": 3, "last_day": "2027-01-31"}],
    "commuter": [{"section": [END[0], STOP[0]], "first_day": "2026-11-01", "last_day": "2027-01-30"}],
    "lines": [
        {
            "day": "2026-11-28",
            "japanese": "バス（往復券の使用取消）",
            "english": "Bus ride, its ticket given back",
            "amount": -1_234_567,
        }
    ],
    "rides": [
        charged(
            "complete", line(f"往復券「{STOP[0]}」 2回のうち1回目", "return ticket, trip 1 of 2", 11_080)
        ),
        charged("provisional", line("くらポ(うちもらった分500)", "Kurapo", 11_080), changes=[CHANGE]),
        *map(ride, ("double", "no-fare", "open")),
    ],
    "charges": [{"id": "0123456789abcdef" * 2, "amount": 30_000, "at": 1_790_000_000, "state": "awaiting"}],
    "claims": [
        {"place": STOP, "points": 10_000, "at": 1_790_000_000, "why": why} for why in ("", "point-staff")
    ],
    "products": [
        {
            "number": 3,
            "kind": "commuter-pass",
            "name": STOP,
            "price": 120_000,
            "days": 180,
            "section": [STOP[0], END[0]],
        }
    ],
}


FULL["stops"] = {
    STOP[0]: [STOP[1], "おおくらそんりつおおくらしょうがっこうまえ"],
    END[0]: [END[1], "ひじおりおんせん"],
}


@pytest.fixture(params=["ja", "furigana", "en"])
def form(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=SCREEN, device_scale_factor=SCALE, locale="ja-JP")
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(
        f"localStorage.setItem('yukemuri-lang', '{'en' if request.param == 'en' else 'ja'}');"
        f"localStorage.setItem('yukemuri-furigana', '{int(request.param == 'furigana')}')"
    )
    try:
        yield context
    finally:
        context.close()


def looks_well(page: Page, about: str) -> None:
    """Fits with text of either size, breaks no sum in two, and has nothing that axe would find."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for size in ("200%", "100%"):
        page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
        assert page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"], (about, size)
    broken = "(all) => all.filter((each) => each.offsetHeight > 45).map((each) => each.textContent)"
    assert page.eval_on_selector_all("b.sum, .lines b", broken) == [], about
    assert faults_of(page) == [], about


def full(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(status=answer.status, json=answer.json() | FULL)


def test_what_is_full_and_long_fits(form: BrowserContext, village: Village) -> None:
    phone = opened(form, village)
    phone.shown()
    form.route("**/m/api/summary*", full)
    page = phone.page
    for path in MEMBERS:
        page.goto("about:blank")
        page.goto(f"{village.url}{path}")
        page.wait_for_load_state("networkidle")
        looks_well(page, path)


def test_so_do_the_doors_that_lead_in_and_what_is_refused_at_them(
    form: BrowserContext, village: Village
) -> None:
    page = opened(form, village).page
    for path in DOORS:
        page.goto(f"{village.url}{path}")
        looks_well(page, path)
    page.goto(f"{village.url}m/sign-in")
    page.fill("#mail", MAIL)
    page.click("form[action$='/sign-in/mail'] button")
    page.fill("#code", "000000")
    looks_well(page, "code")
    page.click("form[action$='/sign-in/code'] button")
    page.wait_for_selector("[role=alert]")
    looks_well(page, "wrong code")


def test_so_does_paying(form: BrowserContext, village: Village) -> None:
    phone = opened(form, village)
    phone.shown()
    page = phone.page
    page.goto(f"{village.url}m/charge")
    page.click("#charge button")
    page.wait_for_url("**/charging/practice/**")
    looks_well(page, "practice")
    page.click("form[action$='/pay'] button")
    page.wait_for_selector("#done")
    looks_well(page, "paid")


def test_a_wrong_address_below_the_members_own_leads_back_to_their_page(
    form: BrowserContext, village: Village
) -> None:
    page = opened(form, village).page
    page.goto(f"{village.url}m/nothing-there")
    page.click("main a.button")
    page.wait_for_url(f"{village.url}m/")
    page.goto(f"{village.url}m/nothing-there")
    page.click("a.brand")
    page.wait_for_url(f"{village.url}m/")


def test_what_the_ledger_says_has_readings_and_its_stops_have_english(
    context: BrowserContext, village: Village
) -> None:
    phone = opened(context, village)
    phone.shown()
    context.route("**/m/api/summary*", full)
    page = phone.page
    page.goto(f"{village.url}m/wallet")
    page.wait_for_load_state("networkidle")
    page.click("#furigana")
    rides, lines, tickets = (page.text_content(f"#{each}") or "" for each in ("rides", "lines", "tickets"))
    assert "同行どうこうのこども 540円えん×2人にん" in rides
    assert "往復券おうふくけん「" in rides
    assert "肘折温泉ひじおりおんせん" in rides
    assert "往復券おうふくけんの使用しよう取消とりけし" in lines
    assert f"{END[1]} ⇄ " in tickets
