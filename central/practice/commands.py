"""`yukemuri-central practice`: an office to practise in, beside the real one or without any."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from central.access.staff.invite import invite
from central.access.who import Role
from central.audit.write_down import SYSTEM
from central.command_line import fail, now, settings_or_exit
from central.practice.folder import (
    DAYS,
    copy_office,
    invent_village,
    is_made,
    open_practice,
    throw_away,
    why_not_here,
)
from central.practice.pages import HOST, serve_practice

PORT = 8490
FOLDER = Path("yukemuri-practice")
_ROLES = {
    Role.CLERK: "窓口",
    Role.CASHIER: "出納",
    Role.APPROVER: "決裁",
    Role.ADMINISTRATOR: "管理",
}


@click.command()
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="この役場を写す。なければ架空の村 / the office to copy; an invented village without",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="練習用のフォルダー（役場のデータとは別の場所） / where to practise; never the office's own data folder",
)
@click.option("--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True)
@click.option(
    "--anew", is_flag=True, help="前の練習を捨てて、作り直す / throw the last practice away, make it anew"
)
@click.option("--no-serve", is_flag=True, help="作るだけ / make it, and end")
def practice(config_file: Path | None, folder: Path | None, port: int, *, anew: bool, no_serve: bool) -> None:
    """練習用の役場を開く。本物には何も届かない / An office to practise in: nothing done there reaches the real one.

    役場を動かしたままで使えます。人の名前、電話、メールは架空のものに替わり、鍵と合い言葉は写りません。
    The real office may go on running. Names, telephones and mail addresses are invented ones in the copy; keys and
    passphrases are not in it.
    """
    settings = settings_or_exit(config_file) if config_file else None
    real = settings.data if settings else None
    if folder is None:
        folder = FOLDER if real is None else real.with_name(f"{real.name}-practice")
    refused = why_not_here(folder, real)
    if refused is not None:
        fail(f"{folder}: {refused}")
    if anew:
        throw_away(folder)
    if not is_made(folder):
        _make(real, folder)
    if not no_serve:
        _serve(folder, port)


def _make(real: Path | None, folder: Path) -> None:
    try:
        if real is None:
            _invent(folder)
        else:
            click.echo("写しています… / copying …", err=True)
            copy_office(real, folder, now())
    except OSError as error:
        fail(
            f"{folder} を作れません。書ける場所を --folder で示してください / "
            f"{folder} cannot be made: name a place that you may write by --folder ({error.strerror})"
        )


def _invent(folder: Path) -> None:
    click.echo(f"村を作っています（{DAYS}日） / making a village of {DAYS} days …", err=True)
    invent_village(
        folder, secrets.SystemRandom(), lambda done: click.echo(f"{done} ", err=True, nl=False), now()
    )
    click.echo(err=True)


def _serve(folder: Path, port: int) -> None:
    office = open_practice(folder, now())
    try:
        with office.database.write() as connection:
            for role, japanese in _ROLES.items():
                secret = invite(connection, f"renshu-{role}", role, SYSTEM, now(), secrets.token_bytes)
                click.echo(f"{japanese} / {role}: http://{HOST}:{port}/staff/invitation#{secret}")
        click.echo(f"会員 / members: http://localhost:{port}/m/", err=True)
        serve_practice(office, now, port)
    except OSError as error:
        fail(
            f"ポート {port} を使えません。--port で別の番号を示してください / "
            f"Port {port} cannot be used: name another with --port ({error.strerror})"
        )
    finally:
        office.database.close()
