"""Faults between system calls: strace kills a program before one of them, or lets one fail.

Starting a Python for every call would take an hour. So one program (`python -m tests.faults.JOB`) has everything loaded
and forks a child for each fault. strace counts every child's calls from its birth, and strikes at the same number
AT in each: a child that is to be struck at its n-th fsync first makes AT - n that do nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NoReturn

import pytest

from tests.faults.children import REPOSITORY, module
from tests.faults.runs import times

CALLS = ("write", "pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "unlinkat")
"""Everything by which SQLite and Python change a file, and tell somebody."""
TO_THE_DISK = ("pwrite64", "fdatasync", "fsync")
TAKE_TURNS = 4
"""Children at once."""
SAID, ENDED = "said", "ended.json"
MORE_CALLS = 30
"""That a child may make when it does not go as the undisturbed one did."""
LEAST_STRIKE = 100
"""Above what the forking program itself calls."""
PATIENCE_S = times(110, 3_600)


@dataclass(frozen=True, slots=True)
class Fault:
    """Strike at the `nth` call of this kind."""

    call: str
    nth: int

    @property
    def name(self) -> str:
        """For a folder."""
        return f"{self.call}-{self.nth}"


@dataclass(frozen=True, slots=True)
class Struck:
    """One child that a fault was done to: where it worked, its exit code (or minus a signal), its calls with times."""

    fault: Fault
    folder: Path
    status: int
    calls: list[str]

    @property
    def struck_at(self) -> str:
        """The call that failed first, or in which it was killed."""
        failed = [line for line in self.calls if "(INJECTED)" in line]
        return (failed or self.calls[-2:])[0].split(maxsplit=1)[1].partition("(")[0]

    @property
    def said(self) -> list[str]:
        """Its lines."""
        return (self.folder / SAID).read_text(encoding="utf-8").splitlines()


def undisturbed(job: str, folder: Path, *arguments: object) -> Struck:
    """A child of a job that nothing befalls."""
    folder.mkdir()
    (struck,) = _run([], folder, job, [Fault("write", 0)], LEAST_STRIKE, arguments)
    assert struck.status == 0, struck.said
    return struck


def calls_of(struck: Struck, first: str = "", last: str = "") -> dict[str, range]:
    """Which calls of each kind, counted from 1, it made after it said `first` and before it said `last`."""
    names = [line.split(maxsplit=1)[1].partition("(")[0] for line in struck.calls]
    start = _said_at(struck, first) if first else 0
    stop = _said_at(struck, last) if last else len(names)
    before, within = Counter(names[:start]), Counter(names[start:stop])
    return {call: range(before[call] + 1, before[call] + within[call] + 1) for call in CALLS}


def _said_at(struck: Struck, word: str) -> int:
    return next(nth for nth, line in enumerate(struck.calls) if f'write(1, "{word}' in line)


def every_call(found: Mapping[str, range], calls: Sequence[str], most: int, dice: Random) -> list[Fault]:
    """A fault at each of these calls, or at `most` of them as the dice say, of every kind alike or all there are."""
    faults: list[Fault] = []
    for done, call in enumerate(sorted(calls, key=lambda call: len(found[call]))):
        nths, room = found[call], (most - len(faults)) // (len(calls) - done)
        faults += [
            Fault(call, nth) for nth in (nths if len(nths) <= room else sorted(dice.sample(nths, room)))
        ]
    return faults


@dataclass(frozen=True, slots=True)
class Strike:
    """What befalls a child at its fault: strace's word for it, the calls it may befall, and "+" for ever after."""

    what: str
    calls: Sequence[str] = CALLS
    again: str = ""


def strike(
    how: Strike, folder: Path, job: str, faults: Sequence[Fault], first: Struck, *arguments: object
) -> list[Struck]:
    """Run a job with these faults. `first` is its undisturbed child: none makes so many calls of any kind by itself."""
    folder.mkdir()
    at = max(LEAST_STRIKE, *map(len, calls_of(first).values())) + MORE_CALLS
    inject = ["-e", f"inject={_names(how.calls)}:{how.what}:when={at}{how.again}"]
    struck = _run(inject, folder, job, faults, at, arguments)
    elsewhere = [each.fault for each in struck if each.struck_at != each.fault.call]
    assert elsewhere == [], elsewhere
    return struck


