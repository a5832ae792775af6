"""`yukemuri-central import`: what comes on a stick counts as if it had come over the link, once."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec import structs
from sqlalchemy import select

from central.database.tables import seen
from central.devices.data_folder import Office, open_office
from central.devices.register_device import revoke_device
from central.devices.store import find_device, put_village
from central.inbox.take_batch import take
from central.ledger.verify_ledger import verify_ledger
from central.main import cli
from device.outgoing import batch_after
from rules.messages.codec import decode
from rules.messages.events import RecordRef
from rules.messages.link import Ack, Batch, Cursor
from rules.messages.stick import StickRefused
from rules.money import Yen
from tests.central.office import (
    NOW,
    alight,
    balances,
    board,
    card_of,
    group_sums,
    incidents_listed,
    new_office,
    record_rows,
    ride_rows,
)
from tests.device.stick_bench import Bus, bus_at, import_at, village
from tests.device.test_stick import backup_of


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Office, Bus]]:
    with village(tmp_path) as both:
        yield both


def ride(bus: Bus, card: str, held: int = 200) -> None:
    """Somebody boards and alights."""
    number = bus.journal.next_number
    bus.write(board(card), alight(card, RecordRef(bus.journal.epoch, number), held))


def new_card(office: Office, member: str = "aki") -> str:
    with office.database.write() as connection:
        return card_of(connection, office, member, 1_000)


def over_the_link(office: Office, bus: Bus) -> None:
    """What is not acknowledged, in the batches the link sends."""
    number = bus.journal.acknowledged
    while packed := batch_after(bus.identity, bus.journal, number):
        with office.database.write() as connection:
            device = find_device(connection, bus.device)
            assert device is not None
            assert isinstance(take(connection, device, decode(packed.payload, Batch), NOW), Ack)
        number = packed.last


def everything(office: Office) -> tuple[Any, ...]:
    with office.database.read() as connection:
        assert not verify_ledger(connection).problems
        assert set(group_sums(connection)) <= {0}
        return balances(connection), ride_rows(connection), record_rows(connection)


def test_what_comes_by_stick_is_what_would_have_come_by_link(
    pair: tuple[Office, Bus], tmp_path: Path
) -> None:
    office, bus = pair
    card = new_card(office)
    with backup_of(office, tmp_path / "linked") as linked:
        for _ in range(4):
            ride(bus, card)
        bus.write_some(200)
        taken, answer = import_at(office, bus.export()[0])
        over_the_link(linked, bus)
        assert everything(office) == everything(linked)
    assert (taken.records, taken.known, taken.rides, taken.refused) == (208, 0, 4, 0)
    assert everything(office)[0][("member", "aki")] == 200
    imported = bus.take(answer)
    assert (imported.acknowledged, imported.waiting, bus.journal.waiting) == (208, 0, 0)


def test_the_same_stick_again_is_known_and_changes_nothing(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    ride(bus, new_card(office))
    stick, _ = bus.export()
    import_at(office, stick)
    before = everything(office)
    taken, answer = import_at(office, stick)
    assert (taken.records, taken.known, taken.rides) == (0, 2, 0)
    assert everything(office) == before
    assert bus.take(answer).waiting == 0
    assert listed(office) == set()


def test_sticks_out_of_order_are_no_incident(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.write_some(100)
    first, _ = bus.export()
    bus.write_some(100)
    second, _ = bus.export()
    taken, answer = import_at(office, second)
    assert (taken.records, taken.known) == (200, 0)
    taken, _ = import_at(office, first)
    assert (taken.records, taken.known, taken.word.number) == (0, 100, 200)
    assert isinstance(taken.word, Ack)
    assert bus.take(answer).waiting == 0
    assert listed(office) == set()


def test_a_stick_may_be_overtaken_by_the_link(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.write_some(70)
    stick, _ = bus.export()
    bus.write_some(70)
    over_the_link(office, bus)
    taken, _ = import_at(office, stick)
    assert (taken.records, taken.known, taken.word.number) == (0, 70, 140)
    assert listed(office) == set()


def listed(office: Office) -> set[tuple[str, str]]:
    with office.database.read() as connection:
        return incidents_listed(connection)


def test_what_follows_on_nothing_waits_for_what_is_missing(pair: tuple[Office, Bus], tmp_path: Path) -> None:
    office, bus = pair
    with backup_of(office, tmp_path / "restored") as restored:
        bus.write_some(5)
        bus.take(import_at(office, bus.export()[0])[1])
        bus.write_some(5)
        taken, _ = import_at(restored, bus.export()[0])
        assert (taken.records, type(taken.word), taken.word.number) == (0, Cursor, 0)


def test_a_record_that_cannot_be_applied_is_kept_counted_and_acknowledged(
    pair: tuple[Office, Bus],
) -> None:
    office, bus = pair
    # The parts of its fare do not add up.
    bus.write(structs.replace(alight(new_card(office), RecordRef(bus.journal.epoch, 77), 200), fare=Yen(300)))
    bus.write_some(1)
    stick, _ = bus.export()
    taken, answer = import_at(office, stick)
    assert (taken.records, taken.refused, taken.rides) == (2, 1, 0)
    assert bus.take(answer).waiting == 0
    assert import_at(office, stick)[0].refused == 0


def test_a_revoked_bus_s_stick_is_refused_and_listed(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.write_some(3)
    stick, _ = bus.export()
    with office.database.write() as connection:
        assert revoke_device(connection, bus.device)
    with pytest.raises(StickRefused, match="revoked"):
        import_at(office, stick)
    assert listed(office) == {(bus.device, "revoked-device")}
    assert everything(office)[2] == set()


def test_a_stranger_s_stick_is_refused(pair: tuple[Office, Bus], tmp_path: Path) -> None:
    office, _ = pair
    with new_office(tmp_path / "far") as far, bus_at(far, tmp_path / "b", device="bus-9") as stranger:
        stick, _ = stranger.export()
    with pytest.raises(StickRefused, match="not registered here"):
        import_at(office, stick)
    with new_office(tmp_path / "near") as near, bus_at(near, tmp_path / "c", secret=8) as namesake:
        namesake.write_some(1)
        stick, _ = namesake.export()
    with pytest.raises(StickRefused, match="signature"):
        import_at(office, stick)
    assert everything(office)[2] == set()


def test_the_stick_of_another_village_is_refused(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    with office.database.write() as connection:
        put_village(connection, "elsewhere")
    with pytest.raises(StickRefused, match="its own office"):
        import_at(office, bus.export()[0])


def test_an_altered_stick_is_refused_and_nothing_is_taken(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.write_some(20)
    stick, _ = bus.export()
    for place in range(0, len(stick), 11):
        altered = bytearray(stick)
        altered[place] ^= 4
        with pytest.raises(StickRefused):
            import_at(office, bytes(altered))
    assert everything(office)[2] == set()
    assert import_at(office, stick)[0].records == 20


def test_the_office_learns_how_far_the_bus_has_read(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.take(import_at(office, bus.export()[0])[1])
    import_at(office, bus.export()[0])
    with office.database.read() as connection:
        (row,) = connection.execute(select(seen))
    assert (row.device, row.number) == (bus.device, 1)


# The command


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["import", *(str(argument) for argument in arguments)])


def refusal(*arguments: object) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert result.stderr.count("\n") == 1 and " / " in result.stderr
    return result.stderr


@pytest.fixture
def carried(pair: tuple[Office, Bus], tmp_path: Path) -> tuple[Office, Bus, Path]:
    """A stick with a ride and some records on it."""
    office, bus = pair
    ride(bus, new_card(office))
    bus.write_some(3)
    stick = tmp_path / "a.stick"
    stick.write_bytes(bus.export()[0])
    return office, bus, stick


def data_of(office: Office) -> Path:
    return office.database.path.parent


def test_the_command_takes_a_stick_in_and_writes_the_answer(
    carried: tuple[Office, Bus, Path], tmp_path: Path
) -> None:
    office, bus, stick = carried
    result = run(stick, "--data", data_of(office), "--answer", tmp_path, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 1
    told = json.loads(result.stdout)
    answer = Path(told.pop("answer"))
    assert told == {
        "device": bus.device,
        "epoch": bus.journal.epoch,
        "records": 5,
        "known": 0,
        "refused": 0,
        "rides": 1,
        "acknowledged": 5,
        "complete": True,
    }
    assert answer == tmp_path / f"yukemuri-bus-001-{bus.journal.epoch[:8]}-000005.answer"
    assert bus.take(answer.read_bytes()).waiting == 0
    again = run(stick, "--data", data_of(office))
    assert again.exit_code == 0
    assert "5  すでにある記録" in again.stdout


def test_the_command_works_beside_the_running_server(carried: tuple[Office, Bus, Path]) -> None:
    office, _, stick = carried
    running = open_office(data_of(office), NOW)
    try:
        with running.database.read() as connection:
            assert record_rows(connection) == set()
            assert run(stick, "--data", data_of(office)).exit_code == 0
        with running.database.write() as connection:
            assert len(record_rows(connection)) == 5
    finally:
        running.database.close()


def test_falling_short_ends_with_1_and_still_answers(pair: tuple[Office, Bus], tmp_path: Path) -> None:
    office, bus = pair
    with backup_of(office, tmp_path / "restored") as restored:
        bus.write_some(5)
        bus.take(import_at(office, bus.export()[0])[1])
        bus.write_some(5)
        (tmp_path / "a.stick").write_bytes(bus.export()[0])
        result = run(tmp_path / "a.stick", "--data", data_of(restored), "--answer", tmp_path / "a.answer")
        assert result.exit_code == 1
        assert "export again" in result.stderr
        assert bus.take((tmp_path / "a.answer").read_bytes()).acknowledged == 0


def test_what_cannot_be_read_or_written_is_said_with_the_remedy(
    carried: tuple[Office, Bus, Path], tmp_path: Path
) -> None:
    office, _, stick = carried
    data = data_of(office)
    assert "check its name" in refusal(tmp_path / "none.stick", "--data", data)
    assert "check --data" in refusal(stick, "--data", tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "b.stick").write_text("no stick")
    assert "choose another" in refusal(tmp_path / "b.stick", "--data", data)
    assert "the records are taken in" in refusal(stick, "--data", data, "--answer", tmp_path / "no" / "a")


def test_a_full_stick_gets_no_half_answer(carried: tuple[Office, Bus, Path], tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    office, _, stick = carried
    folder = tmp_path / "full"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "full", folder], check=True)
    try:
        (folder / "rest").write_bytes(b"x" * 4096)
        assert "no room" in refusal(stick, "--data", data_of(office), "--answer", folder)
        assert [each.name for each in folder.iterdir()] == ["rest"]
    finally:
        subprocess.run(["umount", folder], check=True)
