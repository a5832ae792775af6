"""What the page does over time: fresh codes, one counter for all tabs, clocks that are wrong, no network."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from rules.passes.rider_pass import ShowClock
from rules.ride.outcomes import Outcome
from tests.hil.phone_bench import (
    PATIENCE_MS,
    Phone,
    Village,
    opened,
    order,
    showing_of,
    taken_apart,
)

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytest_plugins = ("tests.browser", "tests.hil.phone_bench")

pytestmark = pytest.mark.alone

HOUR_S = 3_600
NOTHING_DRAWN = "() => !document.querySelector('#symbol path')"


def ask_the_time(phone: Phone) -> None:
    """What a phone does when it has network again."""
    phone.page.evaluate("dispatchEvent(new Event('online'))")


def set_clock(context: BrowserContext, ahead: float) -> None:
    """The phone's own clock runs, so many seconds ahead of the truth."""
    context.clock.install(time=time.time() + ahead)


def test_a_new_code_comes_every_ten_seconds(phone: Phone, context: BrowserContext) -> None:
    first = order(phone.next_after(lambda: phone.hide(hidden=False)))
    context.clock.run_for(8_000)
    assert order(phone.shown()) == first
    newer = order(phone.next_after(lambda: context.clock.run_for(3_000)))
    assert newer > first
    assert 10 <= newer[0] - first[0] <= 11


def test_nobody_comes_back_to_an_old_code(phone: Phone, village: Village) -> None:
    bus, before = village.bus(), phone.shown()
    assert bus.answer(before) is Outcome.OK
    phone.hide(hidden=True)
    assert phone.page.evaluate(NOTHING_DRAWN)
    after = phone.next_after(lambda: phone.hide(hidden=False))
    assert order(after) > order(before)
    village.bus_ahead = 9
    assert bus.answer(after) is Outcome.OK


def test_a_hidden_page_makes_no_codes(context: BrowserContext, village: Village) -> None:
    set_clock(context, 0)
    phone = opened(context, village)
    _, counter = order(phone.shown())
    phone.hide(hidden=True)
    context.clock.run_for(60_000)
    assert phone.page.evaluate(NOTHING_DRAWN)
    phone.hide(hidden=False)
    assert order(phone.shown())[1] <= counter + 2


@pytest.mark.parametrize("event", ["focus", "pageshow"])
def test_a_new_code_comes_at_once_with(phone: Phone, event: str) -> None:
    before = order(phone.shown())
    after = order(phone.next_after(lambda: phone.page.evaluate(f"dispatchEvent(new Event('{event}'))")))
    assert after > before


def test_two_tabs_never_show_the_same_counter(context: BrowserContext, village: Village) -> None:
    tabs = [opened(context, village) for _ in range(2)]
    for tab in tabs:
        tab.shown()
    for tab in tabs:
        # Not waited for, so that both are at it at once.
        tab.run(
            "() => { window.turns = (async () => { const all = [];"
            " for (let n = 0; n < 200; n += 1) all.push(await m.takeTurn()); return all; })(); }"
        )
    turns = [[(one["moment"], one["counter"]) for one in tab.page.evaluate("window.turns")] for tab in tabs]
    assert all(mine == sorted(mine) for mine in turns)
    assert turns[0][-1] > turns[1][0]
    everything = sorted(turns[0] + turns[1])
    counters = [counter for _, counter in everything]
    assert len(set(counters)) == 400
    assert counters == sorted(counters)


def test_two_tabs_opened_at_once_have_one_key(context: BrowserContext, village: Village) -> None:
    context.new_page().goto(f"{village.url}m/wallet")  # Somebody signs in.
    tabs = [Phone(context.new_page()) for _ in range(2)]
    for tab in tabs:
        tab.page.goto(f"{village.url}m/", wait_until="commit")
    assert len({tab.read().body.public_key for tab in tabs}) == 1


