"""A member's statement: what there is, what expires when, what happened."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from central.database.transaction import Connection
from central.japan import day_of
from central.ledger.store import is_open, open_lots
from central.points import store
from central.points.expire_points import real_ends
from central.programmes.keep_programmes import programmes
from rules.ledger.accounts import KURAPO, member_account
from rules.ledger.expiry import last_good_day
from rules.ledger.lots import NEVER
from rules.ledger.points import EXPIRY, GRANT

LINES = 50

_WORDS = {
    GRANT: ("ポイント", "Points"),
    EXPIRY: ("有効期限が切れました", "Expired"),
    "charge": ("チャージ", "Charge"),
    "charge void": ("チャージの取り消し", "Charge undone"),
    "card charge": ("カードでのチャージ", "Charge by card"),
    "payment": ("お店での支払い", "Payment in a shop"),
    "payment given back": ("お店からの返金", "Given back by a shop"),
    "sale": ("券の購入", "Ticket bought"),
    "ticket back": ("券の払い戻し", "Ticket taken back"),
    "refund to holder": ("払い戻し", "Refund"),
    "ride": ("バス", "Bus ride"),
    "ride by ticket": ("バス（往復券）", "Bus ride by return ticket"),
    "ride without ticket": ("バス（往復券の使用取消）", "Bus ride, its ticket given back"),
    "forgotten ride": ("バス（降車の記録なし）", "Bus ride without its alighting"),
    "ride corrected": ("バス運賃の訂正", "Bus fare corrected"),
    "ride charged anew": ("バス（運賃の訂正）", "Bus fare set right"),
    "ride taken back": ("バス運賃の取り消し", "Bus fare taken back"),
    "refund": ("返金", "Refund"),
}
_IN, _OUT = ("入金", "Received"), ("お支払い", "Payment")


@dataclass(frozen=True, slots=True)
class Expiring:
    """So much is good until the end of `last_day` (YYYY-MM-DD)."""

    last_day: str
    amount: int


@dataclass(frozen=True, slots=True)
class Line:
    """One event on `day` (YYYY-MM-DD) in words; `amount` above zero came in."""

    day: str
    japanese: str
    english: str
    amount: int


@dataclass(frozen=True, slots=True)
class Statement:
    """くらポ of a member. `balance` is all that is good, `held` the part set aside; lines have the newest first."""

    member: str
    day: str
    balance: int
    held: int
    expiring: tuple[Expiring, ...]
    lines: tuple[Line, ...]


def read_statement(connection: Connection, member: str, now: int) -> Statement | None:
    """As it stands at Unix second `now`; None for nobody's name."""
    if not is_open(connection, member_account(member)):
        return None
    lots = {lot.id: lot for lot in open_lots(connection, [member]) if lot.account.unit == KURAPO}
    ends = {
        ending.lot.id: until
        for ending, until in real_ends(
            connection, store.ending_lots(connection, NEVER, free=False, member=member)
        )
    }
    good = [lot for lot in lots.values() if ends.get(lot.id, NEVER) > now]
    by_day: defaultdict[str, int] = defaultdict(int)
    for lot in good:
        if lot.id in ends:
            by_day[last_good_day(ends[lot.id]).isoformat()] += lot.left
    titles = {
        name: (kept.programme.title_ja, kept.programme.title_en)
        for name, kept in programmes(connection, day_of(now)).items()
    }
    lines = []
    for each in store.member_history(connection, member, KURAPO, LINES):
        fallback = _WORDS.get(each.what, _IN if each.amount > 0 else _OUT)
        japanese, english = titles.get(each.programme, fallback)
        lines.append(Line(day_of(each.at).isoformat(), japanese, english, each.amount))
    return Statement(
        member,
        day_of(now).isoformat(),
        sum(lot.left for lot in good),
        sum(lot.held for lot in good),
        tuple(Expiring(day, amount) for day, amount in sorted(by_day.items())),
        tuple(lines),
    )
