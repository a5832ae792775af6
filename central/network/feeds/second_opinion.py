"""What gtfs-validator (PyPI) says of a feed, beside what we say of it ourselves. Its findings stop nothing.

It holds the rules of GTFS at large, some of which GTFS-JP contradicts; those findings, and the ones that
`network check` makes itself, are left out. It runs as a program of its own with limits, on files we have opened.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from rules.network.feed.columns import KNOWN
from rules.network.feed.problems import Problem, Severity
from rules.network.feed.table import FeedFiles

NAME = "gtfs-validator"
MAX_SECONDS = 120
MAX_MEMORY_BYTES = 2 * 1024**3
MAX_FILE_BYTES = 256 * 1024 * 1024
"""Its store of rows while it works; the report itself holds at most a thousand findings of a kind."""
MAX_REPORT_BYTES = 16 * 1024 * 1024

AGAINST_GTFS_JP = frozenset(
    {
        "duplicate_route_name",  # GTFS-JP may make a route of every pattern
        "missing_recommended_field",
        "missing_timepoint_value",
        "mixed_case_recommended_field",  # Japanese has no capitals
        "non_ascii_or_non_printable_char",  # ids may be Japanese
        "unknown_column",  # jp_…
        "unknown_file",
    }
)
OURS = frozenset(
    {
        "expired_calendar",
        "feed_expiration_date7_days",
        "feed_expiration_date30_days",
        "trip_coverage_not_active_for_next7_days",
    }
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a code means, and where its samples point: to a line of `file` in the field `row`."""

    japanese: str
    file: str = ""
    row: str = "csvRowNumber"


WORDS = {
    "big_gap_in_service": Words("運行日に長い空白があります", "calendar_dates.txt"),
    "duplicate_key": Words("同じ内容の行が二度あります", row="newCsvRowNumber"),
    "fast_travel_between_consecutive_stops": Words("停留所間が速すぎます", "stop_times.txt", "csvRowNumber1"),
    "fast_travel_between_far_stops": Words("停留所間が速すぎます", "stop_times.txt", "csvRowNumber1"),
    "missing_feed_contact_email_and_url": Words("作成者の連絡先がありません", "feed_info.txt"),
    "platform_without_parent_station": Words("のりば番号がありますが親の停留所がありません", "stops.txt"),
    "route_both_short_and_long_name_missing": Words("系統の名前がありません", "routes.txt"),
    "service_window_outside_feed_period": Words(
        "運行日が feed_info.txt の期間の外にもあります", "calendar.txt"
    ),
    "stop_too_far_from_shape": Words(
        "停留所が運行経路の線から離れすぎています", "stop_times.txt", "stopTimeCsvRowNumber"
    ),
    "stop_without_stop_time": Words("どの便も止まらない標柱です", "stops.txt"),
    "stops_match_shape_out_of_order": Words(
        "停留所の順が運行経路の線と合いません", "stop_times.txt", "stopTimeCsvRowNumber1"
    ),
    "unused_shape": Words("どの便も使わない形状です", "shapes.txt"),
}


class _Finding(msgspec.Struct):
    """All findings of one code."""

    code: str
    total: int = msgspec.field(name="totalNotices")
    samples: list[dict[str, Any]] = msgspec.field(name="sampleNotices")


class _Report(msgspec.Struct):
    notices: list[_Finding]


def second_opinion(files: FeedFiles, today: date, program: Sequence[str] = ()) -> tuple[Problem, ...]:
    """One notice for every kind of finding, at its first place; or one that says why there is no opinion.

    Takes up to MAX_SECONDS. `program` stands in for gtfs-validator in tests.
    """
    with TemporaryDirectory(prefix="yukemuri-") as scratch:
        feed, out = Path(scratch, "feed"), Path(scratch, "out")
        feed.mkdir()
        for name in files.keys() & KNOWN.keys():
            (feed / name).write_bytes(files[name])
        options = ["-i", str(feed), "-o", str(out), "-c", "jp", "-d", today.isoformat()]
        try:
            _run([*(program or _limited()), *options], Path(scratch))
            report = _report(out / "report.json", _Report)
            broken = _report(out / "system_errors.json", _Report).notices
        except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
            return (_no_opinion(type(error).__name__),)
    found = tuple(_problem(each) for each in report.notices if _counts(each, files))
    return (*found, _no_opinion(broken[0].code)) if broken else found


def _limited() -> list[str]:
    limits = (f"--as={MAX_MEMORY_BYTES}", f"--cpu={MAX_SECONDS}", f"--fsize={MAX_FILE_BYTES}", "--core=0")
    return ["prlimit", *limits, "--", sys.executable, "-I", "-m", "gtfs_validator.cli"]


def _run(command: Sequence[str], folder: Path) -> None:
    # Nothing of ours is in its environment; TMPDIR keeps its scratch files inside ours.
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(folder), "PYTHONUTF8": "1"}
    subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=MAX_SECONDS,
        check=True,
    )


def _report(path: Path, kind: type[_Report]) -> _Report:
    with path.open("rb") as file:
        return msgspec.json.decode(file.read(MAX_REPORT_BYTES), type=kind)


def _counts(finding: _Finding, files: Mapping[str, bytes]) -> bool:
    """Whether the office is told of it."""
    if finding.code in AGAINST_GTFS_JP | OURS:
        return False
    columns = {(sample.get("filename"), sample.get("fieldName")) for sample in finding.samples}
    return not (
        finding.code == "missing_required_column"
        and columns <= {("translations.txt", name) for name in ("table_name", "field_name", "language")}
        and b"trans_id" in files["translations.txt"]
    )


def _problem(finding: _Finding) -> Problem:
    sample = finding.samples[0] if finding.samples else {}
    words = WORDS.get(finding.code, Words("GTFSの決まりと違う所があります"))
    file, line = sample.get("filename") or words.file, sample.get(words.row)
    return Problem(
        file if isinstance(file, str) and file in KNOWN else NAME,
        line if isinstance(line, int) and line > 0 else 0,
        f"{words.japanese}({finding.total}件、{NAME} の {finding.code})。",
        f"{NAME} finds {finding.code.replace('_', ' ')} ({finding.total} times).",
        Severity.NOTICE,
    )


def _no_opinion(reason: str) -> Problem:
    return Problem(
        NAME,
        0,
        f"{NAME} は最後まで調べられませんでした({reason})。ほかの結果はそのまま使えます。",
        f"{NAME} did not get to the end ({reason}); all other findings hold.",
        Severity.NOTICE,
    )
