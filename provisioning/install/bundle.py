"""What goes onto a unit's card: a signed release, and what its first start needs but the distribution's packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import parse_wheel_filename

from provisioning.broker import check_name
from provisioning.install.card import PYTHONS, board_config, command_line
from provisioning.install.libraries import for_machines
from provisioning.install.release import Release, template
from provisioning.update.bundle import Manifest, copy_wheels, read_manifest, read_public
from provisioning.update.outcomes import WORDS, Refused
from provisioning.update.place import PUBLIC_KEY, WHOLE
from provisioning.update.updater import opened
from rules.messages.codec import encode

BUS, KIOSK = "bus", "kiosk"
_UNITS = {BUS: "terminal", KIOSK: "kiosk"}
DATA = "/var/lib/yukemuri"
_SYSTEM = {
    "sysusers.conf": """\
# The program, and the browser on the screen. Nobody can sign in as either.
u yukemuri - "Yukemuri" /var/lib/yukemuri /usr/sbin/nologin
u yukemuri-screen - "Yukemuri screen" / /usr/sbin/nologin
""",
    "tmpfiles.conf": """\
d /var/lib/yukemuri 0700 yukemuri yukemuri
d /etc/yukemuri 0750 root yukemuri
""",
    "sshd.conf": """\
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
AllowUsers depot
""",
    "journald.conf": """\
# The card is spared, and nothing of riders lies on it.
[Journal]
Storage=volatile
RuntimeMaxUse=32M
""",
    "modems.rules": """\
# u-blox receivers alone: an LTE stick is a modem, and may look the same.
ACTION!="remove", SUBSYSTEM=="tty", ATTRS{idVendor}=="1546", ENV{ID_MM_PORT_IGNORE}="1", ENV{ID_MM_DEVICE_IGNORE}="1"
""",
}


class BundleRefused(Exception):
    """Nothing, or not all, was written. The text says why and what to do."""

    def __init__(self, japanese: str, english: str) -> None:
        super().__init__(f"{japanese} / {english}")


@dataclass(frozen=True, slots=True)
class Order:
    """One unit's card. `settings` is its settings file without [link], `central` the machines' door (https://…).

    `system` is the Debian of the image, `code` the office's, or "" where it is written onto the card later, `keys`
    public ssh keys, one a line, or "".
    """

    kind: str
    settings: str
    central: str
    system: str
    code: str = ""
    keys: str = ""

    def unit(self) -> str:
        """The machine's name. Raises BundleRefused for settings that a card cannot have."""
        try:
            tables: Mapping[str, Any] = tomllib.loads(self.settings)
            unit, data = tables["unit"]["id"], tables["unit"]["data"]
        except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise BundleRefused(
                f"設定に [unit] の id と data が要ります（{error}）",
                f"the settings need id and data in [unit] ({error})",
            ) from error
        if "link" in tables:
            raise BundleRefused(
                "[link] は登録のときに端末が書きます。設定から消してください",
                "the machine writes [link] when it is enrolled: remove it from the settings",
            )
        if data != DATA:
            raise BundleRefused(
                f'[unit] の data は "{DATA}" にしてください。書けるのはその区画だけです',
                f'[unit] data must be "{DATA}": nothing else on the card can be written',
            )
        try:
            check_name(str(unit))
        except ValueError as error:
            raise BundleRefused(
                "[unit] の id を確かめてください", f"check the id in [unit]: {error}"
            ) from error
        return str(unit)


def write_bundle(boot: Path, order: Order, release: Release) -> Path:
    """Write everything but the program onto the card's first partition, mounted at `boot`; the folder that holds it.

    Again, it takes the place of what was there. Raises BundleRefused, and OSError of the card.
    """
    unit = order.unit()
    if not (boot / "cmdline.txt").exists():
        raise BundleRefused(
            f"{boot} はRaspberry Pi OSのカードではありません（cmdline.txt がない）。bootfs の場所を書いてください",
            f"{boot} is no card of Raspberry Pi OS (no cmdline.txt): give the place of its bootfs",
        )
    folder = boot / "yukemuri"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "units").mkdir(parents=True)
    (folder / "system").mkdir()
    words = {"unit": unit, "kind": order.kind, "central": order.central}
    _write(folder / "first-boot.sh", template("first-boot.sh", **words))
    _write(folder / "firstrun.sh", template("firstrun.sh"))
    _write(folder / "yukemuri-first-boot.service", template("first-boot.service"))
    _write(folder / "settings.toml", order.settings)
    if order.code:
        _write(folder / "code", f"{order.code}\n")
    for name, text in _SYSTEM.items():
        _write(folder / "system" / name, text)
    _write(folder / "system/watchdog.conf", release.watchdog().text)
    _write(folder / "system/authorized_keys", order.keys)
    for file in (*release.units(_UNITS[order.kind]), *release.units("field")):
        _write(folder / "units" / Path(file.place).name, file.text)
    _write(boot / "user-data", template("user-data", unit=unit))
    _edit(boot / "cmdline.txt", lambda text: command_line(text, order.system))
    _edit(boot / "config.txt", board_config)
    return folder


