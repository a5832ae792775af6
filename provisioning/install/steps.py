"""What an installation consists of, as values: to be shown before it is done, and done again without harm."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PUBLIC, PRIVATE, PROGRAM = 0o644, 0o600, 0o755


class StepFailed(Exception):
    """A step could not be done. The text says which and what to do; those before it are done and stay."""

    def __init__(self, japanese: str, english: str, detail: object) -> None:
        super().__init__(f"{japanese} / {english} ({detail})")


class Step(Protocol):
    """One thing to be done below a root folder."""

    def is_done(self, root: Path) -> bool:
        """Whether doing it would change nothing."""

    def do(self, root: Path) -> None:
        """Do it. Raises StepFailed."""


@dataclass(frozen=True, slots=True)
class File:
    """A file at `place`, an absolute path on the machine, with this text and these rights."""

    place: str
    text: str
    mode: int = PUBLIC

    def is_done(self, root: Path) -> bool:
        """Whether it is there like that."""
        path = _below(root, self.place)
        try:
            same = path.read_text(encoding="utf-8") == self.text
            return same and stat.S_IMODE(path.stat().st_mode) == self.mode
        except (OSError, UnicodeDecodeError):
            return False

    def do(self, root: Path) -> None:
        """Write it whole or not at all. Raises StepFailed."""
        path = _below(root, self.place)
        fresh = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            with open(fresh, "x", encoding="utf-8", opener=_opener(self.mode)) as file:
                os.fchmod(file.fileno(), self.mode)
                file.write(self.text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError as error:
            raise StepFailed(
                f"{path} に書けません。管理者（sudo）で実行し、空きを確かめてください",
                f"{path} cannot be written: run this as root, and check the disk",
                error.strerror,
            ) from error

    def __str__(self) -> str:
        return f"{self.place} ({self.mode:04o})"


@dataclass(frozen=True, slots=True)
class Link:
    """A link at `place`, an absolute path on the machine, that leads to `target`."""

    place: str
    target: str

    def is_done(self, root: Path) -> bool:
        """Whether it leads there."""
        path = _below(root, self.place)
        return path.is_symlink() and str(path.readlink()) == self.target

    def do(self, root: Path) -> None:
        """Change over at once. Raises StepFailed."""
        path = _below(root, self.place)
        fresh = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(self.target)
            fresh.replace(path)
        except OSError as error:
            raise StepFailed(
                f"{path} を置けません。管理者（sudo）で実行し、そこにほかのものがあれば移してください",
                f"{path} cannot be laid: run this as root, and move away what else is there",
                error.strerror,
            ) from error

    def __str__(self) -> str:
        return f"{self.place} → {self.target}"


@dataclass(frozen=True, slots=True)
class Run:
    """A command that may be given again without harm. `in_root` has it take the root folder as its --root."""

    command: Sequence[str]
    in_root: bool = False

    def is_done(self, root: Path) -> bool:
        """Nobody knows, so it is given again."""
        return False

    def do(self, root: Path) -> None:
        """Run it, its words on stderr. Raises StepFailed."""
        program, *rest = self.command
        where = [f"--root={root}"] if self.in_root and root != Path("/") else []
        try:
            subprocess.run([program, *where, *rest], check=True, stdout=2)
        except (OSError, subprocess.CalledProcessError) as error:
            why = error.strerror if isinstance(error, OSError) else f"exit {error.returncode}"
            raise StepFailed(
                "うまくいきませんでした。上の知らせを見て直し、もう一度実行してください",
                "that failed: mend what stands above and run this again",
                f"{self}: {why}",
            ) from error

    def __str__(self) -> str:
        return shlex.join(self.command)


def carry_out(steps: Sequence[Step], root: Path, tell: Callable[[str], None], *, dry: bool) -> None:
    """Do what is not done yet, in order, saying what; `dry` only says it. Raises StepFailed."""
    for step in steps:
        if step.is_done(root):
            tell(f"そのまま / as it is: {step}")
        elif dry:
            tell(f"行うこと / to do: {step}")
        else:
            tell(f"行います / doing: {step}")
            step.do(root)


def _below(root: Path, place: str) -> Path:
    return root / place.removeprefix("/")


def _opener(mode: int) -> Callable[[str, int], int]:
    return lambda name, flags: os.open(name, flags, mode)
