"""The commands by which releases are made and taken, and the real unit behind them, asked through a fake systemctl."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from provisioning.main import cli
from provisioning.update import commands
from provisioning.update.build import copy_journal
from provisioning.update.outcomes import Outcome, Refused
from provisioning.update.release import KEY, PUBLIC_KEY, load_release_key
from provisioning.update.unit import Kind, Pulse, RealUnit
from rules.passes.seal import public_bytes
from tests.provisioning.update_bench import Table
from tests.tidy.tree import ROOT

SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$SAID"
case "$1" in
    show) cat "$SHOWN" ;;
    restart) test ! -e "$REFUSES" ;;
esac
"""


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its folder: `said` is what it was told, `shown` what it shows; while `refuses` is there, nothing starts."""
    program = tmp_path / "systemctl"
    program.write_text(SYSTEMCTL, encoding="ascii")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for name in ("said", "shown", "refuses"):
        monkeypatch.setenv(name.upper(), str(tmp_path / name))
    return tmp_path


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    assert invoke("release-key", "--stick", tmp_path).exit_code == 0
    key = tmp_path / KEY
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    public = bytes.fromhex((tmp_path / PUBLIC_KEY).read_text(encoding="ascii"))
    assert public == public_bytes(load_release_key(key))
    before = key.read_bytes()
    again = invoke("release-key", "--stick", tmp_path)
    assert again.exit_code == 1
    assert "There is a key already" in again.output
    assert key.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "why"),
    [
        (("--checkout", "/"), "Name a git checkout"),
        (("--key", "nowhere"), "The release key cannot be read"),
    ],
)
def test_a_release_that_cannot_be_made_says_why(tmp_path: Path, option: tuple[str, str], why: str) -> None:
    invoke("release-key", "--stick", tmp_path)
    words = {"--out": tmp_path / "out", "--key": tmp_path / KEY, "--checkout": ROOT}
    words[option[0]] = Path(option[1])
    refused = invoke("release", *(part for pair in words.items() for part in pair))
    assert refused.exit_code == 1
    assert why in refused.output
    assert not (tmp_path / "out").exists()


def test_without_git_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke("release-key", "--stick", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = invoke("release", "--out", tmp_path / "out", "--key", tmp_path / KEY, "--checkout", ROOT)
    assert refused.exit_code == 1
    assert "sudo apt-get install git" in refused.output


def test_a_stick_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    refused = invoke("release-key", "--stick", tmp_path / "nowhere")
    assert refused.exit_code == 1
    assert f"{tmp_path / 'nowhere' / KEY} cannot be written: check that the place is there" in refused.output


def test_systemd_starts_the_program_and_says_how_it_is(systemd: Path) -> None:
    unit = RealUnit(Kind.KIOSK, systemd / "kiosk.toml")
    lines = "MainPID=77\nNRestarts=3\nActiveState={}\nWatchdogTimestampMonotonic=123456\n"
    (systemd / "shown").write_text(lines.format("active"), encoding="ascii")
    assert unit.restart()
    assert unit.pulse() == Pulse(77, 3, 123456)
    (systemd / "shown").write_text(lines.format("activating"), encoding="ascii")
    assert unit.pulse() is None
    (systemd / "refuses").touch()
    assert not unit.restart()
    said = (systemd / "said").read_text(encoding="ascii").splitlines()
    assert "restart yukemuri-kiosk.service" in said
    assert said[0] == "reset-failed yukemuri-kiosk.service"


def test_a_unit_that_ends_an_update_says_so_in_both_languages_and_on_one_line_of_json(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.begin()
    words = ("--machine", "kiosk", "--config", tmp_path / "kiosk.toml", "--place", table.place.folder)
    settled = invoke("update", "settle", *words)
    assert (settled.exit_code, settled.output) == (0, "更新の途中ではありません / No update is under way\n")
    told = invoke("update", "take", tmp_path / "nowhere", *words, "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["outcome"] == Outcome.NO_RELEASE
    assert "look at what is on the stick" in told.stderr


def test_the_state_says_which_versions_there_are(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.begin()
    table.updater.take(table.release("0.2.0"))
    shown = invoke("update", "state", "--place", table.place.folder, "--json")
    assert json.loads(shown.stdout) == {
        "current": "0.2.0",
        "trusted": "0.2.0",
        "former": "0.1.0",
        "versions": ["0.1.0", "0.2.0"],
        "boots": 0,
    }
    assert "0.2.0" in invoke("update", "state", "--place", table.place.folder).output


def test_a_boot_lets_the_unit_go_on_whatever_it_finds(tmp_path: Path) -> None:
    words = ("--machine", "terminal", "--place", tmp_path / "nothing-here")
    assert invoke("update", "boot", *words).exit_code == 0


def test_which_machine_it_is_is_told_by_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {kind: tmp_path / f"{kind}.toml" for kind in Kind}
    monkeypatch.setattr(commands, "SETTINGS", settings)
    neither = invoke("update", "settle", "--place", tmp_path)
    assert (neither.exit_code, "--machine" in neither.output) == (1, True)
    settings[Kind.KIOSK].touch()
    assert invoke("update", "settle", "--place", tmp_path).exit_code == 0


def test_a_journal_that_is_written_to_all_the_time_is_not_copied_torn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, copies = tmp_path / "journal.db", tmp_path / "copies"
    copies.mkdir()
    journal.write_bytes(b"1")
    copy_journal([journal], copies)
    assert (copies / "journal.db").read_bytes() == b"1"

    def write_while_copying(source: Path, target: Path) -> None:
        journal.write_bytes(journal.read_bytes() + b"1")

    monkeypatch.setattr("provisioning.update.build.shutil.copyfile", write_while_copying)
    with pytest.raises(Refused) as refused:
        copy_journal([journal], copies)
    assert refused.value.outcome is Outcome.UNFIT
