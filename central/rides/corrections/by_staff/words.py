"""What staff have set right, and what it moves, in words, Japanese first."""

from __future__ import annotations

from dataclasses import dataclass

from central.japan import day_of
from central.rides.corrections.by_staff.rows import Kind, Moved, Preview, Stands, Why
from central.rides.corrections.decide_correction import How
from central.words import words
from central.words.acts import DETAILS
from central.words.words import Words, words_for
from rules.ledger.accounts import KURAPO, RIDE_VALUE, AccountKind
from rules.ledger.lots import Origin

KINDS: dict[Kind, Words] = {
    Kind.STOPS: ("区間", "stops"),
    Kind.PARTY: ("区分と人数", "class and party"),
    Kind.FARE: ("運賃（手で決める）", "fare, set by hand"),
    Kind.VOID: ("乗車の取り消し", "void"),
    Kind.BACK: ("訂正の取り消し", "taken back"),
}
WHYS: dict[Why, Words] = {
    Why.FORGOT: ("降りるときに見せ忘れた", "forgot to show it when getting off"),
    Why.WRONG_STOP: ("停留所がちがう", "another stop"),
    Why.READER: ("読み取りの不具合", "the reader failed"),
    Why.WRONG_CLASS: ("区分か人数がちがう", "another class, or more or fewer people"),
    Why.WRONG_TABLE: ("運賃表のまちがい", "the fare table was wrong"),
    Why.GOODWILL: ("おわび", "goodwill"),
    Why.NOT_RIDDEN: ("本人の乗車ではない", "not their ride"),
    Why.MISTAKE: ("前の訂正のまちがい", "the former correction was wrong"),
    Why.OTHER: ("その他", "something else"),
}
HOWS: dict[How, Words] = {How.ACCOUNT: ("くらポで", "as kurapo"), How.CASH: ("現金で", "in cash")}
STANDINGS: dict[Stands, Words] = {
    Stands.WAITING: ("決裁待ち", "waits for approval"),
    Stands.APPLIED: ("訂正ずみ", "corrected"),
    Stands.REFUSED: ("承認されず", "refused"),
    Stands.WITHDRAWN: ("取り下げ", "withdrawn"),
    Stands.EXPIRED: ("期限切れ", "expired"),
}
TO_RIDERS: dict[Kind, Words] = {
    Kind.STOPS: ("乗り降りの停留所", "stops"),
    Kind.PARTY: ("区分と人数", "class and people"),
    Kind.FARE: ("運賃", "fare"),
    Kind.VOID: ("この乗車の取り消し", "this ride is not charged"),
    Kind.BACK: ("前の訂正の取り消し", "the former correction taken back"),
}
BECAUSE: dict[Why, Words] = {
    Why.FORGOT: ("降車の記録がない", "no alighting was read"),
    Why.WRONG_STOP: ("停留所のまちがい", "another stop"),
    Why.READER: ("読み取りのまちがい", "the reader failed"),
    Why.WRONG_CLASS: ("区分のまちがい", "another class"),
    Why.WRONG_TABLE: ("運賃のまちがい", "the fare table was wrong"),
    Why.GOODWILL: ("おわび", "with apologies"),
    Why.NOT_RIDDEN: ("本人の乗車ではない", "not your ride"),
    Why.MISTAKE: ("訂正のまちがい", "a mistake in the correction"),
    Why.OTHER: ("その他", "another reason"),
}
"""To the rider, in words that have readings on their page."""
_ORIGINS: dict[str, Words] = {
    Origin.PAID: ("有償", "paid"),
    Origin.FREE: ("無償", "free"),
    Origin.PREMIUM: ("プレミアム", "premium"),
}
_UNITS: dict[str, Words] = {KURAPO: ("くらポ", "kurapo"), RIDE_VALUE: ("バス回数券", "bus ticket")}
_TRIPS: Words = ("往復券の回", "return ticket, trips")


def fact_words(name: str, value: object) -> str:
    """A fact that the audit log keeps of an act about a ride: a reason, a class and yen in words."""
    match name:
        case "why" if value in set(Why):
            value = WHYS[Why(str(value))][0]
        case "kind" if value in set(Kind):
            value = KINDS[Kind(str(value))][0]
        case "how" if value in set(How):
            value = HOWS[How(str(value))][0]
        case "class" if isinstance(value, int):
            value = words_for(words.CLASSES, value)[0]
        case "yen" | "from-yen" | "to-yen" if isinstance(value, int):
            value = f"{value:,}円"
    return f"{DETAILS.get(name, name)} {value}"


def told_to_rider(kind: Kind, why: Why) -> Words:
    """What was set right at the counter, and why, on a receipt."""
    (what, what_en), (because, because_en) = TO_RIDERS[kind], BECAUSE[why]
    return f"窓口で確かめたため・{what}（{because}）", f"{what_en} ({because_en})"


@dataclass(frozen=True, slots=True)
class MovedLine:
    """What is more somewhere, or less, with its sign; `unit` is 円 or 回."""

    what: Words
    amount: int
    unit: str


def moved_lines(preview: Preview) -> tuple[MovedLine, ...]:
    """Where it goes: lots with their expiry, trips, what is owed, cash to be given back."""
    lines = [line for moved in preview.moved for line in _lines(moved)]
    if preview.cash_due:
        cash: Words = ("窓口で返す現金", "cash to be given back at the desk")
        lines.append(MovedLine(cash, preview.cash_due, "円"))
    return tuple(lines)


def _lines(moved: Moved) -> list[MovedLine]:
    match moved.kind:
        case AccountKind.MEMBER:
            return [
                MovedLine(_lot(moved.unit, lot.origin, lot.expires_at), lot.amount, _unit(moved.unit))
                for lot in moved.lots
            ]
        case AccountKind.OWED:
            return [MovedLine(("未払い", "owed"), -moved.amount, "円")]
        case AccountKind.SUSPENSE:
            return [MovedLine(("持ち主確認中のパスの未払い", "owed by an unknown pass"), -moved.amount, "円")]
        case _:
            return []


def _lot(unit: str, origin: str, expires_at: int | None) -> Words:
    ja, en = _UNITS.get(unit, _TRIPS)
    kind = _ORIGINS[origin]
    if expires_at is None:
        return f"{ja}（{kind[0]}・期限なし）", f"{en}, {kind[1]}, no expiry"
    last = day_of(expires_at - 1).isoformat()
    return f"{ja}（{kind[0]}・{last}まで）", f"{en}, {kind[1]}, until {last}"


def _unit(unit: str) -> str:
    return "円" if unit in _UNITS else "回"
