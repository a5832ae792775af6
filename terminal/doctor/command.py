"""`yukemuri-terminal doctor`."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import click

from device.clock import SystemTime
from device.doctor.commands import (
    bundle_option,
    of_program,
    settings_or_checks,
    state_or_check,
    tell,
    withheld,
)
from device.wiring import json_option, real_world
from terminal.doctor.examine import SERVICE, examine
from terminal.settings import Settings

CONFIG = Path("/etc/yukemuri/terminal.toml")


@click.command("doctor")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=CONFIG,
    show_default=True,
    help="設定ファイル / the settings file",
)
@json_option
@bundle_option
def doctor_command(config: Path, bundle: Path | None, *, as_json: bool) -> None:
    """この端末を診断する / Examine this bus: PASS, WARN or FAIL with what to do; exit 1 if anything fails.

    端末が動いていればその端末に聞き、動いていなければ数秒だけカメラとGPSを開く。 / A running terminal is asked; without
    one, camera and receiver are opened for some seconds.
    """
    settings, checks = settings_or_checks(config, Settings)
    state = None
    if settings is not None:
        state, running = state_or_check(settings.unit.data)
        checks += running
    checks += of_program(version("yukemuri"), state, SERVICE)
    secrets: list[str] = []
    if settings is not None:
        secrets = [settings.link.password]
        checks += examine(settings, real_world(settings.unit.data), state, SystemTime.wall())
    shown = settings.model_dump(mode="json") if settings else None
    sys.exit(tell(withheld(checks, secrets), as_json=as_json, bundle=bundle, settings=shown, service=SERVICE))
