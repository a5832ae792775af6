"""Whether the stops that products speak of are in a feed."""

from __future__ import annotations

from datetime import date

from rules.network.edition import Edition
from rules.network.feed.problems import Problem, Severity
from rules.products.commuter_pass import CommuterPass
from rules.products.return_ticket import ReturnTicket
from rules.tariff.tariff import Tariff

WHERE = "運賃のきまり"
_KINDS = {CommuterPass: ("定期券", "commuter pass"), ReturnTicket: ("往復券", "return ticket")}


def missing_sections(tariff: Tariff, edition: Edition, today: date) -> tuple[Problem, ...]:
    """An error for every product in use, or to come, with an end of its section that is no stop of the edition.

    Its holders would pay their whole way, on a bus that nobody can argue with.
    """
    names = {stop.name for stop in edition.stops.values()}
    return tuple(
        Problem(
            WHERE,
            0,
            f"{_KINDS[type(each)][0]}「{each.name}」の区間の停留所「{end}」がデータにありません。"
            "区間を直すか、最終日を決めてください。",
            f"The stop {end!r} of the {_KINDS[type(each)][1]} {each.name!r} is not in the feed; "
            "correct the section, or set a last day.",
            Severity.ERROR,
        )
        for each in tariff.products
        if isinstance(each, CommuterPass | ReturnTicket)
        if each.last_day is None or each.last_day >= today
        for end in each.section or ()
        if end not in names
    )
