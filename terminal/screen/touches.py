"""What the driver can tell the loop by a touch, each checked against what the page shows by now. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rules.messages.events import Means
from rules.passes.rider_pass import RiderClass
from rules.ride.by_hand import MAX_PEOPLE
from terminal.facts import (
    Fact,
    HandAlighting,
    HandBoarding,
    HandTakenBack,
    Overruled,
    StopSaid,
    StopSet,
    StopUndone,
    TripChosen,
    TripDone,
)
from terminal.screen import view
from terminal.screen.snapshot import Snapshot

Form = Mapping[str, str]
LONGEST = 9
"""Digits of a number: no trip has more stops, no power-on more openings."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a touch changes nothing, for the driver."""

    sentence: str
    english: str


Touch = Callable[[Snapshot, Form], Fact | Refused]


def choose_trip(snapshot: Snapshot, form: Form) -> Fact | Refused:
    """Take up a trip on offer: `trip_id` and `service_date`."""
    chosen = (form.get("trip_id", ""), form.get("service_date", ""))
    if chosen in {(choice.trip_id, choice.service_date) for choice in snapshot.choices}:
        return TripChosen(*chosen)
    return Refused(
        "その便は今は選べません。一覧から選び直してください。", "Please choose from the list again."
    )


def end_trip(snapshot: Snapshot, form: Form) -> Fact | Refused:  # noqa: ARG001 - all touches are called alike
    """End the trip under way."""
    if view.has_trip(snapshot):
        return TripDone()
    return Refused("便は始まっていません。", "No trip is under way.")


def answer_stop(snapshot: Snapshot, form: Form) -> Fact | Refused:
    """Answer the question that stands: its `opening` and the `stop_index` of one of its stops."""
    question, stop = snapshot.question, _number(form, "stop_index")
    if question is None or question.opening != _number(form, "opening") or stop not in question.stops:
        return Refused(
            "その質問は終わりました。違うときは「停留所を直す」を押してください。",
            "That question is over. If the stop is wrong, touch Set the stop.",
        )
    return StopSaid(question.opening, stop)


def set_stop(snapshot: Snapshot, form: Form) -> Fact | Refused:
    """Move the bus to a stop of its trip: `stop_index`."""
    stop = _number(form, "stop_index")
    if stop not in range(len(snapshot.stop_names)):
        return Refused("その停留所は今の便にありません。", "That stop is not on this trip.")
    return StopSet(stop)


def undo_stop(snapshot: Snapshot, form: Form) -> Fact | Refused:  # noqa: ARG001
    """Take back the stop that was said or set last."""
    if snapshot.stop_said:
        return StopUndone()
    return Refused(
        "今は取り消せません。停留所を選び直してください。", "Too late to undo. Set the stop again."
    )


def board_by_hand(snapshot: Snapshot, form: Form) -> Fact | Refused:
    """People board without a code: their `means`, `rider_class` and how many `people`."""
    means, rider_class, people = _who(form)
    if means is None or rider_class is None or not 1 <= people <= MAX_PEOPLE:
        return NOBODY
    if not snapshot.stop_names:
        return Refused("先に便を選んでください。", "Choose the trip first.")
    if snapshot.at_index == len(snapshot.stop_names) - 1:
        return Refused("終点では乗車できません。", "Nobody boards where the trip ends.")
    return HandBoarding(means, rider_class, people)


def alight_by_hand(snapshot: Snapshot, form: Form) -> Fact | Refused:
    """People alight who boarded at stop `board_index`: their `means`, `rider_class` and how many `people`."""
    means, rider_class, people = _who(form)
    start = _number(form, "board_index")
    if means is None or rider_class is None or not 1 <= people <= MAX_PEOPLE:
        return NOBODY
    known = {group.board_index for group in snapshot.by_hand} | {
        each.board_index for each in snapshot.fares_from
    }
    if start not in known:
        return Refused(
            "停留所が変わりました。もう一度選んでください。", "The stop has changed. Please choose again."
        )
    return HandAlighting(start, means, rider_class, people)


def undo_by_hand(snapshot: Snapshot, form: Form) -> Fact | Refused:  # noqa: ARG001
    """Take back what was recorded by hand last."""
    if snapshot.hand_done:
        return HandTakenBack()
    return Refused("今は取り消せません。", "Too late to undo.")


def overrule(snapshot: Snapshot, form: Form) -> Fact | Refused:
    """Let in whom the last answer refused: its `number`."""
    number = _number(form, "number")
    if snapshot.may_overrule and snapshot.last is not None and snapshot.last.number == number:
        return Overruled(number)
    return Refused(
        "もう次のお客様です。「手扱い」で記録してください。", "That was another rider. Record them by hand."
    )


NOBODY = Refused("区分と人数を選び直してください。", "Choose class and number of people again.")

TOUCHES: dict[str, Touch] = {
    "/trip": choose_trip,
    "/trip/end": end_trip,
    "/stop/answer": answer_stop,
    "/stop/set": set_stop,
    "/stop/undo": undo_stop,
    "/hand/board": board_by_hand,
    "/hand/alight": alight_by_hand,
    "/hand/undo": undo_by_hand,
    "/overrule": overrule,
}
"""What each path of the page's server takes by POST."""


def _who(form: Form) -> tuple[Means | None, RiderClass | None, int]:
    means, rider_class = form.get("means", ""), form.get("rider_class", "").upper()
    return (
        Means(means) if means in set(Means) else None,
        RiderClass[rider_class] if rider_class in RiderClass.__members__ else None,
        _number(form, "people"),
    )


def _number(form: Form, name: str) -> int:
    """A whole number that is not below zero; -1 for anything else."""
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else -1
