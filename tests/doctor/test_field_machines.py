"""`doctor` on a bus and on a kiosk: what is found, what to do, and that no secret is said."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from device.clock import SystemTime
from device.doctor import body, connection, place
from device.pins import Board
from device.sections import Link, Unit
from device.settings import load_settings
from device.wiring import World
from hil.virtual.camera import VirtualCamera
from hil.virtual.pins import VirtualPins
from hil.virtual.ports import free_port
from hil.virtual.receiver import VirtualReceiver
from kiosk.main import cli as kiosk_cli
from rules.checkup.check import Check, Checkup, Result
from terminal.doctor.examine import examine_bus
from terminal.main import VERSION, cli
from terminal.settings import Settings
from tests.device.test_link_tls import BUS, tls_broker
from tests.faults.authority import Authority
from tests.kiosk.test_commands import config as kiosk_config
from tests.kiosk.test_commands import running as running_kiosk
from tests.terminal.test_commands import Unit as BusFolder
from tests.terminal.test_commands import new_unit, on_virtual_pins, screen, wait_until

__all__ = ["kiosk_config"]
NOW = 1_790_000_000


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {each.name: each for each in checks}


def said(runner_output: str) -> dict[str, dict[str, str]]:
    """The checks of one JSON document on one line, by name."""
    assert runner_output.count("\n") == 1
    document = json.loads(runner_output)
    assert set(document) == {"checks", "ok"}
    assert document["ok"] is all(each["result"] != "FAIL" for each in document["checks"])
    return {each["name"]: each for each in document["checks"]}


@pytest.fixture
def bus(tmp_path: Path) -> BusFolder:
    return new_unit(tmp_path)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that stands before all others."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def tool(folder: Path, name: str, prints: str, code: int = 0) -> None:
    (folder / name).write_text(f"#!/bin/sh\ncat <<'END'\n{prints}\nEND\nexit {code}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def world_of(bus: BusFolder, pins: VirtualPins) -> World:
    return World(SystemTime(), "b00t", Board(bus.data, pins.factory), built=None)


# a bus that does not run


def test_a_bus_without_anything_plugged_in_is_told_what_is_missing_and_what_to_do(bus: BusFolder) -> None:
    result = CliRunner().invoke(cli, ["doctor", "--config", str(bus.config), "--json"])
    checks = said(result.stdout)
    assert result.exit_code == 1
    assert {"settings", "data-folder", "disk-room", "journal", "clock", "broker", "versions"} <= set(checks)
    assert checks["broker"]["result"] == "FAIL"
    assert checks["pins"]["result"] == "FAIL"
    for each in checks.values():
        if each["result"] != "PASS":
            assert " / " in each["remedy"], each


def test_with_camera_receiver_and_wires_a_bus_that_does_not_run_hears_them_all(bus: BusFolder) -> None:
    settings, pins = load_settings(bus.config, Settings), VirtualPins()
    assert settings.pins.door is not None
    assert settings.pins.pulse is not None
    pins.set_door(settings.pins.door, is_open=False)
    pins.drive(settings.pins.pulse, high=True)
    receiver = VirtualReceiver(Path(settings.gps.device), SystemTime())
    receiver.start()
    ending = threading.Event()

    def speak() -> None:
        while not ending.wait(0.3):
            receiver.say(35.6, 140.8, wall=time.time(), speed_mps=5.0)

    threading.Thread(target=speak, daemon=True).start()
    with VirtualCamera(bus.folder / "no-camera"):
        checks = by_name(examine_bus(settings, world_of(bus, pins), None, NOW))
    ending.set()
    receiver.stop()
    for name in ("camera", "gps", "door", "pulses", "screen", "identity"):
        assert checks[name].result is Result.PASS, checks[name]


def test_a_receiver_that_is_not_there_is_said_in_its_own_words(bus: BusFolder) -> None:
    settings, pins = load_settings(bus.config, Settings), VirtualPins()
    checks = by_name(examine_bus(settings, world_of(bus, pins), None, NOW))
    assert "not connected" in checks["gps"].detail
    assert checks["camera"].result is Result.FAIL


# a bus that runs


def test_a_running_bus_is_asked_and_goes_on(bus: BusFolder, repository: Path) -> None:
    with VirtualCamera(bus.folder / "no-camera"), on_virtual_pins(bus, repository) as program:
        wait_until(lambda: screen(bus) is not None, "the page is there")
        wait_until(lambda: "camera" in asked(bus) and asked(bus)["camera"]["result"] == "PASS", "it sees")
        checks = asked(bus)
        assert program.poll() is None
    assert "動いています" in checks["running"]["detail"]
    assert checks["journal"]["result"] == "PASS"
    assert checks["screen"]["result"] == "PASS"
    assert checks["door"]["result"] == "PASS"
    assert checks["office"]["result"] == "WARN"
    assert "not connected" in checks["gps"]["detail"]
    assert VERSION in checks["versions"]["detail"]


def asked(bus: BusFolder) -> dict[str, dict[str, str]]:
    return said(CliRunner().invoke(cli, ["doctor", "--config", str(bus.config), "--json"]).stdout)


def test_a_running_kiosk_is_asked(kiosk_config: Path) -> None:
    with running_kiosk(kiosk_config):
        result = CliRunner().invoke(kiosk_cli, ["doctor", "--config", str(kiosk_config), "--json"])
    checks = said(result.stdout)
    assert checks["journal"]["result"] == "PASS"
    assert checks["screen"]["result"] in ("PASS", "FAIL")
    assert checks["buttons"]["result"] == "PASS"


# settings, secrets, the bundle


def test_every_fault_of_the_settings_is_a_check_of_its_own(bus: BusFolder) -> None:
    text = bus.config.read_text().replace("green = 17", "green = 99").replace("issuer = 1", "isuer = 1")
    bus.config.write_text(text)
    result = CliRunner().invoke(cli, ["doctor", "--config", str(bus.config), "--json"])
    faults = [each for each in json.loads(result.stdout)["checks"] if each["name"] == "settings"]
    assert result.exit_code == 1
    assert len(faults) == 3


@pytest.mark.timeout(60)
def test_no_secret_leaves_by_the_output_or_by_the_bundle(tmp_path: Path, tools: Path) -> None:
    words = {
        "password": "hunter2-planted",
        "camera": "http://eye:wordplanted@127.0.0.1:9/video",
    }
    bus = new_unit(tmp_path, **words)
    key = (bus.data / "signing.key").read_text()
    planted = ("YP1:PLANTEDPLANTED1234567", "rider@example.jp", "e7f6b0f30d2f4f639d0e0d5a4a4b1c2d", key)
    tool(tools, "journalctl", "\n".join(f"2026-11-28 bus: said {word}" for word in planted))
    bundle = tmp_path / "bundle.zip"
    result = CliRunner().invoke(
        cli, ["doctor", "--config", str(bus.config), "--json", "--bundle", str(bundle)]
    )
    said(result.stdout)
    with zipfile.ZipFile(io.BytesIO(bundle.read_bytes())) as opened:
        texts = {name: opened.read(name).decode() for name in opened.namelist()}
    assert set(texts) == {"README.txt", "doctor.json", "settings.json", "versions.txt", "log.txt"}
    assert texts["log.txt"].count("2026-11-28 bus: said") == len(planted)
    everything = result.output + "".join(texts.values())
    for secret in (*planted, "hunter2", "wordplanted"):
        assert secret not in everything, secret


# where records are kept


def unit_at(folder: Path, *, demo: bool = False) -> Unit:
    return Unit(id="bus-001", village="ohkura", issuer=1, data=folder, demo=demo)


def test_a_folder_that_a_power_cut_empties_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(place, "file_system_of", lambda _: "tmpfs")
    assert by_name(place.data_folder(unit_at(tmp_path)))["data-folder"].result is Result.FAIL
    assert by_name(place.data_folder(unit_at(tmp_path, demo=True)))["data-folder"].result is Result.WARN
    monkeypatch.setattr(place, "file_system_of", lambda _: "ext4")
    assert by_name(place.data_folder(unit_at(tmp_path)))["data-folder"].result is Result.PASS
    assert by_name(place.data_folder(unit_at(tmp_path / "none")))["data-folder"].result is Result.FAIL


@pytest.mark.parametrize(("free", "result"), [(1, Result.FAIL), (150, Result.WARN), (5_000, Result.PASS)])
def test_a_disk_without_room_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, result: Result
) -> None:
    monkeypatch.setattr(place, "free_mb", lambda _: free)
    assert by_name(place.data_folder(unit_at(tmp_path)))["disk-room"].result is result


def test_a_damaged_journal_is_found_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(5_000))
    before = path.read_bytes()
    (check,) = place.journal(unit_at(tmp_path), None, NOW)
    assert check.result is Result.FAIL
    assert path.read_bytes() == before


# power


@pytest.mark.parametrize(
    ("bits", "result"),
    [("0x0", Result.PASS), ("0x50000", Result.WARN), ("0x50005", Result.FAIL), ("0x1", Result.FAIL)],
)
def test_too_little_voltage_now_is_a_failure_and_earlier_a_warning(
    tools: Path, bits: str, result: Result
) -> None:
    tool(tools, "vcgencmd", f"throttled={bits}")
    assert body.power().result is result


@pytest.mark.parametrize(("word", "result"), [("enabled", Result.PASS), ("disabled", Result.FAIL)])
def test_a_service_that_would_not_start_by_itself_is_a_failure(
    tools: Path, word: str, result: Result
) -> None:
    tool(tools, "systemctl", word)
    assert body.units(["yukemuri-terminal.service"]).result is result


# the broker


def link_at(port: int, authority: Authority | None = None) -> Link:
    if authority is None:
        return Link(host="127.0.0.1", port=port, username="x", password="y")
    tls = authority.tls(BUS)
    return Link(host="127.0.0.1", port=port, ca=tls.ca, certificate=tls.certificate, key=tls.key)


def test_a_broker_with_the_villages_certificate_is_well_and_a_strangers_is_not(tmp_path: Path) -> None:
    ours, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "stranger")
    with tls_broker(tmp_path, ours) as (_, port):
        assert connection.broker(link_at(port, ours), demo=False).result is Result.PASS
        refused = connection.broker(link_at(port, stranger), demo=False)
    assert refused.result is Result.FAIL
    assert "not believed" in refused.detail
    assert connection.broker(link_at(free_port(), ours), demo=False).result is Result.FAIL


def test_what_speaks_no_tls_is_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            caller, _ = server.accept()
            with caller:
                caller.recv(1_000)
                caller.sendall(b"\x20\x02\x00\x00 no TLS here")

        threading.Thread(target=answer, daemon=True).start()
        check = connection.broker(link_at(port, Authority(tmp_path)), demo=False)
    assert check.result is Result.FAIL
    assert "does not speak TLS" in check.detail


def test_a_machine_without_a_certificate_is_warned_that_it_is_not_encrypted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert connection.broker(link_at(port), demo=False).result is Result.WARN
        assert connection.broker(link_at(port), demo=True).result is Result.PASS


def test_a_bus_that_is_well_ends_with_0() -> None:
    assert Checkup((connection.clock(None, 1.0),)).exit_code == 0
