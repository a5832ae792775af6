"""F24, and versions of this very tree on a unit: real environments, processes and sockets, and a small systemd."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from central.database.tables import records as inbox
from central.devices.data_folder import Office
from central.ledger.verify_ledger import verify_ledger
from provisioning.main import cli
from provisioning.update.build import RealBuilder
from provisioning.update.outcomes import Outcome
from provisioning.update.place import PUBLIC_KEY, Place
from provisioning.update.release import KEY
from provisioning.update.unit import Kind
from provisioning.update.updater import Patience, Result, Updater
from rules.messages.codec import encode
from rules.messages.events import RecordRef
from tests.central.office import EPOCH, NOW, alight, balances, board, card_of, new_office
from tests.device.stick_bench import Bus, import_at
from tests.provisioning.checkout import Checkout, libraries
from tests.provisioning.small_systemd import SmallSystemd
from tests.terminal.test_commands import Unit, new_unit

RECORDS = 5_000
FARE = 2
OLD, NEW = "0.1.0", "0.5.0"
WRITE = """
import sys
from pathlib import Path
from importlib.metadata import version
from device.journal import Journal
from rules.messages.codec import decode_event

assert version("yukemuri") == "0.1.0"
with Journal(Path(sys.argv[1]), "bus-001", any_disk=True).open() as journal:
    lines = [line.replace("0123456789abcdef", journal.epoch) for line in open(sys.argv[2])]
    for start in range(0, len(lines), 50):
        journal.write([decode_event(line.encode()) for line in lines[start : start + 50]])
"""
READ = """
import sys
from pathlib import Path
from device.journal import Journal

with Journal(Path(sys.argv[1]), "bus-001", any_disk=True).open() as journal:
    for record in journal.records_after(0, 10_000):
        print(record.number, record.hash.hex(), record.body.decode())
"""
SCHEMA = "        if database.table_names():\n            return\n        # All at once"
NEW_SCHEMA = (
    "        if database.table_names():\n"
    '            database.table("records").create_index(["previous"], if_not_exists=True)\n'
    "            return\n        # All at once"
)

pytestmark = pytest.mark.timeout(600)


class QuickBuilder(RealBuilder):
    """With the pip of the tests: to lay a new one in each environment takes seconds."""

    def _lay(self, home: Path) -> list[str | Path]:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
        return [sys.executable, "-m", "pip", "--python", home / "bin" / "python"]


@dataclass
class Bench:
    """The bench with its key and checkout, the unit with its place, and the office whose card rides on it."""

    folder: Path
    checkout: Checkout
    unit: Unit
    place: Place
    systemd: SmallSystemd

    @property
    def key(self) -> Path:
        return self.folder / "safe" / KEY

    def release(self, version: str) -> Path:
        self.checkout.set_version(version)
        out = self.folder / "stick" / f"yukemuri-{version}.release"
        self.checkout.release(out, self.key)
        return out

    def take(self, release: Path, *, slow: bool = False) -> Result:
        kind = RealBuilder if slow else QuickBuilder
        builder = kind(Kind.TERMINAL, self.unit.config, self.place.folder)
        patience = Patience(time.monotonic, time.sleep, quiet=1.0, look=0.3, watch=8.0, silent=4.0)
        return Updater(self.place, self.systemd, builder, patience, print).take(release)

    def runs(self, script: str, *arguments: Path) -> str:
        """Something done by the code of the old version, and no other."""
        python = self.place.home(OLD) / "bin" / "python"
        command: list[str | Path] = [python, "-c", script, *arguments]
        return subprocess.run(command, cwd="/", check=True, capture_output=True, text=True).stdout

    def all_records(self) -> list[str]:
        """Every record as the unit's file has it, read by the old version while nothing runs."""
        return self.runs(READ, self.unit.data).splitlines()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A unit on which the old version has written its records, before it runs."""
    folder = tmp_path_factory.mktemp("update")
    for name in ("safe", "stick", "unit", "place", "systemd"):
        (folder / name).mkdir()
    made = CliRunner().invoke(cli, ["release-key", "--stick", str(folder / "safe")])
    assert made.exit_code == 0, made.output
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(libraries(folder / "libraries")))
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        place = Place(folder / "place")
        (place.folder / PUBLIC_KEY).write_bytes((folder / "safe" / PUBLIC_KEY).read_bytes())
        unit = new_unit(folder / "unit")
        with SmallSystemd(place.folder, unit.config, folder / "systemd") as systemd:
            bench = Bench(folder, Checkout(folder / "checkout"), unit, place, systemd)
            assert bench.take(bench.release(OLD), slow=True) == Result(Outcome.INSTALLED, OLD)
            yield bench


@dataclass
class Village:
    """The unit's office, and every record that the old version has written."""

    office: Office
    written: list[str]


