"""An update of a unit: what it takes, what it refuses and how, when it waits, and what a bad version comes to."""

from __future__ import annotations

import errno
import threading
from pathlib import Path
from random import Random
from typing import Self

import pytest

from provisioning.update import updater as updater_module
from provisioning.update.outcomes import WORDS, Outcome
from provisioning.update.place import PUBLIC_KEY, Place
from provisioning.update.updater import MOST_BOOTS
from rules.messages.standing import Busy
from rules.passes.seal import Use, private_from_bytes, public_bytes, sign
from tests.faults.runs import seed, times
from tests.provisioning.update_bench import (
    CRASHES,
    FAULTY,
    FORGETS,
    HANGS,
    KEY,
    MUTE,
    WRONG_NAME,
    Table,
    bundle,
    wheel,
)

OLD, NEW = "0.1.0", "0.2.0"
UNCHANGED = {"current": OLD, "trusted": OLD, "former": None}


@pytest.fixture
def table(tmp_path: Path) -> Table:
    made = Table(tmp_path)
    made.begin(OLD)
    return made


def left(table: Table) -> tuple[object, list[str], list[str]]:
    """What an update can change."""
    files = sorted(path.name for path in table.place.folder.iterdir())
    return table.links, table.place.versions(), files


def test_every_outcome_has_its_words() -> None:
    assert set(WORDS) == set(Outcome)


def test_a_new_version_runs_beside_the_former_one_and_older_ones_go(table: Table) -> None:
    for version in (NEW, "0.3.0", "0.10.0"):
        assert table.updater.take(table.release(version)).outcome is Outcome.UPDATED
    assert table.links == {"current": "0.10.0", "trusted": "0.10.0", "former": "0.3.0"}
    assert table.place.versions() == ["0.10.0", "0.3.0"]
    running = table.unit.running
    assert running is not None and running.version == "0.10.0"
    assert table.breaches({"0.10.0"}) == []


def test_a_folder_gives_its_newest_release_for_this_machine(table: Table) -> None:
    stick = table.folder / "usb"
    for version in ("0.2.0", "0.10.0", "0.9.0"):
        bundle(stick, version, [wheel("yukemuri", version, {"program.json": "{}"})])
    foreign = wheel("yukemuri", "1.0", {}, tag="cp311-cp311-linux_s390x")
    bundle(stick, "1.0", [foreign])
    (stick / "._yukemuri-2.0.release").write_bytes(b"what another computer leaves on sticks")
    found = updater_module.newest_release(stick, table.place.public_key)
    assert found.name == "yukemuri-0.10.0.release"


def test_the_same_version_again_changes_nothing(table: Table) -> None:
    before = left(table)
    assert table.updater.take(table.release(OLD)).outcome is Outcome.ALREADY
    assert left(table) == before


def test_an_older_version_is_refused_unless_its_signature_allows_it(table: Table) -> None:
    table.updater.take(table.release(NEW))
    before = left(table)
    assert table.updater.take(table.release(OLD)).outcome is Outcome.OLDER
    assert table.updater.take(table.release(OLD, replaces=("0.3.0",))).outcome is Outcome.OLDER
    assert left(table) == before
    allowed = table.release(OLD, replaces=(NEW,))
    assert table.updater.take(allowed).outcome is Outcome.UPDATED
    assert table.links == {"current": OLD, "trusted": OLD, "former": NEW}


def test_a_version_that_cannot_follow_the_running_one_is_refused(table: Table) -> None:
    before = left(table)
    assert table.updater.take(table.release("0.3.0", since=NEW)).outcome is Outcome.TOO_OLD_HERE
    assert left(table) == before
    assert table.updater.take(table.release(NEW, since=OLD)).outcome is Outcome.UPDATED
    assert table.updater.take(table.release("0.3.0", since=NEW)).outcome is Outcome.UPDATED


def test_another_platform_is_refused(table: Table) -> None:
    before = left(table)
    other = bundle(table.folder / "stick", NEW, [wheel("yukemuri", NEW, {}, tag="cp311-cp311-linux_s390x")])
    assert table.updater.take(other).outcome is Outcome.WRONG_PLATFORM
    assert left(table) == before


