"""`replay --journal` on a terminal that runs: its loop answers, a little at a time, and its file is left alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from device.control import SOCKET, Control
from device.journal import Holding, Journal
from device.reading_out import RowsAfter, SealedEdition, holding_of, lines_of
from device.stick.carry import Machine
from device.stick.commands import handlers
from rules.messages.codec import encode
from rules.messages.stick import StickRefused
from rules.ride.outcomes import Outcome
from terminal import loop as loop_module
from tests.terminal.journal_bench import BAD, GOOD, drive_a_day, keep_the_edition, replay, rewrite, told
from tests.terminal.loop_bench import UNIT, Table, World, bus_on
from tests.terminal.test_commands import new_unit, on_virtual_pins, wait_until
from tests.terminal.test_loop_stick import asking, machine


@contextmanager
def running(world: World) -> Iterator[None]:
    """The loop in a thread of its own, which owns the journal, and the socket that commands ask."""
    begun, tables = threading.Event(), list[Table]()

    def serve() -> None:
        with Journal(world.folder, UNIT, any_disk=True).open() as journal:
            table = Table(world, journal)
            tables.append(table)
            control = Control(
                world.folder, handlers(Machine(machine(table).identity, "ohkura"), table.loop.report)
            )
            control.start()
            begun.set()
            table.loop.run()
            control.stop()

    thread = threading.Thread(target=serve)
    thread.start()
    assert begun.wait(30)
    try:
        yield
    finally:
        tables[0].loop.stop()
        thread.join(30)


@pytest.fixture
def driven(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A unit that has driven a day, and whose program now waits for facts as it does on a bus."""
    drive_a_day(world)
    monkeypatch.setattr(loop_module, "TICK_S", 0.2)
    return world


def test_a_running_terminal_tells_the_same_as_its_file_does_afterwards(driven: World) -> None:
    journal = driven.folder / "journal.db"
    with running(driven):
        while_running = replay(journal)
        lines = told(journal)
    assert while_running.exit_code == GOOD, while_running.output
    assert not (driven.folder / SOCKET).exists()
    assert told(journal) == lines
    assert replay(journal).stdout == while_running.stdout
    assert "10 of 11 decisions reproduced" in while_running.stdout


def test_a_record_that_was_tampered_with_is_found_and_the_terminal_runs_on(driven: World) -> None:
    journal = driven.folder / "journal.db"
    with bus_on(driven) as table:
        # The office holds it all: what it holds is not looked at again when the program starts.
        found = table.journal.hash_at(table.journal.last.number)
        assert found is not None
        assert table.journal.acknowledge(table.journal.last.number, found.hex(), 0)
    rewrite(journal, 14, lambda event: event.update(fare=100), with_hashes=False)
    with running(driven):
        for _ in range(2):
            result = replay(journal, "--json")
            assert result.exit_code == BAD
            (line,) = [each for each in map(json.loads, result.stdout.splitlines()) if each["number"] == 14]
            assert line["why"] == ["changed", "money", "fare"]


def test_a_copy_beside_the_running_file_is_read_itself(driven: World) -> None:
    copy = driven.folder / "old.db"
    copy.write_bytes((driven.folder / "journal.db").read_bytes())
    with running(driven):
        newest = [line["number"] for line in told(copy)]
    assert newest[-1] == 29


def test_riders_are_served_between_two_batches_and_each_is_small(world: World) -> None:
    with bus_on(world) as table:
        keep_the_edition(table)
        table.set_out()
        for _ in range(150):
            table.drive_to(0, 1.0)
            table.show(world.office.phone().code(world.moment))
        last = table.journal.last.number
        lines = lines_of(lambda question: asking(table, question))
        got = [next(lines), next(lines)]
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
        got += list(lines)
        assert len(got) > 2 + last / 64
        assert all(len(line) < 100_000 for line in got if isinstance(line, bytes))
        holding = as_read(got)
        assert holding.records == table.journal.records_after(0, len(holding.records))
        assert len(holding.records) in (last, last + 1), "the rider's own may be among them"
        assert list(holding.kept) == ["000000001"]


def as_read(lines: list[bytes | msgspec.Struct]) -> Holding:
    """What the command makes of them: the last one ends the answer."""
    return holding_of([*(line for line in lines if isinstance(line, bytes)), msgspec.Raw(encode(lines[-1]))])


def test_records_that_the_journal_lets_go_of_meanwhile_are_not_missed(world: World) -> None:
    with bus_on(world) as table:
        table.journal.write([event for event in table.events() for _ in range(200)])
        lines = lines_of(lambda question: asking(table, question))
        got = [next(lines)]
        table.journal._file.drop_oldest(150)
        got += list(lines)
        holding = as_read(got)
        assert [record.number for record in holding.records] == list(range(151, 202))


def test_a_journal_that_is_replaced_meanwhile_is_said(world: World) -> None:
    with bus_on(world) as table:
        assert isinstance(asking(table, RowsAfter("another", 0)), StickRefused)
        assert asking(table, SealedEdition("000000009")) == b""
        refusals = lines_of(
            lambda question: asking(
                table, RowsAfter("another", 0) if isinstance(question, RowsAfter) else question
            )
        )
        with pytest.raises(StickRefused, match="replaced meanwhile"):
            list(refusals)


def test_a_terminal_of_an_earlier_version_says_so(world: World) -> None:
    control = Control(world.folder, {})
    (world.folder / "journal.db").touch()
    control.start()
    try:
        result = replay(world.folder / "journal.db")
    finally:
        control.stop()
    assert (result.exit_code, result.stdout) == (BAD, "")
    assert "another version" in result.stderr


def test_the_program_itself_answers_while_it_serves(tmp_path: Path, repository: Path) -> None:
    unit = new_unit(tmp_path)
    with on_virtual_pins(unit, repository) as program:
        wait_until((unit.data / SOCKET).exists, "it can be asked")
        result = replay(unit.data / "journal.db")
        assert program.poll() is None
    assert result.exit_code == GOOD, result.output
    assert "プログラム開始 / program started" in result.stdout
    assert "0 of 0 decisions" in result.stdout
