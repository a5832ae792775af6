"""The import contracts hold, and each of them notices when it is broken."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.tidy.tree import ROOT, libraries, packages


class Plant(NamedTuple):
    """A new file that holds one import."""

    contract: str
    file: str
    imports: str


BREACHES = [
    Plant("rules-alone", "rules/ride/planted_up.py", "device"),
    Plant("rules-alone", "rules/ride/planted_tests.py", "tests.conftest"),
    Plant("device-on-rules", "device/planted_up.py", "terminal"),
    Plant("device-on-rules", "device/planted_bench.py", "hil"),
    Plant("terminal-alone", "terminal/planted_machine.py", "central.ledger"),
    Plant("terminal-alone", "terminal/planted_kiosk.py", "kiosk"),
    Plant("kiosk-alone", "kiosk/planted_machine.py", "terminal"),
    Plant("kiosk-alone", "kiosk/planted_office.py", "central.ledger"),
    Plant("central-on-rules", "central/ledger/planted_machine.py", "terminal"),
    Plant("central-on-rules", "central/ledger/planted_device.py", "device"),
    Plant("provisioning-on-rules", "provisioning/planted_machine.py", "central.main"),
    Plant("provisioning-on-rules", "provisioning/planted_device.py", "device.clock"),
    Plant("central-layers", "central/ledger/planted_up.py", "central.rides"),
    Plant("central-layers", "central/network/planted_neighbour.py", "central.passes"),
    Plant("central-layers", "central/database/planted_top.py", "central.inbox"),
    Plant("rules-pure", "rules/ride/planted_clock.py", "time"),
    Plant("rules-pure", "rules/ledger/planted_file.py", "pathlib"),
    Plant("rules-pure", "rules/passes/planted_chance.py", "secrets"),
    Plant("rules-pure", "rules/network/planted_thread.py", "threading"),
    Plant("rules-others", "rules/network/planted_library.py", "flask"),
    Plant("rules-numpy", "rules/ride/planted_array.py", "numpy"),
    Plant("rules-seal", "rules/passes/planted_key.py", "cryptography"),
    Plant("rules-messages", "rules/ride/planted_message.py", "msgspec"),
    Plant("camera", "terminal/sensors/planted_camera.py", "cv2"),
    Plant("camera", "device/planted_reader.py", "zxingcpp"),
    Plant("pins", "terminal/signals/planted_pins.py", "gpiozero"),
    Plant("serial", "device/planted_serial.py", "serial"),
    Plant("serial", "terminal/planted_nmea.py", "pynmea2"),
    Plant("mqtt", "device/planted_mqtt.py", "paho.mqtt.client"),
    Plant("mqtt", "central/rides/planted_mqtt.py", "paho.mqtt.client"),
    Plant("web", "central/rides/planted_web.py", "flask"),
    Plant("web", "terminal/planted_web.py", "werkzeug.serving"),
    Plant("web", "kiosk/planted_web.py", "flask"),
    Plant("proof", "central/members/planted_hash.py", "argon2"),
    Plant("alembic", "central/ledger/planted_migration.py", "alembic.op"),
    Plant("sqlite", "terminal/planted_sqlite.py", "sqlite3"),
    Plant("sqlite", "central/rides/planted_sqlite.py", "sqlite_utils"),
    Plant("card-payments", "central/wallets/planted_stripe.py", "stripe"),
]

HOMES = [
    Plant("rules-numpy", "rules/ride/locator/planted_array.py", "numpy"),
    Plant("camera", "device/reader/planted_camera.py", "cv2"),
    Plant("camera", "device/reader/planted_reader.py", "zxingcpp"),
    Plant("serial", "terminal/sensors/planted_serial.py", "serial"),
    Plant("serial", "terminal/sensors/planted_nmea.py", "pynmea2"),
    Plant("mqtt", "central/inbox/planted_mqtt.py", "paho.mqtt.client"),
    Plant("web", "central/rides/pages.py", "flask"),
    Plant("web", "terminal/screen/planted_web.py", "waitress"),
    Plant("card-payments", "central/charging/planted_stripe.py", "stripe"),
    Plant("rules-messages", "rules/messages/planted_message.py", "msgspec"),
    Plant("central-layers", "central/rides/planted_down.py", "central.ledger"),
    Plant("central-on-rules", "central/ledger/planted_rule.py", "rules.money"),
    Plant("terminal-alone", "terminal/planted_device.py", "device"),
    Plant("kiosk-alone", "kiosk/planted_device.py", "device"),
    Plant("web", "kiosk/screen/planted_web.py", "flask"),
]


def _contracts() -> dict[str, str]:
    """Each contract's key and the sentence it goes by."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", encoding="utf-8")
    prefix = "importlinter:contract:"
    return {
        section.removeprefix(prefix): config[section]["name"]
        for section in config.sections()
        if section.startswith(prefix)
    }


