"""Riders by the driver's hand (手扱い), letting in whom an answer refused, help at the reader: in a real browser."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from device.reader.messages import Hint
from rules.messages.events import Means
from rules.passes.rider_pass import RiderClass
from terminal.facts import HandAlighting, HandBoarding, HandTakenBack, Overruled, StopSaid
from terminal.screen.snapshot import HandGroup
from terminal.screen.words import HINTS
from tests.terminal import screen_states as states
from tests.terminal.screen_bench import Loop, assert_legible, choose_theme, show

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from terminal.screen.snapshot import Snapshot

pytest_plugins = ("tests.browser",)

BOUNCE_MS = 450
"""A little more than the page lets pass before it takes a touch for a key that has just come."""
MAIN_PX = 64


def settled(loop: Loop, page: Page, snapshot: Snapshot) -> None:
    """Show it, and wait until its keys have stood there for longer than a bounce."""
    show(loop, page, snapshot)
    page.wait_for_timeout(BOUNCE_MS)


def touch(page: Page, selector: str, path: str) -> None:
    """One touch, which the loop's side takes."""
    with page.expect_response(f"**{path}") as told:
        page.tap(selector)
    assert told.value.status == 204


def heights(page: Page, selector: str) -> list[float]:
    """As laid out: what has just come is drawn a little smaller for a moment."""
    found: list[float] = page.locator(selector).evaluate_all(
        "nodes => nodes.filter(node => node.checkVisibility()).map(node => node.offsetHeight)"
    )
    return found


# One touch in, one touch out


@pytest.mark.parametrize(
    "name", ["trip", "ride", "asked", "no_camera", "no_gps", "offline", "long", "short", "refused"]
)
def test_one_touch_boards_an_adult_with_cash_whatever_else_is_shown(
    driver_page: Page, bus_loop: Loop, name: str
) -> None:
    settled(bus_loop, driver_page, states.STATES[name])
    assert "現金 乗車" in driver_page.inner_text(".board-one")
    assert heights(driver_page, ".actions button") == [76.0] * 3
    touch(driver_page, ".board-one", "/hand/board")
    assert bus_loop.facts == [HandBoarding(Means.CASH, RiderClass.ADULT, 1)]


def test_two_people_are_two_touches_one_after_the_other(driver_page: Page, bus_loop: Loop) -> None:
    settled(bus_loop, driver_page, states.TRIP)
    for _ in range(2):
        touch(driver_page, ".board-one", "/hand/board")
        driver_page.wait_for_timeout(200)
    assert bus_loop.facts == [HandBoarding(Means.CASH, RiderClass.ADULT, 1)] * 2


def test_a_touch_that_bounces_boards_once(driver_page: Page, bus_loop: Loop) -> None:
    settled(bus_loop, driver_page, states.TRIP)
    driver_page.evaluate("const key = document.querySelector('.board-one'); key.click(); key.click();")
    driver_page.wait_for_timeout(300)
    assert len(bus_loop.facts) == 1


def test_without_a_trip_nobody_is_recorded_by_hand(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.CHOOSE)
    assert driver_page.locator(".actions").count() == 0


def test_at_a_stop_one_touch_alights_one_of_those_on_board(driver_page: Page, bus_loop: Loop) -> None:
    settled(bus_loop, driver_page, states.BY_HAND)
    key = driver_page.inner_text(".alight")
    assert all(word in key for word in ("¥340", "降車", "新庄駅前", "から", "2人"))
    assert all(height >= MAIN_PX for height in heights(driver_page, ".alight"))
    touch(driver_page, ".alight", "/hand/alight")
    assert bus_loop.facts == [HandAlighting(1, Means.CASH, RiderClass.ADULT, 1)]


def test_the_cash_to_take_stands_large_beside_its_undo(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.ALIGHTED_BY_HAND)
    shown = driver_page.inner_text(".recorded")
    assert all(word in shown for word in ("現金", "¥12,000", "いただく", "降車15人", "新庄駅前から", "取消"))
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    assert driver_page.locator(".recorded .take b").evaluate(size) >= 34
    assert heights(driver_page, ".recorded button") == [MAIN_PX]
    touch(driver_page, ".recorded button", "/hand/undo")
    assert bus_loop.facts == [HandTakenBack()]
    assert not driver_page.locator(".recorded").is_visible()


