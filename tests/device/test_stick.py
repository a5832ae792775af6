"""A bus whose modem is dead: what it writes into a file, and what it takes from the office's answer."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from central.devices.data_folder import Office, open_office
from central.devices.down_log import DownKey, append, begin_log
from device.journal import Journal
from device.stick import carry
from device.stick.carry import Exported
from device.stick.file import read_file, write_file
from rules.messages.codec import decode, decode_event
from rules.messages.events import JournalReplaced, Replaced
from rules.messages.link import Batch, CardAllowed, Hello, KeysHeld, PassDenied, Seen
from rules.messages.stick import StickRefused, read_stick
from rules.messages.topics import Channel
from rules.passes.key_set import Key, KeySet, pack_key_set
from rules.passes.seal import Use, private_from_bytes, public_bytes
from tests.central.office import NOW, new_office
from tests.device.events import started
from tests.device.stick_bench import Bus, bus_at, import_at, village


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Office, Bus]]:
    with village(tmp_path) as both:
        yield both


def allow(office: Office, pass_id: str) -> None:
    with office.database.write() as connection:
        append(connection, CardAllowed(pass_id))


def test_a_file_holds_every_record_the_office_has_not_acknowledged(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.write_some(70)
    bus.take(import_at(office, bus.export()[0])[1])
    bus.write_some(130)
    stick, exported = bus.export()
    assert (exported.records, exported.first, exported.last, exported.left) == (130, 71, 200, 0)
    read = read_stick(stick)
    (hello,), (seen,) = read.of(Channel.HELLO), read.of(Channel.SEEN)
    assert decode(hello, Hello).acknowledged == 70
    assert decode(seen, Seen) == bus.lists.seen
    batches = [decode(payload, Batch) for payload in read.of(Channel.UP)]
    bodies = [bytes(body) for batch in batches for body in batch.records]
    assert bodies == [record.body for record in bus.journal.records_after(70, 1_000)]


def test_what_has_no_room_in_a_file_goes_into_the_next(
    pair: tuple[Office, Bus], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, bus = pair
    bus.write_some(200)
    monkeypatch.setattr(carry, "MAX_LINES", 6)
    stick, exported = bus.export()
    assert (exported.records, exported.left) == (128, 72)
    taken, answer = import_at(office, stick)
    assert (taken.records, bus.take(answer).waiting) == (128, 72)
    _, exported = bus.export()
    assert (exported.first, exported.last, exported.left) == (129, 200, 0)


def test_the_answer_brings_the_office_s_news(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    for number in range(600):
        allow(office, f"{number:016x}")
    stick, exported = bus.export()
    assert exported.records == 0
    imported = bus.take(import_at(office, stick)[1])
    assert (imported.news, len(bus.lists.cards), bus.lists.seen.number) == (601, 600, 601)
    assert bus.lists.keys.number == 1
    again = bus.take(import_at(office, bus.export()[0])[1])
    assert (again.news, again.problem) == (0, "")


def test_news_is_remembered(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    allow(office, "a" * 16)
    bus.take(import_at(office, bus.export()[0])[1])
    bus.journal.close()
    bus.open()
    assert bus.lists.cards == {"a" * 16}


def test_a_card_issued_after_the_answer_may_still_be_good(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    _, answer = import_at(office, bus.export()[0], now=NOW)
    bus.wall = NOW + 86_400
    bus.take(answer)
    assert bus.lists.read_until == NOW


def test_the_same_answer_again_changes_nothing(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.write_some(5)
    _, answer = import_at(office, bus.export()[0])
    bus.take(answer)
    bus.write_some(2)
    imported = bus.take(answer)
    assert (imported.before, imported.acknowledged, imported.waiting, imported.news) == (5, 5, 2, 0)


def test_an_answer_to_an_older_file_never_moves_the_cursor_back(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.write_some(5)
    _, first = import_at(office, bus.export()[0])
    bus.write_some(5)
    _, second = import_at(office, bus.export()[0])
    assert bus.take(second).acknowledged == 10
    assert bus.take(first).acknowledged == 10


@contextmanager
def backup_of(office: Office, folder: Path) -> Iterator[Office]:
    """The office as it is now, restored later."""
    office.database.close()
    shutil.copytree(office.database.path.parent, folder)
    restored = open_office(folder, NOW)
    yield restored
    restored.database.close()


def test_an_office_restored_from_a_backup_gets_again_what_it_lacks(
    pair: tuple[Office, Bus], tmp_path: Path
) -> None:
    office, bus = pair
    with backup_of(office, tmp_path / "restored") as restored:
        bus.write_some(5)
        bus.take(import_at(office, bus.export()[0])[1])
        bus.write_some(5)
        (old_stick, _), (stick, _) = bus.export(), bus.export()
        _, stale = import_at(restored, old_stick)
        assert bus.take(stale).acknowledged == 5
        taken, answer = import_at(restored, stick)
        assert (taken.records, taken.word.number) == (0, 0)
        assert bus.take(answer).acknowledged == 0
        taken, answer = import_at(restored, bus.export()[0])
        assert (taken.records, bus.take(answer).waiting) == (10, 0)


def test_where_the_office_holds_something_else_a_new_journal_begins_once(
    pair: tuple[Office, Bus], tmp_path: Path
) -> None:
    office, bus = pair
    bus.write_some(5)
    bus.journal.close()
    shutil.copytree(bus.folder, tmp_path / "image")
    bus.open()
    bus.write_some(3)
    assert bus.take(import_at(office, bus.export()[0])[1]).waiting == 0
    bus.journal.close()
    shutil.rmtree(bus.folder)
    shutil.copytree(tmp_path / "image", bus.folder)
    bus.open()
    bus.write(started("after the old image was put back"))
    taken, answer = import_at(office, bus.export()[0])
    imported = bus.take(answer)
    assert (taken.word.number, imported.began_anew, imported.other_journal) == (8, True, False)
    epoch = bus.journal.epoch
    assert isinstance(decode_event(bus.journal.records_after(0, 1)[0].body), JournalReplaced)
    assert bus.take(answer).other_journal
    assert bus.journal.epoch == epoch
    taken, answer = import_at(office, bus.export()[0])
    assert (taken.refused, bus.take(answer).waiting) == (0, 0)


def test_an_answer_about_an_earlier_journal_still_brings_its_news(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.write_some(2)
    allow(office, "a" * 16)
    _, answer = import_at(office, bus.export()[0])
    bus.journal.begin_anew(Replaced.DISAGREED, "", 0)
    imported = bus.take(answer)
    assert (imported.other_journal, imported.acknowledged, imported.news) == (True, 0, 2)


def test_an_old_answer_does_not_bring_back_a_log_that_was_given_up(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    _, old = import_at(office, bus.export()[0])
    with office.database.write() as connection:
        begin_log(connection)
        append(connection, PassDenied("d" * 16, "lost"))
    bus.take(import_at(office, bus.export()[0])[1])
    assert bus.take(old).news == 0
    assert bus.lists.denied == {"d" * 16}


def test_a_full_journal_takes_the_office_s_word_and_says_that_its_news_had_no_room(
    pair: tuple[Office, Bus], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, bus = pair
    bus.write_some(3)
    _, answer = import_at(office, bus.export()[0])
    monkeypatch.setattr(Journal, "has_room", property(lambda _: False))
    imported = bus.take(answer)
    assert (imported.waiting, imported.news) == (0, 0)
    assert "import again" in imported.problem
    monkeypatch.undo()
    assert bus.take(answer).news == 1


def test_a_full_journal_can_be_exported_and_nothing_is_written_into_it(
    pair: tuple[Office, Bus], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, bus = pair
    bus.write_some(3)
    with monkeypatch.context() as full:
        full.setattr(Journal, "has_room", property(lambda _: False))
        full.setattr(Journal, "write", None)
        stick, exported = bus.export()
    assert exported.records == 3
    assert bus.take(import_at(office, stick)[1]).waiting == 0


def test_only_the_office_s_own_signature_counts(pair: tuple[Office, Bus], tmp_path: Path) -> None:
    _, bus = pair
    bus.write_some(3)
    stick, _ = bus.export()
    with new_office(tmp_path / "other") as stranger:
        with stranger.database.write() as connection:
            bus.register(connection)
        _, answer = import_at(stranger, stick)
    with pytest.raises(StickRefused, match="signature"):
        bus.take(answer)
    assert (bus.journal.acknowledged, bus.lists.seen.number) == (0, 0)


def test_the_office_may_have_changed_its_key_meanwhile(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.take(import_at(office, bus.export()[0])[1])
    bus.write_some(3)
    changed = with_new_down_key(office)
    imported = bus.take(import_at(changed, bus.export()[0])[1])
    assert (imported.waiting, bus.lists.keys.number) == (0, 2)


def with_new_down_key(office: Office) -> Office:
    """Its machines are told of the new key by the log, as ever."""
    folder = office.database.path.parent / "keys"
    root = private_from_bytes(bytes.fromhex((folder / "root").read_text()))
    private = private_from_bytes(bytes(31) + b"\x09")
    key = Key(2, Use.DOWN, public_bytes(private), 0, 2**32 - 1)
    with office.database.write() as connection:
        append(connection, KeysHeld(pack_key_set(KeySet(2, (key,)), root).hex()))
    return replace(office, keys=replace(office.keys, down=DownKey(2, private)))


def test_the_answer_to_another_bus_is_refused(pair: tuple[Office, Bus], tmp_path: Path) -> None:
    office, bus = pair
    with bus_at(office, tmp_path / "other", device="bus-002", secret=8) as other:
        _, answer = import_at(office, other.export()[0])
    with pytest.raises(StickRefused, match="another machine"):
        bus.take(answer)


def test_the_answer_of_another_village_is_refused(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    _, answer = import_at(office, bus.export()[0])
    bus.village = "elsewhere"
    with pytest.raises(StickRefused, match="another machine"):
        bus.take(answer)


def test_its_own_file_is_no_answer(pair: tuple[Office, Bus]) -> None:
    _, bus = pair
    with pytest.raises(StickRefused, match="at the office"):
        bus.take(bus.export()[0])


def test_an_altered_answer_changes_nothing(pair: tuple[Office, Bus]) -> None:
    office, bus = pair
    bus.write_some(3)
    _, answer = import_at(office, bus.export()[0])
    for place in range(0, len(answer), 7):
        altered = bytearray(answer)
        altered[place] ^= 1
        with pytest.raises(StickRefused):
            bus.take(bytes(altered))
    assert (bus.journal.acknowledged, bus.lists.seen.number) == (0, 0)
    assert bus.take(answer).waiting == 0


# The file


def test_in_a_folder_the_file_says_whose_it_is_and_what_is_in_it(
    pair: tuple[Office, Bus], tmp_path: Path
) -> None:
    office, bus = pair
    bus.write_some(3)
    path, _ = write_file(tmp_path, "bus-001", bus.lines())
    assert path == tmp_path / f"yukemuri-bus-001-{bus.journal.epoch[:8]}-000001-000003.stick"
    bus.take(import_at(office, path.read_bytes())[1])
    path, _ = write_file(tmp_path, "bus-001", bus.lines())
    assert path.name.endswith("-000003-news.stick")


def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_nothing_else(
    pair: tuple[Office, Bus], tmp_path: Path
) -> None:
    _, bus = pair
    folder = tmp_path / "stick"
    folder.mkdir()
    (folder / "old.stick").write_bytes(b"old")

    def breaks_off() -> Iterator[bytes | Exported]:
        yield from list(bus.lines())[:2]
        raise StickRefused("", "the terminal ended")

    with pytest.raises(StickRefused):
        write_file(folder / "old.stick", "bus-001", breaks_off())
    assert [(each.name, each.read_bytes()) for each in folder.iterdir()] == [("old.stick", b"old")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_full_stick_is_told_and_keeps_no_half_file(pair: tuple[Office, Bus], tmp_path: Path) -> None:
    _, bus = pair
    bus.write_some(3_000)
    folder = tmp_path / "stick"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "stick", folder], check=True)
    try:
        with pytest.raises(StickRefused, match="no room"):
            write_file(folder, "bus-001", bus.lines())
        assert list(folder.iterdir()) == []
        with pytest.raises(StickRefused, match="no room"):
            write_file(folder / "named.stick", "bus-001", bus.lines())
        assert list(folder.iterdir()) == []
    finally:
        subprocess.run(["umount", folder], check=True)


def test_where_no_file_can_be_it_is_said(pair: tuple[Office, Bus], tmp_path: Path) -> None:
    _, bus = pair
    with pytest.raises(StickRefused, match="check that the stick is in"):
        write_file(tmp_path / "none" / "a.stick", "bus-001", bus.lines())
    with pytest.raises(StickRefused, match="neither a folder nor a file"):
        write_file(Path("/dev/null"), "bus-001", bus.lines())
    with pytest.raises(StickRefused, match="cannot be read"):
        read_file(tmp_path, 10)
