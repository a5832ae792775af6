"""`yukemuri-central shops …`: which shops take the currency, and what staff give back of a payment."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from pathlib import Path

import click

from central.command_line import data_option, fail, json_option, now, print_document, reading, writing
from central.shops.pay_shop import MAX_ID
from central.shops.register_shop import NotRegistered, close_shop, register_shop
from central.shops.return_payment import RefundWanted, ReturnRefused, refund_payment
from central.shops.store import all_shops


@click.group()
def shops() -> None:
    """店 / Shops that take the currency."""


@shops.command("add")
@click.argument("shop")
@click.argument("name")
@data_option
def add_command(shop: str, name: str, data: Path) -> None:
    """店を登録する / Registers the shop with id SHOP under NAME."""
    with writing(data) as connection:
        refused = register_shop(connection, shop, name, now())
    _unless(refused)
    click.echo(f"{shop}: {name} を登録しました。 / The shop is registered.")


@shops.command("list")
@data_option
@json_option
def list_command(data: Path, as_json: bool) -> None:
    """店の一覧 / All shops, also those that are closed."""
    with reading(data) as connection:
        found = all_shops(connection)
    if as_json:
        print_document({"shops": [asdict(each) for each in found]})
    elif not found:
        click.echo(
            "店がまだありません。shops add 番号 名前 --data DIR で登録してください。 / "
            "There are no shops yet; register one with: shops add ID NAME --data DIR",
            err=True,
        )
    for each in () if as_json else found:
        closed = "" if each.closed_at is None else "  終了 / closed"
        click.echo(f"{each.shop}  {each.name}{closed}")


@shops.command("close")
@click.argument("shop")
@data_option
def close_command(shop: str, data: Path) -> None:
    """店の取り扱いを終える / Lets the shop with id SHOP take nothing any more."""
    with writing(data) as connection:
        refused = close_shop(connection, shop, now())
    _unless(refused)
    click.echo(f"{shop}: 取り扱いを終えました。 / The shop is closed.")


@shops.command("refund")
@click.argument("payment")
@click.option("--amount", type=int, required=True, help="返す額、円 / how much, yen")
@click.option("--staff", required=True, help="担当者 / who does it")
@click.option(
    "--id",
    "command",
    default=lambda: secrets.token_hex(8),
    help="この操作の番号。同じ番号は一度だけ / this command's id: the same one is done once",
)
@data_option
@json_option
def refund_command(payment: str, amount: int, staff: str, command: str, data: Path, as_json: bool) -> None:
    """店での支払いを会員に返す / Gives back so much of PAYMENT, into the value it was paid from."""
    if not 0 < len(command) <= MAX_ID:
        fail(f"--id: 1〜{MAX_ID}字で入れてください / from 1 to {MAX_ID} characters")
    with writing(data) as connection:
        answer = refund_payment(connection, RefundWanted(command, payment, staff, amount), now())
    if isinstance(answer, ReturnRefused):
        fail(answer.words)
    if as_json:
        print_document(asdict(answer))
        return
    click.echo(answer.words)
    if answer.shop_owes:
        click.echo(
            f"うち{answer.shop_owes:,}円は店に支払い済みです。次の精算で差し引きます。 / "
            f"{answer.shop_owes:,} yen had been paid out to the shop, which owes them now."
        )


def _unless(refused: NotRegistered | None) -> None:
    if refused is not None:
        fail(refused)
