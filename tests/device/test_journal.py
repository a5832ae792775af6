"""The journal on real files: numbered, chained, one transaction a write, and there after a kill."""

from __future__ import annotations

import hashlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from device import journal as journal_module
from device.journal import PRAGMAS, Journal, JournalBroken, JournalUnusable, Keep, Record
from rules.messages.codec import encode
from rules.messages.events import AnyEvent
from rules.messages.link import MAX_RECORD_BYTES
from tests.device.events import NOW, long_event, started

DEVICE = "bus-001"


def chain(epoch: str, bodies: list[bytes]) -> bytes:
    """The chain's hash after `bodies`, as the design page words it."""
    link = hashlib.sha256(b"yukemuri/journal/v1" + DEVICE.encode() + epoch.encode()).digest()
    for body in bodies:
        link = hashlib.sha256(link + body).digest()
    return link


def is_one_sentence_with_its_english(text: str) -> bool:
    return "\n" not in text and text.count(" / ") == 1


def test_numbers_have_no_gap_across_reopening(tmp_path: Path) -> None:
    epochs = set()
    for opening in range(3):
        with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
            assert journal.next_number == opening * 2 + 1
            journal.write([started(f"{opening}a"), started(f"{opening}b")])
            journal.write([])
            epochs.add(journal.epoch)
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        assert [record.number for record in journal.records_after(0, 100)] == [1, 2, 3, 4, 5, 6]
    assert len(epochs) == 1


def test_the_chain_runs_over_the_exact_bytes_of_device_epoch_and_records(tmp_path: Path) -> None:
    events: list[AnyEvent] = [started("1"), started("大蔵"), long_event(50)]
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        assert journal.hash_at(0) == journal.last.hash == chain(journal.epoch, [])
        journal.write(events[:2])
        journal.write(events[2:])
        records = journal.records_after(0, 100)
        bodies = [record.body for record in records]
        assert bodies == [encode(event) for event in events]
        for count, record in enumerate(records, 1):
            assert record.hash == journal.hash_at(record.number) == chain(journal.epoch, bodies[:count])
        assert journal.hash_at(4) is None
        assert journal.hash_at(-1) is None


def test_every_new_file_begins_an_epoch_of_its_own(tmp_path: Path) -> None:
    epochs = set()
    for name in ("one", "two"):
        with Journal(tmp_path / name, DEVICE, any_disk=True).open() as journal:
            epochs.add(journal.epoch)
    assert len(epochs) == 2


