"""A journal's records for a person, line by line, and what came of deciding each of them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rules.messages.events import (
    ClockSet,
    DoorMoved,
    HandAlighted,
    HandBoarded,
    HandUndone,
    JournalReplaced,
    RideLeftOpen,
    Started,
    StopSettled,
    Tapped,
    TripEnded,
    TripStarted,
)
from rules.network.stops import distance_m
from rules.ride.outcomes import Movement
from terminal.picture import JAPAN
from terminal.replay.journal_facts import Fault
from terminal.replay.judged import Why
from terminal.replay.words import BY_HAND, MOVEMENTS, WHO_KNOWS, answer_words, clock, who_words

if TYPE_CHECKING:
    from rules.network.edition import Edition
    from terminal.replay.journal_facts import TripKey, Written
    from terminal.replay.judged import Change, Judged

FAULTS = {
    Fault.MISSING: "この前の記録がありません / records before this one are missing",
    Fault.CHANGED: "書かれたときの中身と違います / it is not what was written",
    Fault.CHAIN: "前の記録とつながりません / it does not follow on the record before it",
    Fault.UNREADABLE: "この版では読めません / this version cannot read it",
}
WHY = {
    Why.ANSWER: "答えが区分・人数・現金と合いません / the answer does not follow from class, party and cash",
    Why.MONEY: "金額の内訳が合いません / the parts of the money do not add up",
    Why.STOP: "その便の停留所と合いません / it is no such stop of the trip",
    Why.TRIP: "走っていた便と違います / another trip was on",
    Why.NO_OPEN_RIDE: "このパスの乗車中の記録がありません / no ride of this pass was open",
    Why.RIDE_OPEN: "前の乗車が終わっていません / an earlier ride of this pass was open",
    Why.RIDE: "指している乗車の記録と合いません / it does not fit the ride it names",
    Why.FARE: "運賃が規則と違います / the fare is not that of the rules",
    Why.TOO_SOON: "直前の答えからまだ間がありません / too soon after the answer before",
    Why.CARD_LIMIT: "カードの1日の上限を超えています / beyond the card's rides of a day",
    Why.OPENING: "扉の記録と合いません / it does not fit the record of the door",
    Why.REFUSAL: "断る理由が記録にありません / nothing in the records gives this refusal",
    Why.PEOPLE: "人数が正しくありません / that is no number of people",
    Why.ALLOWED: "運転士が通せるお断りがありません / there was no refusal for the driver to overrule",
    Why.NO_EDITION: "その版の路線データがもうありません / its edition is not kept any more",
    Why.NO_BOARDING: "乗車の記録がもうありません / the boarding is not kept any more",
    Why.STOP_BELIEVED: "その時の位置の推定によります / it hangs on where the bus was believed to be then",
    Why.PASS: "パスと役場の知らせによります / it hangs on the pass and on the office's lists of then",
    Why.POSITION: "その時の位置によります / it hangs on where the bus was then",
}
TAKEN_BACK = "  （取り消しずみ / taken back）"
MARKS = {True: "", False: "✗", None: "？"}


class Teller:
    """Says each record, under the trip it belongs to."""

    def __init__(self, editions: Mapping[int, Edition]) -> None:
        self._editions = editions
        self._heading: tuple[TripKey | None, str] | None = None

    def lines(self, judged: Judged) -> Iterator[str]:
        """The lines of one record, headed where its trip or day is another than that of the one before."""
        written = judged.written
        heading = (written.trip, written.day)
        if heading != self._heading:
            self._heading = heading
            yield self._head(written)
        yield f"{clock(written.t)}  {self._says(judged)}"
        if isinstance(written.event, StopSettled):
            yield from (self._changed(change, written.event) for change in judged.changes)
        yield from remarks(judged)

    def _head(self, written: Written) -> str:
        day = written.day or "日付不明 day unknown"
        if written.trip is None:
            return f"── {day}  便の外 / no trip"
        trip_id, number = written.trip.trip_id, written.trip.edition
        edition = self._editions.get(number)
        trip = edition.trips.get(trip_id) if edition else None
        where = f"  {clock(trip.departures[0])[:5]} {trip.headsign}" if trip else ""
        return f"── {day}  {trip_id}{where}  （路線データ第{number}版 / edition {number}）"

    def _says(self, judged: Judged) -> str:
        written = judged.written
        event, number = written.event, written.trip.edition if written.trip else 0
        match event:
            case None:
                return f"#{written.ref.number}"
            case Started():
                return f"プログラム開始 / program started  {event.version}"
            case ClockSet():
                return f"時刻の基準 / time by {event.source}  {_in_japan(event.wall)}  ±{event.error_ms} ms"
            case TripStarted():
                return "便を始める / trip taken up"
            case TripEnded():
                return "便を終える / trip ended"
            case DoorMoved():
                what = "扉が開く / door opens" if event.is_open else "扉が閉まる / door closes"
                return f"{what}  {self._stop(number, event.stop_id)}{self._metres(number, event)}"
            case Tapped():
                said = answer_words(event, short(event.pass_id), self._stop(event.edition, event.stop_id))
                return f"{said}{_nth(judged.opening)}"
            case StopSettled():
                at = self._stop(event.edition, event.stop_id)
                return f"○  {WHO_KNOWS[event.by]}  {at}    {event.confidence:.2f}"
            case HandBoarded() | HandAlighted() | HandUndone():
                return f"{self._by_hand(event)}{_nth(judged.opening)}{TAKEN_BACK if judged.undone else ''}"
            case RideLeftOpen():
                start = self._stop(event.edition, event.board_stop_id)
                way = f"{start} → {self._stop(event.edition, event.stop_id)}"
                owed = f"（未収 owed {event.owed}円）" if event.owed else ""
                return f"     {short(event.pass_id)}  降りる合図がありません / left open  {way}  {event.fare}円{owed}"
            case JournalReplaced():
                return f"前の記録から引き継ぐ / follows on journal {event.epoch}  {event.why}"
            case _:
                return f"#{written.ref.number}"

    def _by_hand(self, event: HandBoarded | HandAlighted | HandUndone) -> str:
        if isinstance(event, HandUndone):
            numbers = "・".join(f"#{record.number}" for record in event.records)
            return f"○  {BY_HAND}  取り消し / taken back  {numbers}"
        at, who = self._stop(event.edition, event.stop_id), who_words(event)
        if isinstance(event, HandBoarded):
            refused = (
                f"  お断りした人を乗せる / let in after #{event.refused.number}" if event.refused else ""
            )
            return f"●  {who}  {MOVEMENTS[Movement.BOARD]}  {at}{refused}"
        way = f"{self._stop(event.edition, event.board_stop_id)} → {at}"
        if event.forgotten:
            return f"     {who}  降りる合図がありません / left open  {way}"
        cash = f"（現金 cash {event.cash}円）" if event.cash else ""
        return f"●  {who}  {MOVEMENTS[Movement.ALIGHT]}  {way}  {_yen(event.fare)}{cash}"

    def _changed(self, change: Change, word: StopSettled) -> str:
        before, now = self._stop(word.edition, change.before_stop_id), self._stop(word.edition, word.stop_id)
        way = now if before == now else f"{before} → {now}"
        tap = change.tap
        if isinstance(tap, Tapped):
            who, moved = short(tap.pass_id), tap.movement
        else:
            who, moved = BY_HAND, Movement.BOARD if isinstance(tap, HandBoarded) else Movement.ALIGHT
        said = f"             {who}  {MOVEMENTS[moved]}  {way}"
        return said if change.before == change.now else f"{said}  {_yen(change.before)} → {_yen(change.now)}"

    def _stop(self, number: int, stop_id: str) -> str:
        edition = self._editions.get(number)
        stop = edition.stops.get(stop_id) if edition else None
        return stop.name if stop else stop_id or "–"

    def _metres(self, number: int, door: DoorMoved) -> str:
        edition = self._editions.get(number)
        stop = edition.stops.get(door.stop_id) if edition else None
        if stop is None or door.lat is None or door.lon is None:
            return ""
        metres = distance_m(door.lat, door.lon, stop.lat, stop.lon)
        return f"  ポールから{metres:.0f} m / {metres:.0f} m from its pole"


def remarks(judged: Judged) -> Iterator[str]:
    """Why a record does not agree, or cannot be told."""
    mark, fault = MARKS[judged.agrees], judged.written.fault
    number = judged.written.ref.number
    if fault is not None:
        yield f"          {mark} #{number}  {FAULTS[fault]}"
    for why in judged.why:
        rules = f"  {_yen(judged.by_rules)}" if why is Why.FARE else ""
        yield f"          {mark} #{number}  {WHY[why]}{rules}"


def short(pass_id: str) -> str:
    """Enough of a pass's id to tell it from others on the bus."""
    return f"{pass_id[:4]}…{pass_id[-4:]}" if pass_id else "–"


def _nth(opening: int | None) -> str:
    return "" if opening is None else f"  扉{opening} / opening {opening}"


def _yen(fare: int | None) -> str:
    return "運賃なし no fare" if fare is None else f"{fare}円"


def _in_japan(wall: int) -> str:
    try:
        return datetime.fromtimestamp(wall, UTC).astimezone(JAPAN).isoformat(" ")
    except (ValueError, OverflowError, OSError):
        return str(wall)
