"""`yukemuri-central counter …`: what the clerk at the office's counter does."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from central.command_line import data_option, fail, json_option, now, print_document, writing
from central.counter.charge_member import ChargeWanted, VoidWanted, charge, void
from central.counter.count_cash import BagCount, TillCount, count_bag, count_till
from central.counter.limits_in_force import charge_limits
from central.counter.open_till import TillOpening, open_till
from central.counter.print_receipt import receipt_text
from central.counter.refund_holder import RefundWanted, refund
from central.counter.refusals import NotDone, Refused
from central.counter.rows import Count, Receipt, ReceiptKind
from central.counter.set_up import block_member, change_settings
from central.counter.store import add_reprint, find_receipt, find_settings, receipts_of
from central.japan import day_of, stamp_text
from rules.cash import DENOMINATIONS, CashCount
from rules.ledger.counter import RefundReason

Done = TypeVar("Done")

MAX_ID = 100
"""Characters in a command's id."""

_staff = click.option("--staff", required=True, help="担当者 / who does it")
_member = click.option("--member", required=True, help="会員番号 / the member's id")
_till = click.option("--till", default="", help="レジの名前。一つなら不要 / the till, if there are several")


def _checked(_context: click.Context, _option: click.Parameter, made: str) -> str:
    if not 0 < len(made) <= MAX_ID:
        raise click.BadParameter(f"1〜{MAX_ID}字で入れてください / from 1 to {MAX_ID} characters")
    return made


_id = click.option(
    "--id",
    "command",
    default=lambda: secrets.token_hex(8),
    callback=_checked,
    help="この操作の番号。同じ番号は一度だけ / this command's id: the same one is done once",
)


@click.group()
def counter() -> None:
    """窓口 / The office's counter: charging in cash, refunds, counts of cash, receipts."""


@counter.command("settings")
@data_option
@json_option
@click.option(
    "--staff", default="", help="変えた人（変えるときは必須） / who changes them (needed for a change)"
)
@click.option("--issuer", help="発行者の名前 / who issues the currency")
@click.option("--contact", help="連絡先 / whom to ask")
def settings_command(data: Path, as_json: bool, staff: str, **changes: str | None) -> None:
    """発行者を見る、変える。今日のチャージの上限も / Show or set the issuer; today's limits of charging, too."""
    wanted = {name: value for name, value in changes.items() if value is not None}
    with writing(data) as connection:
        if wanted:
            found = change_settings(connection, staff, wanted, now())
        else:
            found = find_settings(connection) or Refused(NotDone.NO_ISSUER)
        limits = charge_limits(connection, day_of(now()))
    kept = _done(found)
    if as_json:
        print_document(asdict(kept) | {"limits": asdict(limits)})
        return
    click.echo(f"発行者 / issuer: {kept.issuer}\n連絡先 / contact: {kept.contact}")
    click.echo(f"一回 / one charge: {limits.least:,}〜{limits.most:,}円")
    click.echo(f"一日 / a day: {limits.per_day:,}円  残高 / balance: {limits.balance:,}円")
    click.echo(
        "上限は設定の「決まり」で、日を決めて変えます。 / The limits are rules of /set-up, set from a day on."
    )


@counter.command("open")
@data_option
@json_option
@_id
@_staff
@_till
@click.option("--cash", type=click.IntRange(min=0), required=True, help="釣り銭、円 / the change in it, yen")
def open_command(data: Path, as_json: bool, command: str, staff: str, till: str, cash: int) -> None:
    """レジを開ける / Open a till with its change, before anything else on a day."""
    with writing(data) as connection:
        day = open_till(connection, TillOpening(command, till, staff, cash), now())
    opened = _done(day)
    if as_json:
        print_document(asdict(opened))
    else:
        click.echo(f"{opened.day}: 釣り銭{cash:,}円で開けました。 / Open with {cash:,} yen of change.")


@counter.command("charge")
@data_option
@json_option
@_id
@_staff
@_till
@_member
@click.option("--amount", type=int, required=True, help="現金、円 / cash, yen")
def charge_command(
    data: Path, as_json: bool, command: str, staff: str, till: str, member: str, amount: int
) -> None:
    """現金でチャージする / Charge a member's account for cash, and print the receipt."""
    with writing(data) as connection:
        made = charge(connection, ChargeWanted(command, staff, till, member, amount), now())
    _print_receipt(_done(made), as_json=as_json)


@counter.command("void")
@data_option
@json_option
@_id
@_staff
@_till
@click.option("--receipt", type=int, required=True, help="領収書の番号 / the charge's receipt")
def void_command(data: Path, as_json: bool, command: str, staff: str, till: str, receipt: int) -> None:
    """当日のチャージを取り消す / Take a charge of today back; the cash goes back too."""
    with writing(data) as connection:
        made = void(connection, VoidWanted(command, staff, till, receipt), now())
    _print_receipt(_done(made), as_json=as_json)


@counter.command("refund")
@data_option
@json_option
@_id
@_till
@_member
@click.option("--asked-by", required=True, help="申請した職員 / who asks for it")
@click.option("--approved-by", required=True, help="承認した別の職員 / another one, who approves it")
@click.option(
    "--reason",
    required=True,
    type=click.Choice([each.value for each in RefundReason]),
    help="廃止、転出、出国、死亡 / why: there are no other reasons",
)
def refund_command(data: Path, as_json: bool, command: str, reason: str, **who: str) -> None:
    """残高を払い戻す / Pay out what a member has; all reasons but the abolition close the account.

    未払い分に先に充て、有償分を現金で渡し、無償分は失効します / What is owed is set off first, what was paid for
    is given in cash, what was given lapses.
    """
    with writing(data) as connection:
        made = refund(connection, RefundWanted(command=command, reason=RefundReason(reason), **who), now())
    _print_receipt(_done(made), as_json=as_json)