@pytest.fixture(scope="module")
def village(bench: Bench) -> Iterator[Village]:
    """The old version has written its records; then it was started."""
    with new_office(bench.folder / "office") as office:
        bus = Bus(bench.unit.data, office.keys.root_public)
        (bench.unit.data / "root.pub").write_text(office.keys.root_public.hex(), encoding="ascii")
        secret = bus.identity.signing_key.private_bytes_raw().hex()
        (bench.unit.data / "signing.key").write_text(secret, encoding="ascii")
        with office.database.write() as connection:
            bus.register(connection)
            card = card_of(connection, office, "aki", 2 * RECORDS)
        lines = []
        for number in range(1, RECORDS, 2):
            lines += [encode(board(card)), encode(alight(card, RecordRef(EPOCH, number), FARE))]
        file = bench.folder / "rides"
        file.write_bytes(b"\n".join(lines) + b"\n")
        bench.runs(WRITE, bench.unit.data, file)
        written = bench.all_records()
        assert len(written) == RECORDS
        assert bench.systemd.restart(), bench.systemd.errors()
        yield Village(office, written)


BEGIN = "            self.begin()\n"


@pytest.mark.parametrize(
    ("version", "file", "before", "after", "outcome", "why"),
    [
        (
            "0.2.0",
            "terminal/loop.py",
            BEGIN,
            "            raise SystemExit(3)\n",
            Outcome.ROLLED_BACK,
            "start",
        ),
        (
            "0.3.0",
            "terminal/loop.py",
            BEGIN,
            f"{BEGIN}            self._bus.real.sleep(3_600)\n",
            Outcome.ROLLED_BACK,
            "hangs",
        ),
        (
            "0.4.0",
            "device/journal/file.py",
            'TABLES = {"records",',
            'TABLES = {"rows",',
            Outcome.UNFIT,
            "journal",
        ),
    ],
    ids=["crashes", "hangs", "cannot-read-the-journal"],
)
def test_a_version_is_left_again_that(
    bench: Bench,
    village: Village,
    version: str,
    file: str,
    before: str,
    after: str,
    outcome: Outcome,
    why: str,
) -> None:
    bench.checkout.take_back()
    bench.checkout.change(file, before, after)
    result = bench.take(bench.release(version))
    assert result.outcome is outcome, result
    assert why in result.detail
    standing = bench.systemd.standing()
    assert standing is not None
    assert standing.version == OLD
    assert standing.waiting >= RECORDS
    assert bench.place.versions() == [OLD]


def test_5000_records_of_the_former_version_are_posted_unchanged_after_an_update(
    bench: Bench, village: Village
) -> None:
    bench.checkout.take_back()
    bench.checkout.change("device/journal/file.py", SCHEMA, NEW_SCHEMA)
    updated = bench.take(bench.release(NEW), slow=True)
    assert updated == Result(Outcome.UPDATED, NEW), bench.systemd.errors()
    standing = bench.systemd.standing()
    assert standing is not None
    assert standing.version == NEW
    assert bench.place.versions() == [OLD, NEW]
    # The new program hands over what the old one wrote.
    program = bench.place.folder / "bin" / "yukemuri-terminal"
    stick = bench.folder / "out.stick"
    export = [str(program), "export", "--config", str(bench.unit.config), str(stick), "--json"]
    told = subprocess.run(export, check=True, capture_output=True, cwd="/").stdout
    assert json.loads(told)["records"] >= RECORDS
    import_at(village.office, stick.read_bytes(), NOW)
    bench.systemd.stop()
    after = bench.all_records()
    with village.office.database.read() as connection:
        rows = {
            row.number: f"{row.number} {row.hash} {row.body.decode()}"
            for row in connection.execute(select(inbox).where(inbox.c.refused == ""))
        }
        posted = [rows[number] for number in range(1, RECORDS + 1)]
        assert verify_ledger(connection).problems == []
        money = balances(connection)
    assert posted == village.written
    assert after[:RECORDS] == village.written
    assert money["fares-earned", ""] == FARE * RECORDS // 2
    assert money["member", "aki"] == 2 * RECORDS - FARE * RECORDS // 2
    print(f"F24: {RECORDS} records of {OLD}, {len(posted)} posted unchanged after an update to {NEW}")


def test_the_same_commit_gives_the_same_bytes_wherever_and_whenever(bench: Bench, tmp_path: Path) -> None:
    bench.checkout.take_back()
    bench.checkout.release(tmp_path / "a", bench.key)
    subprocess.run(
        ["git", "clone", "-q", bench.checkout.folder, tmp_path / "elsewhere"], check=True, capture_output=True
    )
    other = Checkout.__new__(Checkout)
    other.folder = tmp_path / "elsewhere"
    (other.folder / "terminal" / "left_over.py").write_text("", encoding="utf-8")
    time.sleep(2.1)
    other.release(tmp_path / "b", bench.key)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
