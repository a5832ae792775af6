"""`yukemuri-central staff …`: who works here, and how they come in first."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from central.access import store
from central.access.staff.change_staff import NotChanged, change_role, leave, sign_out
from central.access.staff.invite import NotInvited, invite, withdraw
from central.access.staff.words import NOT_CHANGED, NOT_INVITED, ROLES
from central.access.who import Role
from central.audit.write_down import SYSTEM
from central.command_line import (
    config_option,
    fail,
    json_option,
    now,
    opened,
    print_document,
    reading,
    settings_or_exit,
)
from central.database.transaction import Connection
from central.settings import Settings

name_option = click.option("--name", required=True, help="サインインの名前 / the name to sign in with")

role_option = click.option(
    "--role", required=True, type=click.Choice([role.value for role in Role]), help="役割 / the role"
)


@click.group()
def staff() -> None:
    """職員 / The office's staff."""


@staff.command("invite")
@config_option
@name_option
@role_option
def invite_command(config_file: Path, name: str, role: str) -> None:
    """一度だけ使える招待リンクを作る（24時間） / A one-time link with which somebody sets their passphrase; 24 hours.

    Again, for somebody who has lost theirs. With another role it is their role from now on.
    """
    settings = settings_or_exit(config_file)
    with _writing(settings) as connection:
        secret = invite(connection, name, Role(role), SYSTEM, now(), secrets.token_bytes)
    if isinstance(secret, NotInvited | NotChanged):
        _refuse(secret)
    click.echo(f"{settings.web.public}/staff/invitation#{secret}")


@staff.command("withdraw")
@config_option
@name_option
def withdraw_command(config_file: Path, name: str) -> None:
    """まだ使われていない招待リンクを取り消す / The link that somebody was given leads nowhere any more."""
    with _writing(settings_or_exit(config_file)) as connection:
        refused = withdraw(connection, name, SYSTEM, now())
    if refused is not None:
        _refuse(refused)
    click.echo(f"{name} の招待を取り消しました / The invitation of {name} is withdrawn")


@staff.command("role")
@config_option
@name_option
@role_option
def role_command(config_file: Path, name: str, role: str) -> None:
    """役割を変える / Another role for somebody who works here; their next page finds it so."""
    with _writing(settings_or_exit(config_file)) as connection:
        refused = change_role(connection, name, Role(role), SYSTEM, now())
    if refused is not None:
        _refuse(refused)
    click.echo(f"{name} は{ROLES[Role(role)][0]}です / {name} is {ROLES[Role(role)][1]} now")


@staff.command("list")
@config_option
@json_option
def list_command(config_file: Path, *, as_json: bool) -> None:
    """職員と役割 / Everybody with their role, also those who have left."""
    with reading(settings_or_exit(config_file).data) as connection:
        found = store.all_roles(connection)
    if as_json:
        print_document({"staff": [{"name": name, "role": role or ""} for name, role in found.items()]})
        return
    for name, role in found.items():
        click.echo(f"{name}  {' / '.join(ROLES[role]) if role else '退職 / has left'}")
    if not found:
        click.echo("まだ誰もいません。staff invite で招いてください / Nobody yet: begin with staff invite")


@staff.command("leave")
@config_option
@name_option
def leave_command(config_file: Path, name: str) -> None:
    """もう働いていない人を外す / Somebody does not work here any more: their sessions end at once."""
    with _writing(settings_or_exit(config_file)) as connection:
        refused = leave(connection, name, SYSTEM, now())
    if refused is not None:
        _refuse(refused)
    click.echo(f"{name} を外しました / {name} has left")


@staff.command("sign-out")
@config_option
@name_option
def sign_out_command(config_file: Path, name: str) -> None:
    """その人のサインインをすべて終える / End all sessions of somebody, as after a lost laptop."""
    with _writing(settings_or_exit(config_file)) as connection:
        ended = sign_out(connection, name, SYSTEM, now())
    if isinstance(ended, NotChanged):
        _refuse(ended)
    click.echo(f"{ended} 件のサインインを終えました / {ended} sessions ended")


def _refuse(refused: NotInvited | NotChanged) -> NoReturn:
    fail(" / ".join(NOT_INVITED[refused] if isinstance(refused, NotInvited) else NOT_CHANGED[refused]))


@contextmanager
def _writing(settings: Settings) -> Iterator[Connection]:
    with opened(settings.data) as database:
        # The first administrator comes before the server has ever run.
        database.create()
        with database.write() as connection:
            yield connection
