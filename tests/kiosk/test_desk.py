"""What the kiosk promises guests and staff."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from device.fact_queue import MAX_FACTS, MAX_HEARD
from device.facts import CameraState, CodeSeen, LinkDown, LinkUp
from kiosk.facts import ButtonPressed, PageState
from kiosk.hours import Hours
from kiosk.ports import (
    MOST_SHOWN,
    HideCode,
    MessageKind,
    OfferWanted,
    ShowAgain,
    StaffLeft,
    StaffPin,
    UndoLast,
)
from kiosk.staff import OPEN_S, WAIT_S
from rules.instant import ClockQuality
from rules.messages.codec import decode
from rules.messages.events import CardPoints, ClockSet, OfferedBy, PointsOffered, PointsUndone, Started
from rules.messages.link import Health
from rules.messages.topics import Channel
from tests.kiosk.desk_bench import ADULT, CHILD, ONE, PIN, RULES, World, kiosk_on
from tests.ride.builders import ISSUER


def test_a_touch_makes_a_signed_code_for_this_visit_and_this_many_people(world: World) -> None:
    with kiosk_on(world) as table:
        table.do(OfferWanted(CHILD.id, 3))
        (code,) = table.page.codes
        said = table.code_of(code.text).code
        assert (said.number, said.visit, said.count, said.points) == (1, CHILD.id, 3, 10)
        assert (said.kiosk, said.issuer, said.clock) == (3, ISSUER, ClockQuality.NETWORK)
        assert said.moment == int(world.wall)
        (event,) = table.offers()
        assert (event.number, event.moment, event.by) == (1, said.moment, OfferedBy.TOUCH)
        assert table.sound.said == [MessageKind.MADE]


def test_the_button_makes_a_code_for_one_of_the_first_kind(world: World) -> None:
    with kiosk_on(world) as table:
        table.do(ButtonPressed())
        (event,) = table.offers()
        assert (event.visit, event.count, event.by) == (ADULT.id, 1, OfferedBy.BUTTON)


def test_the_next_press_leaves_a_slow_guests_code_where_it_is(world: World) -> None:
    with kiosk_on(world) as table:
        first = table.offer()
        text = table.page.codes[0].text
        table.offer()
        assert table.shown == [first, first + 1]
        assert table.page.codes[0].text == text
        assert table.page.codes[0].left_s < table.page.codes[1].left_s == RULES.shown_s


def test_a_trembling_finger_makes_one_code(world: World) -> None:
    with kiosk_on(world) as table:
        table.do(ONE, ONE)
        assert len(table.offers()) == 1
        table.do(ButtonPressed(), ButtonPressed())
        assert [event.by for event in table.offers()] == [OfferedBy.TOUCH, OfferedBy.BUTTON]


def test_a_press_beside_a_touch_is_another_guests(world: World) -> None:
    with kiosk_on(world) as table:
        table.do(ButtonPressed(), ONE)
        assert table.shown == [1, 2]


def test_a_code_of_the_button_does_not_lie_behind_the_staffs_page(world: World) -> None:
    with kiosk_on(world) as table:
        table.sign_in()
        table.do(ButtonPressed())
        assert table.shown == [1]
        assert not table.page.staff


def test_where_there_is_no_room_beside_the_others_nothing_is_made(world: World) -> None:
    with kiosk_on(world) as table:
        numbers = [table.offer() for _ in range(MOST_SHOWN)]
        table.wait(2)
        table.do(ONE)
        assert table.shown == numbers
        assert table.sound.said[-1] is MessageKind.NO_SPACE
        table.do(HideCode(numbers[0]))
        assert table.offer() == numbers[-1] + 1


def test_a_code_leaves_the_screen_after_its_time_and_can_be_brought_back(world: World) -> None:
    with kiosk_on(world) as table:
        number = table.offer()
        text = table.page.codes[0].text
        table.wait(RULES.shown_s)
        assert table.shown == []
        table.do(ShowAgain(number))
        assert [(code.number, code.text) for code in table.page.codes] == [(number, text)]
        table.wait(RULES.again_s, step=30)
        assert table.again == []
        table.do(ShowAgain(number))
        assert table.shown == []
        assert table.sound.said[-1] is MessageKind.GONE


def test_staff_can_bring_back_what_guests_no_longer_can(world: World) -> None:
    with kiosk_on(world) as table:
        number = table.offer()
        table.wait(RULES.again_s + 60, step=30)
        table.sign_in()
        assert table.again == [number]
        table.do(ShowAgain(number))
        assert table.shown == [number]


def test_a_claimed_code_leaves_the_screen_and_cannot_be_brought_back(world: World) -> None:
    with kiosk_on(world) as table:
        first, second = table.offer(), table.offer()
        table.claimed(first, 0)
        assert table.shown == [second]
        assert table.again == [second]
        assert table.sound.said[-1] is MessageKind.CLAIMED


def test_a_familys_code_stays_until_each_of_them_has_claimed(world: World) -> None:
    with kiosk_on(world) as table:
        number = table.offer(count=3)
        for claimed in (1, 2):
            table.claimed(number, 3 - claimed)
            assert [(code.number, code.claimed) for code in table.page.codes] == [(number, claimed)]
        table.claimed(number, 0)
        assert table.shown == []
        assert [(day.codes, day.people, day.claimed) for day in table.page.today] == [(1, 3, 3), (0, 0, 0)]


def test_outside_opening_hours_only_staff_make_codes(world: World) -> None:
    world.rules = replace(RULES, hours=Hours(0, 1))
    with kiosk_on(world) as table:
        assert not table.page.open
        table.do(ONE)
        assert table.sound.said == [MessageKind.CLOSED]
        table.sign_in()
        table.wait(2)
        table.do(OfferWanted(ADULT.id, 1, OfferedBy.STAFF))
        assert [event.by for event in table.offers()] == [OfferedBy.STAFF]


def test_codes_made_without_the_time_on_an_older_card_are_not_taken_for_one_another(world: World) -> None:
    world = replace(world, folder=world.folder / "card")
    image = world.folder.with_name("image")
    with kiosk_on(world) as table:
        table.offer()
    shutil.copytree(world.folder, image)
    world.network = False
    names = set()
    for boot in ("5f0c1d2e", "a1b2c3d4"):
        shutil.rmtree(world.folder)
        shutil.copytree(image, world.folder)
        world.begin_anew(boot)
        with kiosk_on(world) as table:
            assert table.offer() == 2
            card = world.office.card()
            assert table.hold(card) is MessageKind.CARD_DONE
            names |= {
                (event.number, event.moment)
                for event in table.events()
                if isinstance(event, PointsOffered | CardPoints) and event.number > 1
            }
    assert len(names) == 4


def test_without_the_time_the_house_is_open_and_the_code_says_that_its_moment_is_not_known(
    world: World,
) -> None:
    world.network = False
    world.rules = replace(RULES, hours=Hours(0, 1))
    with kiosk_on(world) as table:
        assert table.page.open and not table.page.clock_known and table.page.now_text == ""
        table.do(ONE)
        (code,) = table.page.codes
        assert table.code_of(code.text).code.clock is ClockQuality.FLOOR
        table.wait(2)
        assert table.page.today[0].codes == 1


def test_an_hour_has_so_many_codes_also_after_a_power_cut(world: World) -> None:
    world.rules = replace(RULES, codes_an_hour=2)
    with kiosk_on(world) as table:
        table.offer()
        table.do(HideCode(1))
        table.offer()
    world.begin_anew("later")
    with kiosk_on(world) as table:
        table.do(ONE)
        assert table.sound.said == [MessageKind.TOO_MANY]
        table.wait(3_700, step=100)
        assert table.offer() == 3


def test_after_a_power_cut_without_the_time_no_limit_bites_on_what_nobody_can_date(world: World) -> None:
    world.rules = replace(RULES, codes_an_hour=1)
    card = world.office.card()
    with kiosk_on(world) as table:
        table.offer()
        table.hold(card)
    world.begin_anew("later", seconds=86_400.0)
    world.network = False
    with kiosk_on(world) as table:
        table.do(ONE)
        assert [code.number for code in table.page.codes] == [3]
        assert table.hold(card) is MessageKind.CARD_DONE


def test_who_says_to_be_staff_without_the_page_open_is_a_guest(world: World) -> None:
    with kiosk_on(world) as table:
        table.do(OfferWanted(ADULT.id, 1, OfferedBy.STAFF))
        assert [event.by for event in table.offers()] == [OfferedBy.TOUCH]


@pytest.mark.parametrize("wrong", [OfferWanted(9, 1), OfferWanted(ADULT.id, 0), OfferWanted(ADULT.id, 7)])
def test_a_visit_or_number_of_people_that_is_none_makes_no_code(world: World, wrong: OfferWanted) -> None:
    with kiosk_on(world) as table:
        table.do(wrong)
        assert table.offers() == []


def test_staff_take_back_the_last_one_and_nothing_else(world: World) -> None:
    with kiosk_on(world) as table:
        first, second = table.offer(), table.offer()
        table.do(UndoLast(second))
        assert not any(isinstance(event, PointsUndone) for event in table.events()), (
            "guests take nothing back"
        )
        table.sign_in()
        table.do(UndoLast(first))
        assert table.sound.said[-1] is MessageKind.NOTHING_TO_UNDO
        table.do(UndoLast(second))
        assert table.shown == [first]
        assert second not in table.again
        undone = [event for event in table.events() if isinstance(event, PointsUndone)]
        assert [(event.number, event.staff) for event in undone] == [(second, True)]
        assert table.page.today[0].codes == 1
        assert table.offer() == second + 1, "its number is never used again"


def test_the_staffs_page_opens_by_their_pin_and_closes_by_itself(world: World) -> None:
    with kiosk_on(world) as table:
        table.do(StaffPin("0000"))
        assert not table.page.staff
        assert table.sound.said == [MessageKind.WRONG_PIN]
        table.sign_in()
        table.wait(OPEN_S + 1, step=10)
        assert not table.page.staff
        table.sign_in()
        table.do(StaffLeft())
        assert not table.page.staff


def test_after_five_wrong_pins_none_is_taken_for_a_while(world: World) -> None:
    with kiosk_on(world) as table:
        table.do(*[StaffPin("1234")] * 5, StaffPin(PIN))
        assert not table.page.staff
        assert table.sound.said[-1] is MessageKind.PIN_WAITS
        table.wait(WAIT_S + 1, step=10)
        table.sign_in()


def test_after_a_power_cut_a_code_is_offered_again_with_the_same_text(world: World) -> None:
    with kiosk_on(world) as table:
        number = table.offer()
        text = table.page.codes[0].text
    world.begin_anew("later")
    with kiosk_on(world) as table:
        assert table.shown == []
        assert table.again == [number]
        table.do(ShowAgain(number))
        assert table.page.codes[0].text == text
        assert table.offer() == number + 1


def test_what_was_claimed_before_a_power_cut_is_not_offered_after_it(world: World) -> None:
    with kiosk_on(world) as table:
        number = table.offer()
        table.claimed(number, 0)
    world.begin_anew("later")
    with kiosk_on(world) as table:
        assert table.again == []


def test_days_later_codes_and_their_claims_are_forgotten_and_their_numbers_are_not(world: World) -> None:
    with kiosk_on(world) as table:
        number = table.offer()
        table.claimed(number, 0)
        table.wait(3 * 86_400, step=3_600)
        assert table.journal.recall_all("code") == table.journal.recall_all("claimed") == {}
    world.begin_anew("later")
    with kiosk_on(world) as table:
        assert table.offer() == number + 1


def test_a_full_journal_makes_no_code_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with kiosk_on(world) as table:
        table.offer()
        monkeypatch.setattr("device.room.ALL_PERCENT", 0)
        table.wait(2)
        table.do(ONE, ButtonPressed())
        table.hold(world.office.card())
        assert len(table.offers()) == 1
        assert table.sound.said[-1] is MessageKind.STOPPED
        assert "journal is full" in table.page.stopped
        monkeypatch.undo()
        monkeypatch.setattr("kiosk.desk.TICK_S", 0.0)
        assert table.offer() == 2


def test_a_journal_that_breaks_ends_the_kiosk_with_no_code_on_the_screen(world: World) -> None:
    with kiosk_on(world) as table:
        table.offer()
        table.desk.begin = lambda: None  # type: ignore[method-assign]
        table.do(LinkUp())
        monotonic = world.time.seconds
        table.journal._file._connection.close()
        world.time.move(2.0)
        assert table.desk.run() == 1
        assert world.time.seconds > monotonic
        assert "Cannot record" in table.published[-1].stopped
        assert table.published[-1].codes == ()


def test_central_hears_how_the_kiosk_is(world: World) -> None:
    with kiosk_on(world) as table:
        table.do(CameraState("カメラがありません / no camera"), LinkUp())
        table.wait(2)
        health = decode(table.link.sent(Channel.STATE)[-1], Health)
        assert (health.online, health.version, health.queue) == (True, "1.2.3", table.journal.waiting)
        assert health.camera == "カメラがありません / no camera"
        assert (health.page, table.page.camera) == ("", False)
        table.do(PageState("画面が応えません / the page is silent"))
        table.wait(2)
        assert (
            decode(table.link.sent(Channel.STATE)[-1], Health).page == "画面が応えません / the page is silent"
        )
        table.do(LinkDown("網がありません / no network"))
        assert not table.page.link_up
        assert "網がありません / no network" in table.page.faults


def test_news_is_asked_for_more_often_while_somebody_stands_before_a_code(world: World) -> None:
    with kiosk_on(world) as table:
        table.do(LinkUp())
        table.wait(60)
        quiet = len(table.link.sent(Channel.SEEN))
        table.offer()
        table.wait(60)
        assert len(table.link.sent(Channel.SEEN)) - quiet > 2 * quiet


def test_the_first_record_says_that_it_is_ready_and_the_clock_is_set_once(world: World) -> None:
    with kiosk_on(world) as table:
        table.wait(60)
        assert [type(event) for event in table.events()] == [Started, ClockSet]


def test_a_flood_of_codes_before_the_camera_leaves_room_for_touches(world: World) -> None:
    with kiosk_on(world) as table:
        flood = [table.desk.report(CodeSeen(b"x")) for _ in range(MAX_FACTS)]
        assert not all(flood)
        assert table.desk.report(ONE)
        for _ in range(MAX_FACTS):
            table.desk.turn()
        assert len(table.offers()) == 1
        assert MAX_HEARD < MAX_FACTS
