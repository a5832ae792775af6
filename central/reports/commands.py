"""`yukemuri-central ledger …`: one command for each of the reports."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from central.database.transaction import Database, database_file
from central.japan import FIRST_DAY, LAST_DAY
from central.reports import REPORTS
from central.reports.print_sheet import as_csv, as_json, as_text, both
from central.reports.sheet import Period, Report

_DATA = click.Option(
    ["--data"],
    required=True,
    type=click.Path(path_type=Path),
    help="センターのデータの場所 / central's data folder",
)
_JSON = click.Option(
    ["--json", "as_one_line"], is_flag=True, help="JSONを1行で出力 / one JSON document on one line"
)
_CSV = click.Option(["--csv", "for_spreadsheet"], is_flag=True, help="表計算用のCSV / CSV for spreadsheets")
_PERIODS = {
    Period.DAY: click.Option(
        ["--on", "period"],
        required=True,
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="YYYY-MM-DD",
        help="どの日の終わりか（日本時間） / at the end of which day in Japan",
    ),
    Period.MONTH: click.Option(
        ["--month", "period"],
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
    def show(data: Path, period: datetime, *, as_one_line: bool, for_spreadsheet: bool) -> None:
        if as_one_line and for_spreadsheet:
            raise click.UsageError("--json と --csv はどちらか一つです。 / Choose one of --json and --csv.")
        if not FIRST_DAY <= period.date() <= LAST_DAY:
            raise click.UsageError(f"{FIRST_DAY}から{LAST_DAY}までです。 / From {FIRST_DAY} to {LAST_DAY}.")
        database = Database(database_file(data))
        try:
            with database.read() as connection:
                sheet = report.read(connection, period.date(), _now())
        finally:
            database.close()
        if as_one_line:
            text = as_json(report.slug, sheet) + "\n"
        else:
            text = as_csv(sheet) if for_spreadsheet else as_text(sheet)
        # In UTF-8 wherever it goes: a pipe in a plain locale knows no Japanese.
        sys.stdout.buffer.write(text.encode())

    return click.Command(
        report.slug,
        callback=show,
        params=[_DATA, _PERIODS[report.period], _JSON, _CSV],
        help=f"{both(report.words)}.",
    )


def _now() -> int:
    """A command is where time comes in."""
    return int(datetime.now(UTC).timestamp())  # noqa: TID251
