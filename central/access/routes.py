"""Who may come where: a row for every route. A route without a row lets nobody in, and fails a test."""

from __future__ import annotations

from enum import Enum, auto

from central.access.who import Role


class Open(Enum):
    """Routes that are not of the staff alone."""

    PUBLIC = auto()
    """Everybody."""
    MEMBER = auto()
    """A member who is signed in."""
    ANYONE_SIGNED_IN = auto()
    """A member or somebody of the staff."""


Who = Open | frozenset[Role]

PUBLIC, MEMBER, ANYONE_SIGNED_IN = Open.PUBLIC, Open.MEMBER, Open.ANYONE_SIGNED_IN
STAFF: Who = frozenset(Role)
"""Whoever works here: to look at things."""
DESK: Who = frozenset(Role) - {Role.READER}
"""Whoever deals with members and rides."""
CASH: Who = frozenset({Role.CASHIER, Role.APPROVER, Role.ADMINISTRATOR})
"""Whoever takes and gives money."""
APPROVERS: Who = frozenset({Role.APPROVER, Role.ADMINISTRATOR})
ADMINISTRATORS: Who = frozenset({Role.ADMINISTRATOR})

ROUTES: dict[str, Who] = {
    # The server itself.
    "home": PUBLIC,
    "static": PUBLIC,
    # Signing in.
    "staff_access.sign_in": PUBLIC,
    "staff_access.signed_in": PUBLIC,
    "staff_access.invitation": PUBLIC,
    "staff_access.invited": PUBLIC,
    "staff_access.options": PUBLIC,
    "staff_access.passkey_sign_in": PUBLIC,
    "staff_access.sign_out": STAFF,
    "staff_access.account": STAFF,
    "staff_access.end_session": STAFF,
    "staff_access.new_options": STAFF,
    "staff_access.new_passkey": STAFF,
    # 職員, who works here: whoever could change it could give themselves every right.
    "people.staff": ADMINISTRATORS,
    "people.invite": ADMINISTRATORS,
    "people.withdraw": ADMINISTRATORS,
    "people.change_role": ADMINISTRATORS,
    "people.leave": ADMINISTRATORS,
    "people.sign_out": ADMINISTRATORS,
    "member_access.sign_in": PUBLIC,
    # マイページ. Its looks are the same for all, and open without network: only its answers are of a member.
    "my_page.code": PUBLIC,
    "my_page.wallet": PUBLIC,
    "my_page.charge_page": PUBLIC,
    "my_page.buy_page": PUBLIC,
    "my_page.scan": PUBLIC,
    "my_page.service_worker_script": PUBLIC,
    "my_page.words_script": PUBLIC,
    "my_page.manifest": PUBLIC,
    "my_page.time": PUBLIC,
    "my_page.summary": MEMBER,
    "my_page.pass": MEMBER,
    "my_page.renew": MEMBER,
    "my_page.charge": MEMBER,
    "my_page.buy": MEMBER,
    "by_phone.ride": PUBLIC,
    "by_phone.take": MEMBER,
    "by_phone.word": MEMBER,
    "my_page.claim": MEMBER,
    # Who has come to bathe opens it before there is an account.
    "point.page": PUBLIC,
    "member_access.by_mail": PUBLIC,
    "member_access.by_code": PUBLIC,
    "member_access.by_pin": PUBLIC,
    "member_access.options": PUBLIC,
    "member_access.passkey_sign_in": PUBLIC,
    "member_access.pin": MEMBER,
    "member_access.put_own_pin": MEMBER,
    "member_access.new_options": MEMBER,
    "member_access.new_passkey": MEMBER,
    # A tablet shows who is on it before anybody has opened it; these look for its session themselves.
    "member_access.people": PUBLIC,
    "member_access.choose": PUBLIC,
    "member_access.leave": PUBLIC,
    "member_access.sign_out": PUBLIC,
    # What people did.
    "audit.log": APPROVERS,
    # What needs a person, and what happens today.
    "desk.desk": STAFF,
    "today.today": STAFF,
    "today.map": STAFF,
    "today.figures": STAFF,
    "today.devices": STAFF,
    "today.rides": STAFF,
    "today.log": STAFF,
    "today.record": STAFF,
    "today.rides_file": STAFF,
    "today.records_file": STAFF,
    "today.events": STAFF,
    "logs.search": STAFF,
    "logs.ride": STAFF,
    "logs.record": STAFF,
    "logs.group": STAFF,
    "logs.dictionary": STAFF,
    "logs.dictionary_file": STAFF,
    "logs.month_file": STAFF,
    # 数字: what may be published; who sees every number says why.
    "figures.figures": STAFF,
    "figures.table_file": STAFF,
    "figures.exact": APPROVERS,
    "figures.dictionary": STAFF,
    "figures.dictionary_file": STAFF,
    "figures.look": APPROVERS,
    # 帳票: a month's closing sheet and unused balances, sums that name nobody.
    "reports.overview": STAFF,
    "reports.report": STAFF,
    "reports.report_file": STAFF,
    "exceptions.exceptions": STAFF,
    "exceptions.exceptions_file": STAFF,
    "exceptions.handle": DESK,
    "corrections.corrections": STAFF,
    "corrections.decide": DESK,
    "corrections.refund": CASH,
    "corrections.asked": STAFF,
    "corrections.withdraw_asked": DESK,
    "corrections.approve_asked": APPROVERS,
    "corrections.refuse_asked": APPROVERS,
    "kiosks.kiosks": STAFF,
    "kiosks.claim": STAFF,
    "kiosks.decide": DESK,
    # 端末の証明書: machines and who lets them in.
    "units.units": STAFF,
    "units.code": ADMINISTRATORS,
    "units.revoke": ADMINISTRATORS,
    "kiosks.kiosk_settings": STAFF,
    "kiosks.look_at_settings": ADMINISTRATORS,
    "kiosks.save_settings": ADMINISTRATORS,
    "kiosks.withdraw_settings": ADMINISTRATORS,
    "point_lists.new": APPROVERS,
    "point_lists.look": APPROVERS,
    "point_lists.give": APPROVERS,
    # 窓口, the counter: whoever works here looks, whoever deals with members acts, cash is the cashier's.
    "counter.home": STAFF,
    "counter.find": STAFF,
    "counter.member": STAFF,
    "counter.ride": STAFF,
    "counter.phone_ride": STAFF,
    "counter.receipt": STAFF,
    "counter.till": STAFF,
    "counter.cards": STAFF,
    "counter.new": DESK,
    "counter.register": DESK,
    "counter.give": DESK,
    "counter.block": DESK,
    "counter.reissue": DESK,
    "counter.account": DESK,
    "counter.change": DESK,
    "counter.print_cards": DESK,
    "counter.print_pin": DESK,
    "counter.print_statement": DESK,
    "counter.sell_ticket": DESK,
    "counter.correct": DESK,
    "counter.phone_ride_ended": DESK,
    "counter.correct_phone_ride": DESK,
    "counter.charge": CASH,
    "counter.sell_ticket_for_cash": CASH,
    "counter.open_day": CASH,
    "counter.count": CASH,
    "counter.again": CASH,
    "counter.void": CASH,
    "counter.set_up": ADMINISTRATORS,
    # 掲示物, what is printed and put up.
    "notices.notices": STAFF,
    "notices.print": STAFF,
    # 問い合わせ, what people ask.
    "inquiries.inquiries": STAFF,
    "inquiries.find": STAFF,
    "inquiries.file": STAFF,
    "inquiries.inquiry": STAFF,
    "inquiries.new": DESK,
    "inquiries.write": DESK,
    "inquiries.follow": DESK,
    # Charging by card. The webhook's own signature says who it is from.
    "charging.webhook": PUBLIC,
    "charging.overview": STAFF,
    "charging.charge": STAFF,
    "charging.practice": MEMBER,
    "charging.practised": MEMBER,
    # Timetable and fares.
    "feeds.overview": STAFF,
    "feeds.feed": STAFF,
    "feeds.upload": ADMINISTRATORS,
    "feeds.fetch_feed": ADMINISTRATORS,
    "feeds.publish": ADMINISTRATORS,
    "editions.edition": STAFF,
    "editions.take_back": ADMINISTRATORS,
    "fares.page": STAFF,
    "fares.save": ADMINISTRATORS,
    "geofences.page": STAFF,
    "geofences.map": STAFF,
    "geofences.save": ADMINISTRATORS,
    "geofences.back": ADMINISTRATORS,
    "geofences.carry": ADMINISTRATORS,
    "tariff.page": STAFF,
    "tariff.save": ADMINISTRATORS,
    # 設定, everything that the office sets.
    "set_up.overview": STAFF,
    "set_up.rules": STAFF,
    "set_up.rule": STAFF,
    "set_up.look": ADMINISTRATORS,
    "set_up.save": ADMINISTRATORS,
    "set_up.withdraw": ADMINISTRATORS,
    # Whoever sees a card being misused stops it.
    "set_up.turn_charging": APPROVERS,
    "programmes.programmes": STAFF,
    "programmes.programme": STAFF,
    "programmes.add": ADMINISTRATORS,
    "programmes.look": ADMINISTRATORS,
    "programmes.change": ADMINISTRATORS,
    "programmes.withdraw": ADMINISTRATORS,
    "programmes.budget": ADMINISTRATORS,
    "programmes.close": ADMINISTRATORS,
}


def who_may(endpoint: str) -> Who:
    """Who may come there. What has no row is for nobody."""
    if endpoint.endswith(".static"):
        # Style sheets and scripts of a subject are the same for all.
        return PUBLIC
    return ROUTES.get(endpoint, frozenset())
