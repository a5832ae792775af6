"""`yukemuri-central audit …`: who did what, and whether nobody has changed it since."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from central.audit import store
from central.audit.verify_audit import verify
from central.command_line import data_option, json_option, print_document, reading
from central.japan import stamp_text


@click.group()
def audit() -> None:
    """監査記録 / The audit log: who did what."""


@audit.command("verify")
@data_option
@json_option
def verify_command(data: Path, *, as_json: bool) -> None:
    """鎖を計算しなおす / Recompute the chain; exit 1 if an entry was changed, or one is missing between others."""
    with reading(data) as connection:
        found = verify(connection)
    if as_json:
        print_document(asdict(found))
    else:
        for problem in found.problems:
            click.echo(problem)
        click.echo(f"{found.entries} 件 / entries; 鎖の端 / head of the chain: {found.head}")
    sys.exit(1 if found.problems else 0)


@audit.command("show")
@data_option
@click.option("--who", default="", help="staff:名前 か member:番号 / staff:NAME or member:NUMBER")
@click.option("--about", default="", help="対象 / whom or what it was done to, as member:NUMBER")
@click.option(
    "--last", default=50, show_default=True, type=click.IntRange(1, 100_000), help="件数 / how many"
)
@click.option("--json", "as_json", is_flag=True, help="JSONで出力 / JSON: one document a line of the log")
def show_command(data: Path, who: str, about: str, last: int, *, as_json: bool) -> None:
    """記録を新しい順に示す / Show the log, newest first."""
    with reading(data) as connection:
        found = store.newest_entries(connection, last, who, about)
    for entry in found:
        if as_json:
            print_document(asdict(entry) | {"detail": json.loads(entry.detail)})
        else:
            click.echo(
                f"{entry.id}  {stamp_text(entry.at)}  {entry.who}  {entry.what}  {entry.about}  {entry.detail}"
            )
    if not found and not as_json:
        click.echo("記録はありません / Nothing is written there")
