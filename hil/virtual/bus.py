"""A bus on the virtual bench: the terminal as it is, with the bench's time and pins instead of the world's.

It runs in a process of its own, so that it can be killed. A Unix socket ties it to the bench: it tells every change of
a lamp, in the thread that makes it, and hears how the door stands.
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
from hil.virtual.clock import VirtualTime
from hil.virtual.pins import VirtualPins
from terminal.main import CANNOT_START, Terminal, World, settings_or_exit


@click.command()
@click.option("--config", type=click.Path(path_type=Path), required=True)
@click.option("--clock", type=click.Path(path_type=Path), required=True)
@click.option("--boot", required=True, help="The name of this power-on.")
@click.option("--wires", type=click.Path(path_type=Path), required=True, help="The bench's socket.")
def main(config: Path, clock: Path, boot: str, wires: Path) -> None:
    """Run one bus on the bench."""
    settings = settings_or_exit(config)
    pins = VirtualPins()
    bench = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bench.connect(str(wires))
    names = {"green": settings.pins.green, "yellow": settings.pins.yellow, "red": settings.pins.red}
    for name, pin in names.items():
        pins.on_change(pin, partial(_tell, bench, name))
    door = settings.pins.door
    if door is not None:
        pins.set_door(door, is_open=False)
        threading.Thread(target=_move_door, args=(bench, pins, door), name="wires", daemon=True).start()
    world = World(VirtualTime.attach(clock), boot, Board(settings.unit.data, pins.factory), built=None)
    try:
        sys.exit(Terminal(settings, world).run())
    except CANNOT_START as reason:
        click.echo(str(reason), err=True)
        sys.exit(1)


def _tell(bench: socket.socket, lamp: str, high: bool) -> None:
    bench.sendall(json.dumps({"lamp": lamp, "lit": high}).encode() + b"\n")


def _move_door(bench: socket.socket, pins: VirtualPins, pin: int) -> None:
    with bench.makefile("rb") as lines:
        for line in lines:
            pins.set_door(pin, is_open=json.loads(line)["door_open"])


if __name__ == "__main__":
    main()