def test_the_file_is_written_through_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        got = {
            name: journal._file._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "locking_mode", "foreign_keys")
        }
        assert got == {
            "journal_mode": "wal",
            "synchronous": 2,
            "locking_mode": "exclusive",
            "foreign_keys": 1,
        }
        assert not (tmp_path / "journal.db-shm").exists()
        with (
            closing(sqlite3.connect(tmp_path / "journal.db", timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("SELECT count(*) FROM records")


@pytest.mark.parametrize("name", PRAGMAS)
def test_a_setting_that_does_not_hold_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(journal_module.PRAGMAS, name, "never")
    with pytest.raises(JournalUnusable) as refusal:
        Journal(tmp_path, DEVICE, any_disk=True).open()
    assert is_one_sentence_with_its_english(str(refusal.value))
    assert name in str(refusal.value)


def test_a_second_copy_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as first:
        with pytest.raises(JournalUnusable) as refusal:
            Journal(tmp_path, DEVICE, any_disk=True).open()
        assert is_one_sentence_with_its_english(str(refusal.value))
        assert "another copy" in str(refusal.value)
        first.write([started()])
    with Journal(tmp_path, DEVICE, any_disk=True).open() as later:
        assert later.last.number == 1


def test_a_folder_that_cannot_be_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalUnusable) as refusal:
        Journal(tmp_path / "file" / "data", DEVICE, any_disk=True).open()
    assert is_one_sentence_with_its_english(str(refusal.value))
    assert "check who owns the folder" in str(refusal.value)


def test_a_file_held_by_another_program_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as other:
        other.execute("CREATE TABLE other (id)")
        other.execute("BEGIN EXCLUSIVE")
        connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", lambda path, **more: connect(path, timeout=0, **more))
        with pytest.raises(JournalUnusable, match="locked"):
            Journal(tmp_path, DEVICE, any_disk=True).open()


def test_a_refused_opening_leaves_the_lock_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(journal_module.PRAGMAS, "synchronous", "never")
        with pytest.raises(JournalUnusable):
            Journal(tmp_path, DEVICE, any_disk=True).open()
    Journal(tmp_path, DEVICE, any_disk=True).open().close()


def test_a_write_is_one_transaction(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        journal.write([started()], [Keep("pass", "a", b"before")])
        before = journal.last
        wrong = Keep(object(), "b", b"")  # type: ignore[arg-type]
        with pytest.raises(JournalBroken):
            journal.write(
                [started(), started()], [Keep("pass", "a", b"after"), wrong, Keep("pass", "c", b"c")]
            )
        assert journal.last == before
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        assert journal.records_after(0, 10) == [before]
        assert journal.recall_all("pass") == {"a": b"before"}


def test_after_a_failed_write_none_is_tried_on_the_same_file(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        with pytest.raises(JournalBroken):
            journal.write([started()], [Keep(object(), "b", b"")])  # type: ignore[arg-type]
        with pytest.raises(JournalBroken):
            journal.write([started()])


def test_a_record_that_could_never_be_sent_is_not_written(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        with pytest.raises(ValueError, match="longer"):
            journal.write([started(), long_event(MAX_RECORD_BYTES)])
        journal.write([started()])
        assert journal.last.number == 1


def test_what_is_kept_can_be_recalled_replaced_and_forgotten(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        journal.write([], [Keep("pass", "b", b"1"), Keep("pass", "a", b"2"), Keep("trip", "", b"3")])
        journal.write([], [Keep("pass", "b", b"4"), Keep("trip", "", None)])
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        assert list(journal.recall_all("pass").items()) == [("a", b"2"), ("b", b"4")]
        assert (journal.recall("pass", "b"), journal.recall("trip", "")) == (b"4", None)


def test_the_cursor_moves_only_with_the_right_hash_and_never_back(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        journal.write([started(str(number)) for number in range(5)])
        one, _, three, *_ = journal.records_after(0, 5)
        assert not journal.acknowledge(3, one.hash.hex(), NOW)
        assert not journal.acknowledge(6, three.hash.hex(), NOW)
        assert not journal.acknowledge(3, "not hex", NOW)
        assert (journal.acknowledged, journal.waiting) == (0, 5)
        assert journal.acknowledge(3, three.hash.hex(), NOW)
        assert journal.acknowledge(1, one.hash.hex(), NOW)
        assert (journal.acknowledged, journal.waiting) == (3, 2)
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        assert journal.acknowledged == 3


def test_the_floor_is_the_wall_time_of_the_newest_record(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        assert journal.floor == 0
        journal.write([started(second=5)])
        journal.write([started(second=77)])
        assert journal.floor == NOW + 77
        # A newer program's record, on a unit that was set back to an older one.
        journal.last = Record(3, b"", b'{"event":"unheard-of"}', b"")
        assert journal.floor == 0


WRITE_AND_SAY = """
import sys
from pathlib import Path
from device.journal import Journal, Keep
from tests.device.events import started
journal = Journal(Path(sys.argv[1]), "bus-001", any_disk=True).open()
for number in range(1, 1_000_000):
    journal.write([started(str(number))], [Keep("count", "", str(number).encode())])
    print(number, flush=True)
"""


def test_what_was_written_is_there_after_a_kill(tmp_path: Path, repository: Path) -> None:
    command = [sys.executable, "-c", WRITE_AND_SAY, str(tmp_path)]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [int(child.stdout.readline()) for _ in range(20)][-1]
        child.send_signal(signal.SIGKILL)
        said = max([said, *(int(line) for line in child.stdout.read().split())])
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        records = journal.records_after(0, said + 10)
        assert [record.number for record in records] == list(range(1, len(records) + 1))
        assert len(records) >= said
        assert journal.recall("count", "") == str(len(records)).encode()
        assert journal.last.hash == chain(journal.epoch, [record.body for record in records])


class JournalMachine(RuleBasedStateMachine):
    """A journal beside a list and a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.journal = Journal(Path(self.folder.name), DEVICE, any_disk=True).open()
        self.epoch = self.journal.epoch
        self.bodies: list[bytes] = []
        self.kept: dict[str, bytes] = {}
        self.acknowledged = 0

    @rule(
        versions=st.lists(st.text(max_size=20), max_size=4),
        keep=st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.binary(max_size=8)), max_size=4),
    )
    def write(self, versions: list[str], keep: list[tuple[str, bytes | None]]) -> None:
        events = [started(version) for version in versions]
        self.journal.write(events, [Keep("pass", key, body) for key, body in keep])
        self.bodies += [encode(event) for event in events]
        for key, body in keep:
            if body is None:
                self.kept.pop(key, None)
            else:
                self.kept[key] = body

    @rule(data=st.data(), is_right=st.booleans())
    def acknowledge(self, data: st.DataObject, is_right: bool) -> None:
        number = data.draw(st.integers(0, len(self.bodies)))
        link = chain(self.epoch, self.bodies[:number]).hex() if is_right else "00" * 32
        assert self.journal.acknowledge(number, link, NOW) is is_right
        if is_right:
            self.acknowledged = max(self.acknowledged, number)

    @rule()
    def reopen(self) -> None:
        self.journal.close()
        self.journal = Journal(Path(self.folder.name), DEVICE, any_disk=True).open()

    @invariant()
    def it_holds_what_was_written(self) -> None:
        journal = self.journal
        assert [record.body for record in journal.records_after(0, 10_000)] == self.bodies
        assert journal.recall_all("pass") == self.kept
        assert (journal.epoch, journal.acknowledged) == (self.epoch, self.acknowledged)
        assert journal.last.number == len(self.bodies)
        assert journal.last.hash == chain(self.epoch, self.bodies)

    def teardown(self) -> None:
        self.journal.close()
        self.folder.cleanup()


TestAnySequence = JournalMachine.TestCase
TestAnySequence.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
