"""The office's server on the virtual bench: as it is, but by the bench's clock."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from time import time as wall

import click

from central.devices.data_folder import open_office
from central.main import LOG_FORMAT, serve
from central.settings import load
from hil.lan.listener import beside
from hil.virtual.clock import VirtualTime


@click.command()
@click.option("--config", type=click.Path(path_type=Path), required=True)
@click.option("--clock", type=click.Path(path_type=Path), required=True)
@click.option("--lan", nargs=4, help="Serve HTTPS there too: address, port, certificate, key.")
def main(config: Path, clock: Path, lan: tuple[str, str, str, str] | None) -> None:
    """Run central on the bench."""
    https = beside(lan[0], int(lan[1]), Path(lan[2]), Path(lan[3])) if lan else None
    settings = load(config)
    time = VirtualTime.attach(clock)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=LOG_FORMAT)

    def now() -> int:
        return int(time.wall())

    office = open_office(settings.data, now())
    try:
        # Whoever looks at the bench is signed in for real hours, however fast its buses drive.
        serve(settings, office, now, lambda: int(wall()), https)
    finally:
        office.database.close()


if __name__ == "__main__":
    main()
