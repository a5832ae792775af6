"""Riders from stop to stop: the exact numbers are those of a naive count over what machines and people said."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from central.access.who import Role
from central.audit.store import all_entries
from central.database.correction_tables import correction_states, ride_corrections
from central.database.hand_tables import hand_rides
from central.database.phone_ride_tables import phone_rides
from central.database.tables import rides
from central.database.transaction import Connection
from central.figures.figure import Counted, Month
from central.figures.rides_between import BY_DRIVER, GUESSED, RIDES_BETWEEN, SEEN, WEEK, WEEKEND
from central.network.editions.store import find_edition
from central.words.names import Names
from tests.central.by_hand_bench import alights, boards, undone
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import Bus, send
from tests.central.office_pages import post, text
from tests.central.phone_ride_bench import claim, drive, quiet_for_days, settle, signed, touch
from tests.central.settled_bench import off, on
from tests.central.signed_in import as_staff
from tests.central.today_village import NAMES
from tests.figures.figures_village import FIRST, Months, months
from tests.ride.builders import DAY

Where = tuple[str, str, str, str]
"""From, to, how it is known, kind of day."""


def counted(connection: Connection, first: date) -> Counted:
    names = Names(partial(find_edition, connection), (1,))
    found = RIDES_BETWEEN.find(connection, Month(first), names).count()
    assert found is not None
    return found


def cells(found: Counted) -> dict[Where, tuple[int, int]]:
    """People and riders of every cell that somebody is in, over all times of day."""
    said: dict[Where, tuple[int, int]] = {}
    for row, people, riders in zip(found.rows, found.people, found.rides, strict=True):
        for column, number, rode in zip(found.columns, people, riders, strict=True):
            if rode:
                where = row[0], row[1], row[2], column[0]
                before = said.get(where, (0, 0))
                said[where] = before[0] + number, before[1] + rode
    return said


def kind_of(day: str) -> str:
    return WEEKEND if date.fromisoformat(day).isoweekday() > 5 else WEEK


class Naive:
    """The same counted by hand, over lists."""

    def __init__(self) -> None:
        self.known: defaultdict[Where, list[tuple[str, int]]] = defaultdict(list)
        self.unknown: defaultdict[Where, list[tuple[str, int]]] = defaultdict(list)

    def cells(self) -> dict[Where, tuple[int, int]]:
        found = {}
        for where in {*self.known, *self.unknown}:
            known, unknown = self.known[where], self.unknown[where]
            people = sum(
                1 + max(more for other, more in known if other == who) for who in {who for who, _ in known}
            )
            on_days = Counter[str]()
            for day, number in unknown:
                on_days[day] += number
            people += max(on_days.values(), default=0)
            found[where] = people, sum(1 + more for _, more in known) + sum(more for _, more in unknown)
        return found


@pytest.mark.parametrize("seed", range(5))
def test_the_exact_numbers_are_those_of_a_naive_count(tmp_path: Path, seed: int) -> None:
    chance, naive = random.Random(seed), Naive()
    with months(tmp_path) as village:
        by_code, by_hand, by_phone = [], [], []
        for number in range(200):
            day = FIRST + timedelta(chance.randrange(-2, 33))
            start, end = chance.sample(range(len(NAMES)), 2)
            way = NAMES[start], NAMES[end]
            is_in = day.month == FIRST.month
            kind = chance.choice(("code", "code", "hand", "phone"))
            if kind == "code":
                more = chance.choice(CODES)
                row = village.rode(f"p{chance.randrange(30)}", day, start, end, **more)
                by_code.append(row)
                if is_in and row["state"] != "open" and not row.get("double_of"):
                    is_sure = row["state"] == "complete" and not (
                        row.get("board_unsure") or row.get("alight_unsure")
                    )
                    known = SEEN if is_sure else GUESSED
                    with_them = row["adults"] + row["children"]
                    naive.known[*way, known, kind_of(str(day))].append((row["pass_id"], with_them))
            elif kind == "hand":
                row = village.pressed(chance.randrange(1, 8), day, start, end)
                row |= chance.choice(({}, {"undone": True}, {"state": "provisional"}, {"unsure": True}))
                row.setdefault("undone", False)
                by_hand.append(row)
                if is_in and not row["undone"]:
                    is_sure = row["state"] == "complete" and not row["unsure"]
                    known = BY_DRIVER if is_sure else GUESSED
                    naive.unknown[*way, known, kind_of(str(day))].append((str(day), row["people"]))
            else:
                state = chance.choice(("complete", "provisional", "double", "void", "open"))
                who = f"m{chance.randrange(20)}"
                by_phone.append(phone_row(village, number, who, state, day, start, end))
                if is_in and state in ("complete", "provisional"):
                    known = SEEN if state == "complete" else GUESSED
                    naive.known[*way, known, kind_of(str(day))].append((who, 0))
        put(village, by_code, by_hand, by_phone)
        with village.village.database.read() as connection:
            found = counted(connection, FIRST)
    assert cells(found) == naive.cells()
    assert found.beside == 0


CODES: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"adults": 1, "children": 2},
    {"state": "provisional"},
    {"state": "open", "alight_stop_id": None},
    {"double_of": "bus-001/e1/7"},
    {"board_unsure": True},
    {"alight_unsure": True},
)


def put(village: Months, by_code: list[Any], by_hand: list[Any], by_phone: list[Any]) -> None:
    with village.village.database.write() as connection:
        for table, rows in ((rides, by_code), (hand_rides, by_hand), (phone_rides, by_phone)):
            for row in rows:
                connection.execute(insert(table).values(**row))


def phone_row(
    village: Months, number: int, who: str, state: str, day: date, start: int, end: int
) -> dict[str, Any]:
    row = village.rode(who, day, start, end)
    kept = ("device", "epoch", "board_number", "rider_class", "edition", "trip_id", "service_date")
    stops = ("board_stop_id", "alight_stop_id", "board_wall", "alight_wall")
    ride = {name: row[name] for name in (*kept, *stops)}
    return ride | {
        "member": who,
        "place": number,
        "version": 1,
        "change": number,
        "state": state,
        "product": 0,
        "board_index": start,
    }


@pytest.fixture(name="clerk")
def _clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.opens_till()
        yield made


def test_what_machines_said_is_counted(clerk: Clerk) -> None:
    member = clerk.registers("山田", 3_000, card="on")
    (card,) = clerk.cards(member)
    other = clerk.registers("佐藤", 3_000)
    bus = Bus()
    with clerk.office.database.write() as connection:
        bus.register(connection)
    pass_id = card.issued.body.pass_id.hex()
    openings = drive(bus)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    # Three board together and leave in parts; two more were a mistake.
    party = bus.write(boards(0, 3))
    bus.write(alights(party, 2, 2))
    bus.write(alights(party, 4, 1))
    wrong = bus.write(boards(1, 2))
    bus.write(undone(bus.write(alights(wrong, 3, 2, start=1)), wrong))
    for movement, stop in (("board", 0), ("alight", 4)):
        touch(clerk.office, claim(movement, stop, signed(bus, openings[stop])), other)
    quiet_for_days(bus)
    send(clerk.office.database, bus)
    settle(clerk.office)
    with clerk.office.database.read() as connection:
        found = cells(counted(connection, date.fromisoformat(DAY).replace(day=1)))
    assert found == {
        ("A", "E", SEEN, WEEK): (2, 2),
        ("A", "C", BY_DRIVER, WEEK): (2, 2),
        ("A", "E", BY_DRIVER, WEEK): (1, 1),
    }


def test_a_ride_that_is_corrected_later_shows_in_the_figure_of_its_day(tmp_path: Path) -> None:
    with months(tmp_path) as village:
        village.put([village.rode(f"p{each}", FIRST, 0, 7) for each in range(60)], [])
        village.put([village.rode(f"p{each}", FIRST + timedelta(1), 0, 7) for each in range(60)], [])
        before = village.table("2026-05")
        assert village.table("2026-05") == before
        assert before[-1]["people"] == "120"
        with village.village.database.write() as connection:
            connection.execute(
                update(rides)
                .where(rides.c.pass_id == "p1", rides.c.service_date == str(FIRST))
                .values(double_of="phone", corrected=1)
            )
        assert village.table("2026-05")[-1]["people"] == "119"


def test_what_staff_said_counts_as_inferred_once_it_holds(tmp_path: Path) -> None:
    with months(tmp_path) as village:
        ride = village.rode("p1", FIRST, 0, 7, corrected=1)
        village.put([ride], [])
        correction = {
            **{name: ride[name] for name in ("device", "epoch", "board_number")},
            "seq": 1,
            "cause": "staff",
            "said_epoch": "",
            "said_number": 0,
            "from_board": "s0",
            "from_alight": "s6",
            "from_fare": 0,
            "to_board": "s0",
            "to_alight": "s7",
            "why_waiting": "",
            "made_at": 0,
        }
        for state, known in (("waiting", SEEN), ("applied", GUESSED)):
            with village.village.database.write() as connection:
                if state == "waiting":
                    connection.execute(insert(ride_corrections).values(**correction))
                said = {"correction_id": 1, "state": state, "said_by": "staff", "at": 0}
                connection.execute(insert(correction_states).values(**said))
                found = cells(counted(connection, FIRST))
            assert [where[2] for where in found] == [known]


def test_a_month_that_is_not_over_has_no_table_and_says_so(tmp_path: Path) -> None:
    with months(tmp_path) as village:
        village.lives(1, 300, 100, len(NAMES))
        client = village.app.test_client()
        assert "まだ終わっていません" in text(client.get("/figures?month=2026-09"))
        assert client.get("/figures/table.csv?month=2026-09").status_code == 404
        assert "時刻表がありません" in text(client.get("/figures?month=2025-12"))
        assert client.get("/figures?month=2026-13").status_code == 400


def test_every_number_is_for_those_who_may_and_say_why_and_each_look_is_written_down(tmp_path: Path) -> None:
    with months(tmp_path) as village:
        village.put([village.rode("p1", FIRST, 0, 7)], [village.pressed(2, FIRST, 0, 7)])
        for role, status in ((Role.CLERK, 403), (Role.READER, 403), (Role.APPROVER, 200)):
            client = as_staff(village.app.test_client(), role)
            form = {"figure": "rides-between", "month": "2026-05", "why": "県の会議"}
            assert client.get("/figures/exact?month=2026-05").status_code == status
            assert post(client, "/figures/exact", form).status_code == status
        answer = post(client, "/figures/exact", form | {"why": "  "})
        assert answer.status_code == 422
        assert "2026-05-01" not in text(answer)
        assert "2026-05-01 3" in text(post(client, "/figures/exact", form))
        with village.village.database.read() as connection:
            looks = [each for each in all_entries(connection) if each.what == "figures-looked-at"]
        assert [(each.who, each.about) for each in looks] == [
            ("staff:approver", "figures:rides-between/2026-05")
        ] * 2
        assert "県の会議" in looks[0].detail
