"""The settings file's section, the staff's commands, and the thread that ends first hours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.charging.gateway import Mode
from central.charging.open_gateway import open_gateway
from central.charging.practice_gateway import PracticeGateway
from central.main import cli
from central.settings import ChargingSettings, SettingsWrong, load
from rules.charging.follow import Charge
from rules.money import Yen
from tests.charging.desk import Desk, new_desk

WHOLE = 'data = "office"\nvillage = "okura"\n[broker]\npassword = "secret"\n'
STRIPE = """[charging]
gateway = "stripe"
secret_key = "sk_live_abc"
webhook_secret = "whsec_abc"
return_address = "https://village.example/charged"
"""


def settings_of(folder: Path, text: str) -> ChargingSettings:
    path = folder / "central.toml"
    path.write_text(WHOLE + text, encoding="utf-8")
    return load(path).charging


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["charging", *map(str, arguments)])


def test_without_a_section_it_is_practice(tmp_path: Path) -> None:
    assert isinstance(open_gateway(settings_of(tmp_path, "")), PracticeGateway)


def test_a_live_key_is_real_and_a_test_key_is_practice(tmp_path: Path) -> None:
    assert open_gateway(settings_of(tmp_path, STRIPE)).mode is Mode.STRIPE
    assert open_gateway(settings_of(tmp_path, STRIPE.replace("live", "test"))).mode is Mode.STRIPE_TEST


def test_secrets_stay_out_of_what_is_printed(tmp_path: Path) -> None:
    assert "abc" not in repr(settings_of(tmp_path, STRIPE)).replace("village.example", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[charging]\ngateway = "paypal"\n', "practice"),
        ('[charging]\ngateway = "stripe"\n', "secret_key、webhook_secret、return_address が要ります"),
        (STRIPE.replace("sk_live_abc", "pk_live_abc"), "sk_"),
        (STRIPE.replace("whsec_abc", "abc"), "whsec_"),
        (STRIPE.replace("https:", "http:"), "https://"),
        # How much may be charged is set on the office's page.
        ("[charging]\nleast = 1000\n", "知らない項目です"),
    ],
)
def test_faults_are_told_with_their_remedy(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsWrong, match="charging") as wrong:
        settings_of(tmp_path, text)
    assert words in wrong.value.problems[0]


def test_the_switch_is_turned_by_a_command_with_reason_and_name(desk: Desk) -> None:
    data = desk.database.path.parent
    assert json.loads(run("status", "--data", data, "--json").stdout)["on"] is True
    off = run("off", "--data", data, "--by", "山田", "--reason", "不正利用の調査")
    assert off.exit_code == 0
    assert "止めました" in off.stdout
    said = json.loads(run("status", "--data", data, "--json").stdout)
    assert (said["on"], said["by"], said["reason"]) == (False, "山田", "不正利用の調査")
    assert "止めています" in run("status", "--data", data).stdout
    assert run("on", "--data", data, "--by", "山田", "--reason", "おわり").exit_code == 0
    assert json.loads(run("status", "--data", data, "--json").stdout)["on"] is True


def test_the_switch_wants_a_reason_and_a_name(desk: Desk) -> None:
    data = desk.database.path.parent
    assert run("off", "--data", data, "--by", "山田").exit_code == 2
    empty = run("off", "--data", data, "--by", "山田", "--reason", " ")
    assert empty.exit_code == 1
    assert "理由と名前" in empty.stderr


def test_status_counts_charges_and_what_is_to_be_looked_at(desk: Desk) -> None:
    desk.paid("charge-0001")
    desk.hear(b"x", "t=1,v1=0")
    said = json.loads(run("status", "--data", desk.database.path.parent, "--json").stdout)
    assert (said["charges"], said["incidents"]) == ({"paid": 1}, 1)
    assert "支払いずみ" in run("status", "--data", desk.database.path.parent).stdout


def test_a_charge_of_practice_is_given_back_by_a_command_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "central.toml").write_text(WHOLE, encoding="utf-8")
    with new_desk(tmp_path / "office") as desk:
        desk.gateway = gateway = PracticeGateway("secret")
        desk.begin("charge-0001")
        desk.hear(*gateway.paid(Charge("charge-0001", "m", Yen(3000), "practice"), desk.now))
        words = ("refund", "charge-0001", "--config", tmp_path / "central.toml", "--by", "山田", "--reason")
        assert "練習用" in run(*words, "moving-away").stdout
        assert desk.free() == 0
        again = run(*words, "moving-away")
        assert again.exit_code == 1
        assert "すでに返したか" in again.stderr
        assert run(*words, "because").exit_code == 2


@pytest.mark.parametrize("command", [[], ["off"], ["on"], ["status"], ["refund"]])
def test_every_command_explains_itself(command: list[str]) -> None:
    assert run(*command, "--help").exit_code == 0


def test_the_expiry_run_ends_first_hours_when_they_are_over(desk: Desk) -> None:
    desk.let(first_hours=24)
    desk.paid("charge-0001")
    desk.later(86_399)
    assert desk.free() == 0
    desk.later(1)
    assert desk.free() == 3000
