"""`yukemuri-provision central`: into a root file system, twice, and only in words."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from provisioning.install.central import UNITS
from provisioning.main import cli

MOSQUITTO = Path("/lib/systemd/system/mosquitto.service")
NAMES = ("--web", "bus.example.jp", "--door", "units.example.jp")
RECIPIENT = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"


def central(root: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, ["central", *NAMES, "--root", str(root), *more])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """As Debian is before: the broker's own unit is there."""
    if os.geteuid() != 0:
        pytest.skip("making users and giving files to them takes root")
    if not (shutil.which("systemd-sysusers") and MOSQUITTO.exists()):
        pytest.skip("systemd or mosquitto is not installed")
    units = tmp_path / "root/usr/lib/systemd/system"
    units.mkdir(parents=True)
    shutil.copy(MOSQUITTO, units)
    return tmp_path / "root"


def everything(root: Path) -> dict[str, tuple[int, int, int, bytes]]:
    found = {}
    for path in sorted(root.rglob("*")):
        state = path.lstat()
        content = (
            str(path.readlink()).encode()
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else b""
        )
        found[str(path.relative_to(root))] = (
            stat.S_IMODE(state.st_mode),
            state.st_uid,
            state.st_gid,
            content,
        )
    return found


def uid_of(root: Path, user: str) -> tuple[int, str]:
    fields = next(
        line.split(":")
        for line in (root / "etc/passwd").read_text().splitlines()
        if line.startswith(f"{user}:")
    )
    return int(fields[2]), fields[6]


def test_a_bare_server_gets_its_user_folders_units_and_rights(root: Path) -> None:
    # What `init` has laid there as root.
    data = root / "var/lib/yukemuri"
    data.mkdir(parents=True)
    (data / "central.toml").write_text('village = "ohkura"\n')
    (data / "central.toml").chmod(0o600)
    done = central(root, "--recipient", RECIPIENT)
    assert done.exit_code == 0, done.output
    uid, shell = uid_of(root, "yukemuri")
    assert shell == "/usr/sbin/nologin"
    for path in (data, data / "central.toml"):
        assert path.stat().st_uid == uid
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((root / "etc/yukemuri/backup.env").stat().st_mode) == 0o600
    enabled = {path.name for path in (root / "etc/systemd/system").rglob("*.wants/*")}
    assert {*UNITS, "yukemuri-backup.service"} <= enabled
    assert (root / "etc/systemd/system.conf.d/yukemuri.conf").exists()
    analyze = ["systemd-analyze", "cat-config", f"--root={root}", "systemd/system.conf"]
    said = subprocess.run(analyze, capture_output=True, text=True, check=True).stdout
    assert "RuntimeWatchdogSec=14" in said


def test_again_it_changes_nothing(root: Path) -> None:
    assert central(root).exit_code == 0
    before = everything(root)
    again = central(root)
    assert again.exit_code == 0
    assert everything(root) == before
    assert "doing: /" not in again.output


def test_a_dry_run_says_what_it_would_do_and_does_none_of_it(root: Path) -> None:
    before = everything(root)
    said = central(root, "--dry-run")
    assert said.exit_code == 0
    assert everything(root) == before
    assert "/etc/systemd/system/yukemuri-central.service" in said.output
    assert "systemctl enable" in said.output


def test_a_unit_that_somebody_changed_is_put_right(root: Path) -> None:
    central(root)
    unit = root / "etc/systemd/system/yukemuri-central.service"
    right = unit.read_text()
    unit.write_text("[Service]\nUser=root\n")
    assert central(root).exit_code == 0
    assert unit.read_text() == right


def test_https_is_set_up_once_there_is_a_certificate_and_until_then_it_says_how_to_get_one(
    root: Path,
) -> None:
    said = central(root)
    assert "certbot" in said.output
    assert not (root / "etc/nginx").exists()
    live = root / "etc/letsencrypt/live/bus.example.jp"
    live.mkdir(parents=True)
    for name in ("fullchain.pem", "privkey.pem"):
        (live / name).touch()
    assert "certbot" not in central(root).output
    assert "units.example.jp 127.0.0.1" in (root / "etc/nginx/modules-enabled/90-yukemuri.conf").read_text()
    assert "server_name bus.example.jp" in (root / "etc/nginx/sites-enabled/yukemuri").read_text()


@pytest.mark.parametrize("name", ["Bus.example.jp", "bus", "bus.example.jp;", "a b.jp", "-a.jp", "$x.jp"])
def test_what_is_no_name_never_reaches_a_configuration(tmp_path: Path, name: str) -> None:
    arguments = ["central", "--web", name, "--door", "units.example.jp", "--root", str(tmp_path), "--dry-run"]
    assert CliRunner().invoke(cli, arguments).exit_code == 2
