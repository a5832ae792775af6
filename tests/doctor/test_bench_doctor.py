"""`yukemuri-provision doctor`: the bench where machines are made."""

from __future__ import annotations

import json
import time
from pathlib import Path

from click.testing import CliRunner

from provisioning.backup.state import write_state
from provisioning.doctor import examine
from provisioning.main import cli
from rules.checkup.check import Check, Result
from rules.messages.backup import BackupState
from tests.provisioning.depot import made_central

DAY_S = 86_400


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {each.name: each for each in checks}


def test_the_bench_says_on_one_line_what_it_has() -> None:
    result = CliRunner().invoke(cli, ["doctor", "--json"])
    assert result.stdout.count("\n") == 1
    names = {each["name"] for each in json.loads(result.stdout)["checks"]}
    assert {"versions", "mosquitto", "data-folder"} <= names


def test_a_fresh_office_is_well_but_for_its_backup_and_a_root_key_left_behind_fails(tmp_path: Path) -> None:
    depot, now = made_central(tmp_path), int(time.time())
    checks = by_name(examine(depot.data, now))
    for name in ("root", "intermediate", "server", "root-key"):
        assert checks[name].result is Result.PASS, checks[name]
    assert checks["backup"].result is Result.WARN
    write_state(depot.data, BackupState(now, now, ""))
    assert by_name(examine(depot.data, now))["backup"].result is Result.PASS
    assert by_name(examine(depot.data, now + 2 * DAY_S))["backup"].result is Result.FAIL
    (depot.data / "yukemuri-ohkura-root.key").write_text("x")
    assert by_name(examine(depot.data, now))["root-key"].result is Result.FAIL


def test_a_machine_that_was_never_enrolled_is_told_what_is_missing(tmp_path: Path) -> None:
    assert by_name(examine(tmp_path, 0))["machine"].result is Result.FAIL
    assert by_name(examine(tmp_path / "none", 0))["data-folder"].result is Result.FAIL
