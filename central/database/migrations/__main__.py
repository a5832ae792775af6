"""`python -m central.database.migrations …`: for developers, writes revisions from the metadata."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import click
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from central.database.migrate import MIGRATIONS, OURS, run_revisions, scripts
from central.database.schema import metadata

_HEAD = MIGRATIONS / "head.py"


@click.group()
def cli() -> None:
    """データベースの移行 / Revisions of the database's schema."""


@cli.command()
def baseline() -> None:
    """最初の版を作り直す / Write the baseline anew, until the first release; no other revision may exist."""
    folder = OURS.folders[0]
    if others := [file.name for file in folder.glob("*.py") if file.name != "baseline.py"]:
        click.echo(
            f"ほかの版があります。revisionを使ってください / Use revision, others exist: {others}", err=True
        )
        sys.exit(1)
    (folder / "baseline.py").unlink(missing_ok=True)
    _write("baseline")


@cli.command()
@click.argument("name")
def revision(name: str) -> None:
    """次の版を作る / Write the next revision, e.g. add_seal_to_lots, to be read and completed by hand."""
    _write(name)


def _write(name: str) -> None:
    known = scripts(OURS)
    parent = known.get_current_head()
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        if parent is not None:
            run_revisions(connection, known)
        context = MigrationContext.configure(connection, opts={"render_as_batch": parent is not None})
        steps = produce_migrations(context, metadata).upgrade_ops
    engine.dispose()
    assert isinstance(steps, UpgradeOps)
    code = render_python_code(steps, render_as_batch=parent is not None)
    # Named by what it does: a file of an earlier draft is never taken for one of this.
    made = hashlib.sha256(f"{parent} {code}".encode()).hexdigest()[:12]
    script = known.generate_revision(made, name, head=parent or "base", upgrades=code)
    assert script is not None
    text, _, _ = _HEAD.read_text().partition("HEAD = ")
    _HEAD.write_text(f'{text}HEAD = "{made}"\n')
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", script.path], check=True)
    click.echo(script.path)


if __name__ == "__main__":
    cli(prog_name="python -m central.database.migrations")
