"""The exact look: what it counts, where members go next, who may have it, and that every look is written down."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from central.access.who import Role
from central.audit.store import all_entries
from central.database.kiosk_tables import kiosk_claims, kiosk_codes, kiosks
from central.database.set_right_tables import set_right, set_right_states
from central.database.shop_tables import shop_payments, shop_returns, shops
from central.database.tables import passes
from central.figures.dictionary import files
from central.japan import seconds_of
from central.rides.corrections.by_staff.rows import Facts
from central.rides.corrections.rows import Place, Stops
from tests.central.office_pages import post, text
from tests.central.plans import plans
from tests.central.signed_in import as_staff
from tests.central.today_village import NAMES
from tests.figures.figures_village import FIRST, Months, months

NOON = seconds_of(FIRST)[0] + 10 * 3600
"""When the rides of `Months.rode` end on the first day."""
FORM = {"figure": "rides-between", "month": "2026-05", "why": "県の会議"}


@pytest.fixture(name="village")
def _village(tmp_path: Path) -> Iterator[Months]:
    with months(tmp_path) as made:
        yield made


def insert_into(village: Months, table: Any, **row: Any) -> None:
    with village.village.database.write() as connection:
        connection.execute(insert(table).values(**row))


def member_with(village: Months, member: str, pass_id: str) -> None:
    row = {"kind": 1, "rider_class": 0, "hold": 0, "valid_from": 0, "valid_until": 0}
    more = {"hold_series": "", "hold_wanted": 0, "packed": b""}
    insert_into(village, passes, pass_id=pass_id, member=member, **row, **more)


def paid(village: Months, member: str, at: int, shop: str = "kiosk", *, refused: str = "") -> str:
    village.number += 1
    payment = f"pay-{village.number}"
    row = {"payment": payment, "shop": shop, "member": member, "amount": 100, "part_cash": 0, "at": at}
    insert_into(village, shop_payments, **row, refused=refused, lacks=0)
    return payment


def bathed(village: Months, member: str, made_at: int, asked_at: int, state: str = "given") -> None:
    """A code that the kiosk has made, and a phone opens some time after."""
    village.number += 1
    name = {"device": "bath-001", "number": village.number, "moment": 0}
    record = {"epoch": "e1", "record_number": village.number, "boot": "b", "visit": 1, "count": 1}
    insert_into(village, kiosk_codes, **name, **record, points=10, made_at=made_at, settled=True)
    claim = {
        "knows_moment": True,
        "by_card": False,
        "programme": "bath",
        "visit": 1,
        "count": 1,
        "points": 10,
    }
    more = {"asked_at": asked_at, "day": str(FIRST), "state": state, "why": "", "place": 1}
    insert_into(village, kiosk_claims, **name, member=member, **claim, **more)


def places(village: Months) -> None:
    village.village.machine("bath-001", "kiosk")
    insert_into(village, kiosks, device="bath-001", number=1, registered_at=0)
    insert_into(village, shops, shop="kiosk", name="肘折商店", added_at=0)


def exact(village: Months, month: str = "2026-05") -> list[tuple[str, str, str, int]]:
    """The file of every number: table, row, column, number."""
    client = as_staff(village.app.test_client(), Role.APPROVER)
    answer = post(client, "/figures/exact", {**FORM, "month": month, "csv": "1"})
    assert answer.status_code == 200
    lines = csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    return [(each["table"], each["row"], each["column"], int(each["number"])) for each in lines]


def next_of(village: Months) -> dict[str, tuple[int, int]]:
    """By place, how many members and how often."""
    found: dict[str, list[int]] = {}
    for table, row, _, number in exact(village):
        if table.startswith("降りたあと"):
            found.setdefault(row, []).append(number)
    return {row: (people, rides) for row, (people, rides) in found.items()}


NOTHING = "記録なし / nothing recorded"
END = NAMES[7]


def test_the_first_place_within_three_hours_of_alighting_counts(village: Months) -> None:
    places(village)
    for number in range(1, 6):
        member_with(village, f"m{number}", f"p{number}")
    village.put([village.rode(f"p{number}", FIRST, 0, 7) for number in range(1, 6)], [])
    paid(village, "m1", NOON + 60)
    bathed(village, "m1", NOON + 120, NOON + 130)
    # The kiosk made the code before the member paid; the phone came to open it only later.
    bathed(village, "m2", NOON + 60, NOON + 9_000)
    paid(village, "m2", NOON + 120)
    paid(village, "m3", NOON + 3 * 3600)
    paid(village, "m4", NOON - 1)
    paid(village, "m5", NOON + 60, refused="too-little")
    bathed(village, "m5", NOON + 60, NOON + 60, "refused")
    assert next_of(village) == {
        f"{END} → 肘折商店": (1, 1),
        f"{END} → おふろ / bath bath-001": (1, 1),
        f"{END} → {NOTHING}": (3, 3),
    }


def test_what_comes_after_the_next_boarding_belongs_to_that_ride(village: Months) -> None:
    places(village)
    member_with(village, "m1", "p1")
    # The second alighting was not read: nobody knows where the member came from then.
    again = {"board_wall": NOON + 600, "alight_wall": NOON + 1_200, "state": "provisional"}
    village.put([village.rode("p1", FIRST, 0, 7), village.rode("p1", FIRST, 7, 4, **again)], [])
    paid(village, "m1", NOON + 1_800)
    assert next_of(village) == {f"{END} → {NOTHING}": (1, 1)}


def test_a_payment_that_the_shop_has_made_void_is_no_visit(village: Months) -> None:
    places(village)
    member_with(village, "m1", "p1")
    village.put([village.rode("p1", FIRST, 0, 7)], [])
    payment = paid(village, "m1", NOON + 60)
    assert next_of(village) == {f"{END} → 肘折商店": (1, 1)}
    row = {"command": "c", "kind": "void", "payment": payment, "asked_by": "kiosk", "asked": 100, "at": NOON}
    insert_into(village, shop_returns, **row, amount=100, expired=0, shop_owes=0, refused="", left=0)
    assert next_of(village) == {f"{END} → {NOTHING}": (1, 1)}


def test_every_member_is_one_and_every_ride_is_one(village: Months) -> None:
    places(village)
    for number in (1, 2):
        member_with(village, f"m{number}", f"p{number}")
    days = [FIRST + timedelta(each) for each in range(3)]
    rides = []
    for day, who in (
        (days[0], "p1"),
        (days[1], "p1"),
        (days[2], "p1"),
        (days[0], "p2"),
        (days[0], "visitor"),
    ):
        noon = seconds_of(day)[0] + 10 * 3600
        rides.append(village.rode(who, day, 0, 7, alight_wall=noon))
        paid(village, who.replace("p", "m"), noon + 5)
    village.put(rides, [village.pressed(6, days[1], 0, 7)])
    # Of whoever is no member nobody knows where they went.
    assert next_of(village) == {f"{END} → 肘折商店": (2, 4)}
    numbers = {
        (table.partition(" / ")[0], row, column): number for table, row, column, number in exact(village)
    }
    assert [numbers["何日乗ったか", row, "人数 / people"] for row in ("1日 / once", "2〜3日 / 2–3")] == [2, 1]
    by_day = [number for (table, _, _), number in numbers.items() if table == "日ごと"]
    assert by_day == [3, 7, 1, *[0] * 28]
    stops = {row: number for (table, row, column), number in numbers.items() if "alighted" in column}
    assert stops == {NAMES[0]: 0, END: 11}


def test_a_ride_that_staff_have_made_void_is_none_until_that_is_taken_back(village: Months) -> None:
    places(village)
    member_with(village, "m1", "p1")
    ride = village.rode("p1", FIRST, 0, 7)
    village.put([ride], [])
    stops = Stops(Place("s0", 0), Place("s7", 7))
    for number, void in enumerate((True, False), 1):
        facts = msgspec.json.encode(Facts(stops, 0, 0, 0, void=void)).decode()
        row = {"of": "code", "ride": 1, "board": f"{ride['epoch']}/{ride['board_number']}", "seen": ""}
        said = {"kind": "void", "facts_from": facts, "facts_to": facts, "fare_from": 0, "fare_to": 0}
        asked = {"why": "other", "note": "", "asked_by": "a", "asked_at": 0, "decide_by": 1}
        insert_into(village, set_right, **row, **said, **asked)
        state = {"set_right_id": number, "said_by": "b", "word": "", "at": 0}
        for name in ("waiting", "applied"):
            insert_into(village, set_right_states, **state, state=name)
            is_void = void == (name == "applied")
            assert bool(exact(village)) != is_void


def test_no_look_without_a_reason_and_every_one_is_in_the_log(village: Months) -> None:
    village.put([village.rode("p1", FIRST, 0, 7)], [])
    for role in (Role.CLERK, Role.READER):
        client = as_staff(village.app.test_client(), role)
        assert post(client, "/figures/exact", {**FORM, "csv": "1"}).status_code == 403
    client = as_staff(village.app.test_client(), Role.APPROVER)
    assert post(client, "/figures/exact", {**FORM, "why": " ", "csv": "1"}).status_code == 422
    assert "2026-05-01 1" in text(post(client, "/figures/exact", FORM))
    exact(village)
    with village.village.database.read() as connection:
        looks = [each.what for each in all_entries(connection) if each.what.startswith("figures-")]
    assert sorted(looks) == ["figures-looked-at", "figures-taken"]


def test_a_month_without_rides_says_so(village: Months) -> None:
    client = as_staff(village.app.test_client(), Role.APPROVER)
    assert "この月の乗車はありません" in text(post(client, "/figures/exact", FORM))
    assert "時刻表がありません" in text(post(client, "/figures/exact", {**FORM, "month": "2025-12"}))
    assert exact(village) == []


def test_the_dictionary_has_every_column_that_is_written_and_no_other(village: Months) -> None:
    village.lives(1, 300, 100, len(NAMES))
    client = as_staff(village.app.test_client(), Role.APPROVER)
    published = client.get("/figures/table.csv?month=2026-05")
    every = post(client, "/figures/exact", {**FORM, "csv": "1"})
    told = {each.slug: [column.name for column in each.columns] for each in files()}
    for slug, answer in (("rides-between", published), ("exact", every)):
        first = answer.get_data(as_text=True).removeprefix("\ufeff").splitlines()[0]
        assert told[slug] == first.split(",")
    listed = client.get("/figures/dictionary.csv").get_data(as_text=True).splitlines()
    assert len(listed) == 1 + sum(map(len, told.values()))
    page = text(client.get("/figures/dictionary"))
    assert all(name in page for names in told.values() for name in names)


LONG = r"SCAN (?:rides|phone_rides|hand_rides|passes|kiosk_claims|kiosk_codes|shop_payments|shop_returns)\b"


def test_no_look_reads_a_long_table_from_one_end_to_the_other(village: Months) -> None:
    village.lives(1, 50, 20, 3)
    with plans(village.village.database) as found:
        exact(village)
        village.table("2026-05")
    assert found
    assert [line for line in found if re.match(LONG, line)] == []
