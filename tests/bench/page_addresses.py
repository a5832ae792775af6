"""Which addresses the pages of the office's staff are asked for: a line for every GET route, real for the year.

A new page needs its line in ADDRESSES (or, for a file to keep, in DOWNLOADS); `test_pages.py` says when one is missing.
In braces stand names of `real_of`.
"""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from central.access.routes import Open, who_may
from central.database.card_tables import card_charges
from central.database.counter_tables import counter_receipts
from central.database.kiosk_tables import kiosk_claims, kiosks
from central.database.ledger_tables import accounts, entries, groups
from central.database.phone_ride_tables import phone_rides
from central.database.points_tables import programme_changes
from central.database.tables import editions, feeds, records, rides
from central.database.transaction import Connection
from rules.ledger.accounts import AccountKind

LAST = "99999"
"""A page behind the last one, which shows the last."""
NOTHING = "どこにもない"
"""A search that reads all there is and finds nothing."""
FORM = " "
"""Between an address and what its form says."""

ADDRESSES: dict[str, tuple[str, ...]] = {
    "staff_access.account": ("/staff/account",),
    "audit.log": ("/audit", "/audit?about=member:{member}", "/audit?who=staff:nobody", "/audit?before=200"),
    "desk.desk": ("/desk",),
    "logs.search": (
        "/logs",
        "/logs?from=2026-04-01&to=2027-03-31",
        f"/logs?q={NOTHING}",
        "/logs?q={member}&from=2026-04-01&to=2027-03-31",
        "/logs?stop={stop}&state=complete&from=2026-04-01&to=2027-03-31",
        "/logs?bus=bus-999&from=2026-04-01&to=2027-03-31",
        "/logs?q=%231",
    ),
    "logs.ride": ("/logs/rides/code-{ride}", "/logs/rides/phone-{phone_ride}"),
    "logs.record": ("/logs/records/{record}",),
    "logs.group": ("/logs/groups/{group}",),
    "logs.dictionary": ("/logs/dictionary",),
    "figures.figures": ("/figures?month=2026-04", "/figures?month=2026-08"),
    "figures.exact": ("/figures/exact?month=2026-04", f"/figures/exact{FORM}month=2026-08&why=計測"),
    "figures.dictionary": ("/figures/dictionary",),
    "reports.overview": ("/reports",),
    "inquiries.inquiries": ("/inquiries", f"/inquiries?page={LAST}"),
    "inquiries.new": ("/inquiries/new",),
    "people.staff": ("/staff/people",),
    "units.units": ("/units",),
    "notices.notices": ("/notices",),
    "set_up.overview": ("/set-up",),
    "set_up.rules": ("/set-up/rules",),
    "set_up.rule": ("/set-up/rules/charging.most_yen",),
    "programmes.programmes": ("/set-up/programmes",),
    "programmes.programme": ("/set-up/programmes/{programme}",),
    "kiosks.kiosk_settings": ("/kiosks/{kiosk}/settings",),
    "today.today": (
        "/today",
        "/today?date={day}",
        f"/today?date={{day}}&rides_page={LAST}&records_page={LAST}",
        f"/today?date={{day}}&q={NOTHING}",
        "/today?date={day}&stop={stop}&state=complete&means=code",
        "/today?date={day}&outcome=not-applied",
    ),
    "today.map": ("/today/map?date={day}",),
    "today.figures": ("/today/figures?date={day}",),
    "today.devices": ("/today/devices",),
    "today.rides": ("/today/rides?date={day}",),
    "today.log": ("/today/log?date={day}",),
    "today.record": ("/today/records/{record}",),
    "exceptions.exceptions": ("/exceptions", f"/exceptions?page={LAST}", f"/exceptions?q={NOTHING}"),
    "corrections.corrections": (
        "/corrections",
        "/corrections?state=applied",
        f"/corrections?state=applied&page={LAST}",
    ),
    "kiosks.kiosks": ("/kiosks",),
    "kiosks.claim": ("/kiosks/claims/{claim}",),
    "point_lists.new": ("/points/list",),
    "charging.overview": ("/charging",),
    "charging.charge": ("/charging/{charge}",),
    "counter.home": ("/counter",),
    "counter.find": (f"/counter/find{FORM}q=練習", f"/counter/find{FORM}q={NOTHING}"),
    "counter.new": ("/counter/new",),
    "counter.member": ("/counter/members/{member}",),
    "counter.cards": ("/counter/cards",),
    "counter.till": ("/counter/till",),
    "counter.receipt": ("/counter/receipts/{receipt}",),
    "counter.ride": ("/counter/rides/{ride}",),
    "counter.phone_ride": ("/counter/rides/phone/{phone_ride}",),
    "feeds.overview": ("/network",),
    "feeds.feed": ("/network/feeds/{feed}",),
    "editions.edition": ("/network/editions/{edition}",),
    "fares.page": ("/network/feeds/{feed}/fares",),
    "geofences.page": ("/network/geofences",),
    "geofences.map": ("/network/geofences/map.json",),
    "tariff.page": ("/network/tariff",),
}
"""Pages, by endpoint; what a space follows is the form that is sent there."""

