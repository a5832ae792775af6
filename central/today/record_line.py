"""One record in the office's words: what happened, with which answer, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from central.japan import clock_text, span_text
from central.today import words
from central.today.filters import NOT_APPLIED, Filter
from central.today.names import Names
from central.today.rows import Matching, Record
from central.today.words import Words, words_for
from rules.instant import ClockQuality
from rules.messages.codec import Malformed, decode_event
from rules.messages.events import (
    AnyEvent,
    ClockSet,
    DoorMoved,
    JournalReplaced,
    RideLeftOpen,
    Salvaged,
    Started,
    Tapped,
    TripEnded,
    TripStarted,
)
from rules.ride.outcomes import Movement

LATE_S = 60
"""A record that took longer to arrive says so: the bus was out of reach."""


class Tone(StrEnum):
    """How a line is coloured. The words always say the same."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record as the log shows it. `sure` is False where the machine did not know the time; `late` says how late."""

    id: int
    device: str
    number: int
    time: str
    sure: bool
    late: str
    event: Words
    outcome: Words
    tone: Tone
    summary: str
    pass_id: str
    refused: str


def read_event(body: bytes) -> AnyEvent | None:
    """The event in a record's bytes; None where this version cannot read it."""
    try:
        return decode_event(body)
    except Malformed:
        return None


def record_line(record: Record, event: AnyEvent | None, names: Names, day: date) -> RecordLine:
    """How the log shows `record`, whose bytes say `event`."""
    outcome, tone = _outcome(event)
    late = record.received_at - record.wall
    sure = event is not None and event.at.quality >= ClockQuality.NETWORK
    return RecordLine(
        id=record.id,
        device=record.device,
        number=record.number,
        time=clock_text(record.wall, day, seconds=True),
        sure=sure,
        late=span_text(late) if sure and late > LATE_S else "",
        event=_event_words(record, event),
        outcome=outcome,
        tone=Tone.BAD if record.refused else tone,
        summary=summary(event, names),
        pass_id=getattr(event, "pass_id", ""),
        refused=record.refused,
    )


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
        case RideLeftOpen():
            rest = f"未収 {event.owed:,}" if event.owed else ""
            return _journey(event.edition, event.board_stop_id, event.stop_id, names) + _money(
                event, names, rest
            )
        case JournalReplaced():
            return f"前の記録簿 {event.epoch[:8]}（{event.last_number:,} 番まで）"
        case Salvaged():
            inner = read_event(bytes(event.body))
            within = "" if inner is None or isinstance(inner, Salvaged) else summary(inner, names)
            return f"前の記録簿 {event.epoch[:8]} の {event.number:,} 番: {within}"


def matches(record: Record, event: AnyEvent | None, wanted: Filter, matching: Matching, names: Names) -> bool:
    """Whether a record of the right day and bus is asked for. `matching` are the stops that the filter means."""
    return (
        (not wanted.trip or getattr(event, "trip_id", None) == wanted.trip)
        and (not wanted.stop or not matching.stop.isdisjoint(_stops(event)))
        and (not wanted.outcome or _has_outcome(record, event, wanted.outcome))
        and (not wanted.text or _says(record, event, wanted, matching.text, names))
    )


def _has_outcome(record: Record, event: AnyEvent | None, wanted: str) -> bool:
    if wanted == NOT_APPLIED:
        return bool(record.refused)
    return wanted == record.kind or (isinstance(event, Tapped) and wanted in (event.outcome, event.movement))


def _says(
    record: Record, event: AnyEvent | None, wanted: Filter, meant: frozenset[str], names: Names
) -> bool:
    named = wanted.record
    if named:
        board = getattr(event, "board", None)
        numbers = (record.number, board.number if board else None)
        return named.number in numbers and named.device in ("", record.device)
    text = wanted.text.casefold()
    if text in record.device.casefold() or text in record.body.decode(errors="replace").casefold():
        return True
    if not meant.isdisjoint(_stops(event)):
        return True
    said = (summary(event, names), *_event_words(record, event), *_outcome(event)[0], record.refused)
    return any(text in part.casefold() for part in said)


def _stops(event: AnyEvent | None) -> set[str]:
    return {getattr(event, "stop_id", ""), getattr(event, "board_stop_id", "")} - {""}


def _event_words(record: Record, event: AnyEvent | None) -> Words:
    if isinstance(event, Tapped) and event.movement is not Movement.REFUSED:
        return words_for(words.MOVEMENTS, event.movement)
    return words_for(words.EVENTS, record.kind)


def _outcome(event: AnyEvent | None) -> tuple[Words, Tone]:
    if isinstance(event, RideLeftOpen):
        return ("仮の運賃", "provisional"), Tone.WARN
    if not isinstance(event, Tapped):
        return ("", ""), Tone.PLAIN
    said = words_for(words.OUTCOMES, event.outcome)
    if not event.outcome.rides:
        return said, Tone.BAD
    return said, Tone.GOOD if event.outcome == "ok" else Tone.WARN


def _tap(event: Tapped, names: Names) -> str:
    if event.movement is Movement.ALIGHT:
        rest = f"現金 {event.cash:,}" if event.cash else ""
        return _journey(event.edition, event.board_stop_id, event.stop_id, names) + _money(event, names, rest)
    where = names.stop(event.edition, event.stop_id) or "停留所不明"
    if event.movement is Movement.BOARD:
        product = names.product(event.edition, event.product, event.service_date)
        return f"{where} から　{party(event.rider_class, product, event.adults, event.children)}"
    return where


def _journey(edition: int, board: str, alight: str, names: Names) -> str:
    return f"{names.stop(edition, board) or '？'} → {names.stop(edition, alight) or '？'}"


def _money(event: Tapped | RideLeftOpen, names: Names, rest: str) -> str:
    product = names.product(event.edition, event.product, event.service_date)
    parts = (f"定期 {product}" if product else "", f"くらポ {event.held:,}・{rest}" if rest else "")
    said = "・".join(filter(None, parts))
    return f"　{event.fare:,}円" + (f"（{said}）" if said else "")


def party(rider_class: int, product: str, adults: int, children: int) -> str:
    """Who rides on one code: "こども", "おとな（定期 肘折〜清水） ほか おとな1・こども2"."""
    others = "・".join(
        f"{name}{count}" for name, count in (("おとな", adults), ("こども", children)) if count
    )
    own = words_for(words.CLASSES, rider_class)[0] + (f"（定期 {product}）" if product else "")
    return f"{own} ほか {others}" if others else own