def test_another_key_and_no_key_are_refused(table: Table) -> None:
    before, release = left(table), table.release(NEW)
    public = table.place.folder / PUBLIC_KEY
    for content, outcome in (
        (public_bytes(private_from_bytes(b"another key's 32 secret bytes...")).hex(), Outcome.FORGED),
        ("00" * 32, Outcome.FORGED),
        ("00" * 31, Outcome.NO_KEY),
        ("no hex", Outcome.NO_KEY),
    ):
        public.write_text(content, encoding="ascii")
        assert table.updater.take(release).outcome is outcome, content
    public.unlink()
    assert table.updater.take(release).outcome is Outcome.NO_KEY
    public.write_text("", encoding="ascii")
    assert left(table) == before


def test_a_signature_for_another_use_is_none(table: Table) -> None:
    release = table.release(NEW)
    _, signed, rest = release.read_bytes().split(b"\n", 2)
    for use in Use:
        head = b'{"signature":"%s"}' % sign(use, signed, KEY).hex().encode()
        release.write_bytes(head + b"\n" + signed + b"\n" + rest)
        wanted = Outcome.UPDATED if use is Use.RELEASE else Outcome.FORGED
        assert table.updater.take(release).outcome is wanted, use


def test_no_mutant_of_a_release_is_taken(table: Table) -> None:
    """A byte changed, added, left out, or the file cut anywhere: by name, with nothing changed."""
    start = seed()
    dice, release, before = Random(start), table.release(NEW), left(table)
    whole = release.read_bytes()
    lines = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    sample = [dice.randrange(len(whole)) for _ in range(times(100, 10_000))]
    places = [*range(lines + 1), *sample]
    found: dict[Outcome, int] = {}
    for at in places:
        flipped = bytes([whole[at] ^ 1 << dice.randrange(8)])
        others = (whole[:at], whole[:at] + b"x" + whole[at:], whole[:at] + whole[at + 1 :])
        for mutant in (whole[:at] + flipped + whole[at + 1 :], dice.choice(others)):
            release.write_bytes(mutant)
            outcome = table.updater.take(release).outcome
            found[outcome] = found.get(outcome, 0) + 1
    print(f"release mutants: {sum(found.values())}, {found} (YUKEMURI_SEED={start})")
    assert set(found) == {Outcome.DAMAGED, Outcome.FORGED}
    assert left(table) == before
    release.write_bytes(whole)
    assert table.updater.take(release).outcome is Outcome.UPDATED


def test_nothing_may_stand_behind_what_was_signed(table: Table) -> None:
    before, release = left(table), table.release(NEW)
    with release.open("ab") as file:
        file.write(b"x")
    assert table.updater.take(release).outcome is Outcome.DAMAGED
    assert left(table) == before


def test_an_empty_stick_and_none_are_said(table: Table) -> None:
    (table.folder / "usb").mkdir()
    assert table.updater.take(table.folder / "usb").outcome is Outcome.NO_RELEASE
    assert table.updater.take(table.folder / "nowhere").outcome is Outcome.NO_RELEASE


