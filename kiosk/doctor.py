"""`yukemuri-kiosk doctor`: what of a kiosk is looked at."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from device.clock import SystemTime
from device.doctor import body, readers
from device.doctor.commands import bundle_option, config_option, examined
from device.doctor.examine import Machine, examine, listened
from device.doctor.running import Told
from device.doctor.witness import Seen, Witness
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


def examine_kiosk(settings: Settings, world: World, state: State | None, now: int) -> list[Check]:
    """All of one kiosk, at Unix second `now`. Where it does not run its camera is opened for some seconds."""
    sound = settings.sound.device if settings.sound else None
    machine = Machine(settings.unit, settings.link, settings.screen.port, sound)

    def sensors(running: State | None) -> list[Check]:
        return _sensor_checks(settings, running.facts) if running else _listened(settings, world)

    return examine(machine, world.network_time(), state, now, sensors)


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

    return listened(parts, is_settled, LOOK_S, lambda: _sensor_checks(settings, witness.seen()))


@click.command("doctor")
@config_option(CONFIG)
@json_option
@bundle_option
def doctor_command(config: Path, bundle: Path | None, *, as_json: bool) -> None:
    """この端末を診断する / Examine this kiosk: PASS, WARN or FAIL with what to do; exit 1 if anything fails.

    端末が動いていればその端末に聞き、動いていなければ数秒だけカメラを開く。 / A running kiosk is asked; without one,
    its camera is opened for some seconds.
    """
    code = examined(
        config,
        Settings,
        SERVICE,
        data_of=lambda settings: settings.unit.data,
        secrets_of=lambda settings: [settings.link.password, settings.staff.pin],
        look=_look,
        as_json=as_json,
        bundle=bundle,
    )
    sys.exit(code)


def _look(settings: Settings, state: State | None) -> list[Check]:
    return examine_kiosk(settings, real_world(settings.unit.data), state, SystemTime.wall())
