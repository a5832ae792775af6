"""A correction, and cash to be given back, in the office's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from central.japan import clock_text
from central.rides.corrections.rows import Cause, Listed, RefundDue, State, Stops, Waits
from central.words.names import Names, TripName
from central.words.say_event import Tone
from central.words.words import Words, words_for

CAUSES: dict[str, Words] = {
    Cause.LATER: ("後の位置から停留所が確定", "the bus was located later"),
    Cause.DRIVER: ("運転士が停留所を指定", "the driver named the stop"),
    Cause.REDERIVED: ("役場が一日を計算しなおした", "the office worked the day out anew"),
    Cause.INFERRED: ("降車忘れを帰りの乗車から推定", "a forgotten alighting, known by the way back"),
    Cause.STAFF: ("職員が利用者に確かめて訂正", "set right by staff, with the rider"),
}
STATES: dict[str, Words] = {
    State.WAITING: ("確認待ち", "waiting"),
    State.APPLIED: ("訂正ずみ", "corrected"),
    State.DISMISSED: ("却下", "dismissed"),
    State.REPLACED: ("新しい情報に交代", "replaced"),
}
DECIDED: dict[str, Words] = {
    "rule": ("自動", "by rule"),
    "staff": ("職員", "staff"),
}
WHAT_TO_DO: dict[str, Words] = {
    Waits.NOT: (
        "利用者に有利なので自動で訂正しました。",
        "In the rider's favour, so it was corrected at once.",
    ),
    Waits.HIGHER: (
        "運賃が上がります。利用者に確かめ、不足分を未収にするか却下してください。",
        "The fare rises: ask the rider, then book the rest as owed, or dismiss it.",
    ),
    Waits.LATE: (
        "当日のうちではないか、バスの時計が未確認です。記録を見て、適用か却下を選んでください。",
        "Not within the day, or the bus's clock was unsure: look at the records, then apply or dismiss it.",
    ),
    Waits.MISSING: (
        "この区間の運賃がありません。金額は動かしていません。記録を見て、よければ却下してください。",
        "These stops have no fare and no money has moved: look at the records, then dismiss it.",
    ),
    Waits.CONFLICT: (
        "この区間の運賃が二通りあります。金額は動かしていません。記録を見て、よければ却下してください。",
        "These stops have two fares and no money has moved: look at the records, then dismiss it.",
    ),
    Waits.UNKNOWN: (
        "役場にない版・便・停留所です。金額は動かしていません。記録を見て、よければ却下してください。",
        "An edition, trip or stop that the office does not have; no money has moved. Look, then dismiss it.",
    ),
}
_TONES = {State.WAITING: Tone.WARN, State.APPLIED: Tone.GOOD}


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A correction as the page shows it. `before` and `after` are journeys; `decided` says by whom and when."""

    id: int
    tone: Tone
    kind: Words
    came: str
    device: str
    number: int
    service_date: str
    trip: TripName
    before: str
    after: str
    fare_before: int
    fare_after: int | None
    cause: Words
    todo: Words
    decided: str
    can_apply: bool
    can_dismiss: bool
    can_reopen: bool
    pass_id: str
    said_id: int | None


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Cash to be given back: `due` yen of `cash`, after `before` yen."""

    id: int
    device: str
    number: int
    service_date: str
    trip: TripName
    journey: str
    fare: int
    cash: int
    due: int
    before: int
    has_member: bool
    pass_id: str


def correction_line(row: Listed, names: Names, today: date) -> CorrectionLine:
    """How the page shows `row`."""
    waiting = row.state == State.WAITING
    return CorrectionLine(
        id=row.id,
        tone=_TONES.get(State(row.state), Tone.PLAIN),
        kind=words_for(STATES, row.state),
        came=clock_text(row.made_at, today),
        device=row.device,
        number=row.board_number,
        service_date=row.service_date,
        trip=names.trip(row.edition, row.trip_id),
        before=_journey(names, row.edition, row.from_stops),
        after=_journey(names, row.edition, row.to_stops),
        fare_before=row.from_fare,
        fare_after=row.to_fare,
        cause=words_for(CAUSES, row.cause),
        todo=words_for(WHAT_TO_DO, row.waits),
        decided=""
        if waiting
        else f"{words_for(DECIDED, row.decided_by)[0]} {clock_text(row.decided_at, today)}",
        can_apply=waiting and row.to_fare is not None,
        can_dismiss=waiting,
        can_reopen=row.state == State.DISMISSED,
        pass_id=row.pass_id,
        said_id=row.said_id,
    )


def refund_line(due: RefundDue, names: Names) -> RefundLine:
    """How the page shows cash to be given back."""
    ride = due.ride
    return RefundLine(
        id=ride.id,
        device=ride.device,
        number=ride.board_number,
        service_date=ride.service_date,
        trip=names.trip(ride.edition, ride.trip_id),
        journey=_journey(names, ride.edition, ride.stops),
        fare=ride.fare,
        cash=ride.cash,
        due=ride.charge.refund_due,
        before=ride.refunded,
        has_member=bool(due.member),
        pass_id=ride.pass_id,
    )


def _journey(names: Names, edition: int, stops: Stops) -> str:
    start, end = (names.stop(edition, place.stop_id) or "？" for place in (stops.board, stops.alight))
    return f"{start} → {end}"