def test_a_stick_that_is_pulled_out_changes_nothing(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    before, release = left(table), table.release(NEW)

    class Pulled:
        def __init__(self, reads: int) -> None:
            self.reads = reads

        def __call__(self, file: object) -> Pulled:
            self.file = file
            return self

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read(self, size: int) -> bytes:
            self.reads -= 1
            if self.reads < 0:
                raise OSError(errno.EIO, "the stick is gone")
            return self.file.read(min(size, 50_000))  # type: ignore[attr-defined,no-any-return]

        def readline(self, size: int) -> bytes:
            self.reads -= 1
            if self.reads < 0:
                raise OSError(errno.EIO, "the stick is gone")
            return self.file.readline(size)  # type: ignore[attr-defined,no-any-return]

    real = updater_module._Stick
    for reads in range(5):
        pulled = Pulled(reads)
        monkeypatch.setattr(updater_module, "_Stick", lambda file, pulled=pulled: real(pulled(file)))
        assert table.updater.take(release).outcome is Outcome.UNREADABLE, reads
        assert left(table) == before


def test_a_disk_without_room_is_said_before_the_work(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    before, release = left(table), table.release(NEW)
    monkeypatch.setattr(updater_module, "ROOM_BYTES", 2**60)
    assert table.updater.take(release).outcome is Outcome.NO_ROOM
    assert table.builder.built == [OLD]
    assert left(table) == before


def test_a_version_that_fails_its_own_check_is_never_started(table: Table) -> None:
    before = left(table)
    table.builder.refuses = True
    result = table.updater.take(table.release(NEW))
    assert (result.outcome, result.detail) == (Outcome.UNFIT, "it says no")
    assert left(table) == before


def test_the_former_version_reads_the_journal_too_before_it_comes_back(tmp_path: Path) -> None:
    """It is here already and is not made again; but a newer version may have changed the journal since."""
    table = Table(tmp_path)
    old = table.release(OLD, replaces=(NEW,))
    table.updater.take(old)
    table.unit.restart()
    table.updater.take(table.release(NEW))
    before = left(table)
    table.builder.refuses = True
    assert table.updater.take(old).outcome is Outcome.UNFIT
    assert left(table) == before
    table.builder.refuses = False
    assert table.updater.take(old).outcome is Outcome.UPDATED
    assert table.builder.built == [OLD, NEW]


def test_two_updates_at_once_are_one(table: Table) -> None:
    with table.place.alone():
        assert table.updater.take(table.release(NEW)).outcome is Outcome.BUSY
        assert table.updater.settle().outcome is Outcome.BUSY
    assert table.updater.take(table.release(NEW)).outcome is Outcome.UPDATED


@pytest.mark.parametrize("reason", list(Busy))
def test_a_unit_in_service_is_left_alone_and_the_reason_said(table: Table, reason: Busy) -> None:
    table.unit.busy = (reason,)
    table.wait = 600.0
    result = table.updater.take(table.release(NEW))
    assert (result.outcome, result.detail) == (Outcome.IN_SERVICE, reason)
    assert any(reason in line for line in table.said)
    assert table.links == UNCHANGED
    assert table.clock.now >= 600.0


def test_it_waits_until_the_unit_has_been_quiet_for_two_minutes(table: Table) -> None:
    """A bus between two trips is quiet for a moment only."""
    table.wait = 3_600.0
    changed: list[float] = []

    def drive(now: float) -> None:
        table.unit.busy = (Busy.ON_TRIP,) if now < 300.0 or 360.0 <= now < 900.0 else ()
        if not changed and table.links["current"] == NEW:
            changed.append(now)

    table.unit.busy = (Busy.ON_TRIP,)
    table.clock.watchers.append(drive)
    assert table.updater.take(table.release(NEW)).outcome is Outcome.UPDATED
    assert 900.0 + 120.0 <= changed[0] <= 900.0 + 120.0 + 15.0
    assert len([line for line in table.said if "on-trip" in line]) == 1


def test_a_program_that_does_not_answer_is_not_taken_for_an_idle_one(tmp_path: Path) -> None:
    table = Table(tmp_path)
    assert table.updater.take(table.release(OLD, MUTE)).outcome is Outcome.INSTALLED
    table.unit.restart()
    assert table.updater.take(table.release(NEW)).outcome is Outcome.SILENT
    assert table.links == UNCHANGED


def test_records_are_written_while_the_update_waits_and_none_is_missed(table: Table) -> None:
    table.clock.watchers.append(lambda now: table.unit.write_record())
    assert table.updater.take(table.release(NEW)).outcome is Outcome.UPDATED
    assert table.breaches({NEW}) == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (CRASHES, "did not start"),
        (HANGS, "hangs"),
        (WRONG_NAME, "says that it is 9.9"),
        (FAULTY, "The disk is broken"),
        (FORGETS, "lost its journal"),
        (MUTE, "does not answer"),
    ],
)
def test_a_version_that_is_not_well_gives_way_by_itself(table: Table, wrong: str, why: str) -> None:
    result = table.updater.take(table.release(NEW, wrong))
    assert result.outcome is Outcome.ROLLED_BACK
    assert result.version == OLD
    assert why in result.detail
    assert table.links == UNCHANGED
    assert table.place.versions() == [OLD]
    assert table.breaches({OLD}) == []
    # And a better one is taken afterwards.
    assert table.updater.take(table.release("0.2.1")).outcome is Outcome.UPDATED


