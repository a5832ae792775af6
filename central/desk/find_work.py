"""Everything that needs a person now, from every subject: each finder asks one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import pairwise

from central.audit.chain import next_head
from central.audit.store import newest_entries
from central.charging.store import open_incidents
from central.counter.open_till import cash_in_till
from central.counter.serve_member import TILL
from central.counter.store import last_till_day
from central.database.transaction import Connection
from central.desk import store
from central.desk.work import Work
from central.devices.watermark.reach import watermark
from central.exceptions.kinds import kind_of
from central.exceptions.store import waiting_kinds
from central.japan import clock_text, day_of, seconds_of
from central.kiosks.store import pending_claims
from central.kiosks.weigh_claim import waits_for_record
from central.network.editions.store import number_in_force, read_sealed
from central.office_rules.in_force import rule_in_force
from central.rides.corrections.by_staff.store import count_waiting
from central.words.names import EditionShelf
from central.words.say_event import Tone
from rules.network.edition import Edition

BAGS_DAYS = 31
"""Bags are asked for so many days back."""
LOOKS_AHEAD_DAYS = 30
AUDIT_ENTRIES = 200
"""The newest entries whose chain is looked at here; `audit verify` goes through all of it."""
MOST_INCIDENTS = 100
Finder = Callable[[Connection, int], Iterator[Work]]


def find_work(connection: Connection, shelf: EditionShelf, now: int) -> list[Work]:
    """What all of them find at Unix second `now`, in no order."""
    finders: tuple[Finder, ...] = (*_FINDERS, partial(_timetable, shelf))
    return [work for find in finders for work in find(connection, now)]


def _exceptions(connection: Connection, _now: int) -> Iterator[Work]:
    for each in waiting_kinds(connection):
        kind = kind_of(each.kind)
        taken = f"・うち対応中 {each.taken}件" if each.taken else ""
        yield Work(
            f"exceptions-{each.kind}",
            kind.tone,
            (f"例外：{kind.name[0]}", f"exceptions: {kind.name[1]}"),
            each.since,
            ("一覧を開く", "Open the list"),
            "exceptions.exceptions",
            {"kind": each.kind},
            detail=(f"{each.count:,}件{taken}", f"{each.count:,}"),
        )


def _corrections(connection: Connection, now: int) -> Iterator[Work]:
    count, since = store.corrections_waiting(connection)
    if count:
        yield Work(
            "corrections", Tone.WARN, ("運賃の訂正を決める", "fare corrections to decide"), since,
            ("訂正を見る", "Open"), "corrections.corrections", detail=(f"{count:,}件", f"{count:,}"),
        )  # fmt: skip
    asked, since = count_waiting(connection, now)
    if asked:
        yield Work(
            "asked", Tone.WARN, ("職員の訂正を決裁する", "staff's corrections to approve"), since,
            ("決裁する", "Open"), "corrections.corrections", anchor="asked", detail=(f"{asked:,}件", f"{asked:,}"),
        )  # fmt: skip
    refunds, yen, since = store.refunds_waiting(connection)
    if refunds:
        yield Work(
            "refunds", Tone.WARN, ("払いすぎた現金を返す", "cash to give back"), since,
            ("返金を見る", "Open"), "corrections.corrections", detail=(f"{refunds:,}件・{yen:,}円", f"{yen:,} yen"),
        )  # fmt: skip


def _claims(connection: Connection, _now: int) -> Iterator[Work]:
    waiting = [claim for claim in pending_claims(connection) if waits_for_record(connection, claim)]
    if waiting:
        yield Work(
            "claims", Tone.WARN, ("入浴ポイントの申し出を決める", "claims of bath points to decide"),
            min(claim.asked_at for claim in waiting), ("申し出を見る", "Open"), "kiosks.kiosks",
            anchor="waiting", detail=(f"{len(waiting):,}件", f"{len(waiting):,}"),
        )  # fmt: skip


def _cards(connection: Connection, _now: int) -> Iterator[Work]:
    action, endpoint = ("カードチャージを見る", "Open"), "charging.overview"
    disputes, since = store.disputes_open(connection)
    if disputes:
        yield Work(
            "disputes", Tone.BAD, ("カードの異議（チャージバック）", "card disputes"), since, action, endpoint,
            detail=(f"{disputes:,}件", f"{disputes:,}"),
        )  # fmt: skip
    unsent, since = store.refunds_unsent(connection)
    if unsent:
        yield Work(
            "card-refunds", Tone.BAD, ("カードへの返金がまだ送られていない", "card refunds not sent"), since,
            action, endpoint, detail=(f"{unsent:,}件", f"{unsent:,}"),
        )  # fmt: skip
    strange = open_incidents(connection, MOST_INCIDENTS)
    if strange:
        yield Work(
            "card-incidents", Tone.WARN, ("カード会社の知らせで合わないもの", "card events that match nothing"),
            min(each.first_at for each in strange), action, endpoint,
            detail=(f"{len(strange):,}件", f"{len(strange):,}"),
        )  # fmt: skip


def _till(connection: Connection, now: int) -> Iterator[Work]:
    day = last_till_day(connection, TILL)
    if day is None or day.first_count is not None:
        return
    today = day_of(now)
    begun = date.fromisoformat(day.day)
    closing = seconds_of(begun)[0] + rule_in_force(connection, "counter.closing_hour", begun) * 3600
    yen = cash_in_till(connection, day)
    expected = (f"あるはずの現金 {yen:,}円", f"{yen:,} yen expected")
    action, endpoint = ("レジを締める", "Count it"), "counter.till"
    if begun < today:
        what = (f"{begun.month}月{begun.day}日のレジが締まっていない", "an earlier day's till is not counted")
        yield Work("till", Tone.BAD, what, closing, action, endpoint, detail=expected)
    elif now >= closing:
        what = ("今日のレジを締める", "today's till is to be counted")
        yield Work("till", Tone.WARN, what, closing, action, endpoint, detail=expected)


def _bags(connection: Connection, now: int) -> Iterator[Work]:
    today = day_of(now)
    bags = store.bags_not_counted(connection, today - timedelta(BAGS_DAYS), today - timedelta(1))
    if bags:
        _, oldest, _ = bags[0]
        yen = sum(each for _, _, each in bags)
        shown = "、".join(f"{bus} {day[5:]}" for bus, day, _ in bags[:3]) + ("ほか" if len(bags) > 3 else "")
        yield Work(
            "bags", Tone.WARN, ("運転士の現金袋が数えられていない", "drivers' bags not counted"),
            seconds_of(date.fromisoformat(oldest))[1], ("レジへ", "To the till"), "counter.till",
            detail=(f"{len(bags):,}袋・{yen:,}円（{shown}）", f"{yen:,} yen"),
        )  # fmt: skip


def _books(connection: Connection, _now: int) -> Iterator[Work]:
    todo = ("保守担当へ連絡する", "Tell maintenance")
    units = store.units_out_of_balance(connection)
    if units:
        yield Work(
            "ledger", Tone.BAD, ("帳簿の合計が合わない", "the ledger does not balance"), None, todo,
            "desk.desk", anchor="books", detail=("、".join(units), "run: ledger verify"),
        )  # fmt: skip
    newest = list(newest_entries(connection, AUDIT_ENTRIES))
    for entry, before in pairwise(newest):
        head = next_head(before.chain, entry.id, entry.at, entry.who, entry.what, entry.about, entry.detail)
        if entry.id != before.id + 1 or head != entry.chain:
            yield Work(
                "audit", Tone.BAD, ("操作の記録が書き換えられている", "the audit log was changed"), entry.at,
                todo, "desk.desk", anchor="books", detail=(f"{entry.id}番", "run: audit verify"),
            )  # fmt: skip
            return


def _watermark(connection: Connection, now: int) -> Iterator[Work]:
    for bus in watermark(connection, now).buses:
        if bus.holds_back(now):
            until = "まだ一度も" if bus.until is None else f"{clock_text(bus.until, day_of(now))} までしか"
            yield Work(
                f"watermark-{bus.device}", Tone.WARN,
                (f"{bus.device} の記録が届かず、精算が止まっている", "settling waits for its records"), bus.until,
                ("機器を見る", "See the machine"), "desk.desk", anchor=f"of-{bus.device}",
                detail=(f"{until}届いていません。走らない車両なら保守担当が運休にします", "not heard since"),
            )  # fmt: skip


def _timetable(shelf: EditionShelf, connection: Connection, now: int) -> Iterator[Work]:
    """Calendars that end within 30 days, by the edition that will be in force then."""
    today = day_of(now)
    until = today + timedelta(LOOKS_AHEAD_DAYS)
    action, endpoint = ("路線と運賃へ", "Open"), "feeds.overview"
    edition = shelf.get(number_in_force(connection, until), partial(read_sealed, connection))
    if edition is None:
        what = ("路線データがまだ公開されていない", "no edition is published")
        yield Work("edition", Tone.BAD, what, None, action, endpoint)
        return
    last = last_day(edition)
    if last < until:
        tone = Tone.BAD if last <= today else Tone.WARN
        left = (last - today).days
        yield Work(
            "edition", tone, ("時刻表の期限が近い", "the timetable ends soon"), None, action, endpoint,
            detail=(f"{last.month}月{last.day}日まで（あと{max(left, 0)}日）", f"until {last}"),
        )  # fmt: skip


def last_day(edition: Edition) -> date:
    """The last day on which any service of the edition can run."""
    return max(
        (day for each in edition.services.values() for day in (each.end, *each.added)),
        default=edition.valid_from,
    )


_FINDERS: tuple[Finder, ...] = (
    _exceptions,
    _corrections,
    _claims,
    _cards,
    _till,
    _bags,
    _books,
    _watermark,
)
