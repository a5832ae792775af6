"""A root file system to make a machine in: the host's own programs, an /etc and a /var of its own, fake hardware.

What is real: Debian's shell, users, systemctl (which enables units without a running systemd), sshd's own check of its
settings, venv, pip, the office's door, and every step of the script. What is not: packages (apt-get, dpkg), the card
(blkid, sfdisk, mount and the like), the initramfs.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner

from provisioning.main import cli
from tests.provisioning.checkout import Checkout
from tests.provisioning.update_bench import wheel

PARTITIONS = ("yukemuri-opt", "yukemuri-data")
FAKES = {
    "apt-get": 'echo "apt-get $*" >>/var/log/fakes',
    "dpkg": "exit 1",
    "blkid": 'test -e "/var/card/$2" && echo /dev/mmcblk0p3',
    "findmnt": "echo /dev/mmcblk0p2",
    "lsblk": 'case "$*" in *PKNAME*) echo mmcblk0;; *) echo 2;; esac',
    "sfdisk": 'echo "sfdisk $* <- $(cat)" >>/var/log/fakes',
    "partx": "true",
    "resize2fs": 'echo "resize2fs $*" >>/var/log/fakes',
    "mountpoint": "true",
    "update-initramfs": 'echo "update-initramfs $*" >>/var/log/fakes',
    "python3": 'exec {python} "$@"',
}
_ETC: tuple[str, ...] = (
    "passwd",
    "group",
    "shadow",
    "gshadow",
    "nsswitch.conf",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "pam.d",
)
_ETC += ("ssl", "alternatives", "security", "login.defs", "sudoers.d", "environment")
_IN = """\
set -e
root=$1; shift
mount --bind "$root" "$root"
for place in usr {more}; do mkdir -p "$root/$place"; mount --rbind "/$place" "$root/$place"; done
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec chroot "$root" /usr/bin/env -i PATH=/fakes:/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 "$@"
"""


def make_root(root: Path) -> Path:
    """As Raspberry Pi OS is when it starts for the first time, card included."""
    for name in (
        "boot/firmware",
        "dev",
        "etc",
        "fakes",
        "home",
        "opt",
        "proc",
        "run",
        "sys",
        "tmp",
        "var/card",
    ):
        (root / name).mkdir(parents=True)
    for name in ("var/lib", "var/log", "root"):
        (root / name).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    for name in ("bin", "lib", "lib64", "sbin"):
        if Path("/", name).is_symlink():
            (root / name).symlink_to(f"usr/{name}")
    for name in _ETC:
        source = Path("/etc", name)
        if source.is_dir():
            shutil.copytree(source, root / "etc" / name, symlinks=True)
        elif source.exists():
            shutil.copy2(source, root / "etc" / name)
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "etc/fstab").write_text(
        "PARTUUID=7351b90c-01 /boot/firmware vfat defaults 0 2\nPARTUUID=7351b90c-02 / ext4 defaults,noatime 0 1\n"
    )
    python = Path(sys.base_prefix, "bin/python3").resolve()
    for name, text in FAKES.items():
        path = root / "fakes" / name
        path.write_text(f"#!/bin/sh\n{text.replace('{python}', str(python))}\n")
        path.chmod(0o755)
    with (root / "etc/group").open("a") as groups:
        groups.write("gpio:x:997:\n" if "gpio:" not in Path("/etc/group").read_text() else "")
    for label in PARTITIONS:
        (root / "var/card" / label).touch()
    # As an image in which somebody has left ssh on.
    units = root / "etc/systemd/system"
    (units / "multi-user.target.wants").mkdir(parents=True)
    (units / "ssh.service").write_text(
        "[Service]\nExecStart=/usr/sbin/sshd -D\n[Install]\nWantedBy=multi-user.target\n"
    )
    (units / "multi-user.target.wants/ssh.service").symlink_to("/etc/systemd/system/ssh.service")
    return root


def released(folder: Path) -> tuple[Path, Path]:
    """A signed release of this tree, by the commands, and the key it is checked by.

    One wheel, which leads to this environment's own libraries, stands in for all of them.
    """
    wheels, stick, out = folder / "wheels", folder / "release-stick", folder / "yukemuri.release"
    wheels.mkdir()
    stick.mkdir()
    places = "\n".join(each for each in sys.path if each.endswith("-packages"))
    name, content = wheel("stand_in", "1.0", {"stand_in.pth": f"{places}\n"})
    (wheels / name).write_bytes(content)
    assert CliRunner().invoke(cli, ["release-key", "--stick", str(stick)]).exit_code == 0
    checkout = Checkout(folder / "checkout")
    digest = hashlib.sha256(content).hexdigest()
    (checkout.folder / "requirements.lock").write_text(f"stand-in==1.0 --hash=sha256:{digest}\n")
    checkout.commit()
    checkout.release(out, stick / "release.key", "--wheels", str(wheels))
    return out, stick / "release.pub"


def inside(root: Path, *command: str) -> list[str]:
    """The command that runs this one in there, in a mount namespace that ends with it."""
    more = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve()}
    places = " ".join(str(place).lstrip("/") for place in sorted(more) if not place.is_relative_to("/usr"))
    script = _IN.replace("{more}", places)
    return ["unshare", "--mount", "bash", "-c", script, "bash", str(root), *command]


def ran_inside(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(inside(root, *command), capture_output=True, text=True, check=False, timeout=300)


def fakes_heard(root: Path) -> Sequence[str]:
    return (root / "var/log/fakes").read_text().splitlines()
