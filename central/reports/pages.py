"""帳票 (chōhyō): a month's closing sheet and unused balances, as the commands print them, on paper and as CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from http import HTTPStatus

from flask import Blueprint, Response, abort, render_template, request

from central.database.transaction import Database
from central.japan import day_of, parse_day, stamp_text
from central.ledger.last_verified import read_last
from central.reports import REPORTS
from central.reports.base_day import base_days, deposit_by, next_base_day
from central.reports.close_month import CLOSING, next_month
from central.reports.periods import (
    Stands,
    end_of,
    month_before,
    months,
    past_base_days,
    stands,
    verdict_since,
)
from central.reports.print_sheet import as_csv, ends_right, word
from central.reports.sheet import Period, Report, Sheet
from central.reports.store import first_event_at
from central.reports.unused import UNUSED
from central.reports.words import BADGES, NO_PERIOD, TO_DO

_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_SLUG = f"any({','.join(report.slug for report in REPORTS)})"
_BY_SLUG = {report.slug: report for report in REPORTS}
NAMES = {Period.MONTH: "month", Period.DAY: "on"}
"""By which the address says the period."""


def report_pages(database: Database, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds; how the ledger verifies is read from beside the database."""
    pages = Blueprint("reports", __name__, url_prefix="/reports", template_folder="templates")
    pages.context_processor(lambda: {"badges": BADGES, "to_do": TO_DO})

    def read(report: Report, first: date) -> Sheet:
        verdict = verdict_since(read_last(database.path.parent), end_of(report.period, first))
        with database.read() as connection:
            return report.show(connection, first, now(), verdict)

    @pages.get("")
    def overview() -> str:
        at, last = now(), read_last(database.path.parent)
        with database.read() as connection:
            began = first_event_at(connection)
        today = day_of(at)
        return render_template(
            "reports/overview.html",
            closing=CLOSING,
            unused=UNUSED,
            months=[] if began is None else months(began, last, at),
            base_days=[] if began is None else past_base_days(began, last, at),
            verified=stamp_text(last.at)[:16] if last else "",
            last_over=month_before(today.replace(day=1)),
            today=today,
            next_base_day=next_base_day(today + timedelta(days=1)),
            deposit_by=deposit_by,
            is_over=lambda each: each.stands is not Stands.NOT_OVER,
        )

    @pages.get(f"/<{_SLUG}:slug>")
    def report(slug: str) -> str:
        asked = _BY_SLUG[slug]
        first = _period(asked.period, request.args, day_of(now()))
        return render_template(
            "reports/report.html",
            report=asked,
            name=NAMES[asked.period],
            is_month=asked.period is Period.MONTH,
            period=period_text(asked.period, first),
            before=_near(asked.period, first, -1),
            after=_near(asked.period, first, 1),
            sheet=read(asked, first),
            stands=stands(asked.period, first, read_last(database.path.parent), now()),
            word=word,
            ends_right=ends_right,
        )

    @pages.get(f"/<{_SLUG}:slug>.csv")
    def report_file(slug: str) -> Response:
        asked = _BY_SLUG[slug]
        first = _period(asked.period, request.args, day_of(now()))
        answer = Response(as_csv(read(asked, first)), mimetype="text/csv")
        name = f"{slug}-{period_text(asked.period, first)}"
        answer.headers["Content-Disposition"] = f"attachment; filename={name}.csv"
        return answer

    return pages


def period_text(period: Period, first: date) -> str:
    """As addresses, forms and names of files say it: 2026-09, 2026-09-30."""
    return f"{first:%Y-%m}" if period is Period.MONTH else first.isoformat()


def _period(period: Period, args: Mapping[str, str], today: date) -> date:
    """The first day of what is asked for; where nothing is, the last month that is over or the last base day."""
    asked = args.get(NAMES[period], "")
    if not asked and period is Period.MONTH:
        return month_before(today.replace(day=1))
    if not asked:
        return base_days(today - timedelta(days=366), today - timedelta(days=1))[0]
    if period is Period.MONTH:
        first = parse_day(f"{asked}-01") if _MONTH.fullmatch(asked) else None
    else:
        first = parse_day(asked)
    if first is None:
        abort(HTTPStatus.BAD_REQUEST, NO_PERIOD[period])
    return first


def _near(period: Period, first: date, step: int) -> str:
    """The month, or the base day, before or after; "" where there is none."""
    if period is Period.MONTH:
        near = next_month(first) if step > 0 else month_before(first)
    elif step > 0:
        near = next_base_day(first + timedelta(days=1))
    else:
        near = base_days(first - timedelta(days=366), first - timedelta(days=1))[0]
    text = period_text(period, near)
    return text if parse_day(near.isoformat()) else ""
