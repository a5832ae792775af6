"""The office's server, from a bare Debian to running units: what has to be done, in order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from provisioning.install.front import Front, front_files
from provisioning.install.release import Release
from provisioning.install.steps import PRIVATE, File, Link, Run, Step
from provisioning.update.place import BIN, CURRENT, VERSIONS

PROGRAM, DATA, SETTINGS = "/opt/yukemuri", "/var/lib/yukemuri", "/var/lib/yukemuri/central.toml"
PACKAGES = ("mosquitto", "nginx", "libnginx-mod-stream", "python3-venv", "ca-certificates")
UNITS = (
    "mosquitto.service",
    "yukemuri-central.service",
    "yukemuri-forget.timer",
    "yukemuri-verify.timer",
)
BACKUP_UNIT, BACKUPS = "yukemuri-backup.service", "/var/backups/yukemuri"
_USERS = """\
# Written by yukemuri-provision: who runs the program. Nobody can sign in as it.
u yukemuri - "Yukemuri" /var/lib/yukemuri /usr/sbin/nologin
"""
_FOLDERS = """\
# Written by yukemuri-provision. Whatever root laid there (init, restore) becomes the program's own.
d /var/lib/yukemuri 0700 yukemuri yukemuri
Z /var/lib/yukemuri - yukemuri yukemuri
d /etc/yukemuri 0750 root yukemuri
d /var/backups/yukemuri 0700 yukemuri yukemuri
"""


@dataclass(frozen=True, slots=True)
class Server:
    """`front` is None until the pages' name has a certificate; `recipient` is the backups' public key, or "".

    `has_disk` says that another disk is mounted where backups go: without one their unit refuses to start.
    """

    front: Front | None
    recipient: str = ""
    has_disk: bool = False


def central_steps(release: Release, server: Server, root: Path) -> list[Step]:
    """What makes a server of the machine whose root folder is `root`.

    Below another root than / nothing is installed from the network and nothing started: that is for who boots it.
    """
    here = root == Path("/")
    units = [*UNITS, *([BACKUP_UNIT] if server.recipient else [])]
    steps: list[Step] = []
    if here:
        steps += [
            Run(("apt-get", "update")),
            Run(("apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES)),
        ]
    steps += [
        File("/etc/sysusers.d/yukemuri.conf", _USERS),
        Run(("systemd-sysusers", "yukemuri.conf"), in_root=True),
        File("/etc/tmpfiles.d/yukemuri.conf", _FOLDERS),
        Run(("systemd-tmpfiles", "--create", "yukemuri.conf"), in_root=True),
        *release.units("central"),
        release.watchdog(),
    ]
    if server.recipient:
        steps.append(File("/etc/yukemuri/backup.env", f"RECIPIENT={server.recipient}\n", PRIVATE))
    if server.front:
        steps += front_files(server.front)
    if here:
        steps += [*_program(release), Run(("systemctl", "daemon-reload"))]
    steps.append(Run(("systemctl", "enable", *units), in_root=True))
    if here:
        waits = () if server.has_disk else (BACKUP_UNIT,)
        services = [unit for unit in units if unit.endswith(".service") and unit not in waits]
        steps += [
            Run(("systemctl", "restart", *services)),
            Run(("systemctl", "start", *(unit for unit in units if unit.endswith(".timer")))),
        ]
    if here and server.front:
        steps += [Run(("nginx", "-t")), Run(("systemctl", "reload-or-restart", "nginx.service"))]
    return steps


def _program(release: Release) -> list[Step]:
    """The version beside those that are there, as on a unit; at the end the links lead to it."""
    home = f"{PROGRAM}/{VERSIONS}/{release.version}"
    pip = (f"{home}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    return [
        Run(("python3", "-m", "venv", home)),
        Run((*pip, "--no-deps", "--require-hashes", "-r", str(release.lock))),
        Run((*pip, "--no-deps", "--no-build-isolation", "--force-reinstall", str(release.folder))),
        Link(f"{PROGRAM}/{CURRENT}", f"{VERSIONS}/{release.version}"),
        Link(f"{PROGRAM}/{BIN}", f"{CURRENT}/bin"),
    ]
