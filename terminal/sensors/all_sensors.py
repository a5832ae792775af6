"""Every sensor that a bus's settings name, wired to whoever wants to hear: its loop, or whoever examines it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device.wiring import World, readers_of
from terminal.sensors.buttons import Buttons
from terminal.sensors.door import Door
from terminal.sensors.gps import Gps
from terminal.sensors.wheels import Wheels

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.ports import Part, ReportCode
    from terminal.ports import Report
    from terminal.screen.keys import Key
    from terminal.sensors.recorder import Recorder
    from terminal.settings import Settings


def sensors_of(
    settings: Settings,
    world: World,
    report: Report,
    press: Callable[[Key], object],
    *,
    read: ReportCode | None = None,
    recorder: Recorder | None = None,
) -> list[Part]:
    """Not started yet. `read` hears the codes in place of `report`; `recorder` keeps what the receiver says."""
    gps, pins = settings.gps, settings.pins
    sensors: list[Part] = [
        *readers_of(settings.camera, settings.scanner, read or report),
        Gps(
            gps.device,
            gps.baud,
            world.time,
            report,
            proven=world.proven(settings.link.certificate),
            recorder=recorder,
        ),
    ]
    if pins.door is not None:
        sensors.append(Door(world.pins, pins.door, report))
    if pins.buttons:
        sensors.append(Buttons(world.pins, pins.buttons, press))
    if pins.pulse is not None and pins.pulses_per_km is not None:
        sensors.append(Wheels(world.pins, pins.pulse, pins.pulses_per_km, world.time, report))
    return sensors