def test_key_and_counter_outlive_a_reload(phone: Phone) -> None:
    first = phone.read()
    phone.page.reload()
    second = phone.read()
    assert first.body.public_key == second.body.public_key
    assert showing_of(second).counter > showing_of(first).counter


def test_without_network_codes_stay_fresh_and_accepted(context: BrowserContext, village: Village) -> None:
    set_clock(context, 0)
    phone = opened(context, village)
    phone.shown()
    context.set_offline(True)
    village.bus_ahead = 30
    code = phone.next_after(lambda: context.clock.run_for(30_000))
    assert village.bus().answer(code) is Outcome.OK
    assert showing_of(taken_apart(code)).clock_quality is ShowClock.ANCHORED


@pytest.mark.parametrize("ahead", [-2 * HOUR_S, 240, 2 * HOUR_S], ids=str)
def test_a_phone_whose_clock_is_wrong_goes_by_the_server(
    context: BrowserContext, village: Village, ahead: int
) -> None:
    set_clock(context, ahead)
    code = opened(context, village).shown()
    assert showing_of(taken_apart(code)).clock_quality is ShowClock.ANCHORED
    assert village.bus().answer(code) is Outcome.OK


@pytest.mark.parametrize(
    ("ahead", "answer"),
    [(0, Outcome.OK), (-240, Outcome.GRACED), (240, Outcome.GRACED), (600, Outcome.STALE_CODE)],
    ids=str,
)
def test_a_phone_that_could_not_ask_says_so_and_is_taken_by_grace(
    context: BrowserContext, village: Village, ahead: int, answer: Outcome
) -> None:
    set_clock(context, ahead)
    context.route("**/m/api/time", lambda route: route.abort())
    code = opened(context, village).shown()
    assert showing_of(taken_apart(code)).clock_quality is ShowClock.WALL
    assert village.bus().answer(code) is answer


def test_what_the_server_said_a_day_ago_is_no_anchor_any_more(
    context: BrowserContext, village: Village
) -> None:
    set_clock(context, 0)
    phone = opened(context, village)
    phone.shown()
    code = phone.next_after(lambda: context.clock.fast_forward(24 * HOUR_S * 1_000))
    assert showing_of(taken_apart(code)).clock_quality is ShowClock.WALL
    village.bus_ahead = 24 * HOUR_S
    assert village.bus().answer(code) is Outcome.OK


def test_a_clock_that_was_set_back_is_not_believed(phone: Phone) -> None:
    phone.shown()
    believed = "(wall) => m.believed({ at: 1_790_000_000, offset: 100 }, wall)"
    assert phone.run(believed, 1_789_999_900) == {"moment": 1_790_000_000, "clock": ShowClock.ANCHORED}
    assert phone.run(believed, 1_789_999_890) == {"moment": 1_790_000_000, "clock": ShowClock.ANCHORED}
    assert phone.run(believed, 1_789_999_000) == {"moment": 1_790_000_000, "clock": ShowClock.UNKNOWN}


@pytest.mark.parametrize("ahead", [-240, -HOUR_S], ids=str)
def test_a_server_whose_clock_was_behind_is_got_over(
    village: Village, context: BrowserContext, ahead: int
) -> None:
    village.server_ahead = ahead
    other = opened(context, village)
    bus = village.bus()
    assert bus.answer(other.shown()) is Outcome.STALE_CODE
    village.server_ahead = 0
    assert bus.answer(other.next_after(lambda: ask_the_time(other))) is Outcome.OK


@pytest.mark.parametrize(("ahead", "then"), [(240, Outcome.GRACED), (HOUR_S, Outcome.OK)], ids=str)
def test_a_server_whose_clock_was_ahead_is_got_over(
    village: Village, context: BrowserContext, ahead: int, then: Outcome
) -> None:
    # With its pass already: one issued an hour ahead begins then.
    other = opened(context, village)
    other.shown()
    bus = village.bus()
    village.server_ahead = ahead
    assert bus.answer(other.next_after(lambda: ask_the_time(other))) is Outcome.STALE_CODE
    village.server_ahead = 0
    assert bus.answer(other.next_after(lambda: ask_the_time(other))) is then