def test_a_version_that_ends_while_it_is_watched_gives_way(table: Table) -> None:
    def end(now: float) -> None:
        running = table.unit.running
        if running is not None and running.version == NEW:
            table.unit.restarts += 1

    table.clock.watchers.append(end)
    result = table.updater.take(table.release(NEW))
    assert result.outcome is Outcome.ROLLED_BACK
    assert "started again" in result.detail


def cut_during_the_trial(table: Table, wrong: str = "") -> None:
    """The power goes while the new version is watched."""

    class Cut(Exception):
        pass

    def cut(now: float) -> None:
        if table.links["current"] == NEW:
            raise Cut

    table.clock.watchers.append(cut)
    with pytest.raises(Cut):
        table.updater.take(table.release(NEW, wrong))
    table.clock.watchers.clear()
    assert table.links == {"current": NEW, "trusted": OLD, "former": None}


def test_after_a_cut_during_the_trial_a_good_version_is_confirmed(table: Table) -> None:
    cut_during_the_trial(table)
    assert table.updater.boot().outcome is Outcome.WELL
    table.unit.restart()
    pid = table.unit.pid
    assert table.updater.settle().outcome is Outcome.UPDATED
    assert table.unit.pid == pid, "what runs already is not started again"
    assert table.links == {"current": NEW, "trusted": NEW, "former": OLD}
    assert table.updater.settle().outcome is Outcome.WELL


@pytest.mark.parametrize("wrong", [FAULTY, HANGS])
def test_after_a_cut_during_the_trial_a_bad_version_gives_way(table: Table, wrong: str) -> None:
    cut_during_the_trial(table, wrong)
    assert table.updater.boot().outcome is Outcome.WELL
    table.unit.restart()
    assert table.updater.settle().outcome is Outcome.ROLLED_BACK
    assert table.links == UNCHANGED


def test_a_version_that_takes_the_unit_down_with_it_is_given_up_at_a_later_start(table: Table) -> None:
    """Nobody lives long enough to roll it back: only the counter of starts does."""
    cut_during_the_trial(table)
    for _ in range(MOST_BOOTS):
        assert table.updater.boot().outcome is Outcome.WELL
        assert table.links["current"] == NEW
    result = table.updater.boot()
    assert (result.outcome, result.version) == (Outcome.ROLLED_BACK, OLD)
    assert table.links == UNCHANGED
    assert table.updater.boot().outcome is Outcome.WELL
    assert table.place.boots() == 0


def test_the_starts_of_one_update_do_not_count_for_the_next(table: Table) -> None:
    cut_during_the_trial(table)
    for _ in range(MOST_BOOTS):
        table.updater.boot()
    table.unit.restart()
    assert table.updater.settle().outcome is Outcome.UPDATED
    for _ in range(5):
        assert table.updater.boot().outcome is Outcome.WELL
    assert table.links["current"] == NEW


def test_starts_that_a_cut_left_counted_do_not_count_for_the_next_update(table: Table) -> None:
    """The power went after the version before was trusted, and before its starts were forgotten."""
    for _ in range(MOST_BOOTS):
        table.place.count_boot()
    cut_during_the_trial(table)
    assert table.updater.boot().outcome is Outcome.WELL
    assert table.links["current"] == NEW


def test_a_boot_that_cannot_be_counted_is_the_last(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_during_the_trial(table)

    def full(_: Place) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Place, "count_boot", full)
    assert table.updater.boot().outcome is Outcome.ROLLED_BACK
    assert table.links == UNCHANGED


def test_a_unit_on_which_nothing_gets_well_says_so(table: Table) -> None:
    table.unit.restart = lambda: False  # type: ignore[method-assign]
    result = table.updater.take(table.release(NEW))
    assert result.outcome is Outcome.NOT_WELL
    assert table.links == UNCHANGED


def test_links_are_read_whole_at_every_moment(table: Table) -> None:
    """Somebody starts the program again and again while the update runs: it is always one of the two."""
    ended, seen = threading.Event(), set[str | None]()

    def look() -> None:
        while not ended.is_set():
            seen.add(table.place.version_at("current"))
            assert (table.place.folder / "bin" / "program").exists()

    looking = threading.Thread(target=look)
    looking.start()
    for version in (NEW, "0.3.0", "0.4.0"):
        table.updater.take(table.release(version))
    ended.set()
    looking.join()
    assert None not in seen
