"""`yukemuri-central database …`: which version the file has, and what upgrades left beside it."""

from __future__ import annotations

from pathlib import Path

import click

from central.command_line import data_option, fail, json_option, opened, print_document
from central.database.migrate import WORDS
from central.database.read_status import Status, read_status
from central.japan import stamp_text

COPIES = (
    "新しい版で一日働き、バックアップを取ったら、手で消してかまいません。戻し方は README の「更新」にあります / "
    "After a day's work on the new version and a backup, delete them by hand; how to go back to one stands in the "
    "README under 更新"
)


@click.group()
def database() -> None:
    """データベース / The database's file."""


@database.command("status")
@data_option
@json_option
def status_command(data: Path, as_json: bool) -> None:
    """版、大きさ、空き容量、更新の前の写し / Version, size, room on the disk, copies from before upgrades.

    どの版のファイルでも見られます。読めないときは終了コード1 / For a file of any version; exit 1 if it cannot be read.
    """
    with opened(data) as found:
        status = read_status(found)
    if as_json:
        print_document(_document(status))
    else:
        _print(status)
    if status.problem:
        fail(status.problem)


def _document(status: Status) -> dict[str, object]:
    version = status.version
    return {
        "revision": version.revision if version else "",
        "program": status.program,
        "age": str(version.age) if version else "",
        "bytes": status.size,
        "log_bytes": status.log,
        "room_bytes": status.room,
        "copies": [
            {"name": copy.name, "revision": copy.revision, "bytes": copy.size, "made_at": copy.made_at}
            for copy in status.copies
        ],
        "problem": status.problem,
    }


def _print(status: Status) -> None:
    if status.version is not None:
        click.echo(f"{' / '.join(WORDS[status.version.age])}")
        click.echo(f"{status.version.revision or '-':>14}  ファイルの版 / the file's version")
    click.echo(f"{status.program:>14}  プログラムの版 / the program's version")
    click.echo(f"{_megabytes(status.size)}  ファイル / file")
    click.echo(f"{_megabytes(status.log)}  書き込みの記録 / its log")
    click.echo(f"{_megabytes(status.room)}  ディスクの空き / room on the disk")
    for copy in status.copies:
        click.echo(f"{_megabytes(copy.size)}  {stamp_text(copy.made_at)}  更新の前の写し / copy: {copy.name}")
    if status.copies:
        click.echo(COPIES)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:>11,.1f} MB"