CONTRACTS = _contracts()

Lint = Callable[[list[Plant]], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def lint(tmp_path_factory: pytest.TempPathFactory) -> Lint:
    """Run the contracts over a copy of our packages with some files more."""

    def run(plants: list[Plant]) -> subprocess.CompletedProcess[str]:
        copy = tmp_path_factory.mktemp("planted")
        shutil.copy(ROOT / ".importlinter", copy)
        for package in packages():
            shutil.copytree(ROOT / package, copy / package, ignore=_all_but_python)
        for plant in plants:
            (copy / plant.file).parent.mkdir(exist_ok=True)
            (copy / plant.file).write_text(f"import {plant.imports}\n", encoding="utf-8")
        # In isolated mode the copy is looked into, not what stands in the working folder or is installed.
        start = (
            "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as c; c()"
        )
        return subprocess.run(
            [sys.executable, "-I", "-c", start, "--no-cache"],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
            env={"COLUMNS": "300", "LC_ALL": "C.UTF-8"},
        )

    return run


def _all_but_python(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()}


@pytest.fixture(scope="module")
def broken(lint: Lint) -> dict[str, str]:
    """What each broken contract complains of, with every breach planted at once."""
    ended = lint(BREACHES)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    found = ended.stdout.partition("Broken contracts")[2]
    starts = {key: found.find(f"\n{name}\n---") for key, name in CONTRACTS.items()}
    order = sorted((start, key) for key, start in starts.items() if start >= 0)
    ends = [start for start, _ in order[1:]] + [len(found)]
    return {key: found[start:end] for (start, key), end in zip(order, ends, strict=True)}


@pytest.mark.parametrize("breach", BREACHES, ids=lambda plant: f"{plant.contract}: {plant.file}")
def test_a_planted_breach_breaks_its_contract(breach: Plant, broken: dict[str, str]) -> None:
    importer = breach.file.removesuffix(".py").replace("/", ".")
    assert re.search(
        rf"\b{re.escape(importer)} -> {breach.imports.partition('.')[0]}", broken[breach.contract]
    )


def test_every_contract_has_a_planted_breach() -> None:
    assert {breach.contract for breach in BREACHES} == set(CONTRACTS)


def test_the_contracts_hold_and_each_library_is_welcome_in_its_home(lint: Lint) -> None:
    ended = lint(HOMES)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_subject_of_central_without_a_layer_is_noticed(lint: Lint) -> None:
    ended = lint([Plant("central-layers", "central/planted/__init__.py", "json")])
    assert ended.returncode == 1
    assert "central.planted" in ended.stdout


def test_every_library_in_use_is_forbidden_to_rules_or_given_a_place_there() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", encoding="utf-8")
    forbidden = set(config["importlinter:contract:rules-others"]["forbidden_modules"].split())
    assert libraries(*packages()) - forbidden - {"cryptography", "msgspec", "numpy"} == set()


def test_every_package_is_under_contract() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", encoding="utf-8")
    assert config["importlinter"]["root_packages"].split() == packages()
