"""Central's inbox as a program of its own: for another network namespace, and to be killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from central.devices.data_folder import open_office
from tests.central.office import NOW
from tests.faults.failpoints import Failpoint
from tests.faults.scale import until
from tests.faults.village import listening
from tests.tidy.tree import ROOT


@contextmanager
def central_program(
    data: Path, port: int, password: str, point: str = "", inside: Sequence[str] = ()
) -> Iterator[subprocess.Popen[str]]:
    """Running from when it hears machines, on a data folder that is there already; killed at the end.

    With a `point` of `failpoints` it dies there.
    """
    program = [sys.executable, "-m", "tests.faults.central_program"]
    command = [*inside, *program, str(data), str(port), password, point]
    with (
        data.with_suffix(".log").open("ab") as log,
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def serve(data: str, port: str, password: str, point: str = "") -> None:
    """Until its standard input ends, or until it dies at the failpoint."""
    Failpoint(point).set_up()
    office = open_office(Path(data), NOW)
    with listening(office, int(port), password) as central:
        until(central.listener.hears, "the broker has granted what the inbox wants to hear")
        print("ready", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve(*sys.argv[1:])