DOWNLOADS: dict[str, tuple[str, ...]] = {
    "today.rides_file": ("/today/rides.csv?date={day}",),
    "today.records_file": ("/today/records.csv?date={day}",),
    "exceptions.exceptions_file": ("/exceptions.csv",),
    "figures.table_file": ("/figures/table.csv?month=2026-04",),
    "figures.dictionary_file": ("/figures/dictionary.csv",),
    # A sheet is a paper that somebody waits for once a month, summed from all moves.
    "reports.report": ("/reports/close?month=2026-04", "/reports/unused?on=2026-09-30"),
    "reports.report_file": ("/reports/close.csv?month=2026-04", "/reports/unused.csv?on=2026-09-30"),
    "inquiries.file": ("/inquiries/list.csv",),
    "logs.dictionary_file": ("/logs/dictionary.csv",),
    "logs.month_file": ("/logs/rides.csv?month=2026-04", "/logs/records.csv?month=2026-04"),
}
"""Files that somebody waits for once: timed, and listed apart from the pages."""

NOT_TIMED = {
    "today.events": "a live page's news, which never ends",
    "corrections.asked": "nobody has had a ride set right in the invented village",
    "inquiries.inquiry": "nobody has asked anything in the invented village",
    "notices.print": "paper, made when somebody has chosen it",
}


def routes_of_staff(app: Flask) -> set[str]:
    """The endpoints of all GET routes that are for staff."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not isinstance(who_may(rule.endpoint), Open)
    }


def without_address(app: Flask) -> set[str]:
    """Those of them that nobody has given an address."""
    return routes_of_staff(app) - ADDRESSES.keys() - DOWNLOADS.keys() - NOT_TIMED.keys()


def real_of(connection: Connection) -> dict[str, str]:
    """What an address may name of this village: its busiest day, the member with the longest history, and so on."""
    count = func.count()
    day = select(rides.c.service_date).group_by(rides.c.service_date).order_by(count.desc())
    member = (
        select(accounts.c.owner)
        .join_from(accounts, entries)
        .where(accounts.c.kind == AccountKind.MEMBER.value)
        .group_by(accounts.c.owner)
        .order_by(count.desc())
    )
    asked = {
        "day": day,
        "member": member,
        "stop": select(rides.c.board_stop_id),
        "record": select(func.max(records.c.id)),
        "ride": select(func.max(rides.c.id)).where(rides.c.state == "complete"),
        "phone_ride": select(func.max(phone_rides.c.id)),
        "receipt": select(func.max(counter_receipts.c.number)),
        "charge": select(card_charges.c.id).order_by(card_charges.c.asked_at.desc()),
        "group": select(func.max(groups.c.id)).where(groups.c.what == "ride"),
        "kiosk": select(kiosks.c.device),
        "claim": select(func.max(kiosk_claims.c.id)),
        "programme": select(programme_changes.c.programme),
        "feed": select(func.max(feeds.c.id)),
        "edition": select(func.max(editions.c.number)),
    }
    return {name: str(connection.execute(query.limit(1)).scalar_one()) for name, query in asked.items()}
