"""`replay --journal` with riders by the driver's hand and refusals that the driver overruled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rules.messages.events import Means
from rules.passes.rider_pass import RiderClass
from rules.ride.outcomes import Outcome
from terminal.facts import HandAlighting, HandBoarding, HandTakenBack, Overruled, StopSet, TripDone
from tests.terminal.journal_bench import (
    BAD,
    CLOSED,
    GOOD,
    OPEN,
    keep_the_edition,
    replay,
    rewrite,
    stop_at,
    told,
)
from tests.terminal.loop_bench import Table, World, bus_on
from tests.terminal.test_replay_journal import Change, set_to

ADULT, CHILD = RiderClass.ADULT, RiderClass.CHILD


def begin(table: Table) -> None:
    keep_the_edition(table)
    table.do(CLOSED)
    table.wait(3)
    table.set_out()
    table.do(OPEN)


@pytest.fixture
def journal(world: World) -> Path:
    """A day with every kind of rider by hand.

    Three adults with cash from A, two of them to B, which is C by the driver's word, one to E; a child with a coupon,
    taken back; a commuter from D who is forgotten; a child to E whose boarding nobody recorded.
    """
    with bus_on(world) as table:
        begin(table)
        table.do(HandBoarding(Means.CASH, ADULT, 3))
        stop_at(table, 1.0)
        table.do(HandAlighting(0, Means.CASH, ADULT, 2))
        table.do(StopSet(2))
        table.do(HandBoarding(Means.COUPON, CHILD, 1), HandTakenBack())
        stop_at(table, 3.0)
        table.do(HandBoarding(Means.COMMUTER, ADULT, 1))
        stop_at(table, 4.0)
        table.do(HandAlighting(0, Means.CASH, ADULT, 1))
        table.do(HandAlighting(1, Means.CASH, CHILD, 1))
        table.do(TripDone())
    return world.folder / "journal.db"


def test_what_the_driver_recorded_is_made_again_by_the_rules(journal: Path) -> None:
    result = replay(journal)
    assert (result.exit_code, result.stderr) == (GOOD, "")
    assert "7 of 7 decisions reproduced; 0 cannot be told from the records, 0 do not agree" in result.stdout


def test_each_record_of_the_drivers_hand_is_a_line(journal: Path) -> None:
    lines = told(journal)
    keys = ("event", "means", "class", "people", "board_stop_id", "stop_id", "fare", "cash", "fare_by_rules")
    assert [tuple(line[key] for key in keys) for line in lines] == [
        ("hand-board", "cash", "adult", 3, None, "A", None, None, None),
        ("hand-alight", "cash", "adult", 2, "A", "B", 240, 240, 240),
        ("hand-board", "coupon", "child", 1, None, "C", None, None, None),
        ("hand-board", "commuter", "adult", 1, None, "D", None, None, None),
        ("hand-alight", "cash", "adult", 1, "A", "E", 480, 480, 480),
        ("hand-alight", "cash", "child", 1, "B", "E", 180, 180, 180),
        ("hand-alight", "commuter", "adult", 1, "D", "E", None, 0, None),
    ]
    assert [line["undone"] for line in lines] == [False, False, True, False, False, False, False]
    assert [line["forgotten"] for line in lines] == [False] * 6 + [True]
    assert [line["agrees"] for line in lines] == [True] * 7
    assert (lines[1]["final_stop_id"], lines[1]["final_fare"]) == ("C", 480)
    assert (lines[1]["board"], lines[5]["board"]) == (lines[0]["number"], None)


def test_a_person_can_follow_them(journal: Path) -> None:
    said = replay(journal).stdout
    pieces = [
        "手扱い by hand  おとな adult 3人  現金 cash",
        "乗車 board  A",
        "A → B  240円（現金 cash 240円）",
        "運転士の指定 as the driver said  C",
        "手扱い by hand  降車 alight  B → C",
        "こども child 1人  回数券 coupon",
        "（取り消しずみ / taken back）",
        "取り消し / taken back  #",
        "紙の定期券 commuter pass",
        "降りる合図がありません / left open  D → E",
    ]
    places = [said.find(piece) for piece in pieces]
    assert -1 not in places, pieces[places.index(-1)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("line", "change", "why"),
    [
        (1, set_to(fare=100, cash=100), ["fare"]),
        (1, set_to(cash=0), ["money"]),
        (1, set_to(people=4, fare=480, cash=480), ["ride"]),
        (1, set_to(means="coupon", cash=0), ["ride"]),
        (1, set_to(stop_index=3), ["stop"]),
        (1, set_to(board_index=7), ["stop", "stop-believed"]),
        (0, set_to(stop_id="E", stop_index=4), ["stop"]),
        (0, set_to(people=16), ["people"]),
        (6, set_to(stop_id="D", stop_index=3), ["stop"]),
        (4, set_to(trip_id="t2"), ["ride", "trip"]),
        (4, lambda event: event["board"].update(number=1), ["ride"]),
    ],
)
def test_a_changed_record_is_found(journal: Path, line: int, change: Change, why: list[str]) -> None:
    number = told(journal)[line]["number"]
    rewrite(journal, number, change)
    (found,) = [each for each in told(journal, code=BAD) if each["number"] == number]
    assert found["agrees"] is False
    assert found["why"] == why


@pytest.mark.parametrize("named", [1, 4])
def test_taking_back_what_is_none_of_the_drivers_hand_is_found(journal: Path, named: int) -> None:
    (number,) = [line["number"] + 1 for line in told(journal) if line["undone"]]
    rewrite(journal, number, lambda event: event["records"][0].update(number=named))
    assert f"#{number}" in replay(journal, "--json").stderr


def overruled(table: Table, code: Any) -> None:
    table.show(code)
    let_pass(table)


def let_pass(table: Table) -> None:
    last = table.page.last
    assert last is not None
    table.do(Overruled(last.number))


def test_a_code_that_the_driver_let_pass_agrees(world: World) -> None:
    phone = world.office.phone()
    with bus_on(world) as table:
        begin(table)
        assert table.show(phone.code(world.moment)) is not None
        stop_at(table, 1.0)
        assert table.show(phone.code(world.moment)) is not None
        world.time.move(20)
        again = phone.code(world.moment)
        assert table.show(again) is Outcome.ALREADY_ALIGHTED
        let_pass(table)
        stop_at(table, 2.0)
        old = phone.code(world.moment)
        world.time.move(200)
        table.do(table.fix_at(2.0))
        assert table.show(old) is Outcome.STALE_CODE
        let_pass(table)
    lines = told(world.folder / "journal.db")
    assert [(line["event"], line["allowed"]) for line in lines] == [
        ("board", False),
        ("alight", False),
        ("refused", False),
        ("board", True),
        ("refused", False),
        ("alight", True),
    ]
    assert [line["agrees"] for line in lines] == [True, True, True, True, None, True]
    assert "運転士の判断 the driver's word" in replay(world.folder / "journal.db").stdout
    rewrite(world.folder / "journal.db", lines[2]["number"], set_to(code="0" * 16))
    (found,) = [line for line in told(world.folder / "journal.db", code=BAD) if line["agrees"] is False]
    assert (found["number"], found["why"]) == (lines[3]["number"], ["allowed"])


def test_a_refused_rider_whom_the_driver_lets_in_is_named_by_the_refusal(world: World) -> None:
    with bus_on(world) as table:
        begin(table)
        overruled(table, world.office.card(allowed=False))
    refused, boarded = told(world.folder / "journal.db")
    assert (boarded["event"], boarded["means"], boarded["refused"]) == (
        "hand-board",
        "pass",
        refused["number"],
    )
    assert boarded["agrees"] is True
    rewrite(world.folder / "journal.db", boarded["number"], lambda event: event["refused"].update(number=1))
    assert told(world.folder / "journal.db", code=BAD)[-1]["why"] == ["allowed"]
