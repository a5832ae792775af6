"""`yukemuri-kiosk doctor`: what of a kiosk is looked at."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from device.clock import SystemTime
from device.doctor import body, connection, place, readers
from device.doctor.commands import (
    bundle_option,
    of_program,
    settings_or_checks,
    state_or_check,
    tell,
    withheld,
)
from device.doctor.listening import at_work, wait_until
from device.doctor.running import Told
from device.doctor.witness import Seen, Witness
from device.pins import PinsUnavailableError
from device.wiring import json_option, readers_of, real_world
from kiosk.button import CounterButton
from kiosk.facts import Fact
from kiosk.settings import Settings
from rules.checkup.check import Check, not_here, well

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from device.doctor.running import State
    from device.ports import Part
    from device.wiring import World
    from kiosk.ports import Snapshot

CONFIG = Path("/etc/yukemuri/kiosk.toml")
SERVICE = (
    "yukemuri-kiosk.service",
    "yukemuri-kiosk-screen.service",
    "yukemuri-kiosk-night.timer",
    "yukemuri-kiosk-heal.timer",
    *body.FIELD_UNITS,
)
LOOK_S = 5.0


def sensors_of(settings: Settings, world: World, report: Callable[[Fact], bool]) -> list[Part]:
    """What a kiosk hears by, not started yet."""
    pins = settings.pins
    buttons: list[Part] = [CounterButton(world.pins, pins.button, report)] if pins else []
    return [*readers_of(settings.camera, settings.scanner, report), *buttons]


def told_of(snapshot: Snapshot, draws: bool) -> Told:
    """What a running kiosk tells, by what its page shows."""
    return Told(
        version=snapshot.version,
        clock_known=snapshot.clock_known,
        queue=snapshot.waiting,
        link_up=snapshot.link_up,
        stopped=snapshot.stopped,
        page_draws=draws,
    )


def examine(settings: Settings, world: World, state: State | None, now: int) -> list[Check]:
    """All of one kiosk, at Unix second `now`. Where it does not run its camera is opened for some seconds."""
    unit, link = settings.unit, settings.link
    checks = [*place.data_folder(unit), place.identity(unit), *place.journal(unit, state, now)]
    checks.append(connection.clock(state, world.network_time()))
    checks += [connection.certificate(link, now), connection.broker(link, demo=unit.demo)]
    if state is not None:
        checks += [connection.office(state), *_sensor_checks(settings, state.facts)]
    else:
        checks += _listened(settings, world)
    sound = settings.sound.device if settings.sound else None
    checks += [
        body.sound(sound),
        body.page(settings.screen.port, state, demo=unit.demo),
        body.warmth(),
        body.power(),
    ]
    return checks


def _sensor_checks(settings: Settings, facts: Mapping[str, Seen]) -> list[Check]:
    reads = settings.camera is not None or settings.scanner is not None
    checks = [readers.camera(facts, is_set=reads)]
    if settings.pins is None:
        checks.append(not_here("buttons", "[pins] の設定 / no [pins] in the settings"))
    else:
        times = facts.get("ButtonPressed", readers.NOTHING).times
        checks.append(well("buttons", f"{times:,}回押されました / pressed {times:,} times"))
    return checks


def _listened(settings: Settings, world: World) -> list[Check]:
    witness = Witness[Fact](lambda _: True, SystemTime().monotonic)
    parts = sensors_of(settings, world, witness.report)

    def is_settled() -> bool:
        camera = witness.seen().get("CameraState")
        return not (settings.camera or settings.scanner) or (camera is not None and not camera.problem)

    try:
        with at_work(parts):
            wait_until(is_settled, LOOK_S)
            return _sensor_checks(settings, witness.seen())
    except PinsUnavailableError as error:
        return [body.pins(error)]


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
    """この端末を診断する / Examine this kiosk: PASS, WARN or FAIL with what to do; exit 1 if anything fails.

    端末が動いていればその端末に聞き、動いていなければ数秒だけカメラを開く。 / A running kiosk is asked; without one,
    its camera is opened for some seconds.
    """
    settings, checks = settings_or_checks(config, Settings)
    state = None
    if settings is not None:
        state, running = state_or_check(settings.unit.data, SERVICE)
        checks += running
    checks += of_program(version("yukemuri"), state, SERVICE)
    secrets: list[str] = []
    if settings is not None:
        secrets = [settings.link.password, settings.staff.pin]
        checks += examine(settings, real_world(settings.unit.data), state, SystemTime.wall())
    shown = settings.model_dump(mode="json") if settings else None
    checkup = withheld(checks, secrets)
    sys.exit(tell(checkup, as_json=as_json, bundle=bundle, settings=shown, service=SERVICE, secrets=secrets))
