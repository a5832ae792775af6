"""帳票: the pages say what the commands print, and of a month how far it is from being signed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from central.access.who import Role
from central.japan import day_of, seconds_of
from central.ledger.last_verified import LastVerified, write_last
from central.main import cli
from central.reports.base_day import BASE_DAYS, base_days, deposit_by, next_base_day
from central.reports.periods import MOST_MONTHS, Stands, months, stands
from central.reports.sheet import Period
from central.reports.words import BADGES, TO_DO
from central.words.spreadsheet import BOM
from tests.accessible import faults_of
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import NOW
from tests.central.office_pages import serving, text, watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)

MONTH = "2026-09"
CLOSE = f"/reports/close?month={MONTH}"
UNUSED = "/reports/unused?on=2026-09-30"
OVER = seconds_of(date(2026, 10, 1))[0]
"""The second in which that month and base day are over."""
DAYS = st.dates(date(2001, 1, 1), date(2098, 12, 31))


@pytest.fixture(name="clerk")
def _clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.client(Role.READER)
        yield made


def charged(clerk: Clerk) -> None:
    """Something happens in the month, and then it is over."""
    clerk.opens_till()
    clerk.registers("山田", 3_000, card="on")
    clerk.now = OVER


def verified(clerk: Clerk, at: int, problems: int = 0) -> None:
    write_last(clerk.office.database.path.parent, LastVerified(at, "", problems))


def says(clerk: Clerk, path: str, status: int = 200) -> str:
    return text(clerk.opens(path, Role.READER, status))


def printed(clerk: Clerk, *words: str) -> str:
    folder = str(clerk.office.database.path.parent)
    done = CliRunner().invoke(cli, ["ledger", *words, "--data", folder], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout_bytes.decode()


def rows_of(file: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(file.removeprefix(BOM))) if row]


@pytest.mark.parametrize(
    ("path", "words"),
    [(CLOSE, ("close", "--month", MONTH)), (UNUSED, ("unused", "--on", "2026-09-30"))],
)
def test_page_and_file_say_what_the_command_prints_in_the_same_order(
    clerk: Clerk, path: str, words: tuple[str, ...]
) -> None:
    charged(clerk)
    verified(clerk, OVER)
    file = clerk.opens(path.replace("?", ".csv?"), Role.READER)
    assert file.mimetype == "text/csv"
    assert f"filename={words[0]}-{words[2]}.csv" in file.headers["Content-Disposition"]
    by_command = printed(clerk, *words, "--csv")
    by_page = file.get_data(as_text=True)
    rows = rows_of(by_command)
    # Whether the day of asking is over is said by the clock of whoever asks, which the command takes from the machine.
    lasting = [row for row in rows if "まだ終わっていません" not in row[0]]
    assert rows_of(by_page) == lasting
    page, at = says(clerk, path), 0
    for cell in (cell for row in lasting for cell in row):
        shown = f"{int(cell):,}" if cell.isdecimal() and len(cell) < 9 else cell.replace(" / ", " ")
        assert shown in page[at:]
        at = page.index(shown, at) + len(shown)


def test_a_month_says_how_far_it_is_from_being_signed_and_what_to_do(clerk: Clerk) -> None:
    charged(clerk)

    def told(stands: Stands) -> None:
        assert TO_DO[Period.MONTH, stands][0] in says(clerk, CLOSE)
        assert BADGES[stands][0][0] in says(clerk, "/reports")
        assert ("承認" in says(clerk, CLOSE)) == (stands is Stands.READY)

    clerk.now = OVER - 1
    verified(clerk, OVER - 1)
    told(Stands.NOT_OVER)
    assert "まだ終わっていません" in says(clerk, CLOSE)
    clerk.now = OVER
    told(Stands.UNVERIFIED)
    assert "月が終わってからの検算がまだです" in says(clerk, CLOSE)
    assert "締められる月はまだありません" in says(clerk, "/reports")
    verified(clerk, OVER, problems=1)
    told(Stands.WRONG)
    assert "違いがあります" in says(clerk, CLOSE)
    verified(clerk, OVER)
    told(Stands.READY)
    assert "違いはありません" in says(clerk, CLOSE)
    assert "締められる月はまだありません" not in says(clerk, "/reports")


def test_a_village_where_nothing_was_posted_yet_is_told_when_months_come(clerk: Clerk) -> None:
    said = says(clerk, "/reports")
    assert "まだ取引がないので、締める月もありません" in said
    assert "基準日は、まだありません" in said
    assert "検算はまだ一度も行われていません" in said
    assert "ありません" in says(clerk, CLOSE)


def test_without_a_period_the_last_month_that_is_over_and_the_last_base_day_are_shown(clerk: Clerk) -> None:
    assert f"closing sheet, {MONTH}" not in says(clerk, "/reports/close")
    assert "2026-03-31" in says(clerk, "/reports/unused")
    clerk.now = OVER
    assert f"closing sheet, {MONTH}" in says(clerk, "/reports/close")
    assert "2026-09-30" in says(clerk, "/reports/unused")


@pytest.mark.parametrize(
    "path",
    [
        *(f"/reports/close?month={each}" for each in ("2026-13", "2026-9", "1999-12", "2100-01", "%00")),
        *(f"/reports/unused?on={each}" for each in ("2026-02-30", "30", "1999-12-31", "2100-01-01")),
    ],
)
def test_what_is_no_month_or_day_is_refused_in_words(clerk: Clerk, path: str) -> None:
    for each in (path, path.replace("?", ".csv?")):
        assert "指定してください" in says(clerk, each, HTTPStatus.BAD_REQUEST)


@pytest.mark.parametrize("path", ["/reports/close?month=2000-01", "/reports/close?month=2099-12"])
def test_the_first_and_the_last_month_there_are_have_a_page(clerk: Clerk, path: str) -> None:
    pages = [path, path.replace("close?month", "unused?on") + "-31"]
    for each, title in zip(pages, ("月次締め", "未使用残高"), strict=True):
        assert title in says(clerk, each)
        shown = clerk.opens(each, Role.READER).get_data(as_text=True)
        for near in re.findall(r'href="(/reports/[^"]+)"', shown):
            says(clerk, near)


def test_a_report_that_there_is_not_is_no_page(clerk: Clerk) -> None:
    says(clerk, "/reports/nothing", HTTPStatus.NOT_FOUND)
    says(clerk, "/reports/nothing.csv", HTTPStatus.NOT_FOUND)


def test_figures_and_desk_lead_to_the_reports_and_back(clerk: Clerk) -> None:
    for path in ("/figures", "/desk"):
        assert 'href="/reports"' in clerk.opens(path, Role.READER).get_data(as_text=True)
    assert 'href="/figures"' in clerk.opens("/reports", Role.READER).get_data(as_text=True)


@given(began=st.integers(NOW - 10 * 366 * 86_400, NOW))
def test_months_are_listed_from_the_first_event_to_now_each_once(began: int) -> None:
    found = [each.first for each in months(began, None, NOW)]
    assert found[0] == day_of(NOW).replace(day=1)
    assert all(later - earlier <= timedelta(31) for later, earlier in pairwise(found))
    assert found == sorted(set(found), reverse=True)
    assert found[-1] == day_of(began).replace(day=1) or len(found) == MOST_MONTHS


@given(first=DAYS, last=DAYS)
def test_base_days_are_those_of_the_law_in_between(first: date, last: date) -> None:
    first, last = min(first, last), min(max(first, last), first + timedelta(2_000))
    within = [first + timedelta(days) for days in range((last - first).days + 1)]
    wanted = [day for day in within if (day.month, day.day) in BASE_DAYS]
    assert base_days(first, last) == wanted[::-1]
    following = next_base_day(first)
    assert following >= first
    assert base_days(first, following) == base_days(following, following) == [following]
    by = deposit_by(following)
    assert (by.month, by.day) == ((5, 31) if following.month == 3 else (11, 30))
    assert by.year == following.year


def test_a_verifying_counts_only_from_the_end_of_the_period_on() -> None:
    first = date(2026, 9, 1)
    early, late = LastVerified(OVER - 1, "", 0), LastVerified(OVER, "", 0)
    assert stands(Period.MONTH, first, early, OVER) is Stands.UNVERIFIED
    assert stands(Period.MONTH, first, late, OVER) is Stands.READY
    assert stands(Period.MONTH, first, late, OVER - 1) is Stands.NOT_OVER
    assert stands(Period.DAY, date(2026, 9, 30), late, OVER) is Stands.READY


@pytest.mark.parametrize("width", [1366, 800])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_reports_is_accessible_and_fits(
    browser: Browser, clerk: Clerk, width: int, scheme: str
) -> None:
    clerk.client(Role.ADMINISTRATOR)
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.set_viewport_size({"width": width, "height": 768})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")

        def is_well(path: str) -> None:
            page.goto(f"{own}{path}")
            assert faults_of(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path

        is_well("/reports")
        charged(clerk)
        for at, problems in ((OVER - 1, 0), (OVER, 1), (OVER, 0)):
            verified(clerk, at, problems)
            for path in ("/reports", CLOSE, UNUSED):
                is_well(path)


def test_a_month_is_chosen_by_the_keyboard_and_what_is_printed_has_no_forms(
    browser: Browser, clerk: Clerk
) -> None:
    clerk.client(Role.ADMINISTRATOR)
    charged(clerk)
    verified(clerk, OVER)
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/figures")
        page.get_by_role("link", name="帳票").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/reports")
        page.get_by_role("link", name="2026年9月", exact=True).focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/reports/close?month={MONTH}")
        assert not page.get_by_text("承認").is_visible()
        page.emulate_media(media="print")
        assert page.get_by_text("承認").is_visible()
        for hidden in ("表示", "前の月", "CSV", "締められます"):
            assert not page.get_by_text(hidden).first.is_visible(), hidden