def test_nothing_moves_under_the_finger_when_somebody_has_alighted(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.BY_HAND_MANY)
    keys = ".alight:visible, .actions button, .end"
    before = [driver_page.locator(keys).nth(index).bounding_box() for index in range(6)]
    show(bus_loop, driver_page, states.ALIGHTED_BY_HAND)
    assert [driver_page.locator(keys).nth(index).bounding_box() for index in range(6)] == before


def test_a_boarding_can_be_taken_back_and_two_equal_ones_are_told_apart(
    driver_page: Page, bus_loop: Loop
) -> None:
    show(bus_loop, driver_page, states.BOARDED_BY_HAND)
    assert driver_page.inner_text(".recorded").split()[:2] == ["乗車", "1人"]
    assert "手扱い計3人" in driver_page.inner_text(".recorded")
    again = (HandGroup(4, "adult", Means.CASH, 2, None), states.ONE_BY_HAND)
    show(bus_loop, driver_page, replace(states.BOARDED_BY_HAND, by_hand=again))
    assert "手扱い計4人" in driver_page.inner_text(".recorded")
    touch(driver_page, ".recorded button", "/hand/undo")
    assert bus_loop.facts == [HandTakenBack()]


def test_more_on_board_than_fit_are_a_page_further_the_nearest_stop_first(
    driver_page: Page, bus_loop: Loop
) -> None:
    settled(bus_loop, driver_page, states.BY_HAND_MANY)
    seen: list[str] = []
    for _ in range(3):
        seen += driver_page.locator(".alight:visible .whence b").all_inner_texts()
        driver_page.tap(".alights .next-page")
    assert seen == ["清水（大蔵村役場）", "本合海", "新庄駅前", "新庄駅前", "県立病院前"]
    driver_page.tap(".alights .next-page")
    touch(driver_page, ".alight:visible >> nth=1", "/hand/alight")
    assert bus_loop.facts == [HandAlighting(1, Means.COMMUTER, RiderClass.STUDENT, 1)]


def test_on_the_road_and_for_those_who_have_just_boarded_there_is_no_key_to_alight(
    driver_page: Page, bus_loop: Loop
) -> None:
    show(bus_loop, driver_page, states.DRIVEN_ON)
    assert driver_page.locator(".alight").count() == 0
    assert driver_page.locator(".strip .after").first.is_visible()
    show(bus_loop, driver_page, states.BOARDED_BY_HAND)
    assert driver_page.locator(".alight").count() == 1


def test_a_key_that_comes_under_a_finger_takes_no_touch(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.TRIP)
    show(bus_loop, driver_page, states.BY_HAND)
    driver_page.evaluate("document.querySelector('.alight').click()")
    driver_page.wait_for_timeout(300)
    assert bus_loop.facts == []


def test_where_the_table_has_no_fare_the_paper_is_named_and_nothing_invented(
    driver_page: Page, bus_loop: Loop
) -> None:
    settled(bus_loop, driver_page, states.BY_HAND_TWO)
    key = driver_page.locator(".alight").nth(1)
    assert "運賃不明" in key.inner_text()
    assert "¥" not in key.inner_text()
    show(bus_loop, driver_page, states.FARE_LOOKED_UP)
    assert "運賃は紙の表で" in driver_page.inner_text(".recorded")
    assert "¥" not in driver_page.inner_text(".recorded")


def test_a_question_leaves_the_keys_by_hand_and_they_leave_the_question(
    driver_page: Page, bus_loop: Loop
) -> None:
    show(bus_loop, driver_page, states.BY_HAND)
    settled(bus_loop, driver_page, replace(states.BY_HAND, question=states.ASKED.question))
    assert driver_page.locator(".alight").count() == 0
    touch(driver_page, ".board-one", "/hand/board")
    assert driver_page.locator(".candidate").first.is_visible()
    touch(driver_page, ".candidate >> nth=1", "/stop/answer")
    assert bus_loop.facts == [HandBoarding(Means.CASH, RiderClass.ADULT, 1), StopSaid(7, 3)]


