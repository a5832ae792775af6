"""`doctor --door`: walks the installer through everything at the door, one thing after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from device.clock import SystemTime
from device.doctor import body, readers
from device.doctor.listening import at_work, wait_until
from device.doctor.witness import Seen, Witness
from device.facts import CodeSeen
from device.pins import Lamp, PinsUnavailableError
from rules.checkup.check import Check, fail, not_here, well
from terminal.doctor.card import CARD_TEXT
from terminal.doctor.examine import gps
from terminal.facts import Fact, Pressed
from terminal.screen.keys import Key
from terminal.sensors.all_sensors import sensors_of

if TYPE_CHECKING:
    from device.wiring import World
    from terminal.settings import Settings

PATIENCE_S = 60.0
"""So long each step waits for what the installer does."""
GPS_PATIENCE_S = 180.0
"""A receiver that was switched on cold needs so long under an open sky."""
LEAST_METRES = 5.0
LIT_S = 1.5


@dataclass(frozen=True, slots=True)
class Installer:
    """Who walks: `tell` shows one line, `ask` one question that is answered by yes or no."""

    tell: Callable[[str], object]
    ask: Callable[[str], bool]
    patience_s: float = PATIENCE_S
    gps_patience_s: float = GPS_PATIENCE_S


class DoorWalk:
    """One bus whose terminal does not run."""

    def __init__(self, settings: Settings, world: World, installer: Installer) -> None:
        self._settings = settings
        self._world = world
        self._installer = installer
        self._codes: set[bytes] = set()
        self._witness = Witness[Fact](self._hear, SystemTime().monotonic)

    def walk(self) -> list[Check]:
        """Every step, also after one that failed."""
        parts = sensors_of(
            self._settings,
            self._world,
            self._witness.report,
            lambda key: self._witness.note(Pressed(str(key))),
        )
        steps = (
            self._camera,
            self._lamps,
            self._sound,
            self._gps,
            self._door,
            self._pulses,
            self._buttons,
        )
        try:
            with at_work(parts):
                return [check for step in steps for check in step()]
        except PinsUnavailableError as error:
            return [body.pins(error)]

    def _hear(self, fact: Fact) -> bool:
        if isinstance(fact, CodeSeen):
            self._codes.add(fact.data)
        return True

    def _wait(self, words: str, holds: Callable[[], bool], seconds: float | None = None) -> bool:
        self._installer.tell(words)
        return wait_until(holds, self._installer.patience_s if seconds is None else seconds)

    def _seen(self, name: str) -> Seen:
        return self._witness.seen().get(name, readers.NOTHING)

    def _camera(self) -> list[Check]:
        words = (
            "試験カードを、扉のカメラの前 10〜15cm に持ってください / "
            "Hold the test card 10 to 15 cm before the door's camera"
        )
        if self._wait(words, lambda: CARD_TEXT.encode() in self._codes):
            return [well("camera", "試験カードを読みました / the test card was read")]
        problem = self._seen("CameraState").problem
        remedy = (
            "線、camera.source、焦点（focus か distance_cm）、明るさを確かめてください / "
            "check the cable, camera.source, its focus (focus or distance_cm) and the light"
        )
        detail = problem or "試験カードを読めません / the test card was not read"
        return [fail("camera", detail, remedy)]

    def _lamps(self) -> list[Check]:
        pins, board = self._settings.pins, self._world.pins
        checks = []
        for name, japanese, pin in (
            ("green", "緑", pins.green),
            ("yellow", "黄", pins.yellow),
            ("red", "赤", pins.red),
        ):
            lamp = board.lamp(pin)
            words = f"{japanese}のランプだけが点いていますか / Is the {name} lamp alone lit"
            checks.append(self._shown(lamp, f"lamp-{name}", words, f"pins.{name}"))
        buzzer = board.buzzer(pins.buzzer)
        buzzer.on()
        SystemTime().sleep(min(LIT_S, self._installer.patience_s))
        buzzer.off()
        heard = self._installer.ask("ブザーが鳴りましたか / Did the buzzer sound")
        checks.append(_answered("buzzer", heard, "pins.buzzer"))
        buzzer.close()
        return checks

    def _shown(self, lamp: Lamp, name: str, words: str, setting: str) -> Check:
        lamp.on()
        is_right = self._installer.ask(words)
        lamp.off()
        lamp.close()
        return _answered(name, is_right, setting)

    def _sound(self) -> list[Check]:
        sound = self._settings.sound
        check = body.sound(sound.device if sound else None)
        if sound is None or check.remedy:
            return [check]
        body.play_tone(sound.device)
        heard = self._installer.ask(
            "扉のスピーカー（左）から音がしましたか / Did the door's speaker (left) sound"
        )
        return [_answered("sound", heard, "sound.device")]

    def _gps(self) -> list[Check]:
        words = "GPSを待っています。空の見える所に置いてください / Waiting for GPS: where it sees the sky"
        self._wait(words, lambda: bool(self._seen("FixSeen").times), self._installer.gps_patience_s)
        return [gps(self._witness.seen())]

    def _door(self) -> list[Check]:
        if self._settings.pins.door is None:
            return [not_here("door", "pins.door の設定 / no pins.door in the settings")]
        before = self._seen("DoorState").times
        # The contact says how it stands at the start, so that is heard before anything moves.
        is_open = bool(self._seen("DoorState").value)
        first, second = (
            ("閉めて / close", "開けて / open") if is_open else ("開けて / open", "閉めて / close")
        )
        for number, what in enumerate((first, second), 1):
            words = f"扉を{what} the door"
            if not self._wait(words, partial(self._moved, before + number)):
                remedy = (
                    "接点の位置と線、pins.door を確かめてください / check its place, its wire and pins.door"
                )
                return [fail("door", "動きが届きません / no movement was seen", remedy)]
        if bool(self._seen("DoorState").value) is not is_open:
            remedy = "接点が細かく震えています。磁石を近づけてください / it chatters: bring the magnet nearer"
            return [fail("door", "開閉が合いません / open and closed do not agree", remedy)]
        return [well("door", "開閉が届きました / opening and closing were seen")]

    def _moved(self, times: int) -> bool:
        return self._seen("DoorState").times >= times

    def _pulses(self) -> list[Check]:
        if self._settings.pins.pulse is None:
            return [not_here("pulses", "pins.pulse の設定 / no pins.pulse in the settings")]
        begun = self._seen("WheelsTurned").value
        words = "バスを10mほどゆっくり動かしてください / Drive the bus slowly for 10 m or so"
        if self._wait(words, lambda: self._seen("WheelsTurned").value - begun >= LEAST_METRES):
            metres = self._seen("WheelsTurned").value - begun
            return [well("pulses", f"{metres:.0f} m 数えました / {metres:.0f} m counted")]
        remedy = (
            "線、分圧、pins.pulse と pulses_per_km を確かめてください / "
            "check the wire, its divider, pins.pulse and pulses_per_km"
        )
        return [fail("pulses", "数えていません / nothing was counted", remedy)]

    def _buttons(self) -> list[Check]:
        if not self._settings.pins.buttons:
            return [not_here("buttons", "ボタンの設定 / no buttons in the settings")]
        begun, wanted = self._seen("Pressed").times, len(Key)
        words = (
            "運転士のボタンを四つとも一度ずつ押してください / Press each of the driver's four buttons once"
        )
        if self._wait(words, lambda: self._seen("Pressed").times - begun >= wanted):
            return [well("buttons", "四つとも届きました / all four were heard")]
        heard = self._seen("Pressed").times - begun
        remedy = "届かないボタンの線とピンを確かめてください / check the wires and pins of the others"
        return [fail("buttons", f"{heard}回だけ届きました / only {heard} presses were heard", remedy)]


def _answered(name: str, is_right: bool, setting: str) -> Check:
    if is_right:
        return well(name, "確かめました / seen and heard")
    return fail(
        name,
        "確かめられませんでした / not seen or heard",
        f"線と {setting} を確かめてください / check the wire and {setting}",
    )
