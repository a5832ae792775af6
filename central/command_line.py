"""What the commands of `yukemuri-central` have in common: options, time, the database, how they end."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from central.database.transaction import Connection, Database, database_file
from central.settings import Settings, SettingsWrong, load

data_option = click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    help="センターのデータの場所 / central's data folder",
)
config_option = click.option(
    "--config",
    "config_file",
    required=True,
    type=click.Path(path_type=Path),
    help="設定ファイル / the settings file",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="JSONを1行で出力 / one JSON document on one line"
)


def now() -> int:
    """Unix seconds: where time comes in, for the server and for every command."""
    return int(time.time())


def fail(reason: str) -> NoReturn:
    """The reason on stderr, and exit 1."""
    click.echo(reason, err=True)
    sys.exit(1)


def print_document(document: object) -> None:
    """JSON on one line, in UTF-8 whatever the locale is."""
    click.echo(json.dumps(document, ensure_ascii=False).encode())


def settings_or_exit(config_file: Path) -> Settings:
    """The settings; where they are wrong, the command ends with all their faults."""
    try:
        return load(config_file)
    except SettingsWrong as wrong:
        fail("\n".join(wrong.problems))


@contextmanager
def opened(data: Path) -> Iterator[Database]:
    """The database in `data`, closed at the end. Using it raises DataUnusable, also where there is none."""
    database = Database(database_file(data))
    try:
        yield database
    finally:
        database.close()


@contextmanager
def reading(data: Path) -> Iterator[Connection]:
    """A snapshot of the database in `data`. Raises DataUnusable, also where there is none."""
    with opened(data) as database, database.read() as connection:
        yield connection


@contextmanager
def writing(data: Path) -> Iterator[Connection]:
    """One write transaction on the database in `data`. Raises DataUnusable, also where there is none."""
    with opened(data) as database, database.write() as connection:
        yield connection
