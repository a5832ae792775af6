"""A bus on the virtual bench: the terminal as it is, with the bench's time and pins instead of the world's.

It runs in a process of its own, so that it can be killed. A Unix socket ties it to the bench: it tells every change of
a lamp, in the thread that makes it, and hears how the door stands and how the bus drives.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from functools import partial
from pathlib import Path

import click

from device.pins import Board
from device.wiring import CANNOT_START, World, settings_or_exit
from hil.virtual.clock import VirtualTime
from hil.virtual.pins import VirtualPins
from hil.virtual.wheels import VirtualWheels
from terminal.main import Terminal
from terminal.settings import Settings


@click.command()
@click.option("--config", type=click.Path(path_type=Path), required=True)
@click.option("--clock", type=click.Path(path_type=Path), required=True)
@click.option("--boot", required=True, help="The name of this power-on.")
@click.option("--wires", type=click.Path(path_type=Path), required=True, help="The bench's socket.")
def main(config: Path, clock: Path, boot: str, wires: Path) -> None:
    """Run one bus on the bench."""
    settings = settings_or_exit(config, Settings)
    time, pins = VirtualTime.attach(clock), VirtualPins()
    bench = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bench.connect(str(wires))
    names = {"green": settings.pins.green, "yellow": settings.pins.yellow, "red": settings.pins.red}
    for name, pin in names.items():
        pins.on_change(pin, partial(_tell, bench, name))
    door, pulse, pulses_per_km = settings.pins.door, settings.pins.pulse, settings.pins.pulses_per_km
    wheels: VirtualWheels | None = None
    if door is not None:
        pins.set_door(door, is_open=False)
    if pulse is not None and pulses_per_km is not None:
        wheels = VirtualWheels(pins, pulse, pulses_per_km, time)
        wheels.start()
    threading.Thread(target=_hear, args=(bench, pins, door, wheels), name="wires", daemon=True).start()
    world = World(time, boot, Board(settings.unit.data, pins.factory), built=None)
    try:
        sys.exit(Terminal(settings, world).run())
    except CANNOT_START as reason:
        click.echo(str(reason), err=True)
        sys.exit(1)


def _tell(bench: socket.socket, lamp: str, high: bool) -> None:
    bench.sendall(json.dumps({"lamp": lamp, "lit": high}).encode() + b"\n")


def _hear(bench: socket.socket, pins: VirtualPins, door: int | None, wheels: VirtualWheels | None) -> None:
    with bench.makefile("rb") as lines:
        for line in lines:
            told = json.loads(line)
            if "door_open" in told and door is not None:
                pins.set_door(door, is_open=told["door_open"])
            if "drive" in told and wheels is not None:
                wheels.drive(*told["drive"])


if __name__ == "__main__":
    main()
