"""Every page of the staff has an address, answers over a village's days, and reads no long table whole."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from central.database.transaction import Database
from central.devices.data_folder import open_office
from central.japan import seconds_of
from central.practice.village import Size
from tests.bench.page_addresses import (
    ADDRESSES,
    DOWNLOADS,
    NOT_TIMED,
    real_of,
    routes_of_staff,
    without_address,
)
from tests.bench.pages import addresses, app_of
from tests.bench.pages_year import FIRST_DAY, make_year
from tests.central.office_pages import OWN
from tests.central.signed_in import as_staff

SIZE = Size(members=12, shops=2, buses=1, turns=2, riders=3, payments=30, baths=1, codes=3)
DAYS = 4
LONG = frozenset(
    {
        "records",
        "rides",
        "hand_rides",
        "entries",
        "entry_groups",
        "lots",
        "lot_moves",
        "holds",
        "hold_parts",
        "audit_entries",
        "kiosk_codes",
        "kiosk_claims",
        "point_grants",
        "shop_payments",
        "counter_receipts",
        "counter_commands",
        "card_charges",
        "card_charge_states",
        "card_events",
        "phone_claims",
        "phone_places",
        "phone_rides",
        "ride_corrections",
        "ride_correction_states",
        "down_log",
        "command_refusals",
        "accounts",
        "members",
        "member_profiles",
        "passes",
        "pass_requests",
        "cash_counts",
        "settled_stops",
    }
)
"""Tables that grow with every day or with every member."""


@dataclass
class Small:
    """A few days of a small village, its pages, and what the database was asked for each."""

    client: Any
    real: dict[str, str]
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    folder = make_year(tmp_path_factory.mktemp("year"), lambda _: None, SIZE, DAYS)
    said: list[str] = []
    connect = Database._connect

    def listening(database: Database) -> sqlite3.Connection:
        connection = connect(database)
        connection.set_trace_callback(said.append)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "_connect", listening)
        now = seconds_of(FIRST_DAY + timedelta(days=DAYS - 1))[0] + 22 * 3600
        office = open_office(folder, now)
        app = as_staff(app_of(office, now))
        with office.database.read() as connection:
            real = real_of(connection)
        yield Small(app.test_client(), real, said)
        app.extensions["streams"].close()
        office.database.close()


def ask(small: Small, address: str) -> int:
    path, _, form = address.partition(" ")
    small.asked.clear()
    answer = (
        small.client.post(path, data=dict(parse_qsl(form)), headers=OWN) if form else small.client.get(path)
    )
    answer.get_data()
    return int(answer.status_code)


def test_every_page_of_the_staff_has_an_address_here_and_no_address_is_of_a_page_that_is_gone(
    small: Small,
) -> None:
    app = small.client.application
    assert without_address(app) == set(), "give each of them a line in tests/bench/page_addresses.py"
    named = ADDRESSES.keys() | DOWNLOADS.keys() | NOT_TIMED.keys()
    # A search is sent as a form, and is no GET.
    assert named - routes_of_staff(app) == {"counter.find"}


def test_every_page_of_the_staff_answers(small: Small) -> None:
    answers = {(endpoint, address): ask(small, address) for endpoint, address, _ in addresses(small.real)}
    # Of a month that is not over nothing is published.
    early = {where: 404 for where in answers if where[0] == "figures.table_file"}
    assert {where: status for where, status in answers.items() if status != 200} == early


def test_no_page_reads_a_long_table_from_one_end_to_the_other(small: Small) -> None:
    found = {}
    for endpoint, address, _ in addresses(small.real):
        ask(small, address)
        for statement in set(small.asked):
            for table in scanned(small.client.application.extensions["database"].path, statement):
                found[endpoint, table] = statement
    unknown = {where: said for where, said in found.items() if where not in ALLOWED}
    assert unknown == {}, "\n".join(f"{where}: {said}" for where, said in unknown.items())
    assert ALLOWED.keys() - found.keys() == set(), "these are read by their indexes now"


ALLOWED = {
    ("audit.log", "audit_entries"): "from its newest end, and ends after a page",
    ("charging.overview", "card_charge_states"): "how many charges stand how: a few thousand a year",
    ("charging.overview", "card_charges"): "the same; and the latest, from the index's end",
    ("corrections.corrections", "ride_corrections"): "how many stand how: two thousand a year",
    ("desk.desk", "accounts"): "the sum of all balances: some thousand accounts",
    ("desk.desk", "audit_entries"): "from its newest end, and ends after two hundred",
    ("desk.desk", "ride_corrections"): "how many wait: two thousand a year",
    ("figures.exact", "audit_entries"): "the newest alone, to which the look is chained",
    ("logs.search", "member_profiles"): "as the counter's search",
    ("counter.find", "member_profiles"): "names are compared as people type them, which no index knows",
    ("reports.overview", "entry_groups"): "its first row, and ends there",
    **{
        (f"reports.{part}", table): why
        for part in ("report", "report_file")
        for table, why in (
            ("entry_groups", "from its newest end, and ends after a row"),
            ("lot_moves", "a sheet is summed from all moves, never from balances; asked for once a month"),
        )
    },
}
"""What is read whole all the same: where, what, and why that may be."""


def scanned(path: Path, statement: str) -> set[str]:
    """The long tables that a statement reads whole, by SQLite's own plan; an index over a part of one is not whole."""
    if not re.match(r"\s*(SELECT|WITH)\b", statement):
        return set()
    with closing(sqlite3.connect(path)) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        partial = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
        parts = {name for (name,) in connection.execute(partial)}
    found = set()
    for line in plan:
        read = re.match(r"SCAN (\w+?)(?:_\d+)?(?: USING (?:COVERING )?INDEX (\w+))?$", line)
        if read and read[2] not in parts:
            found.add(read[1])
    return found & LONG