# The panel


def test_the_panel_opens_over_the_left_half_and_boards_with_one_more_touch(
    driver_page: Page, bus_loop: Loop
) -> None:
    show(bus_loop, driver_page, states.REFUSED)
    answer = driver_page.locator(".answer").bounding_box()
    driver_page.tap(".by-hand")
    assert driver_page.locator(".answer").bounding_box() == answer
    assert not driver_page.locator(".strip").is_visible()
    driver_page.tap("[data-value='coupon']")
    driver_page.tap("[data-value='child']")
    for _ in range(20):
        driver_page.tap("[data-act='further']")
    assert driver_page.inner_text(".how-many .people") == "15"
    driver_page.tap("[data-act='fewer']")
    touch(driver_page, ".board-now", "/hand/board")
    assert bus_loop.facts == [HandBoarding(Means.COUPON, RiderClass.CHILD, 14)]
    assert not driver_page.locator(".hand").is_visible()


@pytest.mark.parametrize("means", Means)
def test_every_means_and_class_can_be_recorded(driver_page: Page, bus_loop: Loop, means: Means) -> None:
    show(bus_loop, driver_page, states.RIDE)
    for rider_class in RiderClass:
        driver_page.wait_for_timeout(BOUNCE_MS)
        driver_page.tap(".by-hand")
        driver_page.tap(f".means [data-value='{means}']")
        driver_page.tap(f".classes [data-value='{rider_class.name.lower()}']")
        touch(driver_page, ".board-now", "/hand/board")
    assert bus_loop.facts == [HandBoarding(means, rider_class, 1) for rider_class in RiderClass]


def test_the_panel_begins_with_one_adult_and_cash_each_time(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.RIDE)
    for _ in range(2):
        driver_page.tap(".by-hand")
        pressed = driver_page.locator(".hand [aria-pressed='true']")
        assert [text.split()[0] for text in pressed.all_inner_texts()] == ["現金", "大人"]
        assert driver_page.inner_text(".how-many .people") == "1"
        driver_page.tap("[data-act='fewer']")
        assert driver_page.inner_text(".how-many .people") == "1"
        driver_page.tap("[data-value='senior']")
        driver_page.tap("[data-act='further']")
        driver_page.tap(".hand .close")
    assert bus_loop.facts == []


def test_the_fare_table_shows_the_class_chosen_and_lets_alight_whom_nobody_recorded(
    driver_page: Page, bus_loop: Loop
) -> None:
    settled(bus_loop, driver_page, states.AT_STOP)
    driver_page.tap(".by-hand")
    driver_page.tap(".alight-from")
    rows = driver_page.locator(".from-where li:visible")
    assert [text.split() for text in rows.all_inner_texts()] == [
        ["清水（大蔵村役場）", "¥140"],
        ["本合海", "¥240"],
        ["新庄駅前", "¥340"],
        ["県立病院前", "運賃不明"],
    ]
    assert all(height >= MAIN_PX for height in heights(driver_page, ".from-where li button"))
    driver_page.tap(".back")
    driver_page.tap("[data-value='child']")
    driver_page.tap("[data-act='further']")
    driver_page.tap(".alight-from")
    assert "小児・現金 2人" in driver_page.inner_text(".from-asks")
    assert rows.nth(2).inner_text().split() == ["新庄駅前", "¥340", "¥170", "×", "2人"]
    touch(driver_page, ".from-where li:visible >> nth=2", "/hand/alight")
    assert bus_loop.facts == [HandAlighting(1, Means.CASH, RiderClass.CHILD, 2)]


