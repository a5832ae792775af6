"""`yukemuri-provision central`: into a root file system, twice, and only in words."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from provisioning.install.central import BACKUP_UNIT, UNITS, Server, central_steps
from provisioning.install.front import Front
from provisioning.install.release import find_release
from provisioning.main import cli

MOSQUITTO = Path("/lib/systemd/system/mosquitto.service")
NAMES = ("--web", "bus.example.jp", "--door", "units.example.jp")
SETTINGS = 'village = "ohkura"\n# issuer = 1\n# [web]\n# address = "https://bus.example.jp"\n'
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


def test_without_the_backups_disk_everything_but_the_backup_is_started() -> None:
    def started(has_disk: bool) -> list[str]:
        front = Front("bus.example.jp", "units.example.jp", "/c", "/k")
        steps = central_steps(find_release(), Server(front, RECIPIENT, has_disk=has_disk), Path("/"))
        return [str(step) for step in steps if str(step).startswith("systemctl re")]

    assert BACKUP_UNIT in " ".join(started(has_disk=True))
    assert BACKUP_UNIT not in " ".join(started(has_disk=False))
    assert "systemctl reload-or-restart nginx.service" in started(has_disk=False)


def test_it_says_that_the_backups_wait_for_their_disk(root: Path) -> None:
    assert "/var/backups/yukemuri" in central(root, "--dry-run", "--recipient", RECIPIENT).output
    assert "/var/backups/yukemuri" not in central(root, "--dry-run").output


def test_whoever_may_not_look_into_the_data_is_told_what_would_be_done_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = Path.stat

    def stat_(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.name == "central.toml":
            raise PermissionError(13, "Permission denied", str(path))
        return looked(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat_)
    said = central(tmp_path, "--dry-run")
    assert said.exit_code == 0
    assert "systemctl enable" in said.output
    assert "sudo" in said.output.splitlines()[-1]


@pytest.mark.parametrize(
    ("settings", "lacks"),
    [
        (SETTINGS, {"issuer", "address"}),
        (f'{SETTINGS}[web]\naddress = "https://bus.example.jp"\n', {"issuer"}),
        (f"issuer = 1\n{SETTINGS}", {"address"}),
        (f'issuer = 1\n{SETTINGS}[web]\naddress = "https://other.example.jp"\n', {"address"}),
        (f'issuer = 1\n{SETTINGS}[web]\naddress = "https://bus.example.jp"\n', set()),
    ],
)
def test_it_says_which_of_the_offices_settings_still_lack(
    tmp_path: Path, settings: str, lacks: set[str]
) -> None:
    data = tmp_path / "var/lib/yukemuri"
    data.mkdir(parents=True)
    (data / "central.toml").write_text(settings)
    said = central(tmp_path, "--dry-run").output
    assert {word for word in ("issuer", "address") if f"{word} = " in said} == lacks


def test_settings_that_cannot_be_read_as_toml_are_named(tmp_path: Path) -> None:
    data = tmp_path / "var/lib/yukemuri"
    data.mkdir(parents=True)
    (data / "central.toml").write_text("issuer = 01\n")
    assert f"{data}/central.toml を直してください" in central(tmp_path, "--dry-run").output
