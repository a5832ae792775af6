"""Checks of the machine itself: warmth, power, versions, units, sound, page."""

from __future__ import annotations

import http.client
import math
import socket
import struct
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from device.player import FRAME_BYTES, RATE, Aplay, NoSound
from device.vitals import system_name, temperature_of, undervoltage_of
from rules.checkup.check import Check, fail, not_here, warn, well

if TYPE_CHECKING:
    from collections.abc import Sequence

    from device.doctor.running import State
    from device.pins import PinsUnavailableError

FIELD_UNITS = ("yukemuri-renew.timer", "yukemuri-update-boot.service", "yukemuri-update-settle.timer")
"""What buses and kiosks have beside their own, as `systemd/field` has them."""
HOT_C, TOO_HOT_C = 75.0, 85.0
"""A Raspberry Pi slows down at 80 to 85 °C."""
TOOL_S = 5.0
TONE_LOUDNESS = 12_000
UNDERVOLTAGE_NOW, UNDERVOLTAGE_BEFORE = 1 << 0, 1 << 16
SUPPLY = (
    "電源とケーブルを確かめてください（Pi 5 は 5 V 5 A、4 は 3 A、太く短い線） / "
    "check the supply and its cable (5 V and 5 A for a Pi 5, 3 A for a 4, short and thick)"
)


def asked(*command: str) -> str | None:
    """What a tool of the system prints; None where there is no such tool, or it does not answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TOOL_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip()


def warmth() -> Check:
    """The warmest place the kernel knows."""
    found = temperature_of()
    if found is None:
        return not_here("temperature", "温度計 / no thermometer")
    detail = f"{found:.1f} °C"
    remedy = "風通しと日除けを確かめてください / give it air and shade"
    if found >= TOO_HOT_C:
        return fail("temperature", detail, remedy)
    return warn("temperature", detail, remedy) if found >= HOT_C else well("temperature", detail)


def power() -> Check:
    """Whether the supply is or was too low since the machine was switched on (`vcgencmd get_throttled`)."""
    said = asked("vcgencmd", "get_throttled") or ""
    try:
        bits = int(said.partition("=")[2], 16)
    except ValueError:
        now = undervoltage_of()
        if now is None:
            return not_here("power", "電圧の監視 / nothing watches the voltage")
        bits = UNDERVOLTAGE_NOW if now else 0
    if bits & UNDERVOLTAGE_NOW:
        return fail("power", "いま電圧が足りません / the voltage is too low now", SUPPLY)
    if bits & UNDERVOLTAGE_BEFORE:
        detail = "起動後に電圧が足りないことがありました / the voltage was too low since the start"
        return warn("power", detail, SUPPLY)
    return well("power", "電圧は足りています / the voltage is right")


def versions(version: str, state: State | None) -> Check:
    """Of the program, the running one too, and of the system."""
    detail = f"{version}（{system_name()}） / {version}"
    if state is not None and state.told.version != version:
        return warn(
            "versions",
            f"動いているのは {state.told.version}、この命令は {version} / "
            f"{state.told.version} is running, this command is {version}",
            "サービスを再起動してください / restart the service",
        )
    return well("versions", detail)


def units(names: Sequence[str]) -> Check:
    """Whether systemd starts the machine by itself."""
    words = [(name, asked("systemctl", "is-enabled", name)) for name in names]
    if any(word is None or word == "" for _, word in words):
        if all(not word for _, word in words):
            return not_here("units", "systemdの登録 / systemd knows no such unit")
        words = [(name, word or "missing") for name, word in words]
    off = [f"{name}: {word}" for name, word in words if word not in ("enabled", "static", "alias")]
    if off:
        remedy = f"sudo systemctl enable --now {' '.join(names)} を実行してください / run that command"
        return fail("units", "、".join(off), remedy)
    return well("units", "、".join(names))


def update(place: Path = Path("/opt/yukemuri")) -> Check:
    """Which version is installed, and whether an update is still on trial; `place` is as the updater lays it."""
    try:
        current, trusted = (place / link for link in ("current", "trusted"))
        version, well_known = current.readlink().name, trusted.readlink().name
    except OSError:
        return not_here("update", "更新の仕組み / no versions side by side")
    if version != well_known:
        detail = f"{version} を見守り中、前は {well_known} / {version} is on trial, {well_known} before it"
        remedy = (
            "10分たっても同じなら yukemuri-provision update settle を実行してください / "
            "if it says so after ten minutes, run that command"
        )
        return warn("update", detail, remedy)
    return well("update", f"{version} が入っています / {version} is installed")


def pins(error: PinsUnavailableError) -> Check:
    """The pins cannot be opened."""
    remedy = "設定の [pins] と、gpio グループを確かめてください / check [pins], and the group gpio"
    return fail("pins", str(error), remedy)


def sound(device: str | None) -> Check:
    """A tenth of a second of silence, played."""
    if device is None:
        return not_here("sound", "[sound] の設定 / no [sound] in the settings")
    try:
        Aplay(device).play(bytes(FRAME_BYTES * RATE // 10)).end(TOOL_S)
    except NoSound as error:
        remedy = (
            "USBの線と、sound.device の名前（aplay -L）を確かめてください / "
            "check the card's plug, and sound.device against aplay -L"
        )
        return fail("sound", f"{device}: {error}", remedy)
    return well("sound", device)


def play_tone(device: str) -> None:
    """Half a second of 440 Hz on the left channel: the speaker at the door. A card that is gone was told before."""
    frames = bytearray()
    for at in range(RATE // 2):
        frames += struct.pack("<hh", int(TONE_LOUDNESS * math.sin(2 * math.pi * 440 * at / RATE)), 0)
    with suppress(NoSound):
        Aplay(device).play(bytes(frames)).end(TOOL_S)


def page(port: int, state: State | None, *, demo: bool) -> Check:
    """Whether the machine's page answers; where nothing runs, whether its port is free.

    On the bench (`demo`) a page that nobody looks at is no failure.
    """
    name, place = "screen", f"127.0.0.1:{port}"
    if state is None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                remedy = "それを止めるか、screen.port を変えてください / stop it, or change screen.port"
                return fail(
                    name, f"{place} は別のプログラムが使っています / another program uses {place}", remedy
                )
        return well(name, f"{place} は空いています。端末は動いていません / free; the machine is not running")
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TOOL_S)
        connection.request("GET", "/")
        answered = connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
        connection.close()
    except (OSError, http.client.HTTPException):
        answered = False
    if not answered:
        remedy = "サービスを再起動してください / restart the service"
        return fail(name, f"{place} は返事をしません / {place} does not answer", remedy)
    if state.told.page_draws is False:
        detail = "画面を映しているブラウザーがありません / no browser shows the page, or it stands still"
        if demo:
            return warn(name, detail, f"http://{place}/ を開いてください / open http://{place}/")
        remedy = (
            "sudo systemctl restart yukemuri-kiosk-screen を実行してください / "
            "start the browser anew by that command"
        )
        return fail(name, detail, remedy)
    return well(name, place)
