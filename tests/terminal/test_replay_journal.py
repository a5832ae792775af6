"""`yukemuri-terminal replay --journal`: what a unit's records say, and that the rules say the same."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules.messages.events import RideLeftOpen, StopSettled
from rules.ride.outcomes import Outcome
from terminal.facts import TripDone
from tests.ride.builders import DAY
from tests.terminal.journal_bench import (
    BAD,
    CLOSED,
    GOOD,
    OPEN,
    drive_a_day,
    keep_the_edition,
    replay,
    rewrite,
    state_of,
    stop_at,
    told,
)
from tests.terminal.loop_bench import T1, World, bus_on
from tests.terminal.test_loop_stops import halt, ready, slow_to_b

Change = Callable[[dict[str, Any]], None]
CARD, FORGETS, MOVED, PHONE, STRANGER = (f"{number:016x}" for number in (1, 3, 2, 4, 5))


@pytest.fixture
def journal(world: World) -> Path:
    """Of a unit that drove a day and is switched off."""
    drive_a_day(world)
    return world.folder / "journal.db"


def test_every_decision_of_the_real_loop_is_made_again_and_nothing_there_changes(
    journal: Path, world: World
) -> None:
    before = state_of(world.folder)
    result = replay(journal)
    assert (result.exit_code, result.stderr) == (GOOD, "")
    assert "10 of 11 decisions reproduced; 1 cannot be told from the records, 0 do not agree" in result.stdout
    assert state_of(world.folder) == before


def test_each_tap_is_a_line_with_what_the_last_word_says_of_it(journal: Path) -> None:
    lines = told(journal)
    seen = [
        (
            line["pass"],
            line["event"],
            line["stop_id"],
            line["fare"],
            line["final_stop_id"],
            line["final_fare"],
        )
        for line in lines
    ]
    assert seen == [
        (CARD, "board", "A", None, "A", None),
        (PHONE, "board", "A", None, "A", None),
        (FORGETS, "board", "B", None, "B", None),
        (STRANGER, "refused", "B", None, "B", None),
        (PHONE, "alight", "C", 600, "D", 900),
        (MOVED, "board", "C", None, "D", None),
        (MOVED, "alight", "E", 120, "E", 120),
        (CARD, "alight", "E", 480, "E", 480),
        (CARD, "board", "A", None, "A", None),
        (CARD, "alight", "B", 120, "B", 120),
    ]
    assert [line["opening"] for line in lines] == [1, 1, 2, None, 3, 3, 4, 4, 2, 3]
    assert [line["agrees"] for line in lines] == [True] * 3 + [None] + [True] * 6
    assert lines[3]["why"] == ["pass"]
    assert lines[0]["t"] == 23 * 3600 + 13 * 60 + 33
    assert len({line["epoch"] for line in lines}) == 1


def test_a_person_can_follow_each_trip(journal: Path) -> None:
    said = replay(journal).stdout
    pieces = [
        "プログラム開始 / program started  1.2.3",
        "時刻の基準 / time by gps",
        f"── {DAY}  t1  08:00 E",
        "便を始める",
        "扉が開く / door opens  A  ポールから0 m",
        "0000…0004  乗車 board  確認 / Check  A",
        "0000…0005  お断り refused  未登録 / Not listed",
        "0000…0004  降車 alight  確認 / Check  C  600円",
        "運転士の指定 as the driver said  D",
        "0000…0004  降車 alight  C → D  600円 → 900円",
        "0000…0002  降車 alight  どうぞ / OK  E  120円",
        "0000…0003  降りる合図がありません / left open  B → E  360円",
        "便を終える",
        f"── {DAY}  t2",
        "判定11件のうち10件",
    ]
    places = [said.find(piece) for piece in pieces]
    assert -1 not in places, pieces[places.index(-1)]
    assert places == sorted(places)


def test_one_service_day_alone_can_be_asked_for(journal: Path) -> None:
    assert len(told(journal, "--date", DAY)) == 10
    assert told(journal, "--date", "2026-09-22") == []


# what does not agree


def set_to(**values: object) -> Change:
    return lambda event: event.update(values)


ALIGHT, BOARD, REFUSED, WORD, LEFT = 14, 6, 11, 16, 21


@pytest.mark.parametrize(
    ("number", "change", "why"),
    [
        (ALIGHT, set_to(fare=100, held=100), ["fare"]),
        (ALIGHT, set_to(fare=100), ["money", "fare"]),
        (ALIGHT, set_to(stop_id="B", stop_index=1), ["fare"]),
        (ALIGHT, set_to(stop_index=3), ["stop"]),
        (ALIGHT, set_to(board_stop_id="B"), ["stop-believed", "fare"]),
        (ALIGHT, set_to(adults=0), ["ride"]),
        (ALIGHT, set_to(pass_id=STRANGER), ["no-open-ride", "ride"]),
        (ALIGHT, set_to(outcome="ok"), ["answer"]),
        (ALIGHT, set_to(trip_id="t2"), ["trip", "ride"]),
        (BOARD, set_to(fare=10), ["money"]),
        (BOARD, set_to(stop_id="E", stop_index=4), ["stop"]),
        (REFUSED, set_to(outcome="already-boarded"), ["refusal"]),
        (REFUSED, set_to(outcome="already-alighted"), ["refusal"]),
        (REFUSED, set_to(outcome="card-limit"), ["refusal"]),
        (REFUSED, set_to(outcome="fare-unknown"), ["refusal"]),
        (REFUSED, set_to(outcome="ok"), ["answer", "pass"]),
    ],
)
def test_a_changed_record_is_found_though_its_hashes_were_made_anew(
    journal: Path, number: int, change: Change, why: list[str]
) -> None:
    rewrite(journal, number, change)
    (line,) = [line for line in told(journal, code=BAD) if line["number"] == number]
    assert (line["agrees"], line["why"]) == (False, why)
    result = replay(journal)
    assert result.exit_code == BAD
    assert f"✗ #{number}" in result.stdout
    assert ", 0 do not agree" not in result.stdout


def test_the_fare_that_the_rules_give_stands_beside_the_one_that_does_not_agree(journal: Path) -> None:
    rewrite(journal, ALIGHT, set_to(fare=100, held=100))
    (line,) = [line for line in told(journal, code=BAD) if line["number"] == ALIGHT]
    assert (line["fare"], line["fare_by_rules"]) == (100, 600)
    assert "the fare is not that of the rules  600円" in replay(journal).stdout


def test_who_boards_twice_or_alights_twice_is_found(journal: Path) -> None:
    rewrite(journal, 15, set_to(pass_id=CARD))
    lines = {line["number"]: line for line in told(journal, code=BAD)}
    assert lines[15]["why"] == ["ride-open"]
    assert "no-open-ride" in lines[19]["why"]


@pytest.mark.parametrize(
    ("number", "change", "words"),
    [
        (LEFT, set_to(fare=0, held=0), "the fare is not that of the rules  360円"),
        (LEFT, set_to(board_stop_id="A"), "does not fit the ride it names"),
        (WORD, set_to(stop_index=7), "no such stop of the trip"),
        (WORD, lambda event: event["taps"][0].update(number=BOARD), "does not fit the record of the door"),
        (WORD, lambda event: event["taps"][0].update(number=8), "does not fit the ride it names"),
    ],
)
def test_what_is_no_tap_is_checked_too_and_told_beside_the_json(
    journal: Path, number: int, change: Change, words: str
) -> None:
    rewrite(journal, number, change)
    result = replay(journal, "--json")
    assert result.exit_code == BAD
    assert f"#{number}" in result.stderr and words in result.stderr
    assert all(json.loads(line) for line in result.stdout.splitlines())


def test_a_tap_without_an_opening_of_the_door_must_stand_under_reserve(world: World) -> None:
    with bus_on(world) as table:
        keep_the_edition(table)
        ready(table)
        table.do(CLOSED)
        table.roll(0, 0.9)
        assert table.show(world.office.card()) is Outcome.OK
        number = table.journal.last.number
    journal = world.folder / "journal.db"
    (line,) = told(journal)
    assert (line["opening"], line["agrees"]) == (None, True)
    rewrite(journal, number, set_to(unsure=False))
    assert told(journal, code=BAD)[0]["why"] == ["opening"]


def test_a_contact_that_was_never_seen_to_open_says_nothing_of_any_tap(world: World) -> None:
    with bus_on(world) as table:
        keep_the_edition(table)
        table.do(CLOSED)
        table.set_out()
        assert table.show(world.office.card()) is Outcome.OK
        assert not table.taps()[-1].unsure
    (line,) = told(world.folder / "journal.db")
    assert (line["opening"], line["agrees"]) == (None, True)


def test_where_the_door_was_not_written_down_for_want_of_room_no_tap_is_blamed(world: World) -> None:
    with bus_on(world) as table:
        keep_the_edition(table)
        ready(table)
        table.do(CLOSED)
        table.roll(0, 1.0)
        # As the loop does with a full journal.
        table.loop._trip.door_moved(world.time.seconds, is_open=True)
        assert table.show(world.office.card()) is Outcome.OK
        assert not table.taps()[-1].unsure
        table.do(CLOSED)
    (line,) = told(world.folder / "journal.db")
    assert (line["opening"], line["agrees"]) == (None, True)


def test_a_record_that_is_not_what_was_written_is_found_by_its_hash(journal: Path) -> None:
    rewrite(journal, ALIGHT, set_to(confidence=0.1), with_hashes=False)
    (line,) = [line for line in told(journal, code=BAD) if not line["agrees"] and line["why"] != ["pass"]]
    assert (line["number"], line["why"]) == (ALIGHT, ["changed"])


def test_a_missing_record_is_found_and_what_hangs_on_it_is_not_blamed(journal: Path) -> None:

    with sqlite3.connect(journal) as connection:
        connection.execute("DELETE FROM records WHERE number = ?", (BOARD,))
    connection.close()
    lines = told(journal, code=BAD)
    assert [line["number"] for line in lines if line["agrees"] is False] == [BOARD + 1]
    assert lines[0]["why"] == ["missing"]


# what the records do not say by themselves


def test_a_boarding_settled_by_later_fixes_is_charged_by_its_settled_stop(world: World) -> None:
    card = world.office.card()
    with bus_on(world) as table:
        keep_the_edition(table)
        ready(table)
        slow_to_b(table, card)
        table.do(CLOSED)
        table.roll(1.0, 4.0)
        halt(table, 4.0)
        assert table.show(card) is Outcome.OK
    board, alight = told(world.folder / "journal.db")
    assert (board["stop_id"], board["final_stop_id"]) == ("C", "B")
    assert (alight["fare"], alight["fare_by_rules"], alight["agrees"]) == (360, 360, True)


def test_what_was_written_before_the_time_was_known_is_dated_by_the_next_anchor(world: World) -> None:
    with bus_on(world) as table:
        keep_the_edition(table)
        table.do(table.fix_at(0), T1)
        assert table.show(world.office.card(valid_from=0)) is not None
        moment = world.wall
        world.time.move(100)
        unknown = told_of_a_copy(world)
        table.know_the_time()
    (line,) = told(world.folder / "journal.db")
    midnight = 1_790_000_000 - (23 * 3600 + 13 * 60 + 20)
    assert line["t"] == int(moment) - midnight
    assert [each["t"] for each in unknown] == [None]


def told_of_a_copy(world: World) -> list[dict[str, Any]]:
    """Of a unit whose power goes now: the file with its log, and its lock, which nobody holds there."""
    copy = world.folder / "copy"
    copy.mkdir()
    for name in ("journal.db", "journal.db-wal", "journal.lock"):
        shutil.copy(world.folder / name, copy / name)
    before = state_of(copy)
    lines = told(copy / "journal.db")
    assert state_of(copy) == before
    return lines


def test_a_copy_with_its_log_is_read_to_the_last_record(world: World) -> None:
    with bus_on(world) as table:
        keep_the_edition(table)
        table.set_out()
        assert table.show(world.office.card()) is Outcome.OK
        assert (world.folder / "journal.db-wal").stat().st_size
        (line,) = told_of_a_copy(world)
        assert line["number"] == table.journal.last.number


def test_without_its_edition_a_fare_cannot_be_told_and_is_not_blamed(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        card = world.office.card()
        table.show(card)
        table.drive_to(2)
        assert table.show(card) is not None
    lines = told(world.folder / "journal.db")
    assert [(line["agrees"], line["why"]) for line in lines] == [(None, ["no-edition"])] * len(lines)
    assert lines[-1]["final_fare"] == lines[-1]["fare"]


def test_a_journal_that_follows_on_a_damaged_one_is_told_with_what_was_saved(
    journal: Path, world: World
) -> None:
    journal.write_bytes(journal.read_bytes()[:-4096] + bytes(4096))
    card = world.office.card()
    with bus_on(world) as table:
        assert table.events()[0].__class__.__name__ == "JournalReplaced"
        keep_the_edition(table)
        table.set_out()
        table.show(card)
        table.do(TripDone())
    lines = told(journal)
    assert [line["pass"] for line in lines][-1] == card.body.pass_id.hex()
    assert len({line["epoch"] for line in lines}) == 2
    assert "前の記録から引き継ぐ" in replay(journal).stdout


def test_a_power_cut_in_mid_ride_is_followed_through(world: World) -> None:
    card = world.office.card()
    with bus_on(world) as table:
        keep_the_edition(table)
        ready(table)
        table.show(card)
    world.time.move(30)
    world.boot = "next"
    with bus_on(world) as table:
        table.do(OPEN)
        stop_at(table, 2.0)
        table.show(card)
        assert any(isinstance(event, StopSettled | RideLeftOpen) for event in table.events()) is False
    board, alight = told(world.folder / "journal.db")
    assert (board["agrees"], alight["agrees"], alight["fare_by_rules"]) == (True, True, alight["fare"])
