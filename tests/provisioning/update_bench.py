"""A unit on a table: real releases, versions and links, with a hand-written systemd, builder and clock around them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import msgspec

from provisioning.update.build import expect_nothing_lost
from provisioning.update.bundle import Manifest, Wheel, write_bundle
from provisioning.update.outcomes import Outcome, Refused
from provisioning.update.place import BIN, CURRENT, FORMER, PUBLIC_KEY, TRUSTED, Place
from provisioning.update.unit import Pulse
from provisioning.update.updater import Patience, Updater
from rules.messages.standing import Busy, Standing
from rules.passes.seal import private_from_bytes, public_bytes

KEY = private_from_bytes(bytes(range(32)))
EPOCH = "e" * 16
PAYLOAD_BYTES = 150_000
PROGRAM = "bin/program"
NOTHING_WRONG, CRASHES, HANGS, WRONG_NAME, FAULTY, FORGETS, MUTE = (
    "",
    "crashes",
    "hangs",
    "wrong-name",
    "faulty",
    "forgets",
    "mute",
)


def wheel(name: str, version: str, files: dict[str, str], *, tag: str = "py3-none-any") -> tuple[str, bytes]:
    """A wheel's name and bytes."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    records = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    held = BytesIO()
    with ZipFile(held, "w") as archive:
        for path, text in (*files.items(), (f"{info}/RECORD", records)):
            archive.writestr(ZipInfo(path), text)
    return f"{name}-{version}-{tag}.whl", held.getvalue()


def bundle(
    folder: Path,
    version: str,
    wheels: Iterable[tuple[str, bytes]],
    *,
    since: str = "0",
    replaces: tuple[str, ...] = (),
) -> Path:
    """A signed release of these wheels in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths, listed = [], []
    for name, content in wheels:
        (folder / name).write_bytes(content)
        paths.append(folder / name)
        listed.append(Wheel(name, len(content), hashlib.sha256(content).hexdigest()))
    manifest = Manifest(
        version=version, commit="c" * 40, made_at=1, since=since, replaces=replaces, wheels=tuple(listed)
    )
    target = folder / f"yukemuri-{version}.release"
    with target.open("wb") as file:
        write_bundle(file, manifest, paths, KEY)
    for path in paths:
        path.unlink()
    return target


def plain_bundle(folder: Path, version: str, wrong: str = NOTHING_WRONG, **more: object) -> Path:
    """A release whose program does what `wrong` says."""
    files = {"program.json": json.dumps({"version": version, "wrong": wrong, "rest": "x" * PAYLOAD_BYTES})}
    return bundle(folder, version, [wheel("yukemuri", version, files)], **more)  # type: ignore[arg-type]


class Program(msgspec.Struct):
    """What the builder on the table unpacks and systemd on the table starts."""

    version: str
    wrong: str
    rest: str

    @property
    def is_whole(self) -> bool:
        """Whether no byte of it was lost."""
        return self.rest == "x" * PAYLOAD_BYTES


def program_at(home: Path) -> Program | None:
    """The one in a version's folder, if it is whole."""
    try:
        program = msgspec.json.decode((home / PROGRAM).read_bytes(), type=Program)
    except (OSError, msgspec.DecodeError):
        return None
    return program if program.is_whole else None


class TableBuilder:
    """Unpacks in this process, and as a careless program would: nothing is synced."""

    def __init__(self) -> None:
        self.refuses = False
        self.built: list[str] = []

    def build(self, home: Path, wheels: Path, manifest: Manifest) -> None:
        with ZipFile(wheels / manifest.wheels[0].name) as archive:
            content = archive.read("program.json")
        (home / "bin").mkdir()
        (home / PROGRAM).write_bytes(content)
        self.built.append(manifest.version)

    def check(self, home: Path, manifest: Manifest, journal: Path, standing: Standing | None) -> None:
        if self.refuses:
            raise Refused(Outcome.UNFIT, "it says no")
        program = program_at(home)
        assert program is not None and program.version == manifest.version
        if any(journal.iterdir()):
            last = int((journal / "journal.db").read_text(encoding="ascii"))
            expect_nothing_lost({"epoch": EPOCH, "last": last}, standing)


