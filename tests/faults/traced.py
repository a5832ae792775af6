"""Faults between system calls: strace kills a program before one of them, or lets one fail.

Starting a Python for every call would take an hour. So one program (`python -m tests.faults.JOB`) has everything loaded
and forks a child for each fault. strace counts every child's calls from its birth, and strikes at the same number
`STRIKE` in each: a child that is to be struck at its n-th fsync first makes `STRIKE - n` that do nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from tests.faults.children import REPOSITORY, module

CALLS = ("write", "pwrite64", "fdatasync", "fsync", "ftruncate", "unlink")
"""Everything by which SQLite and Python change a file, and tell somebody."""
TAKE_TURNS = 4
"""Children at once."""
PATIENCE_S = 100.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Strike at the `nth` call of this kind."""

    call: str
    nth: int

    @property
    def name(self) -> str:
        """For a folder."""
        return f"{self.call}-{self.nth}"


def strace(arguments: Sequence[str], command: Sequence[str]) -> None:
    """Run a command under strace. Skips the test where that is not possible."""
    program = shutil.which("strace")
    if program is None:
        pytest.skip("strace is not installed: sudo apt-get install strace")
    probe = subprocess.run([program, "-qq", "-o", os.devnull, "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(f"this machine lets nobody trace: {probe.stderr.decode().strip()}")
    done = subprocess.run(
        [program, "-f", "-qq", "--seccomp-bpf", *arguments, *command],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr.decode()[-2_000:]


def calls_of(job: str, folder: Path, *arguments: object) -> dict[str, int]:
    """How many calls of each kind one undisturbed child of a job makes."""
    log = folder / "calls"
    strace(
        ["-e", f"trace={','.join(CALLS)}", "-e", "signal=none", "-ff", "-o", str(log)],
        module(job, folder / "undisturbed", *arguments, "-"),
    )
    # One file for each process: the child's is the one with all the work in it.
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("calls.*")]
    work = max(texts, key=lambda text: text.count("pwrite64("))
    return {call: sum(line.startswith(f"{call}(") for line in work.splitlines()) for call in CALLS}


def strike_with(what: str, strike: int, log: str, job: str, folder: Path, plan: Path, *arguments: object) -> None:
    """Run a job with all the faults of a plan; `what` is strace's word for what befalls them."""
    strace(
        ["-ttt", "-e", f"trace={','.join(CALLS)}", "-e", f"inject={','.join(CALLS)}:{what}:when={strike}", "-o", log],
        module(job, folder, *arguments, plan, "--strike", strike),
    )


def make_idle_calls(call: str, times: int) -> None:
    """Calls that change nothing, but count."""
    null = os.open(os.devnull, os.O_RDWR)
    nothing: dict[str, Callable[[], object]] = {
        "write": lambda: os.write(null, b""),
        "pwrite64": lambda: os.pwrite(null, b"", 0),
        "fdatasync": lambda: os.fdatasync(null),
        "fsync": lambda: os.fsync(null),
        "ftruncate": lambda: os.ftruncate(null, 0),
        "unlink": lambda: os.unlink(""),
    }
    for _ in range(times):
        with suppress(OSError):
            nothing[call]()
    os.close(null)
