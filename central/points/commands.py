"""`yukemuri-central points …`: programmes, budgets, expiry, notices, statements."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from central.command_line import data_option, fail, json_option, now, opened, print_document, reading, writing
from central.japan import day_of, stamp_text
from central.points.expire_points import expire
from central.points.grant_list import NOT_GIVEN, Done, ListWrong, grant_list, read_list, sums_of
from central.points.grant_points import NotGiven
from central.points.notify_members import make_notices
from central.points.notify_members import notices as current_notices
from central.points.print_statement import statement_page
from central.points.read_statement import Statement, read_statement
from central.programmes import store
from central.programmes.in_force import Kept
from central.programmes.keep_programmes import (
    ProgrammeWanted,
    Why,
    add_programme,
    approve_budget,
    change_programme,
    close_programme,
    find_programme,
    lower_budget,
    programmes,
    withdraw_change,
)
from central.programmes.programme_text import ProgrammeWrong, programme_fields, read_programme
from rules.ledger.programmes import Programme

_WHY = {
    Why.THERE_ALREADY: (
        "{id} はすでにあります。変えるときは change を使ってください / {id} is there already: use change to change it"
    ),
    Why.UNKNOWN: "{id} という制度はありません。list で確かめてください / There is no programme {id}: see list",
    Why.CLOSED: "{id} は終了しています / {id} is closed",
    Why.OVER_BUDGET: (
        "制度の予算を超えます。予算を change で改めるか、金額を減らしてください / "
        "More than the programme's budget: change its budget, or approve less"
    ),
    Why.OTHER_APPROVAL: (
        "その起案番号では別の承認が済んでいます / Something else was approved under that reference"
    ),
    Why.GIVEN_ALREADY: "残っている予算より多くは減らせません / Less is left in the budget than is to be taken out",
    Why.NOT_AHEAD: "あした以降の日にしてください / Choose tomorrow or later: today stays as it is",
    Why.TOO_FAR: "2年より先の日です / More than two years ahead: check the year",
    Why.NO_WHY: "理由を200字までで書いてください / Write why, in at most 200 characters",
    Why.SAME: "その日はもうその内容です / On that day it is so anyhow",
    Why.CONTRADICTS: "予定の変更と食い違います。show で確かめてください / It contradicts what is planned: see show",
    Why.PROLONGED: (
        "6か月以内という理由で適用除外の制度は、期限を延ばせません / "
        "A programme that is exempt because it is good for six months at most cannot be prolonged"
    ),
    Why.BEGUN: "もう始まっています。新しい変更を決めてください / It holds already: make another change",
    Why.WITHDRAWN: "もう取り消されています / It is withdrawn already",
}
_FIXED = (
    "番号・単位・由来は変えられません。別の制度を加えてください / "
    "id, unit and origin do not change: add another programme"
)

why_option = click.option("--why", required=True, help="理由、200字まで / why, in at most 200 characters")
by_option = click.option("--by", "said_by", required=True, help="決めた職員の名前 / who on the staff says so")


@click.group()
def points() -> None:
    """ポイント / Points: programmes, expiry, notices, statements."""


@points.group()
def programme() -> None:
    """制度 / Programmes: who issues, under which law, until when it is good."""


@programme.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@by_option
@data_option
def add_command(file: Path, said_by: str, data: Path) -> None:
    """制度を加える / Add the programme that the JSON file describes (`show kurapo --json` gives a pattern)."""
    wanted = _programme(file)
    with writing(data) as connection:
        why = add_programme(connection, wanted, said_by, now())
    _say(why, wanted.id, "加えました / added")


@programme.command("change")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "from_day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="初日、あした以降（なければあした）/ its first day, tomorrow (the default) or later",
)
@why_option
@by_option
@data_option
def change_command(file: Path, from_day: datetime | None, why: str, said_by: str, data: Path) -> None:
    """制度を変える / From a day on the programme is what the JSON file says. What was given keeps its expiry."""
    wanted = _programme(file)
    with writing(data) as connection:
        at = now()
        first = from_day.date() if from_day else day_of(at) + timedelta(days=1)
        kept = find_programme(connection, wanted.id, first)
        if kept and kept.programme.fixed != wanted.fixed:
            fail(_FIXED)
        asked = ProgrammeWanted(wanted.id, programme_fields(wanted), first, said_by, why)
        done = change_programme(connection, asked, at)
    _say(done if isinstance(done, Why) else None, wanted.id, f"{first} から変わります / changed from then on")


@programme.command("withdraw")
@click.argument("change_id", metavar="NUMBER", type=click.IntRange(1, 2**63 - 1))
@why_option
@by_option
@data_option
def withdraw_command(change_id: int, why: str, said_by: str, data: Path) -> None:
    """予定の変更を取り消す / Take back the change of that number (`show`), whose day has not come."""
    with writing(data) as connection:
        refused = withdraw_change(connection, change_id, said_by, why, now())
    _say(refused, str(change_id), "取り消しました / withdrawn")


@programme.command("close")
@click.argument("programme_id", metavar="ID")
@by_option
@data_option
def close_command(programme_id: str, said_by: str, data: Path) -> None:
    """付与を終える / Give no more; what was given stays good until it expires."""
    with writing(data) as connection:
        why = close_programme(connection, programme_id, said_by, now())
    _say(why, programme_id, "終えました / closed")


@programme.command("list")
@data_option
@json_option
def list_command(data: Path, *, as_json: bool) -> None:
    """制度の一覧 / All programmes."""
    with reading(data) as connection:
        found = programmes(connection, day_of(now()))
    if as_json:
        print_document([_kept_fields(each) for each in found.values()])
        return
    for name, each in found.items():
        state = "終了 / closed" if each.closed else ""
        click.echo(f"{name}\t{each.programme.title_ja} / {each.programme.title_en}\t{state}".rstrip())


@programme.command("show")
@click.argument("programme_id", metavar="ID")
@data_option
@json_option
def show_command(programme_id: str, data: Path, *, as_json: bool) -> None:
    """制度の内容と履歴 / One programme, and who changed it when."""
    with reading(data) as connection:
        kept = find_programme(connection, programme_id, day_of(now()))
        history = store.changes(connection, programme_id)
        _, approved = store.approved(connection, programme_id)
    if kept is None:
        _say(Why.UNKNOWN, programme_id, "")
        return
    if as_json:
        changes = [asdict(each) | {"content": json.loads(each.content)} for each in history]
        print_document(_kept_fields(kept) | {"approved": approved, "changes": changes})
        return
    for name, value in programme_fields(kept.programme).items():
        click.echo(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    click.echo(f"承認済み / approved: {approved:,}")
    for change in history:
        gone = "  取り消し / withdrawn" if change.withdrawn else ""
        said = f"{stamp_text(change.at)}  {change.what}  {change.from_day}  {change.said_by}{gone}"
        click.echo(f"{change.id}  {said}")


@points.command()
@click.argument("programme_id", metavar="ID")
@click.argument("amount", type=click.IntRange(1, 10**12))
@click.option(
    "--reference", required=True, help="起案番号。同じ番号は一度だけ / the decision's number, honoured once"
)
@click.option("--less", is_flag=True, help="承認を減らす / so much less, out of what is left")
@by_option
@data_option
def budget(programme_id: str, amount: int, reference: str, said_by: str, data: Path, *, less: bool) -> None:
    """予算を承認する / Approve AMOUNT units that the programme may give away."""
    decide = lower_budget if less else approve_budget
    with writing(data) as connection:
        why = decide(connection, programme_id, amount, reference, said_by, now())
    done = "減らしました / taken out again" if less else "承認しました / approved"
    _say(why, programme_id, f"{amount:,} を{done}")


@points.command("grant-list")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--programme", "programme_id", required=True, help="制度 / the programme")
@click.option("--event", required=True, help="行事の番号（英小文字・数字・ハイフン）/ the event's id")
@click.option("--amount", type=click.IntRange(1), help="全員に同じポイント / the same for everybody")
@by_option
@data_option
@json_option
def grant_list_command(
    file: Path,
    programme_id: str,
    event: str,
    amount: int | None,
    said_by: str,
    data: Path,
    *,
    as_json: bool,
) -> None:
    """名簿で付与する / Grants everybody on a CSV list (columns member and amount), each member once an event."""
    try:
        lines = read_list(file.read_bytes().decode("utf-8"), amount)
        with writing(data) as connection:
            done = grant_list(connection, programme_id, event, lines, said_by, now())
    except OSError as error:
        fail(f"{file} を読めません / {file} cannot be read: check its name ({error.strerror})")
    except UnicodeDecodeError:
        fail(f"{file}: UTF-8（CSV UTF-8）で保存してください / save it as UTF-8")
    except ListWrong as error:
        fail(
            f"{file} を直してください。まだ何も付与していません / Mend {file}; nothing was given yet:\n{error}"
        )
    except ValueError as error:
        fail(f"--event: {error}")
    refused = [each for each in done if isinstance(each.answer, NotGiven)]
    sums = sums_of(done)
    if as_json:
        print_document(asdict(sums) | {"refused": [_refused_fields(each) for each in refused]})
    else:
        click.echo(
            f"{sums.given:,} 人に {sums.points:,} を付与しました / given. 前に付与ずみ / before: {sums.before:,}"
        )
    for each in refused:
        fields = _refused_fields(each)
        click.echo(f"{fields['line']}行目 / line  {fields['member']}: {fields['why']}", err=True)
    if refused:
        sys.exit(1)


def _refused_fields(done: Done) -> dict[str, Any]:
    assert isinstance(done.answer, NotGiven)
    return {"line": done.line.number, "member": done.line.member, "why": NOT_GIVEN[done.answer]}


@points.command("expire")
@data_option
@json_option
def expire_command(data: Path, *, as_json: bool) -> None:
    """期限切れを処理する / Move what has expired; again, it changes nothing. The server does it every minute."""
    with opened(data) as database:
        done = expire(database, now())
    if as_json:
        print_document(asdict(done))
        return
    click.echo(f"{done.units:>9,}  失効 / units expired, {done.lots:,} lots")
    click.echo(f"{done.renewed:>9,}  利用により延長 / lots prolonged by a use")
    click.echo(f"{done.holds:>9,}  取り置きの終了 / holds ended")


@points.command("notices")
@data_option
@json_option
def notices_command(data: Path, *, as_json: bool) -> None:
    """期限のお知らせ / Notices of what expires soon; those due are made first, each once."""
    at = now()
    with writing(data) as connection:
        make_notices(connection, at)
        found = current_notices(connection, at)
    if as_json:
        print_document([asdict(each) for each in found])
        return
    for each in found:
        click.echo(f"{each.last_day}まで\t{each.member}\t{each.amount:,} {each.unit}\t{each.days_before}日前")
    if not found:
        click.echo("お知らせはありません。 / Nothing expires soon.")


@points.command("statement")
@click.argument("member")
@data_option
@json_option
@click.option(
    "--print", "page", type=click.Path(path_type=Path), help="印刷用のHTML / a page to print, as a file"
)
def statement_command(member: str, data: Path, *, as_json: bool, page: Path | None) -> None:
    """残高と期限 / A member's balance, what expires when, what happened."""
    with reading(data) as connection:
        found = read_statement(connection, member, now())
    if found is None:
        fail(f"{member} という会員はいません / There is no member {member}")
    if page is not None:
        try:
            page.write_text(statement_page(found), encoding="utf-8")
        except OSError as error:
            fail(
                f"{page} に書けません。場所を変えてください / {page} cannot be written: choose another place ({error})"
            )
    if as_json:
        print_document(asdict(found))
    elif page is None:
        _print_statement(found)


def _print_statement(found: Statement) -> None:
    click.echo(f"残高 / balance: {found.balance:,}")
    if found.held:
        click.echo(f"うち取り置き / of it set aside: {found.held:,}")
    for each in found.expiring:
        click.echo(f"{each.last_day}まで / until then: {each.amount:,}")
    for line in found.lines:
        click.echo(f"{line.day}  {line.amount:>+9,}  {line.japanese} / {line.english}")


def _programme(file: Path) -> Programme:
    try:
        return read_programme(file.read_bytes())
    except OSError as error:
        fail(
            f"{file} を読めません。ファイル名を確かめてください / "
            f"{file} cannot be read: check its name ({error.strerror})"
        )
    except ProgrammeWrong as error:
        fail(f"{file} を直してください / Mend {file}:\n{error}")


def _kept_fields(kept: Kept) -> dict[str, Any]:
    return programme_fields(kept.programme) | {"closed": kept.closed}


def _say(why: Why | None, programme_id: str, done: str) -> None:
    if why is not None:
        fail(_WHY[why].format(id=programme_id))
    click.echo(f"{programme_id}: {done}")
