"""The office decides what a ride costs where the feed gives no price, several, or a wrong one."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from central.database.transaction import Connection
from central.network.fares.store import fares_decided, say
from rules.money import Yen
from rules.network.edition import Edition
from rules.network.fares import Pair
from rules.network.feed.corrections import FareDecision, prices_of
from rules.network.feed.read import FeedRead

DEAREST = Yen(100_000)
"""One adult, one ride. More is a slip of the finger."""


class Kind(StrEnum):
    """What the feed says of a ride."""

    CONFLICT = "conflict"
    MISSING = "missing"
    PRICED = "priced"


@dataclass(frozen=True, slots=True)
class Ride:
    """What a clerk decides at once: rides between two stops of which the feed says the same, both ways, on any route.

    `feed` are the feed's prices, rising; `decided` is what the office charges, None where it has said nothing.
    `key` names it in a form.
    """

    key: str
    names: tuple[str, str]
    both_ways: bool
    routes: tuple[str, ...]
    feed: tuple[Yen, ...]
    decided: Yen | None
    pairs: tuple[Pair, ...]

    @property
    def kind(self) -> Kind:
        """What the feed says of it."""
        if not self.feed:
            return Kind.MISSING
        return Kind.CONFLICT if len(self.feed) > 1 else Kind.PRICED

    @property
    def is_open(self) -> bool:
        """Whether the office must still say something."""
        return self.kind is Kind.CONFLICT and self.decided is None


def rides_of(read: FeedRead) -> list[Ride]:
    """Every ride of a feed: conflicts first, then those without a fare, in the order of stops along the lines."""
    edition = read.draft
    grouped: dict[tuple[frozenset[str], tuple[Yen, ...], Yen | None], list[Pair]] = defaultdict(list)
    for pair in read.pairs:
        names = frozenset(edition.stops[stop_id].name for stop_id in pair[1:])
        feed = prices_of(read.feed_fares, pair)
        now = prices_of(edition.fares, pair)
        grouped[names, feed, now[0] if now != feed else None].append(pair)
    along = _along(edition)
    rides = [_ride(edition, along, pairs, feed, decided) for (_, feed, decided), pairs in grouped.items()]
    kinds = list(Kind)

    def place(ride: Ride) -> tuple[object, ...]:
        return kinds.index(ride.kind), *map(along.__getitem__, ride.names), ride.feed, ride.decided or 0

    return sorted(rides, key=place)


def decide(connection: Connection, rides: Iterable[Ride], wanted: Mapping[str, Yen | None], at: int) -> int:
    """Decide rides by key, or take their decisions back (None); how many changed. Unix second `at`.

    A price the feed gives alone needs no decision: deciding it takes an earlier decision back.
    """
    known = fares_decided(connection)
    words: dict[Pair, FareDecision | None] = {}
    changed = 0
    for ride in rides:
        if ride.key not in wanted:
            continue
        yen = wanted[ride.key]
        word = None if yen is None or ride.feed == (yen,) else FareDecision(yen, ride.feed)
        before = len(words)
        words.update({pair: word for pair in ride.pairs if known.get(pair) != word})
        changed += len(words) > before
    say(connection, words, at)
    return changed


def read_yen(text: str) -> Yen | None:
    """Whole yen from 0 to DEAREST as a clerk may type them (full-width digits too), None for anything else."""
    plain = text.strip().removesuffix("円").replace(",", "").replace("，", "")
    # Of the digits of all scripts, only those that a Japanese keyboard makes.
    if not plain or not all(each in "0123456789０１２３４５６７８９" for each in plain) or len(plain) > 6:
        return None
    yen = int(plain)
    return Yen(yen) if yen <= DEAREST else None


def _along(edition: Edition) -> dict[str, int]:
    """Each stop's name and its place in the order in which the lines, one after the other, come to them."""
    names = (edition.stops[stop_id].name for pattern in edition.patterns for stop_id in pattern.stop_ids)
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


def _ride(
    edition: Edition, along: Mapping[str, int], pairs: list[Pair], feed: tuple[Yen, ...], decided: Yen | None
) -> Ride:
    ways = {(edition.stops[start].name, edition.stops[end].name) for _, start, end in pairs}
    names = min(ways, key=lambda way: (along[way[0]], along[way[1]]))
    routes = sorted({edition.routes[route_id].name or route_id for route_id, _, _ in pairs})
    told = "\n".join(("\t".join(sorted(names)), ",".join(map(str, feed)), str(decided)))
    key = hashlib.sha256(told.encode()).hexdigest()[:16]
    return Ride(key, names, len(ways) > 1, tuple(routes), feed, decided, tuple(pairs))