def test_a_slow_answer_and_one_that_is_no_time_change_nothing(phone: Phone) -> None:
    phone.shown()
    before = phone.run("() => m.takeTurn()")
    learn = """async (at) => {
      const real = Date.now;
      const slow = async () => { const now = real() + 11_000; Date.now = () => now; return at; };
      const failed = await m.learnTime(slow).then(() => false, () => true);
      Date.now = real;
      return failed;
    }"""
    assert phone.run(learn, 4_000_000_000) is False
    assert phone.run("(at) => m.learnTime(async () => at).then(() => false, () => true)", "noon") is True
    after = phone.run("() => m.takeTurn()")
    assert after["clock"] == before["clock"] == ShowClock.ANCHORED
    assert after["moment"] - before["moment"] < 60


def test_a_phone_that_cannot_write_shows_no_code_and_says_so(
    context: BrowserContext, village: Village
) -> None:
    set_clock(context, 0)
    phone = opened(context, village)
    phone.shown()
    phone.page.evaluate("() => { IDBFactory.prototype.open = () => { throw new Error('disk full'); }; }")
    context.clock.run_for(11_000)
    phone.page.locator("#notice-trouble").wait_for(timeout=PATIENCE_MS)
    assert phone.page.evaluate(NOTHING_DRAWN)


def test_a_code_that_cannot_be_renewed_is_taken_away(context: BrowserContext, village: Village) -> None:
    set_clock(context, 0)
    phone = opened(context, village)
    phone.shown()
    # A database that never answers, as browsers have had.
    phone.page.evaluate("() => { IDBFactory.prototype.open = () => ({}); }")
    context.clock.run_for(31_000)
    phone.page.wait_for_function(NOTHING_DRAWN, timeout=PATIENCE_MS)


@pytest.mark.parametrize("answer", ["resolve({})", "reject(new Error('battery'))"], ids=["given", "refused"])
def test_the_screen_is_asked_to_stay_on(context: BrowserContext, village: Village, answer: str) -> None:
    context.add_init_script(
        "window.asked = 0; WakeLock.prototype.request = () => { window.asked += 1; return Promise."
        + answer
        + "; };"
    )
    phone = opened(context, village)
    phone.shown()
    phone.page.wait_for_function("window.asked === 1", timeout=PATIENCE_MS)
    phone.hide(hidden=True)
    phone.hide(hidden=False)
    phone.page.wait_for_function("window.asked === 2", timeout=PATIENCE_MS)


def test_where_no_key_can_be_kept_the_page_says_why(context: BrowserContext, village: Village) -> None:
    context.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    opened(context, village).page.locator("#notice-trouble").wait_for(timeout=PATIENCE_MS)


def test_without_network_the_first_time_the_page_says_so(context: BrowserContext, village: Village) -> None:
    context.route("**/m/api/**", lambda route: route.abort())
    opened(context, village).page.locator("#notice-other").wait_for(timeout=PATIENCE_MS)


def test_without_network_later_the_kept_pass_is_shown(context: BrowserContext, village: Village) -> None:
    phone = opened(context, village)
    kept = phone.read().body.pass_id
    context.route("**/m/api/**", lambda route: route.abort())
    phone.page.reload()
    assert phone.read().body.pass_id == kept


def test_the_page_asks_nobody_else_and_its_console_is_quiet(
    context: BrowserContext, village: Village
) -> None:
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("console", lambda said: faults.append(said.text))
    context.on(
        "request", lambda asked: None if asked.url.startswith(village.url) else faults.append(asked.url)
    )
    phone = opened(context, village)
    phone.shown()
    phone.choose(adults="1")
    assert faults == []
