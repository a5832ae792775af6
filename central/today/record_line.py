"""One record in the office's words: what happened, with which answer, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from central.japan import clock_text, span_text
from central.today.filters import BY_DRIVER, NOT_APPLIED, Filter
from central.today.rows import Matching, Record
from central.words.names import Names
from central.words.say_event import Tone, event_words, outcome_words, summary
from central.words.words import Words
from rules.instant import ClockQuality
from rules.messages.events import AnyEvent, HandBoarded, Tapped

LATE_S = 60
"""A record that took longer to arrive says so: the bus was out of reach."""


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


def record_line(record: Record, event: AnyEvent | None, names: Names, day: date) -> RecordLine:
    """How the log shows `record`, whose bytes say `event`."""
    outcome, tone = outcome_words(event)
    late = record.received_at - record.wall
    sure = event is not None and event.at.quality >= ClockQuality.NETWORK
    return RecordLine(
        id=record.id,
        device=record.device,
        number=record.number,
        time=clock_text(record.wall, day, seconds=True),
        sure=sure,
        late=span_text(late) if sure and late > LATE_S else "",
        event=event_words(record.kind, event),
        outcome=outcome,
        tone=Tone.BAD if record.refused else tone,
        summary=summary(event, names),
        pass_id=getattr(event, "pass_id", ""),
        refused=record.refused,
    )


def matches(record: Record, event: AnyEvent | None, wanted: Filter, matching: Matching, names: Names) -> bool:
    """Whether a record of the right day and bus is asked for. `matching` are the stops that the filter means."""
    return (
        (not wanted.trip or getattr(event, "trip_id", None) == wanted.trip)
        and (not wanted.stop or not matching.stop.isdisjoint(_stops(event)))
        and (not wanted.outcome or _has_outcome(record, event, wanted.outcome))
        and (not wanted.text or _says(record, event, wanted, matching.text, names))
    )


def is_by_driver(event: AnyEvent | None) -> bool:
    """Whether the rules refused this rider and the driver let them ride."""
    if isinstance(event, HandBoarded):
        return event.refused is not None
    return isinstance(event, Tapped) and event.allowed


def _has_outcome(record: Record, event: AnyEvent | None, wanted: str) -> bool:
    if wanted == NOT_APPLIED:
        return bool(record.refused)
    if wanted == BY_DRIVER:
        return is_by_driver(event)
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
    said = (summary(event, names), *event_words(record.kind, event), *outcome_words(event)[0], record.refused)
    return any(text in part.casefold() for part in said)


def _stops(event: AnyEvent | None) -> set[str]:
    return {getattr(event, "stop_id", ""), getattr(event, "board_stop_id", "")} - {""}
