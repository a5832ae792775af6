"""`yukemuri-terminal doctor`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from device.clock import SystemTime
from device.doctor.commands import bundle_option, config_option, examined
from device.doctor.running import State
from device.wiring import json_option, real_world
from rules.checkup.check import Check, fail
from terminal.doctor.card import card_pdf
from terminal.doctor.door import DoorWalk, Installer
from terminal.doctor.examine import SERVICE, examine_bus
from terminal.settings import Settings

CONFIG = Path("/etc/yukemuri/bus.toml")
RUNS = "端末が動いていて、カメラやピンを使っています / the terminal runs, and uses camera and pins"
STOP_IT = "sudo systemctl stop yukemuri-terminal で止めてから、もう一度 / stop it by that command, then run this again"


@click.command("doctor")
@config_option(CONFIG)
@json_option
@bundle_option
@click.option(
    "--door",
    is_flag=True,
    help="取り付けの人と、扉の機器を一つずつ確かめる / walk through all that is at the door, one by one",
)
@click.option(
    "--card",
    type=click.Path(path_type=Path, dir_okay=False),
    help="--door で使う試験カードをPDFで書く / write the test card for --door as a PDF, and do nothing else",
)
def doctor_command(
    config: Path, bundle: Path | None, card: Path | None, *, as_json: bool, door: bool
) -> None:
    """この端末を診断する / Examine this bus: PASS, WARN or FAIL with what to do; exit 1 if anything fails.

    端末が動いていればその端末に聞き、動いていなければ数秒だけカメラとGPSを開く。 / A running terminal is asked; without
    one, camera and receiver are opened for some seconds.
    """
    if card is not None:
        _write_card(card)
        return
    code = examined(
        config,
        Settings,
        SERVICE,
        data_of=lambda settings: settings.unit.data,
        secrets_of=lambda settings: [settings.link.password],
        look=_at_the_door if door else _look,
        as_json=as_json,
        bundle=bundle,
    )
    sys.exit(code)


def _look(settings: Settings, state: State | None) -> list[Check]:
    return examine_bus(settings, real_world(settings.unit.data), state, SystemTime.wall())


def _at_the_door(settings: Settings, state: State | None) -> list[Check]:
    if state is not None:
        return [fail("door", RUNS, STOP_IT)]
    ask = partial(click.confirm, default=False, err=True)
    installer = Installer(partial(click.echo, err=True), ask)
    return DoorWalk(settings, real_world(settings.unit.data), installer).walk()


def _write_card(file: Path) -> None:
    try:
        file.write_bytes(card_pdf())
    except OSError as error:
        click.echo(
            f"{file} に書けません（{error.strerror}）。場所と空きを確かめてください / "
            f"{file} cannot be written ({error.strerror}): check where it is and the room there",
            err=True,
        )
        sys.exit(1)
    click.echo(f"100%で印刷してください / print it at 100 %: {file}")