def _names(calls: Sequence[str]) -> str:
    # Not every machine has every call.
    return ",".join(f"?{call}" for call in calls)


def _run(
    inject: list[str],
    folder: Path,
    job: str,
    faults: Sequence[Fault],
    at: int,
    arguments: Sequence[object],
) -> list[Struck]:
    program = shutil.which("strace")
    if program is None:
        pytest.skip("strace is not installed: sudo apt-get install strace")
    probe = subprocess.run([program, "-qq", "-o", os.devnull, "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(f"this machine lets nobody trace: {probe.stderr.decode().strip()}")
    plan = folder / "plan.json"
    plan.write_text(json.dumps([(fault.call, fault.nth) for fault in faults]), encoding="utf-8")
    log = folder / "calls"
    # No --seccomp-bpf: with it, strace 6.1 counts nothing in a forked child.
    trace = ["-ff", "-q", "-ttt", "-o", str(log), "-e", f"trace={_names(CALLS)}"]
    done = subprocess.run(
        [program, *trace, *inject, *module(job, folder, at, *arguments)],
        cwd=REPOSITORY,
        # The forking program is not to write what Python compiled: these calls would count.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    ended = json.loads((folder / ENDED).read_text(encoding="utf-8"))
    return [
        Struck(
            fault,
            folder / fault.name,
            ended[fault.name][1],
            Path(f"{log}.{ended[fault.name][0]}").read_text(encoding="utf-8", errors="replace").splitlines(),
        )
        for fault in faults
    ]


def fork_for_each(
    folder: Path, at: int, prepare: Callable[[Path], object], work: Callable[[Path], int]
) -> None:
    """What a job does: a child for each fault of the plan, whose lines go to a file in a folder of its own.

    `prepare` makes that folder before the fork, with no call that counts; `work` is the child's, and gives its code.
    """
    running: dict[int, str] = {}
    ended: dict[str, tuple[int, int]] = {}
    for call, nth in json.loads((folder / "plan.json").read_text(encoding="utf-8")):
        fault = Fault(call, nth)
        (folder / fault.name).mkdir()
        prepare(folder / fault.name)
        if len(running) >= TAKE_TURNS:
            _wait_for_one(running, ended)
        pid = os.fork()
        if pid == 0:
            _be_struck(fault, at, folder / fault.name, work)
        running[pid] = fault.name
    while running:
        _wait_for_one(running, ended)
    (folder / ENDED).write_text(json.dumps(ended), encoding="utf-8")


def _wait_for_one(running: dict[int, str], ended: dict[str, tuple[int, int]]) -> None:
    pid, status = os.wait()
    ended[running.pop(pid)] = (pid, os.waitstatus_to_exitcode(status))


def _be_struck(fault: Fault, at: int, folder: Path, work: Callable[[Path], int]) -> NoReturn:
    code = 99
    try:
        said = os.open(folder / SAID, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for descriptor in (1, 2):
            os.dup2(said, descriptor)
        make_idle_calls(fault.call, at - fault.nth if fault.nth else 0)
        code = work(folder)
    except BaseException:  # noqa: BLE001 - the child must end here whatever happens
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def make_idle_calls(call: str, times: int) -> None:
    """Calls that change nothing, but count."""
    null = os.open(os.devnull, os.O_RDWR)
    nothing: dict[str, Callable[[], object]] = {
        "write": lambda: os.write(null, b""),
        "pwrite64": lambda: os.pwrite(null, b"", 0),
        "fdatasync": lambda: os.fdatasync(null),
        "fsync": lambda: os.fsync(null),
        "ftruncate": lambda: os.ftruncate(null, 0),
        "rename": lambda: os.rename("", ""),  # noqa: PTH104 - it need be no path
        "symlink": lambda: os.symlink("", ""),  # noqa: PTH211 - likewise
        "unlink": lambda: os.unlink(""),  # noqa: PTH108 - likewise
        "unlinkat": lambda: os.unlink("", dir_fd=null),
    }
    for _ in range(times):
        with suppress(OSError):
            nothing[call]()
    os.close(null)
