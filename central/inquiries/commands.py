"""`yukemuri-central inquiries …`: keeping the log of inquiries no longer than it is needed."""

from __future__ import annotations

from pathlib import Path

import click

from central.command_line import data_option, now, writing
from central.inquiries.forget import KEPT_DAYS, forget


@click.group("inquiries")
def inquiries_commands() -> None:
    """問い合わせ / What people have asked the office."""


@inquiries_commands.command(
    "forget",
    help=f"{KEPT_DAYS}日を過ぎた問い合わせの名前と言葉を消す / "
    f"Blank names and words of inquiries about which nothing was said for {KEPT_DAYS} days; that they were stays.",
)
@data_option
def forget_command(data: Path) -> None:
    """Blank what has been kept long enough."""
    with writing(data) as connection:
        forgotten = forget(connection, now())
    click.echo(f"{forgotten} 件の言葉を消しました / The words of {forgotten} inquiries are blanked")
