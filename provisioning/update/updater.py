"""Taking a release in: everything is made and checked beside what runs, and one rename changes over.

What is on the disk says where an update stands (`place.py`), so whoever comes after a cut at any moment goes on from
there: as long as `current` is `trusted` nothing has happened yet, and while they differ the new version is on trial.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from packaging.version import Version

from provisioning.update.build import copy_journal
from provisioning.update.bundle import SUFFIX, Manifest, Source, copy_wheels, read_manifest
from provisioning.update.outcomes import GOOD, Outcome, Refused
from provisioning.update.place import CURRENT, FORMER, TRUSTED, Place

if TYPE_CHECKING:
    from provisioning.update.build import Builder
    from provisioning.update.unit import Pulse, Unit
    from rules.messages.standing import Busy, Standing

ROOM_TIMES, ROOM_BYTES = 5, 64 * 1024 * 1024
"""What unpacked wheels and an empty environment take, roughly: too little shows before the work, and not by it."""
MOST_BOOTS = 2
"""A version that was not well by then, and did not even live to be rolled back, gets no third."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long for what, seconds. `monotonic` and `sleep` are the clock's.

    `quiet` seconds without service come before a change, looked for every `look`, at most for `wait`. `watch` seconds
    a new version is looked at, and it may keep silent for `silent` of them.
    """

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    quiet: float = 120.0
    look: float = 5.0
    wait: float = 0.0
    watch: float = 60.0
    silent: float = 15.0


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended, about which version, and for whoever mends it why."""

    outcome: Outcome
    version: str = ""
    detail: str = ""

    @property
    def is_good(self) -> bool:
        """Whether that is what was wanted."""
        return self.outcome in GOOD