@counter.command("count")
@data_option
@json_option
@_id
@_staff
@_till
@click.option("--bus", default="", help="運転士の現金袋：車両 / a driver's bag: which bus")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="現金袋：運行日 / a bag: the service day")
@click.option(
    "--corrects", type=int, help="訂正する最初の計数の番号 / the first count, which this one corrects"
)
@click.argument("pieces", nargs=-1, metavar="[10000=3 1000=12 ...]")
def count_command(
    data: Path,
    as_json: bool,
    command: str,
    bus: str,
    date: datetime | None,
    pieces: tuple[str, ...],
    **more: Any,
) -> None:
    """レジを締める、現金袋を受け取る / Count a till and end its day, or a driver's bag and put it into the till.

    金種=枚数で入れます / What was counted is written as kind=pieces, for a bag with --bus and --date.
    """
    if bool(bus) != (date is not None):
        fail("現金袋には --bus と --date の両方が要ります / a bag needs both --bus and --date")
    counted = _pieces(pieces)
    with writing(data) as connection:
        if date is None:
            made = count_till(connection, TillCount(command=command, pieces=counted, **more), now())
        else:
            bag = BagCount(command=command, bus=bus, day=f"{date:%Y-%m-%d}", pieces=counted, **more)
            made = count_bag(connection, bag, now())
    _print_count(_done(made), as_json=as_json)


@counter.command("receipts")
@data_option
@json_option
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="日。なければ今日 / the day, otherwise today")
@click.option(
    "--print",
    "number",
    type=int,
    help="再発行する番号（--staff も） / print this one again (with --staff)",
)
@click.option("--staff", default="", help="再発行する人 / who prints it again")
def receipts_command(
    data: Path, as_json: bool, date: datetime | None, number: int | None, staff: str
) -> None:
    """領収書の一覧、再発行 / A day's receipts; or one of them printed again, which it says."""
    at = now()
    with writing(data) as connection:
        if number is None:
            _print_list(receipts_of(connection, f"{date:%Y-%m-%d}" if date else str(day_of(at))), as_json)
            return
        if not staff.strip():
            _done(Refused(NotDone.NO_STAFF))
        found = find_receipt(connection, number)
        if found is None:
            fail(f"{number}番の領収書はありません。 / There is no receipt {number}.")
        again = add_reprint(connection, number, staff, at)
    _print_receipt(found, as_json=as_json, reprint=again)


@counter.command("block")
@data_option
@_member
@_staff
@click.option("--why", default="", help="理由 / why")
@click.option("--undo", is_flag=True, help="再開する / let it be used again")
def block_command(data: Path, member: str, staff: str, why: str, undo: bool) -> None:
    """店での支払いを止める / Let a member's account pay in no shop, as after a loss.

    バスのパスは別に止めてください / Passes for the bus are stopped apart.
    """
    with writing(data) as connection:
        refused = block_member(connection, member, why, staff, now(), blocked=not undo)
    _done(refused)
    click.echo("再開しました。 / It can be used again." if undo else "止めました。 / It is blocked.")


def _done(answer: Done | Refused) -> Done:
    """What was done; or the refusal's words, and the end."""
    if isinstance(answer, Refused):
        fail(answer.words)
    return answer


def _pieces(given: tuple[str, ...]) -> CashCount:
    """`1000=12` and the like. Ends the command for what is no count."""
    try:
        parts = [tuple(map(int, each.split("=", 1))) for each in given]
        return CashCount(tuple(sorted(((kind, number) for kind, number in parts), reverse=True)))
    except ValueError:
        kinds = " ".join(map(str, DENOMINATIONS))
        fail(
            f"金種=枚数 の形で、金種ごとに一つずつ入れてください（{kinds}） / "
            f"write each kind once, as kind=pieces, of these kinds: {kinds}"
        )


def _print_receipt(receipt: Receipt, *, as_json: bool, reprint: int = 0) -> None:
    if as_json:
        print_document({**asdict(receipt), "reprint": reprint})
    else:
        click.echo(receipt_text(receipt, reprint), nl=False)


def _print_list(receipts: list[Receipt], as_json: bool) -> None:
    if as_json:
        print_document({"receipts": [asdict(each) for each in receipts]})
    elif not receipts:
        click.echo("この日の領収書はありません。 / There are no receipts of this day.", err=True)
    else:
        for each in receipts:
            sign = "+" if each.kind is ReceiptKind.CHARGE else "-"
            till = f"  {each.till}" if each.till else ""
            click.echo(
                f"{each.number:06}  {stamp_text(each.at)[11:16]}  {each.kind:<6}  {sign}{each.amount:,}円  "
                f"{each.member}  {each.staff}{till}"
            )


def _print_count(count: Count, *, as_json: bool) -> None:
    if as_json:
        print_document({**asdict(count), "difference": count.difference})
        return
    what = f"{count.bus} {count.day} の現金袋 / bag" if count.bus else f"{count.day} のレジ / till"
    click.echo(f"{count.number}番: {what}")
    for kind, number in count.pieces.pieces:
        click.echo(f"{kind:>6,}円 × {number:>5,} = {kind * number:>9,}円")
    click.echo(f"あるはずの額 / expected: {count.expected:>9,}円")
    click.echo(f"数えた額     / counted:  {count.counted:>9,}円")
    click.echo(count.words)
