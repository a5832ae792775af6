"""未使用残高: what members had not used by the end of a day, by issuer and programme, and what the law makes of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from central.database.transaction import Connection
from central.japan import day_title, seconds_of
from central.programmes.keep_programmes import programmes
from central.reports.base_day import BASE_DAYS, BASE_YEN, counts_in_yen, deposit
from central.reports.sheet import Cell, Column, Fact, Period, Report, Sheet, Table, Verdict, named
from central.reports.store import Unused, moment_before, unused
from central.words.ledger_words import UNITS
from central.words.words import Words
from rules.ledger.accounts import Unit
from rules.ledger.programmes import LegalClass, Programme

WORDS: Words = ("未使用残高", "unused balances")
ISSUERS: dict[str, Words] = {"village": ("村", "the village")}
LEGAL: dict[str, Words] = {
    LegalClass.VILLAGE: ("適用除外（4条3号 地方公共団体）", "exempt, art. 4 item 3"),
    LegalClass.SIX_MONTHS: ("適用除外（4条2号 6か月以内）", "exempt, art. 4 item 2"),
    LegalClass.GIVEN: ("対価なし", "given for nothing"),
    LegalClass.SELF: ("対象（自家型）", "covered, own use"),
    LegalClass.THIRD_PARTY: ("対象（第三者型）", "covered, third parties"),
    "unknown": ("未登録（対象として計算）", "not said; counted as covered"),
}
_PROGRAMME_COLUMNS = (
    Column("issuer", ("発行者", "issuer")),
    Column("programme", ("事業", "programme")),
    Column("unit", ("単位", "unit")),
    Column("legal", ("資金決済法", "law")),
    Column("paid", ("有償", "paid")),
    Column("free", ("無償", "free")),
    Column("premium", ("プレミアム", "premium")),
    Column("expired", ("期限切れ・失効前", "past expiry")),
    Column("total", ("合計", "total")),
    Column("members", ("人数", "members")),
)
_ISSUER_COLUMNS = (
    Column("issuer", ("発行者", "issuer")),
    Column("counted_yen", ("対象の有償残高（円）", "counted, yen")),
    Column("above", ("1,000万円超", "above 10 million")),
    Column("deposit_yen", ("発行保証金（円）", "deposit, yen")),
)
_ABOVE = (
    "{issuer}: 基準日の未使用残高が1,000万円を超えています。届出（自家型）または登録（第三者型）があるかを確かめ、"
    "基準日の翌日から2か月以内に{deposit:,}円以上の発行保証金を供託してください（資金決済法14条）。 / "
    "More than 10 million yen are unused: see that the issuer has notified or is registered, and deposit at least "
    "{deposit:,} yen within two months of the base day (Payment Services Act, art. 14)."
)
_NO_BASE_DAY = (
    "基準日は3月31日と9月30日です。この日の数字は参考です。 / The base days are 31 March and 30 September; "
    "what is said of another day is for information."
)
_UNKNOWN = (
    "登録されていない事業があります。登録されるまで法の対象として数えます。 / "
    "Nobody has said what some of the programmes are; until then they are counted as covered by the law."
)
_TRIPS = "回数で数える券は円の合計に入っていません。 / What is counted in trips is in no sum of yen."
_NOT_OVER = "この日はまだ終わっていません。数字は変わります。 / The day is not over: the figures will change."


def read_unused(connection: Connection, day: date, now: int) -> Sheet:
    """As it was when the day ended in Japan."""
    end = seconds_of(day)[1]
    at = moment_before(connection, end)
    # What may be used until midnight is unused on this day still.
    found = unused(connection, at, end - 1)
    known = {name: kept.programme for name, kept in programmes(connection, day).items()}
    issued = [(each, known.get(each.programme)) for each in found]
    counted = _by_issuer(issued)
    remarks = [_NOT_OVER] if now < end else []
    if (day.month, day.day) not in BASE_DAYS:
        remarks.append(_NO_BASE_DAY)
    remarks += [
        _ABOVE.format(issuer=issuer or "?", deposit=deposit(yen)) for issuer, yen in counted if yen > BASE_YEN
    ]
    if any(programme is None for _, programme in issued):
        remarks.append(_UNKNOWN)
    if not all(counts_in_yen(Unit(each.unit)) for each in found):
        remarks.append(_TRIPS)
    return Sheet(
        (f"{WORDS[0]} {day_title(day)}", f"{WORDS[1]} at the end of {day}"),
        (
            Fact("on", ("日", "day"), str(day)),
            Fact("last_event", ("最後の取引の番号", "last event"), at.group),
            Fact("head", ("鎖の端", "head of the chain"), at.head),
        ),
        (
            Table(
                "programmes",
                ("事業ごと", "by programme"),
                _PROGRAMME_COLUMNS,
                tuple(_row(*each) for each in issued),
            ),
            Table(
                "issuers",
                ("発行者ごと", "by issuer"),
                _ISSUER_COLUMNS,
                tuple((named(ISSUERS, issuer), yen, yen > BASE_YEN, deposit(yen)) for issuer, yen in counted),
            ),
        ),
        tuple(remarks),
    )


def _row(each: Unused, programme: Programme | None) -> tuple[Cell, ...]:
    legal = programme.legal if programme else "unknown"
    names = (_issuer(programme), each.programme, named(UNITS, each.unit), named(LEGAL, legal))
    total = each.paid + each.free + each.premium + each.expired
    return *names, each.paid, each.free, each.premium, each.expired, total, each.members


def _issuer(programme: Programme | None) -> Cell:
    return named(ISSUERS, programme.issuer) if programme else ""


def _by_issuer(issued: list[tuple[Unused, Programme | None]]) -> list[tuple[str, int]]:
    """Each issuer, and the yen that were paid for, are good and fall under the law."""
    yen: defaultdict[str, int] = defaultdict(int)
    for each, programme in issued:
        is_covered = programme is None or programme.legal.is_covered
        counts = is_covered and counts_in_yen(Unit(each.unit))
        yen[programme.issuer if programme else ""] += each.paid if counts else 0
    return sorted(yen.items())


def _show_unused(connection: Connection, day: date, now: int, _: Verdict) -> Sheet:
    return read_unused(connection, day, now)


UNUSED = Report("unused", WORDS, Period.DAY, read_unused, _show_unused)
