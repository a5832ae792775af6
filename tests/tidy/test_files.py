"""What may stand in files: nothing of the machine they were written on, and SQL only where it lives."""

from __future__ import annotations

import ast
import re

import pytest

from tests.tidy.tree import folders, modules, packages, texts

# Written in two halves, or this file would be found by its own search.
FORBIDDEN = {
    "a package index": "py" + r"pi\.org|files\.python" + r"hosted\.org",
    "a Debian mirror": r"\w+\.deb" + r"ian\.org|snap" + r"shot\.debian",
    "somebody's home folder": r"(?<![\w.])/(?:ro" + r"ot|ho" + r"me/\w+|Us" + "ers)/",
    "a working folder": r"(?<![\w.])/wo" + r"rk/|/opt/py" + "pi|/opt/wh" + "eels",
    "a note to do it later": r"\b(?:TO" + "DO|FIX" + r"ME)\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path}:{number}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


def test_the_search_finds_what_it_looks_for() -> None:
    samples = {
        "a package index": "--index-url https://py" + "pi.org/simple",
        "a Debian mirror": "deb http://ftp.jp.deb" + "ian.org/debian",
        "somebody's home folder": "data = '/ho" + "me/yuki/data'",
        "a working folder": "cd /wo" + "rk/main",
        "a note to do it later": "# TO" + "DO: later",
    }
    assert [what for what, sample in samples.items() if not re.search(FORBIDDEN[what], sample)] == []


@pytest.mark.parametrize("folder", [path.name for path in folders()])
def test_every_top_folder_says_what_may_live_there(folder: str) -> None:
    readme = next(path for path in folders() if path.name == folder) / "README.md"
    assert readme.is_file(), f"{folder}/README.md is missing"
    assert readme.read_text(encoding="utf-8").startswith(f"# {folder}/")


SQL_HOMES = re.compile(
    r"device/journal/.*|central/(?:database|reports)/.*|central/(?:.*/)?store\.py|provisioning/backup/.*"
)
SQL = re.compile(
    r"\s*(?:SELECT\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|PRAGMA\s|VACUUM|BEGIN\s+\w"
    r"|(?:CREATE|DROP|ALTER)\s+(?:UNIQUE\s+)?(?:TABLE|INDEX|VIEW|TRIGGER)\s)"
)
RUNS_SQL = {"execute", "executemany", "executescript", "exec_driver_sql"}
SPEAKS_SQL = {"sqlalchemy", "sqlite3", "sqlite_utils"}
TYPES_ONLY = {"Connection", "Engine"}
"""What others may name to hand a connection on."""


def _is_sql(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return SQL.match(text) is not None
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in RUNS_SQL
        case ast.ImportFrom(module=str(module), names=names):
            return module.partition(".")[0] in SPEAKS_SQL and not {name.name for name in names} <= TYPES_ONLY
        case ast.Import(names=names):
            return any(name.name.partition(".")[0] in SPEAKS_SQL for name in names)
        case _:
            return False


def _sql(tree: ast.Module) -> list[int]:
    """The lines that hold, run or import SQL."""
    return [getattr(node, "lineno", 0) for node in ast.walk(tree) if _is_sql(node)]


def test_sql_stands_only_in_journal_store_reports_and_database() -> None:
    shipped = [name for name in packages() if name != "hil"]
    found = [
        f"{path}:{line}"
        for path, tree in modules(*shipped)
        if not SQL_HOMES.fullmatch(path)
        for line in _sql(tree)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "q = 'SELECT id FROM rides'",
        "q = f'INSERT OR IGNORE INTO rides VALUES ({mark})'",
        "connection.execute(query)",
        "from sqlalchemy import select",
        "import sqlite3",
    ],
)
def test_the_search_for_sql_finds(line: str) -> None:
    assert _sql(ast.parse(line)) == [1]


@pytest.mark.parametrize(
    "line",
    ["words = 'Select a stop'", "rides.select(stop)", "import json", "from sqlalchemy import Connection"],
)
def test_the_search_for_sql_leaves_alone(line: str) -> None:
    assert _sql(ast.parse(line)) == []
