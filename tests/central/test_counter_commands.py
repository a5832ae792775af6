"""What the clerk types: every command helps itself, does its part, says no in words with exit 1, and has its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from central.counter.commands import counter
from central.shops.commands import shops
from central.shops.pay_shop import Paid, PaymentWanted, pay
from central.shops.register_shop import register_shop
from central.wallets.charge_member import open_member
from rules.ledger.order import Move
from rules.ledger.payments import shop_account
from tests.central.counter_bench import GIVEN, Desk
from tests.central.office import NOW, Bus, new_office


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with new_office(tmp_path) as office, office.database.write() as connection:
        open_member(connection, "m")
        Bus().register(connection)
    return tmp_path


def run(data: Path, *words: str, ok: bool = True) -> Result:
    group = shops if words[0] == "shops" else counter
    result = CliRunner().invoke(group, [*words[words[0] == "shops" :], "--data", str(data)])
    assert (result.exit_code == 0) == ok, result.output
    return result


def document(data: Path, *words: str) -> dict[str, Any]:
    output = run(data, *words, "--json").output
    assert output.count("\n") == 1
    found: dict[str, Any] = json.loads(output)
    return found


def ready(data: Path) -> None:
    run(data, "settings", "--staff", "佐藤", "--issuer", "大蔵村", "--contact", "役場 0233-00-0000")
    run(data, "open", "--staff", "佐藤", "--cash", "20000")


CHARGE = ("charge", "--staff", "佐藤", "--member", "m", "--amount")


@pytest.mark.parametrize("group", [counter, shops])
def test_every_command_has_help_in_both_languages(group: Any) -> None:
    for name in group.commands:
        result = CliRunner().invoke(group, [name, "--help"])
        assert result.exit_code == 0
        assert " / " in result.output


def test_a_day_at_the_counter(data: Path) -> None:
    ready(data)
    text = run(data, *CHARGE, "5000").output
    assert "5,000円" in text
    assert "大蔵村" in text
    assert document(data, *CHARGE, "700", "--id", "x")["number"] == 2
    assert document(data, *CHARGE, "700", "--id", "x")["number"] == 2
    assert document(data, "void", "--staff", "佐藤", "--receipt", "2")["about"] == 2
    listed = document(data, "receipts")["receipts"]
    assert [each["kind"] for each in listed] == ["charge", "charge", "void"]
    assert "000003" in run(data, "receipts").output
    assert "再発行" in run(data, "receipts", "--print", "1", "--staff", "鈴木").output
    assert document(data, "receipts", "--print", "1", "--staff", "鈴木")["reprint"] == 2
    refund = ("refund", "--member", "m", "--asked-by", "佐藤", "--approved-by", "鈴木")
    assert document(data, *refund, "--reason", "moved-away")["amount"] == 5_000
    assert "過不足なし" in run(data, "count", "--staff", "佐藤", "10000=1", "1000=10").output


def test_a_bag_and_a_correction(data: Path) -> None:
    ready(data)
    bag = ("count", "--staff", "佐藤", "--bus", "bus-001", "--date", "2026-09-21")
    assert document(data, *bag, "100=3")["difference"] == 300
    assert "もう数えています" in run(data, *bag, "100=2", ok=False).output
    assert "現金袋" in run(data, *bag, "--corrects", "1").output


def test_settings_are_shown_and_changed_by_somebody(data: Path) -> None:
    assert "counter settings" in run(data, "settings", ok=False).output
    assert "担当者" in run(data, "settings", "--issuer", "村", ok=False).output
    ready(data)
    changed = document(data, "settings", "--staff", "佐藤", "--contact", "02")
    assert (changed["contact"], changed["limits"]["most"]) == ("02", 50_000)
    assert "50,000円" in run(data, "settings").output


@pytest.mark.parametrize(
    "words",
    [
        (*CHARGE, "50"),
        (*CHARGE, "5000", "--till", "2"),
        ("void", "--staff", "佐藤", "--receipt", "9"),
        ("open", "--staff", "佐藤", "--cash", "1"),
        ("count", "--staff", "佐藤", "--corrects", "4"),
        ("count", "--staff", "佐藤", "300=1"),
        ("count", "--staff", "佐藤", "100"),
        ("count", "--staff", "佐藤", "--bus", "bus-001"),
        ("receipts", "--print", "1", "--staff", "佐藤"),
        ("receipts", "--print", "1"),
        ("block", "--member", "nobody", "--staff", "佐藤"),
        ("refund", "--member", "m", "--asked-by", "佐藤", "--approved-by", "佐藤", "--reason", "death"),
        ("shops", "close", "s9"),
        ("shops", "add", " ", "店"),
        ("shops", "refund", "p", "--amount", "1", "--staff", "佐藤"),
        ("shops", "refund", "p", "--amount", "1", "--staff", "佐藤", "--id", "x" * 101),
    ],
)
def test_a_refusal_is_said_in_words_and_exits_with_one(data: Path, words: tuple[str, ...]) -> None:
    ready(data)
    result = run(data, *words, ok=False)
    assert result.exit_code == 1
    assert " / " in result.output
    assert "Traceback" not in result.output


def test_members_are_blocked_and_let_go(data: Path) -> None:
    assert "止めました" in run(data, "block", "--member", "m", "--staff", "佐藤", "--why", "紛失").output
    assert "再開" in run(data, "block", "--member", "m", "--staff", "佐藤", "--undo").output


def test_shops_are_added_listed_and_closed(data: Path) -> None:
    assert "店がまだありません" in run(data, "shops", "list").output
    run(data, "shops", "add", "s1", "カルデラ商店")
    run(data, "shops", "close", "s1")
    assert "カルデラ商店  終了" in run(data, "shops", "list").output
    assert document(data, "shops", "list")["shops"][0]["shop"] == "s1"


def test_staff_give_a_payment_back_and_hear_what_the_shop_owes(data: Path) -> None:
    with new_office(data) as office, office.database.write() as connection:
        desk = Desk(connection)
        register_shop(connection, "s1", "カルデラ商店", NOW)
        desk.give(1_000)
        assert isinstance(pay(connection, PaymentWanted("p", "s1", "m", 700), NOW), Paid)
        desk.post(Move(shop_account("s1"), GIVEN, 600))
    refund = ("shops", "refund", "p", "--staff", "佐藤", "--amount")
    assert document(data, *refund, "100")["left"] == 600
    assert "400円は店に支払い済み" in run(data, *refund, "400").output


def test_an_id_that_has_no_room_is_refused_before_anything_is_done(data: Path) -> None:
    ready(data)
    for wrong in ("", "x" * 101):
        result = CliRunner().invoke(counter, [*CHARGE, "500", "--id", wrong, "--data", str(data)])
        assert result.exit_code == 2
    assert document(data, "receipts") == {"receipts": []}
