"""What the office sets reaches the kiosk, holds from its day by the kiosk's own clock, and outlives a power cut."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from device.facts import Heard
from kiosk.codes import Made
from kiosk.hours import local_time
from kiosk.ports import ShowAgain
from rules.instant import ClockQuality, Instant
from rules.messages.codec import decode, encode
from rules.messages.link import DownPage, KioskSet, KioskTerm, KioskVisit
from tests.kiosk.desk_bench import ADULT, CHILD, UNIT, Table, World, kiosk_on

DAY_S = 86_400


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def day(table: Table, ahead: int = 0) -> str:
    at = table.desk._station.clock.now()
    return (local_time(at).date() + timedelta(days=ahead)).isoformat()


def term(from_day: str, points: int = 70, opens: int = 0, closes: int = 1440) -> KioskTerm:
    return KioskTerm(from_day, [KioskVisit(1, "おとな", "Adult", points)], opens, closes)


def test_a_kind_of_visit_of_the_office_comes_with_its_reading(world: World) -> None:
    with kiosk_on(world) as table:
        table.wait(2)
        visits = [
            KioskVisit(5, "回数券", "Tickets", 70, "かいすうけん"),
            KioskVisit(1, "おとな", "Adult", 20),
        ]
        say(table, msgspec.structs.replace(term(day(table)), visits=visits))
        table.wait(2)
        assert [visit.kana for visit in table.page.visits] == ["かいすうけん", ""]


def test_a_visit_that_was_said_before_there_were_readings_has_none() -> None:
    assert decode(b'{"id":1,"ja":"a","en":"b","points":2}', KioskVisit).kana == ""


def good_for(from_day: str, hours: int) -> KioskTerm:
    return msgspec.structs.replace(term(from_day), valid_hours=hours)


def say(table: Table, *terms: KioskTerm, kiosk: str = UNIT) -> None:
    """The office says so, by its log."""
    world = table.world
    world.log.append(KioskSet(kiosk, list(terms)))
    entries = [msgspec.Raw(encode(each)) for each in world.log]
    table.do(Heard(world.office.signed(UNIT, DownPage("log", 1, entries, 0, ""))))


def test_new_points_count_from_their_day_and_the_file_until_then(world: World) -> None:
    with kiosk_on(world) as table:
        table.wait(2)
        say(table, term(day(table, 1)))
        table.offer()
        assert [visit.points for visit in table.page.visits] == [ADULT.points, CHILD.points]
        world.time.move(DAY_S)
        table.offer()
        assert [visit.points for visit in table.page.visits] == [70]
        assert [each.points for each in table.offers()] == [ADULT.points, 70]


def test_they_outlive_a_power_cut(world: World) -> None:
    with kiosk_on(world) as table:
        table.wait(2)
        say(table, term(day(table)))
    world.begin_anew("boot-2")
    with kiosk_on(world) as table:
        table.offer()
        assert [each.points for each in table.offers()] == [70]


def test_what_is_withdrawn_counts_no_more(world: World) -> None:
    with kiosk_on(world) as table:
        table.wait(2)
        say(table, term(day(table, 1)))
        say(table)
        world.time.move(DAY_S)
        table.offer()
        assert [each.points for each in table.offers()] == [ADULT.points]


def test_of_one_day_the_last_term_counts_and_of_several_the_latest_begun(world: World) -> None:
    with kiosk_on(world) as table:
        table.wait(2)
        today = day(table)
        say(table, term(today, 60), term(day(table, -1), 30), term(today, 65), term(day(table, 1), 90))
        table.offer()
        assert [each.points for each in table.offers()] == [65]


def test_opening_hours_of_the_office_close_the_kiosk(world: World) -> None:
    with kiosk_on(world) as table:
        table.wait(2)
        assert table.page.open
        say(table, term(day(table), opens=0, closes=1))
        table.wait(1)
        assert not table.page.open


def test_what_is_said_of_another_kiosk_changes_nothing(world: World) -> None:
    with kiosk_on(world) as table:
        table.wait(2)
        say(table, term(day(table)), kiosk="bath-2")
        table.offer()
        assert [each.points for each in table.offers()] == [ADULT.points]
        assert table.lists.terms == []


def test_a_class_of_card_whose_visit_is_gone_counts_as_the_first(world: World) -> None:
    with kiosk_on(world) as table:
        table.wait(2)
        say(table, term(day(table)))
        assert table.desk._counter.rules(table.desk._station.clock.now()).cards == {}


def shown_again_by_staff(table: Table, number: int) -> bool:
    """Whether staff bring the code back now."""
    table.sign_in()
    table.do(ShowAgain(number))
    return number in table.shown


@pytest.mark.parametrize("hours", [1, 24, 72, 168])
def test_a_code_is_kept_and_shown_as_long_as_the_office_takes_it(world: World, hours: int) -> None:
    with kiosk_on(world) as table:
        table.wait(2)
        say(table, good_for(day(table), hours))
        number = table.offer()
        assert [code.good_hours for code in table.page.codes] == [hours]
        world.time.move(hours * 3600 - 1800)
        assert shown_again_by_staff(table, number)
        world.time.move(3600)
        assert not shown_again_by_staff(table, number)


def test_a_code_stays_good_for_as_long_as_was_said_when_it_was_made(world: World) -> None:
    with kiosk_on(world) as table:
        table.wait(2)
        say(table, good_for(day(table), 72), good_for(day(table, 1), 1))
        number = table.offer()
        world.time.move(DAY_S)
        table.wait(2)
        assert table.shown == []
        assert shown_again_by_staff(table, number)
        assert [code.good_hours for code in table.page.codes] == [72]


def test_what_was_said_and_made_before_there_were_hours_is_good_for_a_day() -> None:
    told = decode(b'{"from_day":"2026-10-01","visits":[],"opens":0,"closes":1440}', KioskTerm)
    assert told.valid_hours == 24
    made = encode(
        Made(number=1, moment=2, at=Instant("boot", 1, 1, ClockQuality.NETWORK), visit=1, count=1, points=20)
    )
    body = msgspec.json.decode(made)
    del body["good_hours"]
    assert decode(msgspec.json.encode(body), Made).good_hours == 24
