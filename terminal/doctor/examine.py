"""What of a bus is looked at, and how each of its sensors is judged by what it reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from device.clock import SystemTime
from device.doctor import body, readers
from device.doctor.examine import Machine, examine, listened
from device.doctor.running import Told
from device.doctor.witness import Seen, Witness
from rules.checkup.check import Check, fail, not_here, warn, well
from rules.ride.locate import FRESH_S
from terminal.facts import Fact, Pressed
from terminal.sensors.all_sensors import sensors_of

if TYPE_CHECKING:
    from device.doctor.running import State
    from device.wiring import World
    from terminal.screen.snapshot import Snapshot
    from terminal.settings import Settings

SERVICE = ("yukemuri-terminal.service", "yukemuri-terminal-screen.service", *body.FIELD_UNITS)
LOOK_S = 8.0
"""So long the sensors of a bus that does not run are listened to: a receiver's speed is found by then."""


def told_of(snapshot: Snapshot, version: str) -> Told:
    """What a running bus tells, by what its driver's page shows."""
    return Told(
        version=version,
        clock_known=snapshot.clock not in ("", "--:--"),
        queue=snapshot.queue,
        link_up=snapshot.link_up,
        link=snapshot.link_problem,
        stopped=snapshot.fault,
    )


def examine_bus(settings: Settings, world: World, state: State | None, now: int) -> list[Check]:
    """All of one bus, at Unix second `now`. Where it does not run its sensors are opened for some seconds."""
    sound = settings.sound.device if settings.sound else None
    machine = Machine(settings.unit, settings.link, settings.screen.port, sound)

    def sensors(running: State | None) -> list[Check]:
        return sensor_checks(settings, running.facts) if running else _listened(settings, world)

    return examine(machine, world.network_time(), state, now, sensors)


def sensor_checks(settings: Settings, facts: Mapping[str, Seen]) -> list[Check]:
    """Each sensor that the settings name."""
    pins = settings.pins
    reads = settings.camera is not None or settings.scanner is not None
    return [
        readers.camera(facts, is_set=reads),
        gps(facts),
        _door(facts, is_set=pins.door is not None),
        _wheels(facts, is_set=pins.pulse is not None),
        _buttons(facts, is_set=bool(pins.buttons)),
    ]


def _listened(settings: Settings, world: World) -> list[Check]:
    witness = Witness[Fact](lambda _: True, SystemTime().monotonic)
    parts = sensors_of(settings, world, witness.report, lambda key: witness.note(Pressed(str(key))))
    return listened(
        parts,
        lambda: _all_heard(witness.seen()),
        LOOK_S,
        lambda: sensor_checks(settings, witness.seen()),
    )


def _all_heard(facts: Mapping[str, Seen]) -> bool:
    """Whether there is nothing more to wait for: pictures and fixes come."""
    camera, receiver = facts.get("CameraState"), facts.get("ReceiverState")
    settled = camera is not None and not camera.problem and receiver is not None and not receiver.problem
    return settled and "FixSeen" in facts


def gps(facts: Mapping[str, Seen]) -> Check:
    """Whether there are fixes, or why there are none."""
    state, fixes = facts.get("ReceiverState"), facts.get("FixSeen", readers.NOTHING)
    aerial = (
        "アンテナを空の見える所に置き、線を確かめてください。GPSなしでも運転士の画面で走れます / "
        "put the aerial where it sees the sky, check its cable; the bus runs by the driver's page meanwhile"
    )
    if state is None:
        return fail("gps", "受信機は何も言いません / the receiver has said nothing", aerial)
    if state.problem:
        return fail("gps", state.problem, aerial)
    if not fixes.times:
        detail = "受信機は動いていますが、まだ位置がありません / the receiver works and has no fix yet"
        return warn("gps", detail, aerial)
    ago = f"{fixes.seconds_ago:.0f}"
    detail = f"位置 {fixes.times:,}回、最後は{ago}秒前 / {fixes.times:,} fixes, the last {ago} s ago"
    if fixes.seconds_ago > FRESH_S:
        return warn("gps", detail, aerial)
    if state.note:
        return warn("gps", state.note, aerial)
    return well("gps", detail)


def _door(facts: Mapping[str, Seen], *, is_set: bool) -> Check:
    if not is_set:
        return not_here("door", "pins.door の設定 / no pins.door in the settings")
    seen = facts.get("DoorState")
    if seen is None:
        remedy = "接点の線と pins.door を確かめてください / check the contact's wire and pins.door"
        return fail("door", "接点は何も言いません / the contact has said nothing", remedy)
    stands = "開 / open" if seen.value else "閉 / closed"
    return well("door", f"{stands}（{seen.times - 1:,}回動きました / moved {seen.times - 1:,} times）")


def _wheels(facts: Mapping[str, Seen], *, is_set: bool) -> Check:
    if not is_set:
        return not_here("pulses", "pins.pulse の設定 / no pins.pulse in the settings")
    seen = facts.get("WheelsTurned")
    if seen is None:
        remedy = "車速パルスの線と pins.pulse を確かめてください / check the pulse's wire and pins.pulse"
        return fail("pulses", "数えていません / nothing is counted", remedy)
    return well("pulses", f"{seen.value:,.0f} m 数えました / {seen.value:,.0f} m counted")


def _buttons(facts: Mapping[str, Seen], *, is_set: bool) -> Check:
    if not is_set:
        return not_here("buttons", "ボタンの設定 / no buttons in the settings")
    times = facts.get("Pressed", readers.NOTHING).times
    return well("buttons", f"{times:,}回押されました / pressed {times:,} times")
