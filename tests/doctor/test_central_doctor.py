"""`yukemuri-central doctor`: database, backup, ways in and out; and nobody's name in what leaves the office."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.database.backup_state import backup_checks
from central.database.transaction import Database
from central.devices.register_device import DeviceKind
from central.devices.store import Device, add_device, put_health
from central.doctor import data, ways
from central.doctor.commands import examine
from central.enrolment.authority import DAY_S, open_authority
from central.main import cli
from central.members.store import Profile, add_member, put_profile
from central.settings import Settings, load
from central.today.store import machines
from hil.virtual.ports import free_port
from hil.virtual.settings_files import write_central_settings
from rules.checkup.check import Check
from rules.checkup.check import Result as Came
from rules.instant import ClockQuality
from rules.messages.backup import STATE_FILE
from rules.messages.codec import encode
from rules.messages.link import Health
from tests.laid import laid
from tests.mail_server import mail_server
from tests.provisioning.depot import broker_running, made_central, server_running

NOW = 1_790_000_000
NAME, KANA, MAIL, PHONE = "山田 太郎", "ヤマダ タロウ", "taro@example.jp", "0241-55-1234"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "office"
    database = laid(made)
    with database.write() as connection:
        add_member(connection, "m-000001", "c", "asked", NOW)
        put_profile(connection, "m-000001", Profile(NAME, KANA, mail=MAIL, phone=PHONE), NOW)
    database.close()
    return made


@pytest.fixture
def config(tmp_path: Path, folder: Path) -> Path:
    return write_central_settings(
        tmp_path / "central.toml",
        village="ohkura",
        issuer=1,
        data=folder,
        web_port=free_port(),
        address="",
        broker_port=free_port(),
        password="hunter2-planted",
    )


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments])


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {each.name: each for each in checks}


def test_an_office_that_does_not_run_is_told_so_on_one_line_of_json(config: Path) -> None:
    result = ran("doctor", "--config", config, "--json")
    assert result.stdout.count("\n") == 1
    document = json.loads(result.stdout)
    checks = {each["name"]: each for each in document["checks"]}
    assert (result.exit_code, document["ok"]) == (1, False)
    assert checks["database"]["result"] == "PASS"
    assert checks["web"]["result"] == "FAIL"
    assert checks["broker"]["result"] == "FAIL"
    assert checks["backup"]["result"] == "WARN"
    assert checks["mail"]["result"] == "WARN"
    for each in checks.values():
        if each["result"] != "PASS":
            assert each["remedy"], each


@pytest.mark.timeout(240)
def test_an_office_at_work_is_well(tmp_path: Path) -> None:
    depot = made_central(tmp_path)
    with broker_running(depot), server_running(depot):
        settings = load(depot.data / "central.toml")
        checks = by_name(examine(settings, depot_now()))
    for name in ("data-folder", "database", "broker", "broker-tls", "web", "authority", "withdrawn-list"):
        assert checks[name].result is Came.PASS, checks[name]


def depot_now() -> int:
    return int(time.time())


def test_the_list_of_withdrawn_certificates_alarms_at_15_days_and_fails_at_none(tmp_path: Path) -> None:
    depot = made_central(tmp_path)
    authority = open_authority(depot.data)
    assert authority is not None
    made = depot_now()
    authority.write_list([], made)

    def on(day: int) -> Came:
        return by_name(ways.certificates(depot.data, None, made + day * DAY_S))["withdrawn-list"].result

    assert [on(14), on(16), on(31)] == [Came.PASS, Came.WARN, Came.FAIL]
    authority.list_file.write_bytes(b"damaged")
    assert on(0) is Came.FAIL


# the database


def test_a_damaged_database_is_found(folder: Path) -> None:
    path = next(folder.glob("*.db"))
    with path.open("r+b") as file:
        file.seek(20 * 4096)
        file.write(os.urandom(40 * 4096))
    assert by_name(data.database(folder))["database"].result is Came.FAIL


def test_the_last_recomputation_of_the_ledger_is_told_and_missed_after_a_month(folder: Path) -> None:
    assert by_name(data.database(folder))["ledger"].result is Came.WARN
    assert ran("ledger", "verify", "--data", folder).exit_code == 0
    assert by_name(data.database(folder))["ledger"].result is Came.PASS
    at = json.loads((folder / ".ledger-verified.json").read_text())["at"]
    assert data.verified_lately(folder, at + 34 * DAY_S).result is Came.PASS
    assert data.verified_lately(folder, at + 36 * DAY_S).result is Came.WARN


@pytest.mark.parametrize(
    ("state", "result"),
    [
        ({"looked": NOW, "until": NOW - 60, "problem": ""}, Came.PASS),
        ({"looked": NOW - 7_200, "until": NOW - 7_200, "problem": ""}, Came.WARN),
        ({"looked": NOW - 90_000, "until": NOW - 90_000, "problem": ""}, Came.FAIL),
        ({"looked": NOW, "until": NOW, "problem": "disk / disk"}, Came.FAIL),
        ({"looked": NOW, "until": 0, "problem": ""}, Came.FAIL),
        ({"other": 1}, Came.WARN),
    ],
)
def test_a_backup_that_has_stopped_is_said(tmp_path: Path, state: object, result: Came) -> None:
    (tmp_path / STATE_FILE).write_text(json.dumps(state))
    assert backup_checks(tmp_path, NOW)[0].result is result


@pytest.mark.parametrize(
    ("drill", "result"),
    [
        (None, Came.WARN),
        ({"at": NOW - 34 * DAY_S, "until": 1}, Came.PASS),
        ({"at": NOW - 36 * DAY_S, "until": 1}, Came.FAIL),
        ({"at": NOW, "until": 1, "wrong": ["ledger"]}, Came.FAIL),
        ({"at": NOW, "until": 0, "wrong": ["restore"]}, Came.FAIL),
    ],
)
def test_a_drill_that_is_due_or_found_something_is_said(tmp_path: Path, drill: object, result: Came) -> None:
    state = {"looked": NOW, "until": NOW, "problem": "", "drill": drill}
    (tmp_path / STATE_FILE).write_text(json.dumps(state))
    shipped, drilled = backup_checks(tmp_path, NOW)
    assert (shipped.result, drilled.result) == (Came.PASS, result)
    assert bool(drilled.remedy) is (result is not Came.PASS)


# clocks, mail


def heard(folder: Path, apart: int, quality: ClockQuality = ClockQuality.GPS) -> Came:
    database: Database = laid(folder)
    with database.write() as connection:
        if not machines(connection):
            add_device(connection, Device("bus-001", DeviceKind.BUS, b"k" * 32, revoked=False))
        said = Health(online=True, at_wall=NOW - apart, clock=quality)
        put_health(connection, "bus-001", NOW, encode(said))
    database.close()
    return by_name(ways.clock(folder, NOW + 3))["clock-of-units"].result


def test_a_server_whose_clock_differs_from_the_buses_is_told(folder: Path) -> None:
    assert heard(folder, 1) is Came.PASS
    assert heard(folder, 60) is Came.WARN
    assert heard(folder, -60) is Came.WARN
    assert heard(folder, 60, ClockQuality.FLOOR) is Came.PASS


def test_the_mail_server_is_greeted_and_given_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(tmp_path) as server:
        untrusted = ways.mail(server.settings)
        assert untrusted.result is Came.FAIL
        assert "update-ca-certificates" in untrusted.detail
        monkeypatch.setenv("SSL_CERT_FILE", str(server.ca))
        assert ways.mail(server.settings).result is Came.PASS
        assert server.mails == []
        port = server.settings.port
    assert ways.mail(server.settings.model_copy(update={"port": free_port()})).result is Came.FAIL
    assert port


# what leaves the office


def test_no_name_and_no_secret_leaves_by_the_output_or_by_the_bundle(
    tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    planted = (NAME, "ヤマダ", MAIL, PHONE, "m-000001", "YP1:PLANTEDPLANTED12345", "sk_live_planted")
    lines = "\n".join(f"INFO central said {word} today" for word in planted)
    (tools / "journalctl").write_text(f"#!/bin/sh\ncat <<'END'\n{lines}\nEND\n", encoding="utf-8")
    (tools / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    bundle = tmp_path / "bundle.zip"
    result = ran("doctor", "--config", config, "--json", "--bundle", bundle)
    with zipfile.ZipFile(io.BytesIO(bundle.read_bytes())) as opened:
        texts = {name: opened.read(name).decode() for name in opened.namelist()}
    assert texts["log.txt"].count("INFO central said") == len(planted)
    assert json.loads(texts["settings.json"])["village"] == "ohkura"
    everything = result.output + "".join(texts.values())
    for secret in (*planted, "hunter2", "太郎", "山田"):
        assert secret not in everything, secret


def test_settings_that_are_wrong_are_told_all_at_once(config: Path) -> None:
    config.write_text(
        config.read_text().replace("issuer = 1", "isuer = 1").replace("demo = true", 'demo = "x"')
    )
    result = ran("doctor", "--config", config, "--json")
    faults = [each for each in json.loads(result.stdout)["checks"] if each["name"] == "settings"]
    assert (result.exit_code, len(faults)) == (1, 2)


def test_the_settings_of_this_test_are_right(config: Path) -> None:
    assert isinstance(load(config), Settings)
