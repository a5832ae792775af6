"""What `yukemuri-provision bundle` writes onto a card, looked at on any machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from provisioning.install.bundle import BUS, KIOSK, BundleRefused, Order, write_bundle
from provisioning.install.card import BOOKWORM, PYTHONS, TRIXIE, board_config, command_line
from provisioning.install.libraries import for_machines
from provisioning.install.release import find_release
from provisioning.main import cli
from provisioning.update.bundle import Manifest, read_public
from provisioning.update.outcomes import WORDS, Outcome
from provisioning.update.place import PUBLIC_KEY, WHOLE
from rules.messages.codec import decode
from rules.passes.seal import private_from_bytes, public_bytes
from tests.provisioning.update_bench import KEY, plain_bundle, wheel
from tests.provisioning.update_bench import bundle as signed
from tests.tidy.tree import ROOT

FRESH = {
    BOOKWORM: "console=serial0,115200 console=tty1 root=PARTUUID=8acef004-02 rootfstype=ext4 fsck.repair=yes rootwait "
    "quiet init=/usr/lib/raspberrypi-sys-mods/firstboot\n",
    TRIXIE: "console=serial0,115200 console=tty1 root=PARTUUID=7351b90c-02 rootfstype=ext4 fsck.repair=yes rootwait "
    "resize\n",
}
SETTINGS = '[unit]\nid = "bus-001"\nvillage = "ohkura"\nissuer = 6366\ndata = "/var/lib/yukemuri"\n'
DOOR = "https://units.example.jp"


def card(folder: Path, system: str = TRIXIE) -> Path:
    """The first partition of a fresh card."""
    folder.mkdir(exist_ok=True)
    (folder / "cmdline.txt").write_text(FRESH[system])
    (folder / "config.txt").write_text("dtparam=audio=on\n")
    return folder


@pytest.mark.parametrize("system", PYTHONS)
def test_the_serial_line_is_the_receivers_and_nothing_takes_the_records_place(system: str) -> None:
    words = command_line(FRESH[system], system).split()
    assert not [word for word in words if "serial0" in word or "resize" in word or "firstboot" in word]
    assert {"console=tty1", "rootwait", "cfg80211.ieee80211_regdom=JP"} <= {*words}
    assert [word for word in words if word.startswith("root=PARTUUID=")]
    assert ("systemd.run=/boot/firmware/yukemuri/firstrun.sh" in words) == (system == BOOKWORM)
    assert "enable_uart=1" in board_config("")


@pytest.mark.parametrize("system", PYTHONS)
def test_written_again_a_card_is_the_same(tmp_path: Path, system: str) -> None:
    boot = card(tmp_path / "boot", system)

    def written() -> dict[str, str]:
        write_bundle(boot, Order(BUS, SETTINGS, DOOR, system), find_release())
        return {str(path.relative_to(boot)): path.read_text() for path in boot.rglob("*") if path.is_file()}

    first = written()
    assert written() == first
    assert first["config.txt"].startswith("dtparam=audio=on\n")


@pytest.mark.parametrize(("kind", "program"), [(BUS, "terminal"), (KIOSK, "kiosk")])
def test_a_card_has_the_units_of_its_kind_and_of_no_other(tmp_path: Path, kind: str, program: str) -> None:
    folder = write_bundle(card(tmp_path / "boot"), Order(kind, SETTINGS, DOOR, TRIXIE), find_release())
    units = {path.name for path in (folder / "units").iterdir()}
    assert {
        f"yukemuri-{program}.service",
        f"yukemuri-{program}-screen.service",
        "yukemuri-renew.timer",
    } <= units
    assert all(program in name or "renew" in name or "update" in name for name in units)


def test_a_card_holds_no_secret_but_the_code(tmp_path: Path) -> None:
    order = Order(BUS, SETTINGS, DOOR, TRIXIE, code="CODE-OF-15-MINUTES")
    folder = write_bundle(card(tmp_path / "boot"), order, find_release())
    holds = [path.name for path in folder.rglob("*") if path.is_file() and "CODE-OF" in path.read_text()]
    assert holds == ["code"]
    assert not [path for path in folder.rglob("*") if path.is_file() and "PRIVATE KEY" in path.read_text()]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("[unit]\n", "id"),
        ("not toml", "[unit]"),
        (SETTINGS + "[link]\n", "[link]"),
        (SETTINGS.replace("/var/lib/yukemuri", "/srv"), "/var/lib/yukemuri"),
        (SETTINGS.replace("bus-001", "bus;reboot"), "id"),
        (SETTINGS.replace("bus-001", "$(reboot)"), "id"),
    ],
)
def test_settings_that_a_card_cannot_have_are_refused_before_it_is_touched(
    tmp_path: Path, settings: str, says: str
) -> None:
    boot = card(tmp_path / "boot")
    with pytest.raises(BundleRefused, match=re.escape(says)):
        write_bundle(boot, Order(BUS, settings, DOOR, TRIXIE), find_release())
    assert {path.name for path in boot.iterdir()} == {"cmdline.txt", "config.txt"}


def test_what_is_no_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleRefused, match="bootfs"):
        write_bundle(tmp_path, Order(BUS, SETTINGS, DOOR, TRIXIE), find_release())


def bundle(boot: Path, *more: str) -> Result:
    settings = boot.with_suffix(".toml")
    settings.write_text(SETTINGS)
    arguments = ["bundle", str(boot), "--kind", BUS, "--settings", str(settings), *more]
    return CliRunner().invoke(cli, arguments)


@pytest.fixture
def release(tmp_path: Path) -> list[str]:
    """The option that names a signed one, and the key it was signed by."""
    file = plain_bundle(tmp_path / "made", "0.1.0")
    key = tmp_path / "release.pub"
    key.write_text(public_bytes(KEY).hex())
    return ["--release", str(file), str(key)]


def test_the_command_adds_the_release_that_was_signed_and_whose_releases_are_taken_later(
    tmp_path: Path, release: list[str]
) -> None:
    boot = card(tmp_path / "boot")
    done = bundle(boot, "--central", DOOR, *release)
    assert done.exit_code == 0, done.output
    folder = boot / "yukemuri"
    manifest = decode((folder / WHOLE).read_bytes(), Manifest)
    assert (folder / "version").read_text().strip() == manifest.version == "0.1.0"
    assert {path.name for path in (folder / "wheels").iterdir()} == {
        "requirements.txt",
        *(wheel.name for wheel in manifest.wheels),
    }
    assert read_public(folder / PUBLIC_KEY) == public_bytes(KEY)


@pytest.mark.parametrize(
    ("tag", "system", "fits"),
    [
        ("cp313-cp313-manylinux_2_28_aarch64", TRIXIE, True),
        ("cp313-cp313-manylinux_2_28_aarch64", BOOKWORM, False),
        ("cp311-cp311-manylinux_2_28_aarch64", TRIXIE, False),
        ("cp310-abi3-manylinux_2_28_aarch64", TRIXIE, True),
        ("py3-none-manylinux_2_28_aarch64", BOOKWORM, True),
    ],
)
def test_a_release_for_another_systems_python_never_touches_a_card(
    tmp_path: Path, release: list[str], tag: str, system: str, fits: bool
) -> None:
    made = signed(
        tmp_path / "other", "0.1.0", [wheel("yukemuri", "0.1.0", {}), wheel("cffi", "2.1.1", {}, tag=tag)]
    )
    boot = card(tmp_path / "boot")
    done = bundle(boot, "--central", DOOR, "--system", system, "--release", str(made), release[2])
    assert done.exit_code == (0 if fits else 1), done.output
    assert (boot / "yukemuri").exists() == fits
    assert (f"wheels --system {system}" in done.output) != fits


def test_a_code_with_a_wrong_letter_never_touches_a_card(tmp_path: Path, release: list[str]) -> None:
    boot = card(tmp_path / "boot")
    done = bundle(boot, "--central", DOOR, *release, "--code", "AAAAA-BBBBB")
    assert done.exit_code == 1
    assert "A letter of the code is wrong" in done.output
    assert {path.name for path in boot.iterdir()} == {"cmdline.txt", "config.txt"}


def test_a_release_that_somebody_else_signed_never_touches_a_card(tmp_path: Path, release: list[str]) -> None:
    boot = card(tmp_path / "boot")
    Path(release[2]).write_text(public_bytes(private_from_bytes(bytes(32))).hex())
    done = bundle(boot, "--central", DOOR, *release)
    assert done.exit_code == 1
    assert WORDS[Outcome.FORGED][1] in done.output
    assert {path.name for path in boot.iterdir()} == {"cmdline.txt", "config.txt"}


@pytest.mark.parametrize(
    "door", ["http://units.example.jp", "https://units.example.jp;reboot", "https://$(reboot)"]
)
def test_what_is_no_door_never_reaches_the_script(tmp_path: Path, door: str, release: list[str]) -> None:
    boot = card(tmp_path / "boot")
    assert bundle(boot, "--central", door, *release).exit_code == 1
    assert not (boot / "yukemuri").exists()


def test_the_libraries_of_a_machine_are_those_of_the_lock_without_the_tests_and_the_systems_own() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = set(re.findall(r"^([a-z0-9-]+)==", for_machines(lock), re.MULTILINE))
    assert {"click", "cryptography", "msgspec", "pydantic-core", "zxing-cpp"} <= names
    assert names.isdisjoint({"pytest", "mypy", "ruff", "playwright", "numpy", "opencv-python-headless"})
