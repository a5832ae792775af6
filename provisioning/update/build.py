"""Making a version on the unit, without a network, and having it check itself before anything depends on it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from provisioning.update.outcomes import Outcome, Refused

if TYPE_CHECKING:
    from provisioning.update.bundle import Manifest
    from provisioning.update.unit import Kind
    from rules.messages.standing import Standing

OF_THE_SYSTEM = Path("/etc/rpi-issue")
"""On Raspberry Pi OS camera, pins and cv2 belong to the system's Python, as in `./dev`."""
STEP_S = 900.0
CHECK_S = 120.0
COPIES = 5
"""Tries to copy a journal that is being written to."""


class Builder(Protocol):
    """What makes versions."""

    def build(self, home: Path, wheels: Path, manifest: Manifest) -> None:
        """A version in the empty folder `home` out of the wheels in `wheels`. Raises Refused and OSError."""

    def check(self, home: Path, manifest: Manifest, journal: Path, standing: Standing | None) -> None:
        """Have it check itself, and read the copy of the journal in `journal`. Raises Refused and OSError.

        `standing` is the running program's from before the copy was made: as far as that, nothing may be missing.
        """


@dataclass(frozen=True, slots=True)
class RealBuilder:
    """Virtual environments and pip, offline."""

    kind: Kind
    config: Path
    place: Path

    def build(self, home: Path, wheels: Path, manifest: Manifest) -> None:
        """Its own environment, at the path where it stays: scripts name their Python by it."""
        wanted = wheels / "requirements.txt"
        wanted.write_text(manifest.requirements(), encoding="ascii")
        exactly = ["--no-index", "--no-cache-dir", "--no-deps", "--require-hashes", "-r", wanted.name]
        alone = ["--isolated", "--disable-pip-version-check"]
        _run([*self._lay(home), *alone, "install", "-q", *exactly], STEP_S, wheels)

    def _lay(self, home: Path) -> list[str | Path]:
        """An empty environment, and the pip that installs into it."""
        options = ["--system-site-packages"] if OF_THE_SYSTEM.exists() else []
        _run([sys.executable, "-m", "venv", "--clear", *options, home], STEP_S)
        return [home / "bin" / "python", "-m", "pip"]

    def check(self, home: Path, manifest: Manifest, journal: Path, standing: Standing | None) -> None:
        """Each program tells its version, settings are good, updates go on, the journal's copy is read."""
        program = home / "bin" / f"yukemuri-{self.kind}"
        provision = home / "bin" / "yukemuri-provision"
        for each in (program, provision):
            said = _run([each, "--version"], CHECK_S).split()
            if said[-1:] != [manifest.version]:
                raise Refused(Outcome.UNFIT, f"{each.name} --version: {' '.join(said)}")
        _run([program, "config", "check", self.config], CHECK_S)
        # It is to update this unit one day.
        _run([provision, "update", "state", "--place", self.place], CHECK_S)
        if any(journal.iterdir()):
            said_of_it = _run([program, "journal-copy", "--config", self.config, journal], CHECK_S)
            expect_nothing_lost(json.loads(said_of_it), standing)


def expect_nothing_lost(found: dict[str, object], standing: Standing | None) -> None:
    """Raises Refused where the copy, as the new version reads it, is another journal or ends sooner."""
    if standing is None:
        return
    if found["epoch"] != standing.epoch or int(str(found["last"])) < standing.last:
        raise Refused(Outcome.UNFIT, f"journal: {found} / {standing.epoch} {standing.last}")


def copy_journal(files: list[Path], folder: Path) -> None:
    """A copy in which no transaction is torn: nothing was written while it was made. Raises Refused and OSError."""
    for _ in range(COPIES):
        before = [(file.stat().st_mtime_ns, file.stat().st_size) for file in files]
        for file in files:
            shutil.copyfile(file, folder / file.name)
        if before == [(file.stat().st_mtime_ns, file.stat().st_size) for file in files]:
            return
    raise Refused(Outcome.UNFIT, "the journal was written to all the time")


def _run(command: list[str | Path], within_s: float, folder: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=within_s
        )
    except (subprocess.TimeoutExpired, PermissionError, FileNotFoundError) as error:
        raise Refused(Outcome.UNFIT, str(error)) from error
    if done.returncode:
        words = " ".join(Path(str(word)).name for word in command[:4])
        last = (done.stderr or done.stdout).strip()[-300:]
        if os.strerror(errno.ENOSPC) in done.stdout + done.stderr:
            raise Refused(Outcome.NO_ROOM, last)
        raise Refused(Outcome.UNFIT, f"{words}: exit {done.returncode}: {last}")
    return done.stdout
