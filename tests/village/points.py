"""What points members must have, worked out from what they saw and from the bare records; none of the product's code.

A code has as many places as people were pressed for; whoever asks first has one, once each, within a day of the code
being made and within the caps of the day; what staff took back gives nothing. A card is a code with one place that
nobody has to open. In which order claims came to the office is the office's to say, and all that is taken from it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.village.verdict import Violation

VALID_S = 24 * 3600
KNOWN = 2
"""Qualities of a clock from here on say that something has told it the time."""
MEMBER_CAP, KIOSK_CAP = 50, 160
"""Points a day: of one member, and of one kiosk."""
GIVEN, PENDING, REFUSED, UNDONE = "given", "pending", "refused", "undone"
GIVES = (GIVEN, UNDONE)
UNHEARD = "unheard"
"""The answer to a phone whose office lost its power over it: before the books had the claim, or right after."""
MAY_STAND = (GIVEN, PENDING, UNHEARD)

Name = tuple[str, int, int]
"""A kiosk, and a code's number and moment."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw or heard at a kiosk: `what` is code, card or undone."""

    unit: str
    what: str
    number: int
    moment: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A member's phone opened a code, at this second of the office's, and got this answer or UNHEARD."""

    name: Name
    member: str
    at: int
    answer: str


@dataclass(slots=True)
class Offer:
    """A code or a card as its kiosk's record says; `made_at` is None where nobody ever knew."""

    count: int
    points: int
    made_at: int | None
    pass_id: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A claim as it stands in the office's books."""

    name: Name
    member: str
    by_card: bool
    points: int
    asked_at: int
    day: str
    state: str
    why: str


@dataclass(slots=True)
class Facts:
    """What the kiosks' records say together."""

    offers: dict[Name, Offer] = field(default_factory=dict)
    undone: set[Name] = field(default_factory=set)
    told: Counter[Seen] = field(default_factory=Counter)
    """How often something was told."""
    gaps: list[tuple[str, str, int, int]] = field(default_factory=list)
    """Kiosk, journal, a number, and the one that came after it."""


