"""`yukemuri-central kiosks …`: which machines give points, for what, and how they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from central.command_line import data_option, fail, json_option, now, print_document, reading, writing
from central.database.transaction import Connection
from central.devices.store import heard_at
from central.japan import day_of, day_title, stamp_text
from central.kiosks import store
from central.kiosks.keep_kiosks import KioskWanted, NotKept, change_kiosk, register_kiosk
from central.kiosks.kiosk import DAY_MINUTES, VALID_HOURS, Kiosk, Visit
from central.kiosks.store import State

Command = Callable[..., None]
_VISIT = re.compile(r"(\d{1,3}):([^:]+):([^:]+):(\d{1,5})(?::([^:]+))?")
_HOURS = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")

_by = click.option("--by", "said_by", required=True, help="決めた職員の名前 / who on the staff says so")


class _VisitType(click.ParamType[Visit]):
    name = "番号:日本語:英語:ポイント[:ふりがな]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Visit:
        found = _VISIT.fullmatch(value)
        if found is None:
            self.fail(
                "1:大人:Adult:50:おとな のように書いてください / write it as 1:大人:Adult:50:おとな",
                param,
                ctx,
            )
        return Visit(int(found[1]), found[2], found[3], int(found[4]), found[5] or "")


class _HoursType(click.ParamType[tuple[int, int]]):
    name = "HH:MM-HH:MM"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        found = _HOURS.fullmatch(value)
        if found is None:
            self.fail("09:00-21:00 のように書いてください / write it as 09:00-21:00", param, ctx)
        opens, closes = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        return opens, closes


def _about(is_new: bool) -> Callable[[Command], Command]:
    """The options that say what a kiosk is; of an old one, those that are given change."""

    def add(command: Command) -> Command:
        for option in (
            click.option("--place-ja", required=is_new, help="場所の名前 / the place's name in Japanese"),
            click.option(
                "--place-en", required=is_new, help="場所の名前（英語）/ the place's name in English"
            ),
            click.option("--programme", required=is_new, help="ポイントの制度 / the programme of its points"),
            click.option(
                "--visit",
                "visits",
                type=_VisitType(),
                multiple=True,
                required=is_new,
                help="区分。何度でも。set ではすべてを置き換える / a kind of visit; with set, all are replaced",
            ),
            click.option(
                "--cap",
                type=click.IntRange(0),
                help="一日に出すポイントの上限。0は上限なし / points it may give in a day, 0 for no limit",
            ),
            click.option("--open", "hours", type=_HoursType(), help="営業時間 / opening hours, in Japan"),
            click.option(
                "--valid",
                type=int,
                help=f"受け取れる時間。初めは{VALID_HOURS} / hours in which a code can be claimed",
            ),
        ):
            command = option(command)
        return command

    return add


@click.group()
def kiosks() -> None:
    """キオスク / Kiosks: machines that give points."""


@kiosks.command("register")
@click.argument("device")
@click.argument("number", type=int)
@click.option("--key", help="機器の公開鍵、16進64字 / its Ed25519 public key, 64 hex digits")
@_about(is_new=True)
@_by
@data_option
def register_command(
    device: str, number: int, key: str | None, said_by: str, data: Path, **about: Any
) -> None:
    """キオスクを登録する / Lets the machine DEVICE give points; NUMBER stands in its codes."""
    try:
        public = None if key is None else bytes.fromhex(key)
        first = {name: about.pop(name) for name in ("place_ja", "place_en", "programme", "visits")}
        kiosk = _with(Kiosk(device, number, **first), **about)
        with writing(data) as connection:
            refused = register_kiosk(connection, kiosk, public, said_by, now())
    except ValueError as error:
        fail(f"登録できません / It cannot be registered so: {error}")
    _unless(refused)
    click.echo(f"{device}: {number} 番として登録しました。 / Registered as number {number}.")


@kiosks.command("set")
@click.argument("device")
@_about(is_new=False)
@click.option(
    "--from",
    "first_day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="いつから。なければあしたから / from which day on, otherwise tomorrow",
)
@click.option("--why", required=True, help="理由 / why")
@_by
@data_option
def set_command(
    device: str, said_by: str, data: Path, first_day: datetime | None, why: str, **about: Any
) -> None:
    """キオスクの内容を変える / Changes what is given, from tomorrow on or later; the rest stays."""
    at = now()
    from_day = day_of(at) + timedelta(days=1) if first_day is None else first_day.date()
    try:
        with writing(data) as connection:
            before = store.kiosk_of(connection, device, from_day)
            refused = (
                NotKept.UNKNOWN
                if before is None
                else change_kiosk(connection, KioskWanted(_with(before, **about), from_day, why, said_by), at)
            )
    except ValueError as error:
        fail(f"変えられません / It cannot be changed so: {error}")
    _unless(refused)
    click.echo(f"{device}: {day_title(from_day)}から変わります。 / Changes on {from_day}.")


@kiosks.command("list")
@data_option
@json_option
def list_command(data: Path, *, as_json: bool) -> None:
    """キオスクの一覧 / All kiosks, and what they give points for."""
    with reading(data) as connection:
        found = store.all_kiosks(connection, day_of(now()))
    if as_json:
        print_document({"kiosks": [asdict(each) for each in found]})
        return
    for each in found:
        visits = "、".join(f"{visit.id} {visit.ja} {visit.points}" for visit in each.visits)
        cap = "" if each.cap_per_day is None else f"  一日 {each.cap_per_day:,} まで / a day at most"
        click.echo(
            f"{each.number}  {each.device}  {each.place_ja} / {each.place_en}  {each.programme}  "
            f"{_clock(each.opens)}-{_clock(each.closes)}  {visits}{cap}"
        )
    _say_if_none(found)


@kiosks.command("status")
@data_option
@json_option
def status_command(data: Path, *, as_json: bool) -> None:
    """今日の様子 / How each kiosk stands today: claims, points, what waits, when it was last heard."""
    at = now()
    with reading(data) as connection:
        found = [_status(connection, each, at) for each in store.all_kiosks(connection, day_of(at))]
    if as_json:
        print_document({"kiosks": found})
        return
    for each in found:
        click.echo(
            f"{each['device']}  今日 / today: {each['given']:,} 件 {each['points']:,} ポイント  "
            f"保留 / waiting: {each['pending']:,}  取消 / undone: {each['undone']:,}  "
            f"コード / codes: {each['codes']:,}  最後の通信 / heard: {stamp_text(each['heard_at']) or '–'}"
        )
    _say_if_none(found)


def _status(connection: Connection, kiosk: Kiosk, now: int) -> dict[str, Any]:
    """Claims are of today, those that wait of any day."""
    states = store.count_states(connection, kiosk.device, day_of(now).isoformat())
    given, points = states.get(State.GIVEN, (0, 0))
    waiting = [each for each in store.pending_claims(connection) if each.name.device == kiosk.device]
    return {
        "device": kiosk.device,
        "number": kiosk.number,
        "given": given,
        "points": points,
        "pending": len(waiting),
        "undone": states.get(State.UNDONE, (0, 0))[0],
        "codes": store.count_codes(connection, kiosk.device),
        "heard_at": heard_at(connection, kiosk.device),
    }


def _with(
    kiosk: Kiosk, hours: tuple[int, int] | None, cap: int | None, valid: int | None, **more: Any
) -> Kiosk:
    changed = {name: value for name, value in more.items() if value}
    if hours is not None:
        changed |= {"opens": hours[0], "closes": hours[1]}
    if cap is not None:
        changed["cap_per_day"] = cap or None
    if valid is not None:
        changed["valid_hours"] = valid
    return replace(kiosk, **changed)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}" if minute < DAY_MINUTES else "24:00"


def _say_if_none(found: list[Any]) -> None:
    if not found:
        click.echo(
            "キオスクがまだありません。kiosks register で登録してください。 / "
            "There are no kiosks yet; register one with: kiosks register --help",
            err=True,
        )


def _unless(refused: NotKept | None) -> None:
    if refused is not None:
        fail(refused)