def test_the_fare_table_follows_the_bus_and_names_every_stop_before_it(
    driver_page: Page, bus_loop: Loop
) -> None:
    settled(bus_loop, driver_page, states.AT_STOP)
    driver_page.tap(".by-hand")
    driver_page.tap(".alight-from")
    settled(bus_loop, driver_page, replace(states.AT_STOP, at_index=8, fares_from=states.fares_to(8)))
    seen: list[str] = []
    for _ in range(2):
        seen += driver_page.locator(".from-where li:visible b:first-child").all_inner_texts()[::2]
        driver_page.tap(".from-where .next-page")
    assert seen == [*reversed(states.STOPS[:8])]
    show(bus_loop, driver_page, replace(states.AT_STOP, at_index=0, fares_from=()))
    assert "この前の停留所がありません" in driver_page.inner_text(".from-where")


def test_a_commuter_pass_on_paper_shows_no_fare_and_no_other_ticket_asks_for_cash(
    driver_page: Page, bus_loop: Loop
) -> None:
    settled(bus_loop, driver_page, states.AT_STOP)
    driver_page.tap(".by-hand")
    driver_page.tap("[data-value='commuter']")
    driver_page.tap(".alight-from")
    sums = driver_page.locator(".from-where li:visible .sum")
    assert sums.all_inner_texts() == ["定期券"] * 4
    for means, word in (("pass", "いただかない"), ("coupon", "回数券で")):
        driver_page.tap(".back")
        driver_page.tap(f"[data-value='{means}']")
        driver_page.tap(".alight-from")
        assert sums.first.inner_text().split() == ["¥140", word]


def test_a_panel_that_is_forgotten_closes_and_so_does_one_whose_trip_has_ended(
    driver_page: Page, bus_loop: Loop
) -> None:
    driver_page.clock.install()
    show(bus_loop, driver_page, states.RIDE)
    driver_page.tap(".by-hand")
    driver_page.clock.run_for(19_000)
    driver_page.tap("[data-value='child']")
    driver_page.clock.run_for(19_000)
    assert driver_page.locator(".hand").is_visible()
    driver_page.clock.run_for(1_500)
    assert not driver_page.locator(".hand").is_visible()
    driver_page.tap(".by-hand")
    show(bus_loop, driver_page, states.CHOOSE)
    assert not driver_page.locator(".hand").is_visible()


def test_a_touch_that_finds_no_room_says_so(driver_page: Page, bus_loop: Loop) -> None:
    settled(bus_loop, driver_page, states.BY_HAND)
    bus_loop.full = True
    driver_page.tap(".board-one")
    driver_page.wait_for_selector(".toast:visible")
    assert "今は受け付けられません" in driver_page.inner_text(".toast")


@pytest.mark.parametrize(("theme", "contrast"), [("day", 4.5), ("night", 4.5), ("snow", 7.0)])
def test_the_panel_is_whole_and_legible_in_every_theme(
    driver_page: Page, bus_loop: Loop, theme: str, contrast: float
) -> None:
    choose_theme(driver_page, theme)
    for snapshot in (states.BY_HAND_MANY, states.LONG_BY_HAND, states.NO_CAMERA_BY_HAND):
        settled(bus_loop, driver_page, snapshot)
        driver_page.tap(".by-hand")
        for _ in range(14):
            driver_page.tap("[data-act='further']")
        driver_page.tap("[data-value='handbook_attended']")
        assert_legible(driver_page, "panel", contrast)
        driver_page.tap(".alight-from")
        assert_legible(driver_page, "fares", contrast)
        driver_page.tap(".hand .close")


# By keys alone


def test_every_key_is_reached_without_a_finger_and_keeps_its_ring_when_the_picture_changes(
    driver_page: Page, bus_loop: Loop
) -> None:
    settled(bus_loop, driver_page, states.ALIGHTED_BY_HAND)
    reached: list[str] = []
    for _ in range(12):
        driver_page.keyboard.press("Tab")
        reached.append(str(driver_page.evaluate("document.activeElement.dataset.act")))
        ring = driver_page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid"
        if reached[-1] == "alight":
            break
    assert reached[-2:] == ["end", "alight"]
    show(bus_loop, driver_page, replace(states.ALIGHTED_BY_HAND, by_hand=states.BY_HAND_MANY.by_hand[:2]))
    assert driver_page.evaluate("document.activeElement.dataset.board") == "3"
    driver_page.wait_for_timeout(BOUNCE_MS)
    with driver_page.expect_response("**/hand/alight"):
        driver_page.keyboard.press("Enter")
    assert bus_loop.facts == [HandAlighting(3, Means.CASH, RiderClass.HANDBOOK_ATTENDED, 1)]