class PointsModel:
    """What phones were told. `cards` are whose passes the office knows, `savers` are members who never pay."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.lost: list[Asked] = []
        """Answers that only the office knew, and lost with its books."""
        self.cards: dict[str, str] = {}
        self.savers: set[str] = set()

    def forget(self, kept: int) -> None:
        """The books are as they were when so many had asked."""
        self.lost += self.asked[kept:]
        del self.asked[kept:]

    def check(
        self,
        records: Iterable[tuple[str, str, bytes]],
        rows: list[Row],
        listed: set[str],
        seen: Iterable[Seen],
    ) -> None:
        """I1, I5 and I6 for points. `listed` are the details of codes that were used again or taken back."""
        facts = facts_of(records)
        for sight in seen:
            times = facts.told[sight]
            _expect("I1", times == 1, f"{sight} is in central's journal {times} times")
        _expect("I2", not facts.gaps, f"numbers of codes that do not follow one another: {facts.gaps[:3]}")
        _expect("I6", all(times == 1 for times in facts.told.values()), f"told twice: {_twice(facts.told)}")
        asked = self._standing()
        there = {(row.name, row.member): row for row in rows}
        for key, each in asked.items():
            _expect("I5", key in there, f"{each} is not in the books")
            states = GIVES if each.answer == GIVEN else (GIVEN, REFUSED, UNDONE)
            _expect("I5", there[key].state in states, f"{each} stands as {there[key]}")
        self._check_cards(facts, there)
        may_stand = {(each.name, each.member) for each in self.asked if each.answer in MAY_STAND}
        for row in rows:
            known = row.by_card or (row.name, row.member) in may_stand
            _expect("I5", known and row.name in facts.offers, f"nobody asked for {row}")
        self._check_order(facts, rows, listed)
        for each in self.asked + self.lost:
            if each.answer not in MAY_STAND:
                _expect("I5", self._is_just(each, facts, rows), f"refused for no reason: {each}")

    def _standing(self) -> dict[tuple[Name, str], Asked]:
        """What phones were told of claims that must be in the books: one that waited and was refused need not be."""
        standing: dict[tuple[Name, str], Asked] = {}
        for each in self.asked:
            key = each.name, each.member
            if each.answer in (GIVEN, PENDING):
                standing[key] = each
            elif key in standing and standing[key].answer == PENDING:
                del standing[key]
        return standing

    def _check_cards(self, facts: Facts, there: dict[tuple[Name, str], Row]) -> None:
        for name, offer in facts.offers.items():
            member = self.cards.get(offer.pass_id)
            if member is not None and name not in facts.undone:
                _expect("I5", (name, member) in there, f"the card at {name} gave {member} nothing")

    def _check_order(self, facts: Facts, rows: list[Row], listed: set[str]) -> None:
        """Every claim stands as those before it leave it."""
        places: Counter[Name] = Counter()
        had: defaultdict[tuple[str, str], _Had] = defaultdict(_Had)
        for row in rows:
            offer, caps = facts.offers[row.name], _caps(row)
            _expect("I5", row.points == offer.points, f"{row} for a code of {offer.points}")
            if row.name in facts.undone:
                may_keep = row.member not in self.savers and _listed_as_used(row, listed)
                _expect("I5", row.state != GIVEN or may_keep, f"taken back, but {row}")
            elif not row.by_card and _is_late(offer, row.asked_at):
                _expect("I5", row.state == REFUSED, f"too late, but {row}")
            elif places[row.name] >= offer.count:
                _expect("I6", row.state == REFUSED, f"used up, but {row}")
                _expect("I6", _is_listed(row.name, listed), f"used up and not listed: {row}")
            elif any(had[key].least + row.points > cap for key, cap in caps):
                _expect("I5", row.state == REFUSED, f"above a cap, but {row}")
            elif all(had[key].most + row.points <= cap for key, cap in caps):
                _expect("I5", row.state == GIVEN, f"good, but {row}")
            if row.state in GIVES:
                places[row.name] += 1
                for key, _ in caps:
                    had[key].most += row.points
                    had[key].least += row.points * (row.state == GIVEN)

    def _is_just(self, asked: Asked, facts: Facts, rows: list[Row]) -> bool:
        offer = facts.offers.get(asked.name)
        if offer is None:
            return False
        others = [
            each
            for each in self.asked + self.lost
            if each.member != asked.member and each.answer in MAY_STAND
        ]
        match asked.answer:
            case "point-undone":
                return asked.name in facts.undone
            case "point-expired":
                return _is_late(offer, asked.at)
            case "point-used":
                given = {each.member for each in others if each.name == asked.name}
                given |= {row.member for row in rows if row.name == asked.name and row.state in GIVES}
                return len(given) >= offer.count
            case "point-cap-member":
                return self._most_of(facts, rows, asked.member, "") + offer.points > MEMBER_CAP
            case "point-cap-kiosk":
                return self._most_of(facts, rows, "", asked.name[0]) + offer.points > KIOSK_CAP
        return False

    def _most_of(self, facts: Facts, rows: list[Row], member: str, kiosk: str) -> int:
        """Points that a member or a kiosk can have had on one day, at most, whatever was lost since."""
        most: dict[tuple[Name, str], int] = {
            (row.name, row.member): row.points for row in rows if row.state in GIVES
        }
        for each in self.asked + self.lost:
            if each.answer in MAY_STAND and each.name in facts.offers:
                most[each.name, each.member] = facts.offers[each.name].points
        return sum(points for (name, whose), points in most.items() if whose == member or name[0] == kiosk)


@dataclass(slots=True)
class _Had:
    """Points that count in a cap: for certain, and with what was taken back at a time nobody noted."""

    least: int = 0
    most: int = 0


def points_of(rows: Iterable[Row]) -> Counter[str]:
    """What members have of it."""
    had: Counter[str] = Counter()
    for row in rows:
        had[row.member] += row.points * (row.state == GIVEN)
    return had


def facts_of(records: Iterable[tuple[str, str, bytes]]) -> Facts:
    """What records (device, epoch, body), in order, say of codes."""
    facts = Facts()
    undated: defaultdict[tuple[str, str, str], list[tuple[Offer, int]]] = defaultdict(list)
    for device, epoch, event in _once(facts, records):
        at, kind = event["at"], event["event"]
        if kind == "clock-set":
            for offer, mono_ms in undated.pop((device, epoch, at["boot"]), []):
                offer.made_at = event["wall"] - (at["mono_ms"] - mono_ms) // 1000
        if kind not in KINDS:
            continue
        name = (device, event["number"], event["moment"])
        facts.told[Seen(device, KINDS[kind], event["number"], event["moment"])] += 1
        if kind == "points-undone":
            facts.undone.add(name)
            continue
        made_at = event["moment"] if at["quality"] >= KNOWN else None
        offer = Offer(event.get("count", 1), event["points"], made_at, event.get("pass_id", ""))
        facts.offers[name] = offer
        if made_at is None and not event["handed_on"]:
            undated[device, epoch, at["boot"]].append((offer, at["mono_ms"]))
    return facts


KINDS = {"points-offered": "code", "card-points": "card", "points-undone": "undone"}


def _once(
    facts: Facts, records: Iterable[tuple[str, str, bytes]]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every event; what an earlier journal had handed on may have come from there as well. Notes gaps on the way."""
    known: set[tuple[str, str]] = set()
    last: dict[tuple[str, str], int] = {}
    # What was handed on comes last: a journal's name, which is nobody's to foresee, must not decide what counts.
    for device, epoch, body in sorted(records, key=lambda record: b'"salvaged"' in record[2][:40]):
        wrapped = json.loads(body)
        handed_on = wrapped["event"] == "salvaged"
        event = wrapped["body"] if handed_on else wrapped
        if event["event"] in KINDS:
            if event["event"] != "points-undone" and not handed_on:
                before = last.get((device, epoch), event["number"] - 1)
                last[device, epoch] = event["number"]
                if event["number"] != before + 1:
                    facts.gaps.append((device, epoch, before, event["number"]))
            text = json.dumps(event, sort_keys=True)
            if (device, text) in known:
                continue
            known.add((device, text))
        yield device, epoch, {**event, "handed_on": handed_on}


def _caps(row: Row) -> tuple[tuple[tuple[str, str], int], ...]:
    return ((row.member, row.day), MEMBER_CAP), ((row.name[0], row.day), KIOSK_CAP)


def _is_late(offer: Offer, at: int) -> bool:
    return offer.made_at is not None and at > offer.made_at + VALID_S


def _is_listed(name: Name, listed: set[str]) -> bool:
    return f"{name[0]} {name[1]} ({name[2]})" in listed


def _listed_as_used(row: Row, listed: set[str]) -> bool:
    kiosk, number, moment = row.name
    return f"{kiosk} {number} ({moment}): {row.member} {row.points} 使用ずみ / used" in listed


def _twice(told: Counter[Seen]) -> list[Seen]:
    return [each for each, times in told.items() if times > 1][:3]


def _expect(name: str, holds: bool, detail: str) -> None:
    if not holds:
        raise Violation(name, detail)
