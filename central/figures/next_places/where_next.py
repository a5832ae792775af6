"""次に行った所 (tsugi ni itta tokoro): in which shop or bath members were first, after they alighted where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from central.figures.figure import Exact
from central.words.names import Names

WITHIN_S = 3 * 3600
"""So long after alighting somebody still comes from the bus."""
NOWHERE = "記録なし / nothing recorded"


class Ridden(NamedTuple):
    """A member's boarding. `alighted` is the Unix second in which the alighting at `stop` was read, None for never."""

    member: str
    edition: int
    stop: str | None
    boarded: int
    alighted: int | None


class Visit(NamedTuple):
    """A member in a shop or a bath, at Unix second `at`."""

    member: str
    place: str
    at: int


def where_next(ridden: Collection[Ridden], visits: Iterable[Visit], names: Names) -> Exact:
    """By stop and place, how many members and how often; at each stop the most frequent place first.

    The first place after alighting counts, within `WITHIN_S` and before the member boards again.
    """
    been: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        been[visit.member].append(visit)
    boardings: defaultdict[str, list[int]] = defaultdict(list)
    for each in ridden:
        boardings[each.member].append(each.boarded)
    went: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for each in ridden:
        if each.alighted is None:
            continue
        start = each.alighted
        end = min([start + WITHIN_S, *(again for again in boardings[each.member] if again > start)])
        after = [visit for visit in been[each.member] if start <= visit.at < end]
        place = min(after, key=lambda visit: visit.at).place if after else NOWHERE
        went[names.stop(each.edition, each.stop), place].append(each.member)
    along = {stop: number for number, stop in enumerate(names.stop_names())}
    rows = sorted(
        ((stop, place, len(set(who)), len(who)) for (stop, place), who in went.items()),
        key=lambda row: (along.get(row[0], len(along)), row[0], row[1] == NOWHERE, -row[3], row[1]),
    )
    return Exact(
        ("降りたあと、次に行った所", "where members go next"),
        (
            ("降りた停留所", "alighted"),
            ("次に行った所", "next"),
            ("人数", "people"),
            ("のべ人数", "riders"),
        ),
        tuple(rows),
        (
            "会員の、降車を読み取った乗車だけ。降りてから3時間以内で、次に乗る前の、最初の店の支払いかおふろの記録です。",
            "Members' rides whose alighting was read, and their first payment or bath within three hours.",
        ),
    )
