"""`yukemuri-central ledger …`: the ledger recomputed, and written out for others to check."""

from __future__ import annotations

import dataclasses
import sys
from contextlib import suppress
from pathlib import Path

import click

from central.command_line import data_option, fail, json_option, now, print_document, reading
from central.ledger.export_beancount import beancount
from central.ledger.history.store import History
from central.ledger.last_verified import LastVerified, write_last
from central.ledger.verify_ledger import Verified, verify_ledger


@click.group()
def ledger() -> None:
    """元帳 / The ledger."""


@ledger.command()
@data_option
@json_option
def verify(data: Path, as_json: bool) -> None:
    """合計・残高・鎖を計算しなおす / Recompute sums, balances and the chain.

    違いがあれば終了コード1 / Exit 1 on any difference.
    """
    with reading(data) as connection:
        found = verify_ledger(connection)
    # Who may only read has recomputed it all the same.
    with suppress(OSError):
        write_last(data, LastVerified(now(), found.head, len(found.problems)))
    if as_json:
        print_document(dataclasses.asdict(found))
    else:
        _print(found)
    if found.problems:
        sys.exit(1)


@ledger.command()
@data_option
@click.option(
    "--format",
    required=True,
    type=click.Choice(["beancount"]),
    expose_value=False,
    help="書き出す形式 / the format to write",
)
def export(data: Path) -> None:
    """元帳をすべて標準出力に書き出す / Write the whole ledger to stdout.

    beancount: bean-check で検算できます。どのグループにも属さない行があれば終了コード1 / To be checked by bean-check.
    Exit 1 if there are rows that belong to no group.
    """
    with reading(data) as connection:
        history = History(connection)
        with click.progressbar(
            beancount(history),
            length=history.count(),
            label="元帳の書き出し / exporting the ledger",
            file=sys.stderr,
        ) as pieces:
            for piece in pieces:
                sys.stdout.buffer.write(piece.encode())
    if history.strays:
        fail(
            f"どのグループにも属さない {history.strays} 行は書き出していません。ledger verify で調べてください / "
            f"{history.strays} rows belong to no group and were left out: see what ledger verify says"
        )


def _print(found: Verified) -> None:
    click.echo(f"{found.groups:>9,}  取引 / groups")
    click.echo(f"{found.entries:>9,}  仕訳 / entries")
    click.echo(f"{found.accounts:>9,}  口座 / accounts")
    click.echo(f"鎖の端 / head of the chain: {found.head}")
    for problem in found.problems:
        click.echo(problem, err=True)
    click.echo(
        "違いはありません。 / No difference."
        if not found.problems
        else "違いがあります。 / There are differences."
    )
