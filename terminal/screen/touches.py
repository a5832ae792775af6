"""What the driver can tell the loop by a touch, each checked against what the page shows by now. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from terminal.facts import Fact, StopSaid, StopSet, StopUndone, TripChosen, TripDone
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


TOUCHES: dict[str, Touch] = {
    "/trip": choose_trip,
    "/trip/end": end_trip,
    "/stop/answer": answer_stop,
    "/stop/set": set_stop,
    "/stop/undo": undo_stop,
}
"""What each path of the page's server takes by POST."""


def _number(form: Form, name: str) -> int:
    """A whole number that is not below zero; -1 for anything else."""
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else -1
