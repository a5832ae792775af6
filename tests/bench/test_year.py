"""The village's year: the same seed is the same year, every kind of event is in it, and it verifies."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from central.database.ledger_tables import groups, holds, lots
from central.database.transaction import Database, database_file
from central.ledger.verify_ledger import verify_ledger
from tests.bench import year
from tests.bench.village_year import DAYS, write_year
from tests.bench.year import ALLOWED_MS, PARTS, Year, result

small = partial(write_year, members=40, events=3 * DAYS)


def small_year(folder: Path, seed: int) -> tuple[str, set[str], int]:
    folder.mkdir()
    database = Database(database_file(folder))
    database.create()
    days: list[int] = []
    small(database, days.append, seed)
    assert days == list(range(1, DAYS + 1))
    with database.read() as connection:
        found = verify_ledger(connection)
        assert found.problems == []
        kinds = {what for (what,) in connection.execute(select(groups.c.what).distinct())}
        assert connection.execute(select(func.count()).select_from(holds)).scalar_one() > 40
        expired = connection.execute(
            select(func.count())
            .select_from(lots)
            .where(lots.c.expires_at.is_not(None), lots.c.remaining == 0)
        )
        count = expired.scalar_one()
    database.close()
    return found.head, kinds, count


def test_the_same_seed_is_the_same_year_and_has_all_that_happens_in_one(tmp_path: Path) -> None:
    first, kinds, expired = small_year(tmp_path / "1", 1)
    assert first == small_year(tmp_path / "2", 1)[0]
    assert first != small_year(tmp_path / "3", 2)[0]
    assert kinds >= {"charge", "card charge", "card charge free", "pass hold", "payment", "ride", "expiry"}
    assert kinds >= {"forgotten ride", "points", "grant", "bus ticket"}
    assert expired > 0


def test_a_short_run_says_all_that_scripts_rely_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(year, "make_on_disk", lambda _: None)
    monkeypatch.setattr(year, "write_year", small)
    heard: list[int] = []
    document = json.loads(year.measure(tmp_path, 2, heard.append).to_json())
    assert (document["name"], document["runs"]) == ("year", 2)
    assert heard[-2:] == [1, 2]
    assert document["ratios"].keys() == document["targets"].keys() == document["bounds"].keys()
    assert all(document["metrics"][f"{part}_p50_ms"] > 0 for part in PARTS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", ALLOWED_MS)
def test_the_verdict_hangs_on_each_limit(part: str, tmp_path: Path) -> None:
    times = {name: [1.0] for name in PARTS}
    assert result(times, Year(1, 2, 1), tmp_path).ok
    times[part] = [ALLOWED_MS[part] + 1]
    assert not result(times, Year(1, 2, 1), tmp_path).ok
