"""What of any field machine is looked at, and where among it its own sensors come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from device.doctor import body, connection, place
from device.doctor.listening import at_work, wait_until
from device.pins import PinsUnavailableError

if TYPE_CHECKING:
    from device.doctor.running import State
    from device.ports import Part
    from device.sections import Link, Unit
    from rules.checkup.check import Check


@dataclass(frozen=True, slots=True)
class Machine:
    """What the settings of every machine say. `page_port` is its page's, `sound` its sound card, None without one."""

    unit: Unit
    link: Link
    page_port: int
    sound: str | None


def examine(
    machine: Machine,
    network_time: float | None,
    state: State | None,
    now: int,
    sensors: Callable[[State | None], list[Check]],
) -> list[Check]:
    """All of one machine, at Unix second `now`; `state` is what it says where it runs."""
    unit, link = machine.unit, machine.link
    checks = [*place.data_folder(unit), place.identity(unit), *place.journal(unit, state, now)]
    checks.append(connection.clock(state, network_time))
    checks += [connection.certificate(link, now), connection.broker(link, demo=unit.demo)]
    if state is not None:
        checks.append(connection.office(state))
    checks += sensors(state)
    return [
        *checks,
        body.sound(machine.sound),
        body.page(machine.page_port, state, demo=unit.demo),
        body.warmth(),
        body.power(),
    ]


def listened(
    parts: Sequence[Part], is_settled: Callable[[], bool], seconds: float, judge: Callable[[], list[Check]]
) -> list[Check]:
    """What `judge` says of parts that were opened until it `is_settled`, or for so many seconds."""
    try:
        with at_work(parts):
            wait_until(is_settled, seconds)
            return judge()
    except PinsUnavailableError as error:
        return [body.pins(error)]
