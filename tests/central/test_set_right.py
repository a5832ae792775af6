"""Rides set right by staff: previewed as posted, large ones by two people, and never undone by the bus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from central.access.who import Role
from central.counter.rides.set_right import facts_asked
from central.japan import day_of
from central.office_rules.set_rule import RuleWanted, set_rule
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.decide import NotSet, approve, needs_second, refuse, withdraw
from central.rides.corrections.by_staff.reckon import reckon
from central.rides.corrections.by_staff.rows import Kind, Stands
from central.rides.receipts.read_receipt import read_receipt
from rules.messages.events import RecordRef
from rules.ride.receipt import Receipt
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import NOW, Bus, balances, money, send
from tests.central.office_pages import text
from tests.central.set_right_bench import asks, ledger, rode, says, stands, the_ride, wants
from tests.central.settled_bench import check_books, off, on, ride, settled

DAY_S = 86_400


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.opens_till()
        yield made
        with made.office.database.read() as connection:
            check_books(connection)


@pytest.mark.parametrize(
    ("kind", "number", "fare"), [(Kind.STOPS, 2, 240), (Kind.PARTY, 1, 240), (Kind.FARE, 100, 100)]
)
def test_what_is_posted_is_what_the_preview_said_and_the_same_lots_have_it_back(
    clerk: Clerk, kind: Kind, number: int, fare: int
) -> None:
    member, _ = rode(clerk, Bus())
    with clerk.office.database.write() as connection:
        books = ledger(connection)
        preview = reckon(connection, the_ride(connection, clerk), wants(connection, clerk, kind, number), NOW)
        assert ledger(connection) == books
        assert preview is not None
        assert (preview.before, preview.after) == (480, fare)
        (back,) = [each for each in preview.moved if each.kind == "member"]
        assert back.amount == 480 - fare
        asks(connection, clerk, kind, number)
    assert money(clerk.office)[("member", member)] == 3_000 - fare
    assert ride(clerk.office).fare == fare


def test_a_void_waits_for_somebody_else_and_nobody_approves_their_own(clerk: Clerk) -> None:
    member, _ = rode(clerk, Bus())
    with clerk.office.database.write() as connection:
        books = ledger(connection)
        number = asks(connection, clerk, Kind.VOID)
        assert isinstance(number, int)
        said = store.find(connection, number)
        assert said is not None
        assert approve(connection, number, said.seen, "a", NOW) is NotSet.OWN
        assert refuse(connection, number, "no", "a", NOW) is NotSet.OWN
        assert withdraw(connection, number, "b", NOW) is NotSet.NOT_YOURS
        assert asks(connection, clerk, Kind.FARE, 100) is NotSet.WAITS
        assert ledger(connection) == books
        assert approve(connection, number, said.seen, "b", NOW) is None
        assert approve(connection, number, said.seen, "c", NOW) is NotSet.DECIDED
    assert ride(clerk.office).fare == 0
    assert money(clerk.office)[("member", member)] == 3_000


@pytest.mark.parametrize("end", [Stands.REFUSED, Stands.WITHDRAWN, Stands.EXPIRED])
def test_what_is_not_approved_leaves_the_ledger_as_it_was(clerk: Clerk, end: Stands) -> None:
    rode(clerk, Bus())
    late = NOW + 30 * 86_400
    with clerk.office.database.write() as connection:
        books = ledger(connection)
        number = asks(connection, clerk, Kind.FARE, 1_481)
        assert isinstance(number, int)
        said = store.find(connection, number)
        assert said is not None
        match end:
            case Stands.REFUSED:
                assert refuse(connection, number, "", "b", NOW) is NotSet.NO_WORD
                assert refuse(connection, number, "証拠がない", "b", NOW) is None
            case Stands.WITHDRAWN:
                assert withdraw(connection, number, "a", NOW) is None
            case _:
                assert approve(connection, number, said.seen, "b", late) is NotSet.EXPIRED
        assert stands(connection, number, late) is end
        assert ledger(connection) == books
    assert ride(clerk.office).fare == 480


def test_a_difference_up_to_the_limit_holds_at_once_and_a_yen_more_waits(clerk: Clerk) -> None:
    rode(clerk, Bus())
    with clerk.office.database.write() as connection:
        first = asks(connection, clerk, Kind.FARE, 1_480)
        assert isinstance(first, int)
        assert stands(connection, first) is Stands.APPLIED
        second = asks(connection, clerk, Kind.FARE, 479)
        assert isinstance(second, int)
        assert stands(connection, second) is Stands.WAITING


def test_an_approval_of_sums_that_have_changed_since_is_asked_again(clerk: Clerk) -> None:
    bus = Bus()
    _, pass_id = rode(clerk, bus, forgets=True)
    with clerk.office.database.write() as connection:
        number = asks(connection, clerk, Kind.VOID)
        assert isinstance(number, int)
        said = store.find(connection, number)
        assert said is not None
    bus.write(off(pass_id, RecordRef(bus.epoch, 1), 3, 360))
    send(clerk.office.database, bus, len(bus.records))
    with clerk.office.database.write() as connection:
        assert approve(connection, number, said.seen, "b", NOW) is NotSet.CHANGED
        again = reckon(connection, the_ride(connection, clerk), said.facts_to, NOW)
        assert again is not None
        assert approve(connection, number, again.seen, "b", NOW) is None
    assert ride(clerk.office).fare == 0


def test_an_alighting_that_comes_late_does_not_undo_a_void_or_a_class(clerk: Clerk) -> None:
    bus = Bus()
    member, pass_id = rode(clerk, bus, forgets=True)
    with clerk.office.database.write() as connection:
        asks(connection, clerk, Kind.PARTY, 1)
    bus.write(off(pass_id, RecordRef(bus.epoch, 1), 2, 240))
    send(clerk.office.database, bus, len(bus.records))
    assert (ride(clerk.office).fare, ride(clerk.office).rider_class) == (120, 1)
    bus.write(settled(4, RecordRef(bus.epoch, len(bus.records))))
    send(clerk.office.database, bus, len(bus.records))
    assert ride(clerk.office).fare == 120
    assert money(clerk.office)[("member", member)] == 3_000 - 120


def test_the_pages_ask_and_a_second_person_decides_and_the_receipt_says_why(clerk: Clerk) -> None:
    rode(clerk, Bus())
    path = f"/counter/rides/{ride(clerk.office).id}"
    looked = clerk.opens(f"{path}?kind=void").get_data(as_text=True)
    assert "480円 → 0円" in text(clerk.opens(f"{path}?kind=void"))
    seen = re.search(r'name="seen" value="(\w+)"', looked)
    assert seen
    clerk.sends(f"{path}/correct", {"kind": "void", "why": "not-ridden", "note": "家族", "seen": seen[1]})
    assert "ほかの人の決裁を待っています" in text(clerk.opens(path))
    assert "決裁待ち" in text(clerk.opens("/corrections"))
    clerk.sends("/corrections/asked/1/approve", {"seen": seen[1]}, status=403)
    page = text(clerk.opens("/corrections/asked/1", Role.APPROVER))
    assert "本人の乗車ではない" in page
    assert "家族" in page
    clerk.sends("/corrections/asked/1/approve", {"seen": "0" * 32}, Role.APPROVER, 409)
    clerk.sends("/corrections/asked/1/approve", {"seen": seen[1]}, Role.APPROVER)
    with clerk.office.database.read() as connection:
        booked = the_ride(connection, clerk).booked
        found = read_receipt(connection, booked.device, booked.board)
    assert isinstance(found, Receipt)
    (change,) = found.changes
    assert (change.from_fare, change.to_fare, change.at) == (480, 0, NOW)
    assert "この乗車の取り消し（本人の乗車ではない）" in change.ja
    assert [what for _, what, _ in clerk.written()[-2:]] == ["ride-asked", "ride-approved"]
    clerk.opens("/corrections/asked/2", status=404)


def test_the_limit_is_what_the_office_has_set_for_the_day(clerk: Clerk) -> None:
    rode(clerk, Bus())
    with clerk.office.database.write() as connection:
        wanted = RuleWanted("corrections.second_person_yen", 100, day_of(NOW) + timedelta(1), "佐藤", "試行")
        assert not isinstance(set_rule(connection, wanted, NOW), str)
        booked = the_ride(connection, clerk)
        cheaper = wants(connection, clerk, Kind.FARE, 379)
        today, tomorrow = reckon(connection, booked, cheaper, NOW), NOW + DAY_S
        assert today is not None
        assert not needs_second(connection, booked.in_force(connection), today, NOW)
        assert needs_second(connection, booked.in_force(connection), today, tomorrow)
        number = says(connection, booked, Kind.FARE, cheaper, now=tomorrow)
        assert isinstance(number, int)
        assert stands(connection, number, tomorrow) is Stands.WAITING


def test_a_fare_by_hand_is_at_most_what_any_ride_may_cost(clerk: Clerk) -> None:
    rode(clerk, Bus())
    with clerk.office.database.write() as connection:
        booked = the_ride(connection, clerk)
        most = facts_asked(connection, booked, {"kind": "fare", "yen": "1,000,000"}, ())
        assert most is not None
        assert most.fare == 1_000_000
        assert facts_asked(connection, booked, {"kind": "fare", "yen": "1,000,001"}, ()) is None


def test_what_was_asked_for_waits_as_long_as_the_rule_of_its_day_said(clerk: Clerk) -> None:
    rode(clerk, Bus())
    with clerk.office.database.write() as connection:
        number = asks(connection, clerk, Kind.VOID)
        assert isinstance(number, int)
        said = store.find(connection, number)
        wanted = RuleWanted("corrections.days_to_decide", 3, day_of(NOW) + timedelta(1), "佐藤", "試行")
        assert not isinstance(set_rule(connection, wanted, NOW), str)
        assert stands(connection, number, NOW + 30 * DAY_S - 1) is Stands.WAITING
        assert store.count_waiting(connection, NOW + 30 * DAY_S - 1) == (1, NOW)
        assert store.count_waiting(connection, NOW + 30 * DAY_S) == (0, None)
        assert said is not None
        assert refuse(connection, number, "証拠がない", "b", NOW + DAY_S) is None
        booked = the_ride(connection, clerk)
        later = says(connection, booked, Kind.VOID, wants(connection, clerk, Kind.VOID), now=NOW + DAY_S)
        assert isinstance(later, int)
        assert stands(connection, later, NOW + 4 * DAY_S - 1) is Stands.WAITING
        assert stands(connection, later, NOW + 4 * DAY_S) is Stands.EXPIRED


def test_of_two_people_who_approve_at_one_moment_one_is_told_that_it_is_decided(clerk: Clerk) -> None:
    member, _ = rode(clerk, Bus())
    with clerk.office.database.write() as connection:
        number = asks(connection, clerk, Kind.VOID)
        assert isinstance(number, int)
        said = store.find(connection, number)
        assert said is not None
    answers: list[NotSet | None] = []
    both = Barrier(2)

    def decides(name: str) -> None:
        both.wait()
        with clerk.office.database.write() as connection:
            answers.append(approve(connection, number, said.seen, name, NOW))

    people = [Thread(target=decides, args=(name,)) for name in ("b", "c")]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert sorted(map(str, answers)) == sorted(map(str, (None, NotSet.DECIDED)))
    assert money(clerk.office)[("member", member)] == 3_000


def test_a_void_said_on_board_holds_when_the_ride_ends_and_can_be_taken_back_before(clerk: Clerk) -> None:
    member, bus = clerk.registers("山田", 3_000, card="on"), Bus()
    (card,) = clerk.cards(member)
    with clerk.office.database.write() as connection:
        bus.register(connection)
    pass_id = card.issued.body.pass_id.hex()
    tap = bus.write(on(pass_id, 0))
    send(clerk.office.database, bus)
    with clerk.office.database.write() as connection:
        assert asks(connection, clerk, Kind.FARE, 100) is NotSet.OPEN
        for kind in (Kind.VOID, Kind.BACK, Kind.VOID):
            number = asks(connection, clerk, kind)
            assert isinstance(number, int)
            said = store.find(connection, number)
            assert said is not None
            assert approve(connection, number, said.seen, "b", NOW) is None
        assert the_ride(connection, clerk).booked.end is None
    bus.write(off(pass_id, tap, 4, 480))
    send(clerk.office.database, bus, 2)
    assert ride(clerk.office).fare == 0
    assert money(clerk.office)[("member", member)] == 3_000
    with clerk.office.database.read() as connection:
        booked = the_ride(connection, clerk).booked
        found = read_receipt(connection, booked.device, booked.board)
    assert isinstance(found, Receipt)
    assert "この乗車の取り消し" in found.changes[-1].ja


def test_corrections_are_taken_back_one_by_one_to_what_the_bus_had_said(clerk: Clerk) -> None:
    rode(clerk, Bus())
    fares = []
    with clerk.office.database.write() as connection:
        for kind, number in ((Kind.STOPS, 2), (Kind.PARTY, 1), (Kind.FARE, 70)):
            asks(connection, clerk, kind, number)
            fares.append(the_ride(connection, clerk).fare)
        for _ in range(3):
            asks(connection, clerk, Kind.BACK)
            fares.append(the_ride(connection, clerk).fare)
        assert asks(connection, clerk, Kind.BACK) is NotSet.SAME
        assert the_ride(connection, clerk).booked.alight_stop_id == "E"
    assert fares == [240, 120, 70, 120, 240, 480]


def test_what_was_paid_to_the_driver_is_given_back_at_the_desk(clerk: Clerk) -> None:
    member, bus = clerk.registers("山田", 300, card="on"), Bus()
    (card,) = clerk.cards(member)
    with clerk.office.database.write() as connection:
        bus.register(connection)
    pass_id = card.issued.body.pass_id.hex()
    bus.write(off(pass_id, bus.write(on(pass_id, 0)), 4, 300, 180))
    send(clerk.office.database, bus)
    with clerk.office.database.write() as connection:
        preview = reckon(
            connection, the_ride(connection, clerk), wants(connection, clerk, Kind.FARE, 100), NOW
        )
        assert preview is not None
        assert preview.cash_due == 180
        asks(connection, clerk, Kind.FARE, 100)
        assert the_ride(connection, clerk).cash_due == 180
        assert balances(connection)[("member", member)] == 200
        asks(connection, clerk, Kind.BACK)
        assert the_ride(connection, clerk).cash_due == 0
        assert balances(connection).get(("member", member), 0) == 0


def test_a_ride_by_an_unknown_pass_is_set_right_against_what_it_owes(clerk: Clerk) -> None:
    bus, pass_id = Bus(), "ab" * 8
    with clerk.office.database.write() as connection:
        bus.register(connection)
    bus.write(off(pass_id, bus.write(on(pass_id, 0)), 4, 480))
    send(clerk.office.database, bus)
    with clerk.office.database.write() as connection:
        for kind, number, owed in ((Kind.STOPS, 1, 120), (Kind.STOPS, 4, 480)):
            asks(connection, clerk, kind, number)
            assert balances(connection)[("suspense", pass_id)] == -owed
