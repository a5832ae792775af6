"""A card's first start, in a root file system of this machine: from a fresh system to a bus that says it is ready."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from hil.virtual.ports import free_port
from provisioning.install.card import BOOKWORM
from provisioning.install.release import find_release
from provisioning.main import cli
from provisioning.update.place import CURRENT, TRUSTED, Place
from terminal.doctor.examine import SERVICE
from tests.faults.ears import ears_at, heard
from tests.provisioning.depot import Depot, ran, server_running
from tests.provisioning.raspberry import PARTITIONS, fakes_heard, inside, make_root, ran_inside, released
from tests.provisioning.test_card import card
from tests.tidy.tree import ROOT

PATIENCE_S = 60.0
# A whole machine is made, by real pip and real users.
pytestmark = pytest.mark.timeout(500)
SCRIPT = "/boot/firmware/yukemuri/first-boot.sh"
FIRST_RUN = "/boot/firmware/yukemuri/firstrun.sh"
VERSION = find_release().version
TRUSTED_PROVISION = "/opt/yukemuri/trusted/bin/yukemuri-provision"
SETTINGS = """\
[unit]
id = "bus-001"
village = "ohkura"
issuer = 6366
data = "/var/lib/yukemuri"

[gps]
device = "/dev/serial/by-id/none"

[camera]
source = "camera:0"

[pins]
green = 17
yellow = 27
red = 22
buzzer = 23
door = 24

[screen]
port = {port}
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Depot]:
    depot = Depot(tmp_path, free_port(), free_port(), free_port())
    (tmp_path / "stick").mkdir()
    said = ran(
        *("provision", "init", "--data", str(depot.data), "--village", "ohkura", "--name", "localhost"),
        *("--stick", str(tmp_path / "stick"), "--office-port", str(depot.office_port)),
        *("--broker", f"127.0.0.1:{depot.broker_port}", "--door", f"127.0.0.1:{depot.door_port}"),
    )
    assert said.returncode == 0, said.stderr
    with server_running(depot):
        yield depot