@dataclass(frozen=True, slots=True)
class Program:
    """A signed release in a file, and the file with the public half of who signed it."""

    file: Path
    key: Path

    def manifest(self) -> Manifest:
        """What it says of itself. Raises BundleRefused."""
        with _told(), opened(self.file) as source:
            return read_manifest(source, read_public(self.key))


def check_system(manifest: Manifest, system: str) -> None:
    """Raises BundleRefused for a release with a library for the Python of another system than the image's."""
    python = f"cp{PYTHONS[system].replace('.', '')}"
    for wheel in manifest.wheels:
        tags = parse_wheel_filename(wheel.name)[3]
        if not any(tag.abi in {"abi3", "none"} or tag.interpreter == python for tag in tags):
            raise BundleRefused(
                f"このリリースは {system} のためのものではありません。カードのOSを --system で示すか、"
                f"wheels --system {system} で集めたライブラリーから作ってください",
                f"this release is not for {system}: say by --system which the image is, or make one of what "
                f"wheels --system {system} fetches ({wheel.name})",
            )


def add_version(folder: Path, program: Program) -> None:
    """The release's wheels, each as it was signed, and what a unit later knows of them. Raises BundleRefused, OSError.

    The first start lays them as an update would: see `provisioning/update/place.py`.
    """
    wheels = folder / "wheels"
    wheels.mkdir()
    with _told(), opened(program.file) as source:
        manifest = read_manifest(source, read_public(program.key))
        copy_wheels(source, manifest, wheels)
    _write(wheels / "requirements.txt", manifest.requirements())
    _write(folder / "version", f"{manifest.version}\n")
    (folder / WHOLE).write_bytes(encode(manifest))
    shutil.copyfile(program.key, folder / PUBLIC_KEY)


def fetch_libraries(folder: Path, system: str, release: Release) -> None:
    """The locked libraries for a 64-bit Pi as wheels in a folder, of which a release is made. Raises BundleRefused."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".lock") as lock:
        lock.write(for_machines(release.lock.read_text(encoding="utf-8")))
        lock.flush()
        command = [
            *("pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"),
            *("--implementation", "cp", "--python-version", PYTHONS[system]),
            *(
                word
                for name in ("2_17", "2_28", "2_34")
                for word in ("--platform", f"manylinux_{name}_aarch64")
            ),
            *("--platform", "manylinux2014_aarch64", "--dest", str(folder), "--requirement", lock.name),
        ]
        try:
            subprocess.run([sys.executable, "-m", *command], check=True, stdout=2)
        except subprocess.CalledProcessError as error:
            raise BundleRefused(
                "うまくいきませんでした。上の知らせとネットワーク、空きを確かめて、もう一度実行してください",
                "that failed: see above, check network and room, and run it again",
            ) from error


@contextmanager
def _told() -> Iterator[None]:
    """A release that is refused, in the words of the update."""
    try:
        yield
    except Refused as refused:
        japanese, english = WORDS[refused.outcome]
        raise BundleRefused(japanese, f"{english} ({refused.detail})") from refused


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    _write(path, change(before))
