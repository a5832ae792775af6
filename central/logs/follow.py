"""One record followed from the machine to the books, step by step, and what is missing on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from central.database.transaction import Connection
from central.japan import clock_text, span_text
from central.logs import store
from central.logs.ledger_of_ride import groups_of_ride
from central.today.rows import Record, Ride
from central.words import words
from central.words.ledger_words import EVENTS
from central.words.say_event import Tone, event_words, read_event
from central.words.words import Words, words_for
from rules.messages.events import (
    AnyEvent,
    CardPoints,
    HandAlighted,
    HandBoarded,
    HandUndone,
    PointsOffered,
    PointsUndone,
    RecordRef,
    RideLeftOpen,
    StopSettled,
    Tapped,
)
from rules.ride.outcomes import Movement

_RIDES = (Tapped, RideLeftOpen, HandBoarded, HandAlighted)
_OF_OTHERS: dict[type, Words] = {
    StopSettled: (
        "ほかの記録の停留所を決め直す記録です。運賃が変わるときは「訂正」に出ます",
        "it settles the stop of other records; what changes a fare stands among the corrections",
    ),
    HandUndone: (
        "運転士が手扱いの記録を取り消した記録です。取り消されたものは数えません",
        "the driver took records of their own hand back, which count no more",
    ),
    PointsOffered: (
        "おふろのポイントのコードです。受け取りは「キオスク」と会員のページに出ます",
        "a bath's code: who claimed it stands on the kiosk's page and the member's",
    ),
    CardPoints: (
        "カードについたおふろのポイントです。「キオスク」と会員のページに出ます",
        "a bath's points for a card: they stand on the kiosk's page and the member's",
    ),
    PointsUndone: (
        "キオスクがコードを取り消した記録です。ついていたポイントは、残っていれば戻ります",
        "the kiosk took a code back: points go back where they are still there",
    ),
}
"""Records that make no ride of their own, and change what others have made."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A step on the way: what it is, when ("" if no time belongs to it), what is said of it, what leads on.

    `ride` is a ride's kind and number, `group` a ledger group's number; `tone` is WARN for what is still missing.
    """

    what: Words
    at: str
    said: Words
    tone: Tone = Tone.GOOD
    ride: tuple[str, int] | None = None
    group: int | None = None


def follow(connection: Connection, record: Record, day: date) -> list[Stage]:
    """The steps of `record`, in order; times are written for `day`."""
    event = read_event(record.body)
    stages = [_made(record, event, day), _arrived(record, day), *_set_apart(connection, record, day)]
    if record.refused:
        stages.append(
            Stage(
                ("帳簿", "books"),
                "",
                (f"入りませんでした: {record.refused}", f"not entered: {record.refused}"),
                Tone.BAD,
            )
        )
        return stages
    found = store.rides_of_record(connection, record.device, RecordRef(record.epoch, record.number))
    if not found:
        return [*stages, _no_ride(event)]
    for ride in found:
        stages += _ride_stages(connection, ride, day)
    return stages


def _made(record: Record, event: AnyEvent | None, day: date) -> Stage:
    ja, en = event_words(record.kind, event)
    clock = words_for(words.CLOCKS, event.at.quality) if event else ("", "")
    return Stage(
        ("機器で書かれた", "written on the machine"),
        clock_text(record.wall, day, seconds=True),
        (f"{record.device} #{record.number}　{ja}（時計: {clock[0]}）", f"{en}; clock: {clock[1]}"),
    )


def _arrived(record: Record, day: date) -> Stage:
    late = max(record.received_at - record.wall, 0)
    return Stage(
        ("役場に届いた", "arrived at the office"),
        clock_text(record.received_at, day, seconds=True),
        (f"{span_text(late)}後。鎖のハッシュ {record.hash[:16]}…", f"chain {record.hash[:16]}…"),
    )


def _set_apart(connection: Connection, record: Record, day: date) -> list[Stage]:
    name = RecordRef(record.epoch, record.number)
    apart = [
        Stage(
            ("同じ番号の別の記録", "another record under its number"),
            clock_text(at, day, seconds=True),
            (f"別に保管しました（{hashed[:16]}…）", f"set apart ({hashed[:16]}…)"),
            Tone.BAD,
        )
        for at, hashed in store.others_under(connection, record.device, name)
    ]
    handed_on = [
        Stage(
            ("救い出された記録", "salvaged"),
            "",
            (
                f"前の記録簿 {row.epoch} の #{row.number} として書かれていました",
                f"was #{row.number} of {row.epoch}",
            ),
        )
        for row in store.salvaged_as(connection, record.device, name)
    ]
    return [*handed_on, *apart]


def _no_ride(event: AnyEvent | None) -> Stage:
    what = ("乗車", "ride")
    if isinstance(event, Tapped) and event.movement is Movement.REFUSED:
        return Stage(
            what, "", ("断られた読み取りなので、乗車はありません", "a refusal makes no ride"), Tone.PLAIN
        )
    if isinstance(event, _RIDES):
        return Stage(
            what,
            "",
            (
                "この記録だけではまだ乗車になっていません。相手の記録が届くのを待っています",
                "no ride yet: the record it belongs to has not come",
            ),
            Tone.WARN,
        )
    said = _OF_OTHERS.get(type(event), ("乗車やお金にはかかわらない記録です", "of no ride and no money"))
    return Stage(what, "", said, Tone.PLAIN)


def _ride_stages(connection: Connection, ride: Ride, day: date) -> list[Stage]:
    state = words_for(words.STATES, ride.state)
    stages = [
        Stage(
            ("乗車", "ride"),
            clock_text(ride.board_wall, day),
            state,
            Tone.GOOD if ride.state == "complete" else Tone.WARN,
            ride=(ride.kind, ride.id),
        )
    ]
    groups = groups_of_ride(connection, ride)
    if not groups:
        return [*stages, _no_money(ride)]
    for group in groups:
        what = EVENTS.get(group.what, (group.what, ""))
        at = clock_text(group.posted_at, day, seconds=True)
        stages.append(Stage(("元帳", "ledger"), at, what, group=group.id))
    newest = store.newest_group(connection)
    assert newest is not None, "there is one at least"
    behind = newest.id - groups[-1].id
    chain = (
        f"あとに {behind:,} 件。先頭 {newest.chain[:16]}…",
        f"{behind:,} after it; head {newest.chain[:16]}…",
    )
    return [*stages, Stage(("元帳の鎖", "the ledger's chain"), "", chain)]


def _no_money(ride: Ride) -> Stage:
    what = ("元帳", "ledger")
    if ride.state == "open":
        return Stage(
            what, "", ("降りるまでお金は動きません", "no money moves before the alighting"), Tone.WARN
        )
    if ride.state == "provisional" and ride.alight_number is None:
        return Stage(
            what,
            "",
            ("全車の記録がそろうまで請求しません", "charged once all buses have told the day"),
            Tone.WARN,
        )
    if not ride.fare:
        return Stage(
            what, "", ("運賃が0円か、運賃表にありません", "no fare, or none in the table"), Tone.PLAIN
        )
    return Stage(what, "", ("現金などで、元帳には記入がありません", "nothing in the ledger"), Tone.PLAIN)
