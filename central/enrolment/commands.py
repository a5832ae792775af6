"""`yukemuri-central units …`: codes for new machines, who is enrolled, and revoking what was lost."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from pathlib import Path

import click

from central.audit.write_down import SYSTEM
from central.command_line import data_option, fail, json_option, now, print_document, reading, writing
from central.devices.register_device import DeviceKind
from central.enrolment.authority import open_authority
from central.enrolment.enrol_unit import NoCode, make_code, revoke_unit
from central.enrolment.read_units import unit_lines
from central.japan import stamp_text
from rules.messages.enrolment import CODE_LIFE_S, SECRET_BYTES

NO_AUTHORITY = (
    "{data} に端末の認証局がありません。先に yukemuri-provision init を実行してください / "
    "There is no authority for machines in {data}: run yukemuri-provision init first"
)


@click.group()
def units() -> None:
    """端末 / Machines: their codes and certificates."""


@units.command("code")
@click.argument("unit")
@click.option(
    "--kind",
    required=True,
    type=click.Choice([each.value for each in DeviceKind]),
    help="端末の種類 / what kind of machine it is",
)
@data_option
@json_option
def code_command(unit: str, kind: str, data: Path, *, as_json: bool) -> None:
    """端末UNITの登録コードを作る / Makes a code for the machine UNIT, good once, for 15 minutes.

    前からある名前なら、登録のときに前の端末の証明書が失効する。 / Of a name that is there already, the former machine's
    certificates are withdrawn once the new one enrols.
    """
    authority = open_authority(data)
    if authority is None:
        fail(NO_AUTHORITY.format(data=data))
    at = now()
    with writing(data) as connection:
        made = make_code(
            connection,
            authority,
            secrets.token_bytes(SECRET_BYTES),
            (unit, DeviceKind(kind)),
            SYSTEM,
            at,
        )
    if isinstance(made, NoCode):
        fail(made)
    if as_json:
        print_document({"unit": unit, "kind": kind, "code": made.text, "until": at + CODE_LIFE_S})
        return
    click.echo(made.text)
    click.echo(f"{unit}: {stamp_text(at + CODE_LIFE_S)} まで、一度だけ / good once, until then", err=True)


@units.command("list")
@data_option
@json_option
def list_command(data: Path, *, as_json: bool) -> None:
    """端末と証明書の一覧 / All machines, with their newest certificates."""
    with reading(data) as connection:
        lines = unit_lines(connection, now())
    if as_json:
        print_document({"units": [asdict(each) for each in lines]})
        return
    for each in lines:
        left = "–" if each.days_left is None else f"{each.days_left}日 / days"
        click.echo(
            f"{each.unit}  {each.kind[0]} / {each.kind[1]}  {each.state[0]} / {each.state[1]}  "
            f"{each.until or '–'}  {left}  {each.serial or '–'}"
        )
    if not lines:
        click.echo(
            "端末がまだありません。units code で登録のコードを作ってください。 / "
            "There are no machines yet: make a code with units code.",
            err=True,
        )


@units.command("revoke")
@click.argument("unit")
@click.option("--reason", required=True, help="理由。名前は書かない / why, without names")
@data_option
def revoke_command(unit: str, reason: str, data: Path) -> None:
    """端末UNITを失効させる / Revokes the machine UNIT: nothing more of it is taken in, its connection ends.

    サーバーが動いていれば1分以内に切れる。 / With the server running, its connection ends within a minute.
    """
    with writing(data) as connection:
        refused = revoke_unit(connection, unit, SYSTEM, reason, now())
    if refused is not None:
        fail(refused)
    click.echo(f"{unit}: 失効させました。 / Revoked.")