class Clock:
    """Seconds that pass by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.watchers: list[Callable[[float], object]] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for watcher in self.watchers:
            watcher(self.now)


class TableUnit:
    """systemd and the program that it has started: what runs is written down in a file of PID 1's own."""

    def __init__(self, folder: Path, place: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.place = Place(place)
        self.busy: tuple[Busy, ...] = ()
        self.records = 7
        self.restarts = 0
        self.pid = 100

    @property
    def running(self) -> Program | None:
        """The program that is in memory."""
        try:
            return msgspec.json.decode((self.folder / "running").read_bytes(), type=Program)
        except FileNotFoundError:
            return None

    def write_record(self) -> None:
        """The program writes one."""
        self.records += 1
        self.write_journal()

    def write_journal(self) -> None:
        (self.folder / "journal.db").write_text(str(self.records), encoding="ascii")

    def journal_files(self) -> list[Path]:
        return [self.folder / "journal.db"]

    def restart(self) -> bool:
        self.pid += 1
        program = program_at(self.place.folder / CURRENT)
        assert program is not None, "what is started must be whole"
        fresh = self.folder / "running.new"
        fresh.write_bytes(msgspec.json.encode(program))
        fresh.replace(self.folder / "running")
        return program.wrong != CRASHES

    def pulse(self) -> Pulse | None:
        program = self.running
        if program is None or program.wrong == CRASHES:
            return None
        return Pulse(self.pid, self.restarts, 1 if program.wrong == HANGS else int(self.clock.now * 1e6))

    def standing(self) -> Standing | None:
        program = self.running
        if program is None:
            return None
        if program.wrong == MUTE:
            raise Refused(Outcome.SILENT)
        return Standing(
            "9.9" if program.wrong == WRONG_NAME else program.version,
            "f" * 16 if program.wrong == FORGETS else EPOCH,
            self.records,
            3,
            self.busy,
            "ディスクが壊れました / The disk is broken" if program.wrong == FAULTY else "",
        )


@dataclass
class Table:
    """All of it in one folder, but for the place where that is named."""

    folder: Path
    at: Path | None = None
    clock: Clock = field(default_factory=Clock)
    builder: TableBuilder = field(default_factory=TableBuilder)
    said: list[str] = field(default_factory=list)
    wait: float = 0.0

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.unit = TableUnit(self.folder, self.at or self.folder / "place", self.clock)
        self.place = self.unit.place
        self.place.folder.mkdir(parents=True, exist_ok=True)
        (self.place.folder / PUBLIC_KEY).write_text(public_bytes(KEY).hex(), encoding="ascii")
        self.unit.write_journal()

    @property
    def updater(self) -> Updater:
        patience = Patience(self.clock.monotonic, self.clock.sleep, wait=self.wait)
        return Updater(self.place, self.unit, self.builder, patience, self.said.append)

    def release(self, version: str, wrong: str = NOTHING_WRONG, **more: object) -> Path:
        return plain_bundle(self.folder / "stick" / version, version, wrong, **more)

    def begin(self, version: str = "0.1.0") -> None:
        """A unit on which this version runs."""
        assert self.updater.take(self.release(version)).outcome is Outcome.INSTALLED
        assert self.unit.restart()

    @property
    def links(self) -> dict[str, str | None]:
        return {link: self.place.version_at(link) for link in (CURRENT, TRUSTED, FORMER)}

    def switch_on(self) -> None:
        """What happens on a unit when its power comes: the counter, the program, the end of what was cut short."""
        (self.folder / "running").unlink(missing_ok=True)
        self.updater.boot()
        self.unit.restart()
        self.updater.settle()

    def breaches(self, allowed: set[str]) -> list[str]:
        """What is wrong with the unit after whatever befell it: one of these versions runs, now and from a start on."""
        found = []
        for link in (CURRENT, TRUSTED):
            version = self.place.version_at(link)
            program = program_at(self.place.folder / link)
            if version not in allowed or program is None or program.version != version:
                found.append(f"{link} leads to {version}, which is not whole")
            if version and self.place.manifest_of(version) is None:
                found.append(f"{link}: {version} does not say that it is whole")
        running = self.unit.running
        if running is None or running.version not in allowed:
            found.append(f"{running and running.version} runs")
        if not (self.place.folder / BIN / "program").exists():
            found.append("bin leads nowhere")
        if (self.folder / "journal.db").read_text(encoding="ascii") != str(self.unit.records):
            found.append("the journal is another")
        return found
