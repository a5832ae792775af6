"""Turns a snapshot into what the templates print. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from rules.ride.outcomes import Movement, Outcome
from terminal.screen.snapshot import LastAnswer, PlaceState, Snapshot, TripChoice
from terminal.screen.words import MOVEMENTS, RIDER_CLASSES, WORDS, Kind, Words

SOON = 0.7
"""From this share of the way on, the next stop is announced as まもなく."""
LATE_MINUTES = 15
"""A trip is still offered first this long after its departure: drivers start late more often than early."""
CHOICES_A_PAGE = 4
STOPS_A_PAGE = 5
STOPS_BEFORE = 2
"""How far before the present stop the stops to choose from begin: with those after it they fill the first page."""
ASTRAY = {
    PlaceState.OFF_LINE: ("迂回？", "Detour?"),
    PlaceState.WRONG_WAY: ("逆の向き", "Wrong way"),
}
"""Said in place of "next": off its trip's way, a bus has none."""


@dataclass(frozen=True, slots=True)
class Place:
    """The strip of stops around `name`, the `index`th of the trip's.

    `step` is tenths of the way there, None while standing there.
    """

    index: int
    tag: str
    tag_en: str
    name: str
    position: str
    before: str
    after: tuple[str, ...]
    step: int | None


@dataclass(frozen=True, slots=True)
class StopChoice:
    """A stop to touch. `then` is the stop after it, where the trip passes two of the same name; else ""."""

    index: int
    name: str
    position: str
    then: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The last rider in words. `fare` and `cash` are None where there is nothing to show; `mark` names an icon.

    `commuter` is a rider by commuter pass (定期券) of whom nothing is due: that is said in place of a fare of 0 yen.
    `ordinary` is one adult, of whom nothing need be said; `sentence` is whether the words are worth reading; `photo`
    is whether the card bears a photograph to be looked at.
    """

    words: Words
    key: str
    key_en: str
    mark: str
    fare: int | None
    commuter: bool
    cash: int | None
    rider_class: tuple[str, str]
    party: int
    ordinary: bool
    rides: bool
    sentence: bool
    stop_name: str
    photo: bool


def has_trip(snapshot: Snapshot) -> bool:
    """Whether a trip is under way. Feeds may leave headsigns out, so the stops count too."""
    return bool(snapshot.stop_names or snapshot.trip_headsign or snapshot.trip_departure)


def same_to_the_eye(one: Snapshot, other: Snapshot) -> bool:
    """Whether the page looks the same for both; the age of the answer is counted on by the page itself."""
    return _ageless(one) == _ageless(other)


def place(snapshot: Snapshot) -> Place | None:
    """Previous, present and following stops; None for a trip without stops."""
    names = snapshot.stop_names
    if not names:
        return None
    last = len(names) - 1
    progress = min(max(snapshot.progress, 0.0), float(last))
    step: int | None = None
    if snapshot.at_index is not None or progress == last:
        here = last if snapshot.at_index is None else min(max(snapshot.at_index, 0), last)
        tag, tag_en = ("終点", "Last stop") if here == last else ("停車中", "At stop")
    else:
        share = progress % 1
        here = int(progress) + (1 if share else 0)
        tag, tag_en = ("まもなく", "Arriving") if share >= SOON else ("次は", "Next")
        step = int(share * 10)
    tag, tag_en = ASTRAY.get(snapshot.place_state, (tag, tag_en))
    return Place(
        index=here,
        tag=tag,
        tag_en=tag_en,
        name=names[here],
        position=f"{here + 1} / {last + 1}",
        before=names[here - 1] if here else "",
        after=names[here + 1 : here + 3],
        step=step,
    )


def answer(last: LastAnswer) -> Answer:
    """The words, the icon and the sums for one answer."""
    words = WORDS[last.outcome]
    rides = last.outcome.rides and last.movement in MOVEMENTS
    key, key_en = MOVEMENTS[last.movement] if rides else (words.key, words.key_en)
    commuter = rides and bool(last.product) and not last.fare
    due = last.fare or (rides and last.movement is Movement.ALIGHT and not commuter)
    return Answer(
        words=words,
        key=key,
        key_en=key_en,
        mark="check" if rides else "cross" if words.kind is Kind.RED else "look",
        fare=last.fare if due else None,
        commuter=commuter,
        cash=last.cash or None,
        rider_class=RIDER_CLASSES.get(last.rider_class, (last.rider_class, "")),
        party=last.party,
        ordinary=last.rider_class in ("adult", "") and last.party <= 1,
        rides=rides,
        sentence=not last.cash and last.outcome is not Outcome.OK,
        stop_name=last.stop_name,
        photo=rides and last.photo,
    )


def choice_pages(snapshot: Snapshot) -> list[list[TripChoice]]:
    """Today's trips, the next departure first, those long gone last, in pages that fit the screen."""
    choices = sorted(snapshot.choices, key=lambda choice: (choice.service_date, choice.departure))
    now = _minutes(snapshot.clock)
    if now is not None:
        choices.sort(key=lambda choice: (_minutes(choice.departure) or 0) + LATE_MINUTES < now)
    return [choices[start : start + CHOICES_A_PAGE] for start in range(0, len(choices), CHOICES_A_PAGE)]


def candidates(snapshot: Snapshot) -> list[StopChoice]:
    """The stops among which the driver is asked to choose, as they are driven; none without a question."""
    asked = snapshot.question.stops if snapshot.question else ()
    return [_stop_choice(snapshot, index) for index in asked]


def stop_pages(snapshot: Snapshot) -> list[list[StopChoice]]:
    """All stops of the trip in pages that fit the screen: from a little before the present one on, then the earlier."""
    here = place(snapshot)
    if here is None:
        return []
    first, count = max(0, here.index - STOPS_BEFORE), len(snapshot.stop_names)
    return [
        [_stop_choice(snapshot, index) for index in range(start, min(start + STOPS_A_PAGE, end))]
        for begin, end in ((first, count), (0, first))
        for start in range(begin, end, STOPS_A_PAGE)
    ]


def size_of(text: str) -> str:
    """How large a stop's name can be printed: xl, l, m or s, by its width in full characters."""
    width = sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.55 for char in text)
    return "xl" if width <= 7 else "l" if width <= 16 else "m" if width <= 24 else "s"


def _stop_choice(snapshot: Snapshot, index: int) -> StopChoice:
    names = snapshot.stop_names
    return StopChoice(
        index=index,
        name=names[index],
        position=f"{index + 1} / {len(names)}",
        then=names[index + 1] if names.count(names[index]) > 1 and index + 1 < len(names) else "",
    )


def _ageless(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, last=snapshot.last and replace(snapshot.last, seconds_ago=0.0))


def _minutes(clock: str) -> int | None:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes) if hours.isdecimal() and minutes.isdecimal() else None
