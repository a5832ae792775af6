"""F1: one bus after the other on one disk, each ended by a power cut at any moment."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.faults.children import child, module
from tests.faults.journal_check import breaches_of_a_copy, greens_in
from tests.faults.power import Disk

MOST_GREENS = 40
"""A life shows at most about so many green lamps before it is cut."""
MOST_S = 0.012
"""And then goes on for up to this long: a few commits, so that the cut falls anywhere within one."""


@dataclass
class Lives:
    """What one disk has seen: every lamp that was lit, what was wrong afterwards, and how long each start took.

    A bus is frozen outside of every system call. Where syncing is slow, that is hardly ever between a lamp and the next
    commit, unless its riders rest `rest_s` there.
    """

    disk: Disk
    scratch: Path
    dice: Random
    mutant: str = "none"
    rest_s: float = 0.0
    greens: list[str] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    epoch: str | None = None

    def cut(self, life: int) -> None:
        """Let a bus drive, cut its power, and see what the disk has kept."""
        command = module("bus", self.disk.data, life, "--rest", self.rest_s, "--mutant", self.mutant)
        with child(command, self.scratch / "errors") as bus:
            bus.wait_for(lambda lines: any(line.startswith("ready ") for line in lines))
            self.starts.append(time.monotonic() - bus.began)
            self.epoch = self.epoch or bus.lines[0].split()[1]
            enough = self.dice.randint(1, MOST_GREENS)
            bus.wait_for(lambda lines: len(greens_in(lines)) >= enough)
            time.sleep(self.dice.uniform(0, MOST_S))
            bus.freeze()
            self.disk.cut_power()
        others = [line for line in bus.lines[1:] if not line.startswith("green ")]
        self.breaches += [f"cut {life}: the bus said {line}" for line in others]
        self.greens += greens_in(bus.lines)
        self.disk.pull_out()
        self.disk.plug_in()
        self.breaches += [
            f"cut {life}: {breach}"
            for breach in breaches_of_a_copy(self.disk.data, self.scratch / "copy", self.greens, self.epoch)
        ]
