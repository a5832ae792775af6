"""What the driver's page shows, in a real browser of 800 × 480 pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rules.ride.outcomes import Movement, Outcome
from terminal.screen.words import WORDS
from tests.terminal import screen_states as states
from tests.terminal.screen_bench import (
    Loop,
    assert_legible,
    assert_within,
    background,
    choose_theme,
    show,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest_plugins = ("tests.browser",)


def test_an_empty_page_says_that_there_are_no_trips(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.EMPTY)
    assert "今日の便がありません" in driver_page.inner_text("main")
    assert "bus-001" in driver_page.inner_text(".bar")
    assert driver_page.locator(".demo").count() == 0


def test_a_demo_says_so_in_every_state(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.CHOOSE)
    assert "デモ" in driver_page.inner_text(".demo")
    show(bus_loop, driver_page, states.LONG)
    assert driver_page.locator(".demo").is_visible()
    show(bus_loop, driver_page, replace(states.FAULT, demo=True))
    assert "デモ" in driver_page.inner_text(".fault")


def test_a_ride_shows_movement_fare_and_counts(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.RIDE)
    assert driver_page.inner_text(".key") == "降車"
    assert "¥450" in driver_page.inner_text(".sums")
    assert driver_page.locator(".cash").count() == 0
    assert driver_page.inner_text("[data-on-board]").split() == ["6人"]
    assert "41" in driver_page.inner_text(".counts")
    assert "まもなく" in driver_page.inner_text(".here")
    assert "第二停留所" in driver_page.inner_text(".here")


def test_a_boarding_names_no_fare(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.STATES["boarded"])
    assert driver_page.inner_text(".key") == "乗車"
    assert "¥" not in driver_page.inner_text(".rider")
    assert "停車中" in driver_page.inner_text(".here")
    assert "ドア開" in driver_page.inner_text(".here")


def test_a_free_alighting_says_zero_yen(driver_page: Page, bus_loop: Loop) -> None:
    assert states.RIDE.last is not None
    show(bus_loop, driver_page, replace(states.RIDE, last=replace(states.RIDE.last, fare=0)))
    assert "¥0" in driver_page.inner_text(".sums")


def test_a_commuter_pass_is_named_where_nothing_is_due(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.COMMUTER)
    sums = driver_page.inner_text(".sums")
    assert "定期券" in sums
    assert "¥" not in sums
    assert states.COMMUTER.last is not None
    show(bus_loop, driver_page, replace(states.COMMUTER, last=replace(states.COMMUTER.last, fare=240)))
    assert "¥240" in driver_page.inner_text(".sums")


def test_a_refusal_shows_its_reason(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.REFUSED)
    assert driver_page.inner_text(".key") == "期限切れ"
    assert WORDS[Outcome.EXPIRED].say in driver_page.inner_text(".answer")
    assert driver_page.locator(".verdict .icon-cross").is_visible()


def test_a_short_balance_shows_the_cash_to_take(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.SHORT)
    cash = driver_page.inner_text(".cash")
    assert all(word in cash for word in ("現金", "¥1,120", "いただく"))
    sums = driver_page.inner_text(".sums")
    assert all(word in sums for word in ("¥1,250", "小児", "3"))
    assert driver_page.locator(".verdict .icon-check").is_visible()


def test_a_party_and_a_class_stand_out(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.FAMILY)
    answer = driver_page.inner_text(".answer")
    assert all(word in answer for word in ("手帳介助", "3", "確認"))


def test_the_key_word_of_every_answer_is_huge_and_whole(driver_page: Page, bus_loop: Loop) -> None:
    for number, outcome in enumerate(Outcome, 200):
        movement = Movement.BOARD if outcome.rides else Movement.REFUSED
        last = replace(states.BOARDED, number=number, outcome=outcome, movement=movement)
        show(bus_loop, driver_page, replace(states.RIDE, last=last))
        key = driver_page.locator(".key")
        assert float(key.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")) >= 60
        assert_within(driver_page, ".key, .say, .at", ".answer")


def test_every_new_answer_is_seen_even_if_it_equals_the_one_before(driver_page: Page, bus_loop: Loop) -> None:
    assert states.RIDE.last is not None
    for number in range(100, 105):
        show(bus_loop, driver_page, replace(states.RIDE, last=replace(states.RIDE.last, number=number)))
        assert driver_page.get_attribute("body", "data-number") == str(number)
        assert driver_page.get_attribute(".answer", "data-answer") == str(number)
        assert driver_page.evaluate("document.querySelector('.rider').classList.contains('fresh')")
        driver_page.evaluate("document.querySelector('.rider').classList.remove('fresh')")


def test_an_old_answer_steps_back(driver_page: Page, bus_loop: Loop) -> None:
    assert states.RIDE.last is not None
    show(bus_loop, driver_page, states.RIDE)
    fresh = background(driver_page, ".answer")
    show(
        bus_loop,
        driver_page,
        replace(states.RIDE, last=replace(states.RIDE.last, number=77, seconds_ago=130.0)),
    )
    assert background(driver_page, ".answer") != fresh
    assert driver_page.inner_text(".ago") == "2分前"


def test_offline_is_a_calm_badge_and_rides_go_on(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.OFFLINE)
    assert "送信待ち 37件" in driver_page.inner_text(".bar")
    assert "圏外" in driver_page.inner_text(".bar")
    assert driver_page.inner_text(".key") == "降車"
    assert driver_page.locator(".badge.warn, .badge.bad, .fault").count() == 0
    driver_page.tap("summary")
    assert "40分前から電波が届いていません。" in driver_page.inner_text(".sheet")
    driver_page.tap(".counts")
    assert not driver_page.locator(".sheet").is_visible()


def test_a_queue_that_grows_is_counted_calmly_and_hides_nothing(driver_page: Page, bus_loop: Loop) -> None:
    for waiting in (1, 37, 1_204, 48_123):
        show(bus_loop, driver_page, replace(states.OFFLINE, queue=waiting))
        assert f"送信待ち {waiting:,}件" in driver_page.inner_text(".badge.calm >> nth=0")
        assert_within(driver_page, ".badge, .clock", ".bar")
        assert driver_page.locator(".board-one").is_visible()
        assert driver_page.inner_text(".key") == "降車"


def test_a_lost_receiver_is_named_and_the_place_marked_unsure(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.NO_GPS)
    assert states.NO_GPS.gps_problem in driver_page.inner_text(".reason")
    assert driver_page.locator(".strip.unsure").count() == 1
    assert "GPSなし" in driver_page.inner_text(".badge.warn")


def test_a_note_about_a_receiver_that_works_stands_on_the_sheet_alone(
    driver_page: Page, bus_loop: Loop
) -> None:
    show(
        bus_loop,
        driver_page,
        replace(states.RIDE, gps_note="受信しています。日付を直しています。 / The date is set right."),
    )
    assert driver_page.locator(".badge.warn").count() == 0
    driver_page.tap("summary")
    assert "日付を直しています。" in driver_page.inner_text(".sheet")


def test_a_lost_camera_takes_the_riders_half_but_keeps_the_cash(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.NO_CAMERA)
    shown = driver_page.inner_text(".rider")
    assert all(word in shown for word in ("QRを読めません", "差し直してください", "現金 ¥1,120"))
    assert "第二停留所" in driver_page.inner_text(".here")


def test_a_full_journal_asks_for_a_signal_and_not_for_a_restart(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.FULL)
    shown = driver_page.inner_text(".fault")
    assert "電波の届く所" in shown
    assert "switch this unit off" not in shown


def test_a_journal_fault_covers_the_screen_and_says_what_to_do(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.FAULT)
    box = driver_page.locator(".fault").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 800, "height": 480}
    shown = driver_page.inner_text(".fault")
    assert "記録を書き込めません" in shown
    assert "役場へ連絡" in shown
    show(bus_loop, driver_page, states.RIDE)
    assert driver_page.locator(".fault").count() == 0


def test_names_are_text_never_markup(driver_page: Page, bus_loop: Loop) -> None:
    evil = "<img src=x onerror=alert(1)>前"
    show(
        bus_loop,
        driver_page,
        replace(states.TRIP, trip_headsign=evil, stop_names=(evil, evil), at_index=0, notice=evil),
    )
    assert driver_page.locator("main img").count() == 0
    assert evil in driver_page.inner_text(".here")


@pytest.mark.parametrize(("theme", "contrast"), [("day", 4.5), ("night", 4.5), ("snow", 7.0)])
def test_no_state_scrolls_spills_fades_or_grows_small(
    driver_page: Page, bus_loop: Loop, theme: str, contrast: float
) -> None:
    choose_theme(driver_page, theme)
    for name, snapshot in states.STATES.items():
        show(bus_loop, driver_page, snapshot)
        assert_legible(driver_page, name, contrast)


def test_day_and_night_follow_the_system_until_the_driver_chooses(
    night_driver_page: Page, bus_loop: Loop
) -> None:
    show(bus_loop, night_driver_page, states.RIDE)
    grounds = []
    for theme in ("night", "snow", "day"):
        assert night_driver_page.get_attribute("html", "data-theme") == theme
        assert night_driver_page.locator(".theme .icon:visible").count() == 1
        grounds.append(background(night_driver_page, "body"))
        night_driver_page.tap(".theme")
    assert len(set(grounds)) == 3
    night_driver_page.tap(".theme")
    night_driver_page.reload()
    assert night_driver_page.get_attribute("html", "data-theme") == "snow"


def test_in_snow_the_ground_is_white_the_ink_black_and_no_stroke_thin(
    driver_page: Page, bus_loop: Loop
) -> None:
    show(bus_loop, driver_page, states.BY_HAND_MANY)
    choose_theme(driver_page, "snow")
    for selector in ("body", ".alight", ".heading", ".actions .by-hand"):
        assert background(driver_page, f":nth-match({selector}, 1)") == "rgb(255, 255, 255)"
        ink = driver_page.locator(selector).first.evaluate("node => getComputedStyle(node).color")
        assert ink == "rgb(0, 0, 0)"
    light = driver_page.evaluate(
        """[...document.querySelectorAll("body *")].filter(node => node.checkVisibility()
          && [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())
          && getComputedStyle(node).fontWeight < 700).map(node => node.textContent)"""
    )
    assert light == []
    strokes = driver_page.locator(".icon:visible").evaluate_all(
        "nodes => nodes.map(node => parseFloat(getComputedStyle(node).strokeWidth))"
    )
    assert min(strokes) >= 3
