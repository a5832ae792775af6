"""`yukemuri-terminal export` and `import`: beside the running terminal and without it, as one would use them."""

from __future__ import annotations

import fcntl
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from central.devices.data_folder import Office
from central.devices.down_log import append
from central.devices.register_device import DeviceKind, register_device
from device.control import SOCKET
from device.identity import ROOT_KEY, SIGNING_KEY
from device.journal import Journal
from device.office_lists import OfficeLists
from rules.messages.link import CardAllowed
from rules.passes.seal import private_from_bytes, public_bytes
from tests.central.office import new_office, record_rows
from tests.device.events import started
from tests.device.stick_bench import import_at
from tests.terminal.test_commands import BUS, Unit, invoke, new_unit, on_virtual_pins, screen, wait_until


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "office") as office:
        yield office


@pytest.fixture
def unit(tmp_path: Path, office: Office) -> Unit:
    """A unit that belongs to the office."""
    (tmp_path / "bus").mkdir()
    unit = new_unit(tmp_path / "bus")
    (unit.data / ROOT_KEY).write_text(office.keys.root_public.hex(), encoding="ascii")
    private = private_from_bytes(bytes.fromhex((unit.data / SIGNING_KEY).read_text()))
    with office.database.write() as connection:
        register_device(connection, BUS, DeviceKind.BUS, public_bytes(private))
    return unit


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Where the memory stick is."""
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def opened(unit: Unit) -> Journal:
    return Journal(unit.data, BUS, any_disk=True).open()


def write_some(unit: Unit, count: int) -> None:
    with opened(unit) as journal:
        journal.write([started(str(number)) for number in range(count)])


def carry(unit: Unit, office: Office, stick: Path) -> dict[str, object]:
    """Export, import at the office, import the answer; what the last one said."""
    exported = invoke("export", "--config", unit.config, stick, "--json")
    assert (exported.exit_code, exported.stderr) == (0, "")
    file = Path(json.loads(exported.stdout)["file"])
    _, answer = import_at(office, file.read_bytes())
    (stick / "answer").write_bytes(answer)
    imported = invoke("import", "--config", unit.config, stick / "answer", "--json")
    assert (imported.exit_code, imported.stderr) == (0, "")
    assert imported.stdout.count("\n") == 1
    told: dict[str, object] = json.loads(imported.stdout)
    return told


def test_while_the_terminal_runs_it_hands_out_its_records_and_takes_the_answer(
    unit: Unit, office: Office, stick: Path, repository: Path
) -> None:
    write_some(unit, 1_000)
    with office.database.write() as connection:
        append(connection, CardAllowed("a" * 16))
    with on_virtual_pins(unit, repository):
        wait_until(lambda: screen(unit), "the page is there")
        wait_until((unit.data / SOCKET).exists, "it can be asked")
        with pytest.raises(BlockingIOError):
            lock_of(unit)
        told = carry(unit, office, stick)
        assert (told["before"], told["news"]) == (0, 2)
        again = invoke("import", "--config", unit.config, stick / "answer")
        assert again.exit_code == 0
        assert "新しいもの0件" in again.stdout
    # And what it wrote itself at its start: that, and perhaps how the door stands.
    acknowledged = told["acknowledged"]
    assert acknowledged in (1_001, 1_002)
    with opened(unit) as journal:
        assert journal.acknowledged == acknowledged
        lists = OfficeLists(BUS, office.keys.root_public)
        lists.load(journal)
        assert lists.cards == {"a" * 16}
    with office.database.read() as connection:
        assert len(record_rows(connection)) == acknowledged


def lock_of(unit: Unit) -> None:
    with (unit.data / "journal.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_while_it_does_not_run_the_journal_is_opened(unit: Unit, office: Office, stick: Path) -> None:
    write_some(unit, 300)
    told = carry(unit, office, stick)
    assert (told["acknowledged"], told["waiting"], told["news"]) == (300, 0, 1)
    with opened(unit) as journal:
        assert journal.waiting == 0


def test_with_nothing_to_send_it_says_so_and_succeeds(unit: Unit, office: Office, stick: Path) -> None:
    write_some(unit, 1)
    carry(unit, office, stick)
    result = invoke("export", "--config", unit.config, stick / "again.stick")
    assert result.exit_code == 0
    assert "送る記録はありません" in result.stdout
    assert import_at(office, (stick / "again.stick").read_bytes())[0].records == 0


def test_it_says_how_many_records_and_which(unit: Unit, stick: Path) -> None:
    write_some(unit, 12)
    result = invoke("export", "--config", unit.config, stick)
    assert result.exit_code == 0
    assert "1番から12番まで、12件" in result.stdout
    assert "12 records exported, number 1 to 12" in result.stdout


def refusal(*arguments: object) -> str:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1 and result.stderr.count(" / ") == 1
    return result.stderr


def test_what_cannot_be_is_refused_with_the_remedy(unit: Unit, stick: Path) -> None:
    write_some(unit, 1)
    assert "stick is in" in refusal("export", "--config", unit.config, stick / "no" / "file")
    assert "check its name" in refusal("import", "--config", unit.config, stick / "none")
    (stick / "text").write_text("hello")
    assert "choose another" in refusal("import", "--config", unit.config, stick / "text")
    assert invoke("export", "--config", unit.config).exit_code == 2
    with opened(unit):
        assert "in use by another copy" in refusal("export", "--config", unit.config, stick)
    assert [each.name for each in stick.iterdir()] == ["text"]
    (unit.data / SIGNING_KEY).unlink()
    assert "enrol the unit again" in refusal("export", "--config", unit.config, stick)


def test_a_running_terminal_refuses_an_altered_answer_and_goes_on(
    unit: Unit, office: Office, stick: Path, repository: Path
) -> None:
    write_some(unit, 5)
    with on_virtual_pins(unit, repository) as program:
        wait_until(lambda: screen(unit), "the page is there")
        carry(unit, office, stick)
        altered = (stick / "answer").read_bytes().replace(b'"number":', b'"number":1')
        (stick / "answer").write_bytes(altered)
        assert "signature" in refusal("import", "--config", unit.config, stick / "answer")
        # Whoever only connects holds up nobody but the next caller, and him not for ever.
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as rude:
            rude.connect(str(unit.data / SOCKET))
        assert invoke("export", "--config", unit.config, stick).exit_code == 0
        assert program.poll() is None
        program.terminate()
        assert program.wait(30) == 0
    assert not (unit.data / SOCKET).exists()


def test_help_is_japanese_first() -> None:
    for command in ("export", "import"):
        told = invoke(command, "--help").stdout
        assert "メモリ" in told.splitlines()[2]
