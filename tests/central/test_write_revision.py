"""Whoever changes a table has its revision written, and files of the former version follow."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from central.database.migrate import MIGRATIONS, OURS
from tests.central.next_version import copies, fill, rows_of, version_of
from tests.tidy.tree import ROOT

COLUMN = """    Column("kind", String, nullable=False),
    Column("signing_key", LargeBinary, nullable=False),
"""
NOTE = '    Column("note", String, nullable=False, server_default="-"),\n'
FOLLOW = """
import sys
from pathlib import Path
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from central.database.schema import metadata
from central.database.transaction import Database

database = Database(Path(sys.argv[1]))
database.create()
with database.write() as connection:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    assert compare_metadata(context, metadata) == []
    assert connection.exec_driver_sql("SELECT DISTINCT note FROM devices").scalars().all() == ["-"]
"""


def python(copy: Path, *arguments: object) -> str:
    """In the copy of the tree, whose packages come before ours."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the schema is made of, with a column more in a table."""
    folder = tmp_path / "tree"
    shutil.copytree(
        ROOT / "central" / "database",
        folder / "central" / "database",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in ("central/__init__.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    tables = folder / "central" / "database" / "tables.py"
    text = tables.read_text()
    assert text.count(COLUMN) == 1
    tables.write_text(text.replace(COLUMN, COLUMN + NOTE))
    return folder


def test_a_column_more_is_a_revision_that_files_of_the_former_version_follow(
    tmp_path: Path, copy: Path
) -> None:
    database = fill(tmp_path / "data")
    before = rows_of(database.path)
    # Before it, Alembic says what it does.
    written = python(copy, "-m", "central.database.migrations", "revision", "add_note").splitlines()[-1]
    migrations = copy / MIGRATIONS.relative_to(ROOT)
    assert Path(written) == migrations / "versions" / "add_note.py"
    head = (migrations / "head.py").read_text().partition('HEAD = "')[2].strip().rstrip('"')
    assert head != OURS.head
    script = Path(written).read_text()
    assert f'revision = "{head}"' in script
    assert f'down_revision = "{OURS.head}"' in script
    python(copy, "-m", "ruff", "format", "--check", written)
    python(copy, "-c", FOLLOW, database.path)
    assert version_of(database.path) == head
    assert rows_of(database.path) == before
    assert len(copies(database)) == 1
