"""What `sync` promises: the figures it says, its targets, and that nothing is measured which is not in the books."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from central.database.ledger_tables import entries, groups, hold_parts, holds, lot_moves, lots
from central.database.tables import code_uses, records, rides
from central.database.transaction import Database, database_file
from central.devices.data_folder import open_office
from central.ledger.verify_ledger import verify_ledger
from hil.virtual.ports import free_port
from provisioning.broker import find_mosquitto
from rules.messages.events import ClockSet, DoorMoved, Tapped
from rules.ride.outcomes import Movement
from tests.bench import __main__ as cli
from tests.bench import sync, sync_buses
from tests.bench.machine import NoRealDisk, NotMeasured, make_on_disk
from tests.bench.sync import Sample
from tests.bench.sync_buses import FIRST_WALL, days_work, drain, fill, new_bus

FEW, WAITING = 200, 50


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder on the disk of the checkout: the system's temporary one is often in memory."""
    try:
        make_on_disk(cli.DATA)
    except NoRealDisk as reason:
        pytest.skip(str(reason))
    with tempfile.TemporaryDirectory(dir=cli.DATA) as folder:
        yield Path(folder)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: sudo apt-get install mosquitto")
    monkeypatch.setattr(sync, "RECORDS", FEW)
    monkeypatch.setattr(sync, "BACKLOG", WAITING)
    monkeypatch.setattr(sync, "BUSES", 2)


def sample(ours: float, paho: float, sqlite: float, backlog: float = 1.0) -> Sample:
    """Seconds for 1,000 records."""
    return Sample(1_000, ours, paho, sqlite, backlog, 10)


@pytest.mark.usefixtures("few")
def test_a_short_run_says_all_that_scripts_rely_on(disk: Path) -> None:
    heard: list[int] = []
    document = json.loads(sync.measure(disk, 1, heard.append).to_json())
    assert (document["name"], document["runs"], heard) == ("sync", 1, [1])
    assert document["ratios"].keys() == document["targets"].keys() == {"of_the_slower", "backlog_of_allowed"}
    assert document["metrics"]["records"] == FEW
    assert 1 <= document["metrics"]["commits"] <= FEW
    assert all(document["limits"][f"{peer}_records_per_s"] > 0 for peer in ("paho", "sqlite"))
    assert list(disk.iterdir()) == []


@pytest.mark.usefixtures("few")
def test_sqlite_alone_writes_the_rows_the_office_wrote(disk: Path) -> None:
    sync._once(disk)
    theirs, ours = (Database(database_file(disk / folder)) for folder in ("peer", "office"))
    try:
        with theirs.read() as copied, ours.read() as written:
            sent = select(records).where(records.c.device != "bus-003").order_by(records.c.id)
            assert copied.execute(sent).all() == written.execute(sent).all()
            for table in (rides, code_uses, groups, entries, lots, lot_moves, holds, hold_parts):
                # Holds still open here, the bus left out has resolved in the office's own books.
                columns = [each for each in table.columns if each.name not in ("resolved_by", "how")]
                every = select(*columns).order_by(*table.primary_key)
                rows = copied.execute(every).all()
                assert rows
                assert set(rows) <= set(written.execute(every).all())
            assert verify_ledger(written).problems == []
    finally:
        theirs.close()
        ours.close()


@pytest.mark.usefixtures("few")
def test_records_that_are_not_in_the_books_are_not_measured(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "_books", lambda _: (FEW + WAITING, 99, 0))
    with pytest.raises(NotMeasured, match=r"99, 0\) instead of \(250, 100, 0\)"):
        sync.measure(disk, 1, lambda _: None)


def test_a_bus_whose_records_nobody_takes_is_not_measured(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_buses, "STALLED_S", 0.5)
    bus, office = new_bus(disk, 1), disk / "office"
    open_office(office, FIRST_WALL).database.close()
    fill(bus, ["0" * 16], 10)
    with pytest.raises(NotMeasured, match="10 wait"):
        drain(bus, office, free_port(), Barrier(1))


def test_the_records_are_the_mix_that_is_promised() -> None:
    events = list(days_work("epoch", ["00" * 8, "11" * 8], 50))
    kinds = Counter(event.movement if isinstance(event, Tapped) else type(event) for event in events)
    assert kinds == {
        Movement.BOARD: 200,
        Movement.ALIGHT: 200,
        DoorMoved: 50,
        ClockSet: 25,
        Movement.REFUSED: 25,
    }
    for number, event in enumerate(events, 1):
        if isinstance(event, Tapped) and event.board is not None:
            began = events[event.board.number - 1]
            assert event.board.number < number
            assert isinstance(began, Tapped)
            assert (began.movement, began.pass_id) == (Movement.BOARD, event.pass_id)
    assert all(before.at.wall <= after.at.wall for before, after in pairwise(events))


def test_the_targets_are_those_of_the_surface(tmp_path: Path) -> None:
    reached = [sample(4.0, 0.5, 1.0), sample(4.0, 0.5, 1.0), sample(9.0, 0.5, 1.0, 5.0)]
    assert sync.result(reached, tmp_path).ok
    for missed in (sample(4.1, 0.5, 1.0), sample(4.1, 1.0, 0.5), sample(4.0, 0.5, 1.0, 5.1)):
        assert not sync.result([missed] * 3, tmp_path).ok
    limits = sync.result(reached, tmp_path).limits
    assert (limits["paho_records_per_s"], limits["sqlite_records_per_s"]) == (2_000, 1_000)
    assert (limits["allowed_records_per_s"], limits["allowed_backlog_s"]) == (250, 5.0)
