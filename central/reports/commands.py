"""`yukemuri-central ledger …`: one command for each of the reports."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from central.command_line import data_option, json_option, now, reading
from central.japan import FIRST_DAY, LAST_DAY
from central.reports import REPORTS, print_sheet
from central.reports.print_sheet import both
from central.reports.sheet import Period, Report

_PERIODS = {
    Period.DAY: click.option(
        "--on",
        "period",
        required=True,
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="YYYY-MM-DD",
        help="どの日の終わりか（日本時間） / at the end of which day in Japan",
    ),
    Period.MONTH: click.option(
        "--month",
        "period",
        required=True,
        type=click.DateTime(["%Y-%m"]),
        metavar="YYYY-MM",
        help="どの月か（日本時間） / which month in Japan",
    ),
}


def report_commands() -> list[click.Command]:
    """A command for each report, under its slug."""
    return [_command(report) for report in REPORTS]


def _command(report: Report) -> click.Command:
    @click.command(report.slug, help=f"{both(report.words)}.")
    @data_option
    @_PERIODS[report.period]
    @json_option
    @click.option("--csv", "as_csv", is_flag=True, help="表計算用のCSV / CSV for spreadsheets")
    def show(data: Path, period: datetime, *, as_json: bool, as_csv: bool) -> None:
        if as_json and as_csv:
            raise click.UsageError("--json と --csv はどちらか一つです。 / Choose one of --json and --csv.")
        if not FIRST_DAY <= period.date() <= LAST_DAY:
            raise click.UsageError(f"{FIRST_DAY}から{LAST_DAY}までです。 / From {FIRST_DAY} to {LAST_DAY}.")
        with reading(data) as connection:
            sheet = report.read(connection, period.date(), now())
        if as_json:
            text = print_sheet.as_json(report.slug, sheet) + "\n"
        else:
            text = print_sheet.as_csv(sheet) if as_csv else print_sheet.as_text(sheet)
        # In UTF-8 wherever it goes: a pipe in a plain locale knows no Japanese.
        sys.stdout.buffer.write(text.encode())

    return show
