"""What the loop shows the driver and tells central, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from msgspec import structs

from device.facts import Heard, LinkDown, LinkUp
from device.health import MOVED_S
from device.link import AWAY
from device.talk import ASK_AGAIN_S, UNANSWERED_S
from rules.instant import Instant
from rules.messages.codec import decode
from rules.messages.link import Ack, Batch, CardAllowed, Cursor, Hello, Seen
from rules.messages.topics import Channel
from rules.network.edition import Edition
from rules.ride.locate import Fix
from rules.ride.outcomes import Movement, Outcome
from terminal import picture as picture_module
from terminal.facts import DoorState
from tests.device.office_desk import ROOT_PUBLIC, card_id, keys, page, unsigned
from tests.ride.builders import DAY, NOW, edition
from tests.terminal.loop_bench import UNIT, VERSION, Table, World, bus_on


@pytest.fixture
def table(world: World) -> Iterator[Table]:
    with bus_on(world) as bus:
        yield bus


def cursor(table: Table, number: int) -> Cursor:
    found = table.journal.hash_at(number)
    assert found is not None
    hellos = table.link.sent(Channel.HELLO)
    session = decode(hellos[-1], Hello).session if hellos else ""
    return Cursor(table.journal.epoch, number, found.hex(), session=session)


# The page


def test_the_page_shows_the_trip_the_place_and_the_last_rider(table: Table, world: World) -> None:
    table.set_out()
    table.drive_to(1)
    table.do(DoorState(is_open=True))
    table.show(world.office.phone().code(world.moment, adults=1, children=2))
    page_now = table.page
    assert (page_now.unit, page_now.demo, page_now.fault) == (UNIT, True, "")
    assert (page_now.trip_headsign, page_now.trip_departure) == ("E", "08:00")
    assert page_now.stop_names == ("A", "B", "C", "D", "E")
    assert (page_now.at_index, page_now.progress, page_now.door_open) == (1, 1.0, True)
    assert (page_now.on_board, page_now.boarded_today, page_now.queue) == (4, 4, table.journal.waiting)
    assert page_now.choices == ()
    last = page_now.last
    assert last is not None
    assert (last.number, last.outcome, last.movement) == (1, Outcome.OK_OTHER, Movement.BOARD)
    assert (last.stop_name, last.party, last.rider_class, last.seconds_ago) == ("B", 4, "adult", 0.0)


def test_the_page_knows_how_long_ago_the_last_answer_was(table: Table, world: World) -> None:
    table.set_out()
    table.show(world.office.phone().code(world.moment))
    table.wait(75)
    assert table.page.last is not None
    assert table.page.last.seconds_ago == 75.0


def test_before_the_time_is_known_the_page_shows_no_clock(table: Table) -> None:
    table.wait(1)
    assert table.page.clock == "--:--"
    table.know_the_time()
    assert table.page.clock == "23:13"


def test_the_page_is_drawn_only_when_something_has_changed(table: Table) -> None:
    table.wait(1)
    drawn = len(table.published)
    table.wait(50, step=0.1)
    assert len(table.published) == drawn
    table.do(DoorState(is_open=True))
    assert len(table.published) == drawn + 1


def test_the_timetable_is_gone_through_at_most_once_a_minute(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[Instant] = []
    real = picture_module._offer

    def counting(network: Edition, at: Instant, fix: Fix | None) -> picture_module.Offer:
        counted.append(at)
        return real(network, at, fix)

    monkeypatch.setattr(picture_module, "_offer", counting)
    table.know_the_time()
    counted.clear()
    table.wait(120, step=0.5)
    assert len(counted) <= 3
    table.lists.editions[2] = edition(2)
    table.wait(1)
    assert len(counted) <= 4


def test_the_driver_is_offered_the_trips_of_the_day(table: Table, world: World) -> None:
    late = replace(edition().trips["t2"], arrivals=(85_000,) * 5, departures=(85_000,) * 5)
    table.lists.editions[1] = replace(edition(), trips={**edition().trips, "t2": late})
    table.know_the_time()
    table.wait(60)
    (choice,) = table.page.choices
    assert (choice.trip_id, choice.service_date, choice.departure) == ("t2", DAY, "23:36")
    assert (choice.first_stop, choice.last_stop) == ("A", "E")
    assert date.fromisoformat(DAY)


def test_people_boarded_are_counted_for_their_day(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.show(world.office.phone().code(world.moment))
        assert table.page.boarded_today == 1
        world.time.move(86_400.0)
        table.know_the_time()
        assert table.page.boarded_today == 0


# Central


def test_a_new_connection_says_hello_asks_for_news_and_tells_how_the_bus_is(table: Table) -> None:
    table.do(LinkUp())
    assert [message.channel for message in table.link.published] == [
        Channel.HELLO,
        Channel.SEEN,
        Channel.STATE,
    ]
    hello = decode(table.link.sent(Channel.HELLO)[0], Hello)
    assert (hello.boot, hello.version, hello.last_number) == ("boot", VERSION, 1)
    assert decode(table.link.sent(Channel.SEEN)[0], Seen) == Seen("", 0)
    assert table.page.link_up


def test_records_go_out_and_the_queue_empties_as_central_acknowledges(table: Table) -> None:
    table.set_out()
    table.do(LinkUp())
    last = table.journal.last.number
    table.do(table.says(cursor(table, 0)))
    (batch,) = [decode(payload, Batch) for payload in table.link.sent(Channel.UP)]
    assert (batch.first, len(batch.records)) == (1, last)
    assert table.page.queue == last
    held = cursor(table, last)
    table.do(table.says(Ack(held.epoch, held.number, held.hash, session=held.session)))
    assert table.page.queue == 0


def test_a_lost_connection_is_told_calmly_and_nothing_more_goes_out(table: Table) -> None:
    table.do(LinkUp())
    table.do(table.says(cursor(table, 0)), LinkDown(AWAY))
    assert (table.page.link_up, table.page.link_problem) == (False, AWAY)
    table.link.clear()
    table.set_out()
    table.wait(60)
    assert table.link.published == []
    table.do(LinkUp())
    assert (table.page.link_up, table.page.link_problem) == (True, "")


def test_where_the_office_disagrees_the_bus_goes_on_in_a_new_journal(table: Table) -> None:
    table.set_out()
    table.do(LinkUp())
    before, count = table.journal.epoch, table.journal.last.number
    table.do(table.says(structs.replace(cursor(table, 1), hash="00" * 32)))
    assert table.journal.epoch != before
    assert table.page.queue == count + 1
    table.do(table.says(cursor(table, 0)))
    (batch,) = [decode(payload, Batch) for payload in table.link.sent(Channel.UP)]
    assert (batch.epoch, len(batch.records)) == (table.journal.epoch, count + 1)


def test_how_the_bus_is_is_told_at_most_once_a_second_and_at_least_every_minute(
    table: Table, world: World
) -> None:
    table.set_out()
    table.do(LinkUp())
    table.link.clear()
    for turn in range(200):
        world.time.move(0.1)
        table.do(DoorState(is_open=turn // 10 % 2 == 0))
    assert 18 <= len(table.healths()) <= 20
    table.link.clear()
    for _ in range(600):
        world.time.move(1.0)
        table.do(table.fix_at(0))
    assert 10 <= len(table.healths()) <= 12
    assert all(message.retain for message in table.link.published if message.channel is Channel.STATE)


def test_how_the_bus_is(table: Table, world: World) -> None:
    table.set_out()
    table.drive_to(1)
    table.do(LinkUp())
    health = table.healths()[-1]
    assert (health.online, health.at_wall, health.trip_id) == (True, NOW + 310, "t1")
    assert (health.lat, health.next_stop_id, health.progress) == (38.009, "C", 1.0)
    assert (health.queue, health.edition, health.version) == (table.journal.waiting, 1, VERSION)
    # The oldest record is of before the time was known.
    assert health.oldest_queued_wall == 0
    held = cursor(table, table.journal.last.number - 1)
    table.do(table.says(held))
    table.wait(MOVED_S + 1)
    assert table.healths()[-1].oldest_queued_wall == NOW + 10
    held = cursor(table, table.journal.last.number)
    table.do(table.says(Ack(held.epoch, held.number, held.hash, session=held.session)))
    table.wait(MOVED_S + 1)
    assert (table.healths()[-1].queue, table.healths()[-1].oldest_queued_wall) == (0, 0)
    table.drive_to(4)
    table.wait(MOVED_S + 1)
    assert table.healths()[-1].next_stop_id == ""


def test_a_record_of_an_unknown_time_is_not_said_to_be_old(world: World) -> None:
    with bus_on(world) as table:
        table.know_the_time()
        table.do(LinkUp())
        table.do(table.says(cursor(table, table.journal.last.number)))
    world.time.move(86_400.0)
    world.boot = "later"
    with bus_on(world) as table:
        assert table.journal.floor == NOW + 10
        table.do(LinkUp())
        assert (table.healths()[-1].queue, table.healths()[-1].oldest_queued_wall) == (1, 0)


def test_after_every_connection_it_is_told_at_once(table: Table) -> None:
    table.do(LinkUp())
    table.wait(2)
    table.do(LinkDown(AWAY))
    table.wait(2)
    table.link.clear()
    table.do(LinkUp())
    assert [health.online for health in table.healths()] == [True]


def test_news_is_asked_for_every_half_minute_until_central_is_believed_and_then_every_two_minutes(
    table: Table,
) -> None:
    table.do(LinkUp())
    table.wait(10 * UNANSWERED_S)
    assert 9 <= len(table.link.sent(Channel.SEEN)) - 1 <= 10
    table.do(table.says(cursor(table, table.journal.last.number)))
    table.link.clear()
    table.wait(10 * ASK_AGAIN_S)
    assert 9 <= len(table.link.sent(Channel.SEEN)) <= 10


def test_a_page_of_news_is_kept_and_the_next_one_asked_for(world: World) -> None:
    with bus_on(world) as table:
        central(table)
        table.do(LinkUp(), Heard(page(1, [keys(9), CardAllowed(card_id(1))], device=UNIT)))
        assert decode(table.link.sent(Channel.SEEN)[-1], Seen) == table.lists.seen
        assert table.journal.recall_all("down").keys() == {"000000001", "000000002"}
        asked = len(table.link.sent(Channel.SEEN))
        table.do(Heard(page(1, [keys(9)], device=UNIT)), Heard(page(9, [keys(9)], device=UNIT)))
        assert len(table.link.sent(Channel.SEEN)) == asked
        assert table.page.link_problem == ""


def test_a_page_that_is_not_the_offices_is_told_until_a_good_one_comes(table: Table) -> None:
    central(table)
    table.do(LinkUp(), Heard(unsigned(page(1, [keys(9)], device=UNIT), "no hex")))
    assert "News from the office cannot be taken" in table.page.link_problem
    table.do(Heard(page(1, [keys(9)], device=UNIT)))
    assert table.page.link_problem == ""


def central(table: Table) -> None:
    """Let the bus believe the desk that signs the pages."""
    table.lists._root_public = ROOT_PUBLIC