class Updater:
    """One unit's. `say` tells whoever waits why, now and then."""

    def __init__(
        self, place: Place, unit: Unit, builder: Builder, patience: Patience, say: Callable[[str], None]
    ) -> None:
        self._place = place
        self._unit = unit
        self._builder = builder
        self._patience = patience
        self._say = say

    def take(self, source: Path) -> Result:
        """Take a release from a file, or the newest one in a folder. An update that was cut short is ended first."""
        return self._alone(lambda: self._take(source))

    def settle(self) -> Result:
        """End an update that was cut short: the new version is well, or the one before runs again."""
        return self._alone(self._settle)

    def boot(self) -> Result:
        """The unit was switched on, and the program has not been started yet: count, and put an end to a bad trial."""
        return self._alone(self._boot)

    def _alone(self, work: Callable[[], Result]) -> Result:
        try:
            with self._place.alone():
                return work()
        except Refused as refusal:
            return Result(refusal.outcome, detail=refusal.detail)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            return Result(Outcome.NO_ROOM if full else Outcome.DISK, detail=str(error))

    def _boot(self) -> Result:
        version = self._place.version_at(CURRENT)
        if not self._on_trial() or version is None:
            return Result(Outcome.WELL)
        try:
            boots = self._place.count_boot()
        except OSError:
            # Full, or worse: a boot that cannot be counted is the last one.
            boots = MOST_BOOTS + 1
        if boots <= MOST_BOOTS:
            return Result(Outcome.WELL, version)
        return self._give_way(version, f"{boots} boots")

    def _settle(self) -> Result:
        version = self._place.version_at(CURRENT)
        if not self._on_trial() or version is None:
            return Result(Outcome.WELL)
        return self._try_out(version, None)

    def _take(self, source: Path) -> Result:
        before = self._settle()
        if not before.is_good:
            return before
        self._place.tidy()
        running = self._place.version_at(CURRENT)
        manifest = self._prepare(source, running)
        if running is None:
            # In this order: without `current` there is no version yet, whatever else there is.
            self._place.point(TRUSTED, manifest.version)
            self._place.lay_bin()
            self._place.point(CURRENT, manifest.version)
            return Result(Outcome.INSTALLED, manifest.version)
        standing = self._wait_for_quiet()
        self._place.forget_boots()
        self._place.point(CURRENT, manifest.version)
        return self._try_out(manifest.version, standing, start=True)

    def _prepare(self, source: Path, running: str | None) -> Manifest:
        """The version in its folder, whole and checked; otherwise what was there before. Raises Refused, OSError."""
        public = self._place.public_key
        with opened(newest_release(source, public)) as file:
            manifest = read_manifest(file, public)
            refused = manifest.why_not_after(running) if running is not None else None
            if refused is None and not manifest.fits_here:
                refused = Outcome.WRONG_PLATFORM
            if refused is not None:
                raise Refused(refused, f"{running} → {manifest.version}")
            try:
                incoming = self._place.incoming()
                # The former version, if its release allows the way back to it.
                is_here = self._place.manifest_of(manifest.version) == manifest
                if not is_here:
                    self._expect_room(manifest)
                    copy_wheels(file, manifest, incoming)
                    self._build(manifest, incoming)
                self._check(manifest, incoming)
                # Room again for what follows.
                self._place.forget_incoming()
                if not is_here:
                    self._place.seal(manifest)
            except BaseException:
                self._place.tidy()
                raise
        return manifest

    def _build(self, manifest: Manifest, incoming: Path) -> None:
        self._say(f"{manifest.version} を用意しています / preparing {manifest.version}")
        self._builder.build(self._place.make_room(manifest.version), incoming, manifest)

    def _check(self, manifest: Manifest, incoming: Path) -> None:
        journal = incoming / "journal"
        journal.mkdir()
        standing = self._unit.standing()
        copy_journal(self._unit.journal_files(), journal)
        self._builder.check(self._place.home(manifest.version), manifest, journal, standing)

    def _expect_room(self, manifest: Manifest) -> None:
        journal = sum(file.stat().st_size for file in self._unit.journal_files())
        wanted = ROOM_TIMES * manifest.size + journal + ROOM_BYTES
        free = shutil.disk_usage(self._place.folder).free
        if free < wanted:
            raise Refused(Outcome.NO_ROOM, f"{free / 1e6:.0f} MB < {wanted / 1e6:.0f} MB")

    def _wait_for_quiet(self) -> Standing | None:
        """Until nobody has needed the unit for a while; what its program says of itself then. Raises Refused."""
        patience = self._patience
        begun = quiet_since = patience.monotonic()
        said: tuple[Busy, ...] = ()
        while True:
            standing = self._unit.standing()
            now = patience.monotonic()
            busy = standing.busy if standing else ()
            if busy:
                quiet_since = now + patience.look
                if busy != said:
                    self._say(
                        f"運行中のため待っています / waiting, the unit is in service: {', '.join(busy)}"
                    )
            elif now - quiet_since >= patience.quiet or standing is None:
                return standing
            said = busy or said
            if now - begun > patience.wait + patience.quiet:
                raise Refused(Outcome.IN_SERVICE, ", ".join(said))
            patience.sleep(patience.look)

    def _try_out(self, version: str, before: Standing | None, *, start: bool = False) -> Result:
        """The version that `current` leads to is well from now on, or the trusted one is back."""
        self._say(f"{version} を見守っています / watching {version}")
        wrong = self._what_is_wrong(version, before, start=start)
        if wrong:
            result = self._give_way(version, wrong)
            trusted = self._place.version_at(TRUSTED) or ""
            still_wrong = self._what_is_wrong(trusted, None, start=True)
            if still_wrong:
                return Result(Outcome.NOT_WELL, trusted, f"{version}: {wrong}; {trusted}: {still_wrong}")
            self._place.tidy()
            return result
        trusted_before = self._place.version_at(TRUSTED)
        if trusted_before is not None:
            self._place.point(FORMER, trusted_before)
        self._place.point(TRUSTED, version)
        self._place.forget_boots()
        self._place.tidy()
        return Result(Outcome.UPDATED, version)

    def _give_way(self, version: str, wrong: str) -> Result:
        trusted = self._place.version_at(TRUSTED)
        assert trusted is not None
        self._place.point(CURRENT, trusted)
        self._place.forget_boots()
        return Result(Outcome.ROLLED_BACK, trusted, f"{version}: {wrong}")

    def _what_is_wrong(self, version: str, before: Standing | None, *, start: bool) -> str:
        """Start the program if it is not this version that runs, and watch it: "" if it is well."""
        patience = self._patience
        if (start or not self._runs(version)) and not self._unit.restart():
            return "did not start"
        first = self._unit.pulse()
        if first is None:
            return "ended after its start"
        begun = heard = patience.monotonic()
        last: Pulse = first
        while patience.monotonic() - begun < patience.watch:
            patience.sleep(min(patience.look, patience.watch))
            pulse, now = self._unit.pulse(), patience.monotonic()
            if pulse is None or (pulse.pid, pulse.restarts) != (first.pid, first.restarts):
                return "ended, and was started again"
            if pulse.alive_at > last.alive_at:
                heard = now
            elif now - heard > patience.silent:
                return "hangs: it no longer says that it lives"
            last = pulse
        return self._what_it_says_is_wrong(version, before)

    def _what_it_says_is_wrong(self, version: str, before: Standing | None) -> str:
        try:
            standing = self._unit.standing()
        except Refused as refusal:
            return f"does not answer: {refusal.detail}"
        if standing is None:
            return "does not answer"
        if standing.version != version:
            return f"says that it is {standing.version}"
        if standing.fault:
            return standing.fault
        if before and (standing.epoch != before.epoch or standing.last < before.last):
            return f"lost its journal: {before.epoch} {before.last} → {standing.epoch} {standing.last}"
        return ""

    def _runs(self, version: str) -> bool:
        try:
            standing = self._unit.standing()
        except Refused:
            return False
        return standing is not None and standing.version == version

    def _on_trial(self) -> bool:
        return self._place.version_at(CURRENT) != self._place.version_at(TRUSTED)


def newest_release(source: Path, public: bytes) -> Path:
    """The file itself, or in a folder the newest release for this machine. Raises Refused: why there is none."""
    if source.is_file():
        return source
    refused = Refused(Outcome.NO_RELEASE, str(source))
    found: list[tuple[bool, Version, Path]] = []
    for path in sorted(source.glob(f"*{SUFFIX}")) if source.is_dir() else []:
        try:
            with opened(path) as file:
                manifest = read_manifest(file, public)
        except Refused as error:
            refused = error
        else:
            found.append((manifest.fits_here, Version(manifest.version), path))
    if not found:
        raise refused
    return max(found)[2]


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """A file on a stick, which may be pulled out at any moment. Raises Refused."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Refused(Outcome.UNREADABLE, str(error)) from error
    with file:
        yield _Stick(file)


class _Stick:
    """Tells the stick's failures from those of the unit's own disk."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int, /) -> bytes:
        """As a file does. Raises Refused."""
        try:
            return self._file.read(size)
        except OSError as error:
            raise Refused(Outcome.UNREADABLE, str(error)) from error

    def readline(self, size: int, /) -> bytes:
        """As a file does. Raises Refused."""
        try:
            return self._file.readline(size)
        except OSError as error:
            raise Refused(Outcome.UNREADABLE, str(error)) from error
