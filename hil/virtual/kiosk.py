"""A kiosk on the virtual bench: the program as it is, with the bench's time, in a process of its own.

It has no button and no sound: its guests touch the page. The network keeps its clock right, as everywhere in the bath.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from device.pins import Board
from device.wiring import CANNOT_START, World, settings_or_exit
from hil.virtual.clock import VirtualTime
from hil.virtual.pins import VirtualPins
from kiosk.main import Kiosk
from kiosk.settings import Settings


@click.command()
@click.option("--config", type=click.Path(path_type=Path), required=True)
@click.option("--clock", type=click.Path(path_type=Path), required=True)
@click.option("--boot", required=True, help="The name of this power-on.")
def main(config: Path, clock: Path, boot: str) -> None:
    """Run one kiosk on the bench."""
    settings = settings_or_exit(config, Settings)
    time = VirtualTime.attach(clock)
    pins = Board(settings.unit.data, VirtualPins().factory)
    world = World(time, boot, pins, built=None, network_time=time.wall)
    try:
        sys.exit(Kiosk(settings, world).run())
    except CANNOT_START as reason:
        click.echo(str(reason), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
