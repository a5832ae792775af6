"""`yukemuri-provision`: what whoever makes and repairs the machines needs."""

from __future__ import annotations

import click

from provisioning.backup.commands import backup, restore


@click.group()
@click.version_option(package_name="yukemuri", message="%(prog)s %(version)s")
def cli() -> None:
    """ゆけむりの機械を作り、直す / Make and repair Yukemuri's machines."""


cli.add_command(backup)
cli.add_command(restore)