@pytest.fixture
def pi(tmp_path: Path, office: Depot) -> Path:
    """With its card in, as the command wrote it."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("a root file system of its own takes root")
    probe = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("no mount namespaces here")
    root = make_root(tmp_path / "pi")
    # pip and the program's user must be able to come here.
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    release, key_of_it = released(tmp_path)
    (tmp_path / "bus.toml").write_text(SETTINGS.format(port=free_port()))
    key = tmp_path / "key.pub"
    key.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM depot\n")
    boot = card(root / "boot/firmware", BOOKWORM)
    arguments = ["bundle", str(boot), "--kind", "bus", "--settings", str(tmp_path / "bus.toml")]
    arguments += [
        "--release",
        str(release),
        str(key_of_it),
        "--central",
        f"https://localhost:{office.door_port}",
        "--system",
        BOOKWORM,
    ]
    done = CliRunner().invoke(cli, [*arguments, "--ssh-key", str(key), "--code", office.code("bus-001")])
    assert done.exit_code == 0, done.output
    return root


def command_of(unit: str) -> tuple[str, list[str]]:
    """As whom and how the unit starts its program."""
    text = (ROOT / "systemd" / unit).read_text(encoding="utf-8")
    user = re.search(r"^User=(\S+)$", text, re.MULTILINE)
    command = re.search(r"^ExecStart=-?(.+)$", text, re.MULTILINE)
    assert command
    return user[1] if user else "root", command[1].split()


def versions_of(root: Path) -> dict[str, str]:
    place = Place(root / "opt/yukemuri")
    links = {link: place.version_at(link) or "" for link in (CURRENT, TRUSTED)}
    assert all(place.manifest_of(version) for version in links.values())
    return links | {"bin": str((place.folder / "bin").readlink())}


def test_a_fresh_card_becomes_a_bus_that_says_it_is_ready(pi: Path, tmp_path: Path) -> None:
    first = ran_inside(pi, "/bin/bash", FIRST_RUN)
    assert first.returncode == 0, first.stderr
    assert "systemd." not in (pi / "boot/firmware/cmdline.txt").read_text()
    assert (pi / "etc/systemd/system/multi-user.target.wants/yukemuri-first-boot.service").is_symlink()
    done = ran_inside(pi, "/bin/bash", SCRIPT)
    assert done.returncode == 0, done.stdout + done.stderr
    # Enrolled, by a code that is gone; its keys are its own user's.
    data = pi / "var/lib/yukemuri"
    assert not (pi / "boot/firmware/yukemuri/code").exists()
    assert not (pi / "boot/firmware/yukemuri/settings.toml").exists()
    uid = data.stat().st_uid
    for name in ("unit.pem", "signing.key"):
        assert (data / name).stat().st_uid == uid != 0
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    # The system before the records' partition, which is mounted and not covered; all else read-only from now on.
    heard_there = fakes_heard(pi)
    assert "sfdisk --no-reread --force -N 2 /dev/mmcblk0 <- , +" in heard_there
    assert (pi / "etc/overlayroot.local.conf").read_text() == 'overlayroot="tmpfs:recurse=0"\n'
    fstab = (pi / "etc/fstab").read_text()
    assert "LABEL=yukemuri-data /var/lib/yukemuri ext4" in fstab
    assert "LABEL=yukemuri-opt /opt/yukemuri ext4" in fstab
    assert re.search(r"/boot/firmware vfat defaults,ro ", fstab)
    assert heard_there[-1] == "update-initramfs -u"
    # Nobody signs in; ssh is off, and takes keys alone where it is on.
    wants = {path.name for path in (pi / "etc/systemd/system").rglob("*.wants/*")}
    assert {*SERVICE} <= wants
    assert not {"ssh.service", "yukemuri-first-boot.service"} & wants
    assert not (pi / "etc/systemd/system/yukemuri-first-boot.service").exists()
    for name in ("avahi-daemon.service", "avahi-daemon.socket"):
        assert (pi / "etc/systemd/system" / name).readlink() == Path("/dev/null")
    assert "PasswordAuthentication no" in (pi / "etc/ssh/sshd_config.d/yukemuri.conf").read_text()
    shadow = dict(line.split(":")[:2] for line in (pi / "etc/shadow").read_text().splitlines())
    assert all(shadow[user].startswith("!") for user in ("yukemuri", "yukemuri-screen", "depot"))
    assert (pi / "etc/localtime").readlink().match("*/Asia/Tokyo")
    assert "RuntimeWatchdogSec=14" in (pi / "etc/systemd/system.conf.d/yukemuri.conf").read_text()
    # Versions lie as the updater expects them, and it knows this one.
    assert versions_of(pi) == dict.fromkeys((CURRENT, TRUSTED), VERSION) | {"bin": "current/bin"}
    shutil.copy(tmp_path / "yukemuri.release", pi / "mnt.release")
    again = ran_inside(pi, *f"{TRUSTED_PROVISION} update take /mnt.release --json".split())
    assert json.loads(again.stdout)["outcome"] == "already", again.stdout + again.stderr
    for unit in ("boot", "settle"):
        run = ran_inside(pi, *command_of(f"field/yukemuri-update-{unit}.service")[1])
        assert run.returncode == 0, run.stderr
    # And the unit's own command, as the unit's user, comes to life.
    user, command = command_of("terminal/yukemuri-terminal.service")
    with ears_at(pi / "run/notify") as ears:
        (pi / "run/notify").chmod(0o777)
        env = ["env", "NOTIFY_SOCKET=/run/notify", "GPIOZERO_PIN_FACTORY=mock"]
        who = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        with (
            (tmp_path / "bus.log").open("w") as log,
            subprocess.Popen(inside(pi, *who, *env, *command), stderr=log) as program,
        ):
            try:
                assert "READY=1" in heard(ears, PATIENCE_S), (tmp_path / "bus.log").read_text()
                assert heard(ears, PATIENCE_S) == "WATCHDOG=1"
            finally:
                program.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("label", PARTITIONS)
def test_a_card_without_its_partitions_makes_no_machine(pi: Path, label: str) -> None:
    (pi / "var/card" / label).unlink()
    done = ran_inside(pi, "/bin/bash", SCRIPT)
    assert done.returncode == 1
    assert label in done.stderr
    assert not (pi / "opt/yukemuri").exists()
    assert not (pi / "etc/overlayroot.local.conf").exists()


def test_after_a_code_that_was_too_old_a_new_one_on_the_card_is_enough(pi: Path, office: Depot) -> None:
    code = pi / "boot/firmware/yukemuri/code"
    good = code.read_text()
    code.unlink()
    done = ran_inside(pi, "/bin/bash", SCRIPT)
    assert done.returncode == 1
    assert "yukemuri/code" in done.stderr
    assert not (pi / "etc/overlayroot.local.conf").exists()
    code.write_text(good)
    assert ran_inside(pi, "/bin/bash", FIRST_RUN).returncode == 0
    again = ran_inside(pi, "/bin/bash", SCRIPT)
    assert again.returncode == 0, again.stderr
    assert (pi / "etc/yukemuri/bus.toml").exists()
