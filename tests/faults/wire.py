"""Two network namespaces with one wire between them, which can be cut, made lossy and made thin. Needs root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import pytest

OFFICE_ADDRESS, BUS_ADDRESS = "10.213.0.1", "10.213.0.2"
PORT = "wire"
_numbers = count()


@dataclass(frozen=True)
class Wire:
    """The names of the two namespaces."""

    office: str
    bus: str

    def cut(self) -> None:
        """Whatever goes in, nothing comes out, and nobody is told."""
        self._rule("drop")

    def lose(self, percent: int) -> None:
        """So many packets of a hundred are lost, in either direction."""
        self._rule(f"numgen random mod 100 < {percent} drop")

    def thin(self, kilobits: int) -> None:
        """No more than so many kilobits a second, in either direction."""
        for end in (self.office, self.bus):
            limit = ["rate", f"{kilobits}kbit", "burst", "4kb", "latency", "1s"]
            run(*inside(end), "tc", "qdisc", "replace", "dev", PORT, "root", "tbf", *limit)

    def mend(self) -> None:
        """As new."""
        for end in (self.office, self.bus):
            run(*inside(end), "nft", "flush", "chain", "inet", "faults", "arriving")

    def dropped(self) -> int:
        """Packets that were lost since the wire was last mended."""
        said = "".join(run(*inside(end), "nft", "list", "ruleset") for end in (self.office, self.bus))
        words = said.split()
        return sum(int(words[at + 1]) for at, word in enumerate(words) if word == "packets")

    def _rule(self, what: str) -> None:
        # Where packets arrive: a sender must not be told by its own machine that one was dropped.
        self.mend()
        chance, _, verdict = what.rpartition(" ")
        for end in (self.office, self.bus):
            rule = f"add rule inet faults arriving iifname {PORT} {chance} counter {verdict}"
            run(*inside(end), "nft", rule)


def inside(namespace: str) -> list[str]:
    """What begins a command that is to run in it."""
    return ["ip", "netns", "exec", namespace]


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


@contextmanager
def wire() -> Iterator[Wire]:
    """One between two fresh namespaces. Skips the test where this cannot be had."""
    missing = [tool for tool in ("ip", "nft", "tc") if shutil.which(tool) is None]
    if os.geteuid() or missing:
        pytest.skip(f"needs root, iproute2 and nftables (missing: {', '.join(missing) or 'root'})")
    number = f"{os.getpid()}-{next(_numbers)}"
    made = Wire(f"office-{number}", f"bus-{number}")
    try:
        _lay(made)
        yield made
    finally:
        for end in (made.office, made.bus):
            subprocess.run(["ip", "netns", "del", end], capture_output=True, check=False, timeout=30)


def _lay(made: Wire) -> None:
    ends = {made.office: OFFICE_ADDRESS, made.bus: BUS_ADDRESS}
    for end in ends:
        added = subprocess.run(["ip", "netns", "add", end], capture_output=True, text=True, check=False)
        if added.returncode:
            pytest.skip(f"this machine lets nobody make network namespaces: {added.stderr.strip()}")
    # Made inside, so that the machine's own network never sees it.
    run("ip", "-n", made.office, "link", "add", PORT, "type", "veth", "peer", "name", PORT, "netns", made.bus)
    for end, address in ends.items():
        run("ip", "-n", end, "addr", "add", f"{address}/24", "dev", PORT)
        for port in ("lo", PORT):
            run("ip", "-n", end, "link", "set", port, "up")
        run(*inside(end), "nft", "add table inet faults")
        run(*inside(end), "nft", "add chain inet faults arriving { type filter hook input priority 0; }")
