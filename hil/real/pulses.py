"""Gives pulses on a pin of a real bench, from a process of its own, so that they come while the bus is held up."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from device.pins import Board


@click.command()
@click.argument("pin", type=int)
@click.argument("rate", type=float)
def main(pin: int, rate: float) -> None:
    """As many pulses on PIN as each line of the input says, RATE a second. Says "ready" once the line is high."""
    line, half = Board(Path.cwd()).lamp(pin), 0.5 / rate
    line.on()
    print("ready", flush=True)
    for count in sys.stdin:
        due = time.monotonic()
        for _ in range(int(count)):
            for switch in (line.off, line.on):
                switch()
                # Late, it goes on from now: a pulse pushed up to the next one would be chatter.
                due = max(due, time.monotonic() - half / 2) + half
                time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