# Letting in whom an answer refused


def test_a_refusal_is_overruled_by_a_second_touch_alone(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.MAY_OVERRULE)
    assert driver_page.inner_text(".key") == "期限切れ"
    assert heights(driver_page, ".overrule") == [MAIN_PX]
    driver_page.evaluate("const key = document.querySelector('.overrule'); key.click(); key.click();")
    assert "もう一度押すと乗せる" in driver_page.inner_text(".overrule")
    assert bus_loop.facts == []
    driver_page.wait_for_timeout(BOUNCE_MS)
    touch(driver_page, ".overrule", "/overrule")
    assert bus_loop.facts == [Overruled(14)]
    show(bus_loop, driver_page, states.OVERRULED)
    assert driver_page.locator(".overrule").count() == 0
    assert all(word in driver_page.inner_text(".recorded") for word in ("乗車", "1人", "パス", "取消"))
    touch(driver_page, ".recorded button", "/hand/undo")
    assert bus_loop.facts == [Overruled(14), HandTakenBack()]


def test_the_next_rider_is_not_let_in_by_the_touch_meant_for_the_last(
    driver_page: Page, bus_loop: Loop
) -> None:
    assert states.MAY_OVERRULE.last is not None
    show(bus_loop, driver_page, states.MAY_OVERRULE)
    driver_page.tap(".overrule")
    show(
        bus_loop, driver_page, replace(states.MAY_OVERRULE, last=replace(states.MAY_OVERRULE.last, number=15))
    )
    driver_page.wait_for_timeout(BOUNCE_MS)
    driver_page.tap(".overrule")
    assert bus_loop.facts == []


# Help at the reader


@pytest.mark.parametrize("hint", Hint)
def test_what_helps_a_code_to_be_read_stands_large_and_the_last_answer_stays(
    driver_page: Page, bus_loop: Loop, hint: Hint
) -> None:
    show(bus_loop, driver_page, replace(states.SHORT, hint=hint))
    assert driver_page.inner_text(".help") == HINTS[hint][0]
    assert driver_page.locator(".help").evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 44
    assert_legible(driver_page, hint, 4.5)
    assert "現金 ¥1,120 いただく" in driver_page.inner_text(".former")
    show(bus_loop, driver_page, states.SHORT)
    assert driver_page.inner_text(".key") == "降車"


def test_a_dirty_lens_is_a_calm_badge_and_a_sentence(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.DIRTY_LENS)
    assert "レンズ汚れ" in driver_page.inner_text(".badge.calm")
    assert driver_page.locator(".badge.warn, .badge.bad").count() == 0
    driver_page.tap("summary")
    assert "レンズを拭いてください。" in driver_page.inner_text(".sheet")


def test_a_photo_is_to_be_looked_at_where_somebody_rides_by_it(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.PHOTO)
    assert "写真を確認" in driver_page.inner_text(".key-en")
    assert "高齢者" in driver_page.inner_text(".sums")
    assert states.REFUSED.last is not None
    show(bus_loop, driver_page, replace(states.REFUSED, last=replace(states.REFUSED.last, photo=True)))
    assert "写真を確認" not in driver_page.inner_text(".rider")


def test_without_a_camera_the_page_says_what_to_do_and_the_keys_are_there(
    driver_page: Page, bus_loop: Loop
) -> None:
    settled(bus_loop, driver_page, states.NO_CAMERA_BY_HAND)
    assert "「手扱い」で記録" in driver_page.inner_text(".camera .do")
    touch(driver_page, ".alight:visible >> nth=0", "/hand/alight")
    driver_page.tap(".by-hand")
    driver_page.tap("[data-value='pass']")
    touch(driver_page, ".board-now", "/hand/board")
    assert bus_loop.facts == [
        HandAlighting(3, Means.CASH, RiderClass.HANDBOOK_ATTENDED, 1),
        HandBoarding(Means.PASS, RiderClass.ADULT, 1),
    ]
