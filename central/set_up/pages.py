"""設定: where to find everything that the office sets, and what of it changes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, render_template

from central.access.staff_may import staff_may
from central.database.transaction import Database
from central.japan import day_of
from central.office_rules import store
from central.set_up.rules.pages import add_rule_pages
from central.set_up.rules.rule_lines import coming_lines

Place = tuple[str, str, str, str, str]
SECTIONS: tuple[tuple[str, str, tuple[Place, ...]], ...] = (
    (
        "お金とポイント",
        "Money and points",
        (
            ("set_up.rules", "決まり", "Rules", "カードと現金のチャージの上限、日数", "limits, times, days"),
            ("programmes.programmes", "ポイントの制度", "Point programmes", "期限、上限、予算", "expiry, caps, budget"),
            ("charging.overview", "カードチャージ", "Card charging", "受け付けの様子", "whether it is on"),
            ("counter.till", "レジの設定", "The till", "領収書に出す発行者と連絡先", "who issues, whom to ask"),
        ),
    ),
    (
        "バスと温泉",
        "Buses and baths",
        (
            ("feeds.overview", "路線と運賃", "Network", "時刻表、停留所、公開", "timetable, stops, publishing"),
            ("tariff.page", "運賃のきまり", "Fare rules", "区分、年齢、定期券、回数券", "classes, ages, what is sold"),
            ("kiosks.kiosks", "キオスク", "Kiosks", "入浴のポイント、上限、営業時間", "points, caps, hours"),
        ),
    ),
    (
        "人と記録",
        "People and records",
        (
            ("people.staff", "職員", "Staff", "役割、招待、退職", "roles, invitations, leaving"),
            ("units.units", "端末の証明書", "Machines", "登録、更新、失効", "enrolling, renewing, revoking"),
            ("notices.notices", "掲示物", "Notices", "ステッカー、ポスター", "stickers, posters"),
            ("audit.log", "監査記録", "Audit log", "だれが、いつ、何をしたか", "who did what, when"),
        ),
    ),
)  # fmt: skip
"""The index: heading, and of each place endpoint, Japanese, English, and what is set there in both.

A place that is not there, or not for whoever looks, is left out.
"""


def set_up_pages(database: Database, now: Callable[[], int]) -> Blueprint:
    """The blueprint. `now` gives Unix seconds."""
    pages = Blueprint("set_up", __name__, url_prefix="/set-up", template_folder="templates")

    @pages.get("")
    def overview() -> str:
        with database.read() as connection:
            coming = coming_lines(store.changes(connection), day_of(now()))
        return render_template("set_up/overview.html", sections=_sections(), coming=coming)

    add_rule_pages(pages, database, now)
    return pages


def _sections() -> list[dict[str, Any]]:
    found = []
    for ja, en, places in SECTIONS:
        open_ones = [each for each in places if each[0] in current_app.view_functions and staff_may(each[0])]
        if open_ones:
            found.append({"words": (ja, en), "places": open_ones})
    return found
