"""The units under systemd/: hardened as far as security asks, and naming only what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from click import Context, Group

from central.doctor import commands as central_doctor
from central.main import cli as central
from kiosk import doctor as kiosk_doctor
from kiosk.main import cli as kiosk
from provisioning.main import cli as provision
from terminal.doctor import command as terminal_doctor
from terminal.main import cli as terminal
from tests.tidy.tree import ROOT

UNITS = sorted((ROOT / "systemd").glob("*/*.service"))
TIMERS = sorted((ROOT / "systemd").glob("*/*.timer"))
DROP_INS = sorted((ROOT / "systemd").glob("*/*.service.d/*.conf"))
MOST_EXPOSED = 20
"""In tenths, as systemd-analyze counts: a bare unit scores over 9."""
MOST_SILENT_S = 14
"""A Pi's own watchdog counts to 15 seconds."""
GROUPS: dict[str, Group] = {
    "yukemuri-central": central,
    "yukemuri-kiosk": kiosk,
    "yukemuri-provision": provision,
    "yukemuri-terminal": terminal,
}
SCREENS = ("yukemuri-kiosk-screen", "yukemuri-terminal-screen")
UPDATES = ("yukemuri-update-boot", "yukemuri-update-settle")
MACHINES = ("yukemuri-kiosk", "yukemuri-terminal")
LOCKS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        [
            "AmbientCapabilities=",
            "DevicePolicy=closed",
            "KeyringMode=private",
            "LockPersonality=yes",
            "NoNewPrivileges=yes",
            "PrivateMounts=yes",
            "PrivateTmp=yes",
            "ProtectClock=yes",
            "ProtectControlGroups=yes",
            "ProtectHome=yes",
            "ProtectHostname=yes",
            "ProtectKernelLogs=yes",
            "ProtectKernelModules=yes",
            "ProtectKernelTunables=yes",
            "ProtectSystem=strict",
            "RemoveIPC=yes",
            "RestrictRealtime=yes",
            "RestrictSUIDSGID=yes",
            "SystemCallArchitectures=native",
        ],
        (),
    ),
    "CapabilityBoundingSet=": ("yukemuri-update-settle",),
    "User=yukemuri": (*SCREENS, *UPDATES),
    "ProtectProc=invisible": UPDATES,
    "UMask=0077": UPDATES,
    # A browser compiles, and shuts its pages in.
    "MemoryDenyWriteExecute=yes": SCREENS,
    "RestrictNamespaces=yes": SCREENS,
    "SystemCallFilter=@system-service": SCREENS,
    "SystemCallFilter=~@privileged @resources": SCREENS,
    "PrivateDevices=yes": (*SCREENS, *MACHINES),
    "PrivateNetwork=yes": (*SCREENS, *MACHINES, "yukemuri-central", "yukemuri-renew", "mosquitto"),
}
"""Each by the units that go without it. With 2.0 allowed most units have room for one to be lost unseen."""
OPENED = {
    "video": ("video4linux",),
    "audio": ("alsa",),
    "gpio": ("gpiochip",),
    "dialout": ("ttyACM", "ttyUSB"),
    "input": ("input",),
}
"""What the settings of every machine offer: camera, sound, pins, a scanner on a serial port or as a keyboard."""
NOTIFYING = ("yukemuri-central", "yukemuri-kiosk", "yukemuri-terminal")


