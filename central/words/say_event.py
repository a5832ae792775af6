"""What a record says, in the office's words: what happened, with which answer, to whom, for how much."""

from __future__ import annotations

from enum import StrEnum

from central.words import words
from central.words.names import Names
from central.words.words import Words, words_for
from rules.messages.codec import Malformed, decode_event
from rules.messages.events import (
    AnyEvent,
    CardPoints,
    ClockSet,
    DoorMoved,
    HandAlighted,
    HandBoarded,
    HandUndone,
    JournalReplaced,
    Means,
    PointsOffered,
    PointsUndone,
    RideLeftOpen,
    Salvaged,
    SettledBy,
    Started,
    StopSettled,
    Tapped,
    TripEnded,
    TripStarted,
)
from rules.ride.outcomes import Movement


class Tone(StrEnum):
    """How a line is coloured. The words always say the same."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


def read_event(body: bytes) -> AnyEvent | None:
    """The event in a record's bytes; None where this version cannot read it."""
    try:
        return decode_event(body)
    except Malformed:
        return None


def event_words(kind: str, event: AnyEvent | None) -> Words:
    """What kind of thing happened, of a record of `kind` that says `event`."""
    if isinstance(event, Tapped) and event.movement is not Movement.REFUSED:
        return words_for(words.MOVEMENTS, event.movement)
    return words_for(words.EVENTS, kind)


def outcome_words(event: AnyEvent | None) -> tuple[Words, Tone]:
    """What was answered, and how to colour it."""
    if isinstance(event, RideLeftOpen):
        return ("仮の運賃", "provisional"), Tone.WARN
    if isinstance(event, HandBoarded) and event.refused:
        return words.BY_DRIVER, Tone.WARN
    if not isinstance(event, Tapped):
        return ("", ""), Tone.PLAIN
    said = words_for(words.OUTCOMES, event.outcome)
    if not event.outcome.rides:
        return said, Tone.BAD
    return said, Tone.GOOD if event.outcome == "ok" else Tone.WARN


def summary(event: AnyEvent | None, names: Names) -> str:
    """What happened, in one line of Japanese with the network's names."""
    match event:
        case None:
            return "この版では読めない記録です"
        case Started():
            return f"プログラム {event.version}"
        case ClockSet():
            source = words_for(words.SOURCES, event.source)[0]
            return f"{source}により {event.wall - event.at.wall:+d}秒（誤差 {event.error_ms} ms）"
        case TripStarted() | TripEnded():
            return str(names.trip(event.edition, event.trip_id))
        case DoorMoved():
            return "　".join(
                filter(None, ("開いた" if event.is_open else "閉じた", names.some_stop(event.stop_id)))
            )
        case Tapped():
            return _tap(event, names)
        case HandBoarded() | HandAlighted():
            return _by_hand(event, names)
        case HandUndone():
            return "・".join(f"{record.number:,} 番" for record in event.records) + " を取り消し"
        case StopSettled():
            where = names.stop(event.edition, event.stop_id) or "停留所不明"
            who = "運転士の指定" if event.by is SettledBy.DRIVER else "後の位置から"
            return f"{where}（{who}・{len(event.taps)}件）"
        case RideLeftOpen():
            rest = f"未収 {event.owed:,}" if event.owed else ""
            return _journey(event.edition, event.board_stop_id, event.stop_id, names) + _money(
                event, names, rest
            )
        case PointsOffered() | PointsUndone() | CardPoints():
            return _by_kiosk(event)
        case JournalReplaced() | Salvaged():
            return _handed_on(event, names)


def party(rider_class: int, product: str, adults: int, children: int) -> str:
    """Who rides on one code: "こども", "おとな（定期 肘折〜清水） ほか おとな1・こども2"."""
    others = "・".join(
        f"{name}{count}" for name, count in (("おとな", adults), ("こども", children)) if count
    )
    own = words_for(words.CLASSES, rider_class)[0] + (f"（定期 {product}）" if product else "")
    return f"{own} ほか {others}" if others else own


def people(rider_class: int, count: int) -> str:
    """Who rides by the driver's hand: "こども 2人"."""
    return f"{words_for(words.CLASSES, rider_class)[0]} {count}人"


def _by_kiosk(event: PointsOffered | PointsUndone | CardPoints) -> str:
    code = f"{event.number:,} 番"
    if isinstance(event, PointsUndone):
        return f"{code}を取り消し" + ("（係員）" if event.staff else "")
    people = f" × {event.count}人" if isinstance(event, PointsOffered) else ""
    return f"{code}（区分 {event.visit}）　{event.points:,} ポイント{people}"


def _handed_on(event: JournalReplaced | Salvaged, names: Names) -> str:
    book = f"前の記録簿 {event.epoch[:8]}"
    if isinstance(event, JournalReplaced):
        return f"{book}（{event.last_number:,} 番まで）"
    inner = read_event(bytes(event.body))
    within = "" if inner is None or isinstance(inner, Salvaged) else summary(inner, names)
    return f"{book} の {event.number:,} 番: {within}"


def _tap(event: Tapped, names: Names) -> str:
    allowed = "（運転士の判断）" if event.allowed else ""
    if event.movement is Movement.ALIGHT:
        rest = f"現金 {event.cash:,}" if event.cash else ""
        journey = _journey(event.edition, event.board_stop_id, event.stop_id, names)
        return journey + _money(event, names, rest) + allowed
    where = names.stop(event.edition, event.stop_id) or "停留所不明"
    if event.movement is Movement.BOARD:
        product = names.product(event.edition, event.product, event.service_date)
        return f"{where} から　{party(event.rider_class, product, event.adults, event.children)}{allowed}"
    return where


def _by_hand(event: HandBoarded | HandAlighted, names: Names) -> str:
    who = f"{people(event.rider_class, event.people)}・{words_for(words.MEANS, event.means)[0]}"
    who += "" if event.camera else "・カメラなし"
    if isinstance(event, HandBoarded):
        where = names.stop(event.edition, event.stop_id) or "停留所不明"
        return f"{where} から　{who}" + ("（お断りした人を乗せた）" if event.refused else "")
    journey = _journey(event.edition, event.board_stop_id, event.stop_id, names)
    if event.forgotten:
        return f"{journey}　{who}（降車の記録なし）"
    fare = "運賃不明" if event.fare is None else f"{event.fare:,}円"
    paid = f"（現金 {event.cash:,}）" if event.cash else ""
    unpaid = "（未収）" if event.means is Means.PASS and event.fare else ""
    return f"{journey}　{who}　{fare}{paid}{unpaid}"


def _journey(edition: int, board: str, alight: str, names: Names) -> str:
    return f"{names.stop(edition, board) or '？'} → {names.stop(edition, alight) or '？'}"


def _money(event: Tapped | RideLeftOpen, names: Names, rest: str) -> str:
    product = names.product(event.edition, event.product, event.service_date)
    parts = (f"定期 {product}" if product else "", f"くらポ {event.held:,}・{rest}" if rest else "")
    said = "・".join(filter(None, parts))
    return f"　{event.fare:,}円" + (f"（{said}）" if said else "")