def exposed(unit: str, *where: str) -> subprocess.CompletedProcess[str]:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    command = [analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", *where]
    return subprocess.run([*command, unit], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_exposed_no_further_than_allowed(unit: Path) -> None:
    done = exposed(str(unit))
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("unit", [*UNITS, *DROP_INS], ids=lambda unit: unit.name)
def test_a_unit_has_every_lock_but_those_that_it_is_known_to_go_without(unit: Path) -> None:
    name = unit.parent.name.partition(".")[0] if unit in DROP_INS else unit.stem
    has = set(unit.read_text(encoding="utf-8").splitlines()) & LOCKS.keys()
    assert LOCKS.keys() - has == {lock for lock, without in LOCKS.items() if name in without}


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_may_open_whatever_its_settings_offer(machine: str) -> None:
    (unit,) = (each.read_text(encoding="utf-8") for each in UNITS if each.stem == machine)
    groups = re.findall(r"^SupplementaryGroups=(.*)$", unit, re.MULTILINE)
    assert set(OPENED) <= set(groups[0].split())
    assert {kind for kinds in OPENED.values() for kind in kinds} <= set(
        re.findall(r"^DeviceAllow=char-(\w+) rw$", unit, re.MULTILINE)
    )


@pytest.mark.parametrize("drop_in", DROP_INS, ids=lambda drop_in: drop_in.parent.name)
def test_the_distributions_own_unit_is_no_more_exposed_with_what_is_dropped_in(
    drop_in: Path, tmp_path: Path
) -> None:
    own = Path("/lib/systemd/system") / drop_in.parent.name.removesuffix(".d")
    if not own.exists():
        pytest.skip(f"{own.stem} is not installed")
    system = tmp_path / "etc/systemd/system"
    shutil.copytree(drop_in.parent, system / drop_in.parent.name)
    shutil.copy(own, system)
    done = exposed(own.name, f"--root={tmp_path}")
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_commands_that_there_are(unit: Path) -> None:
    for program, words in re.findall(
        r"/opt/yukemuri/(?:bin|trusted/bin)/(\S+) (.*)", unit.read_text(encoding="utf-8")
    ):
        command: object = GROUPS[program]
        for word in words.split():
            if not isinstance(command, Group):
                break
            assert word in command.list_commands(Context(command))
            command = command.commands[word]
        assert not isinstance(command, Group)


@pytest.mark.parametrize(
    "doctor", [central_doctor, kiosk_doctor, terminal_doctor], ids=lambda each: each.__name__
)
def test_a_doctor_looks_at_the_settings_and_the_units_that_are_installed(doctor: ModuleType) -> None:
    names = [doctor.SERVICE] if isinstance(doctor.SERVICE, str) else doctor.SERVICE
    units = {unit.name: unit for unit in (*UNITS, *TIMERS)}
    assert f"run --config {doctor.CONFIG}\n" in units[names[0]].read_text(encoding="utf-8")
    assert all("[Install]" in units[name].read_text(encoding="utf-8") for name in names)


@pytest.mark.parametrize("timer", TIMERS, ids=lambda timer: timer.name)
def test_a_timer_has_its_unit(timer: Path) -> None:
    assert timer.with_suffix(".service") in UNITS


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_who_asks_the_kiosk_is_its_own_user_and_needs_no_right_of_roots(unit: Path) -> None:
    """Its socket opens to that user alone: a root whose rights the unit takes away is not answered."""
    lines = unit.read_text(encoding="utf-8").splitlines()
    if any("bin/yukemuri-kiosk screen" in line for line in lines):
        assert {"User=yukemuri", "CapabilityBoundingSet=", "AmbientCapabilities="} <= set(lines)
        assert not any(re.match(r"Exec\w+=\W*[+!].*/bin/yukemuri", line) for line in lines)


@pytest.mark.parametrize("name", NOTIFYING)
def test_a_program_that_says_that_it_lives_is_started_anew_once_it_is_silent(name: str) -> None:
    (unit,) = [unit for unit in UNITS if unit.stem == name]
    text = unit.read_text(encoding="utf-8")
    assert re.search(r"^Type=notify$", text, re.MULTILINE)
    assert re.search(r"^WatchdogSec=\d+$", text, re.MULTILINE)
    assert re.search(r"^Restart=always$", text, re.MULTILINE)


def test_the_machines_own_watchdog_is_one_that_a_pi_can_count_to() -> None:
    text = (ROOT / "systemd/field/watchdog.conf").read_text(encoding="utf-8")
    found = re.search(r"^RuntimeWatchdogSec=(\d+)$", text, re.MULTILINE)
    assert found and int(found[1]) <= MOST_SILENT_S


def test_the_server_and_its_broker_are_one_user_in_one_user_namespace() -> None:
    """Otherwise no revoked machine is put out: the signal does not arrive (seen with hidepid and unshare -U)."""
    for part in ("yukemuri-central.service", "mosquitto.service.d/yukemuri.conf"):
        lines = (ROOT / "systemd/central" / part).read_text(encoding="utf-8").splitlines()
        assert "User=yukemuri" in lines
        assert not any(line.startswith("PrivateUsers=") for line in lines)
