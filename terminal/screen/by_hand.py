"""What the page shows of riders whom the driver records by hand (手扱い, teatsukai). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rules.messages.events import Means
from rules.ride.outcomes import Movement
from terminal.screen.snapshot import HandDone, HandGroup, Snapshot
from terminal.screen.words import MEANS, MOVEMENTS, RIDER_CLASSES

KEYS_A_PAGE = 2
FARES_A_PAGE = 5
UNKNOWN = "運賃不明"
"""Said where the table has no fare: the driver looks it up on paper, nothing is invented."""


@dataclass(frozen=True, slots=True)
class AlightKey:
    """A key by whose touch one person alights.

    `owed` is what is shown largest: the cash to take, or what they ride by in place of it; `worth` is what a coupon
    must be worth; `who` is a class that is not adult, else "".
    """

    board_index: int
    stop_name: str
    means: Means
    rider_class: str
    people: int
    owed: str
    worth: str
    who: str


@dataclass(frozen=True, slots=True)
class FareRow:
    """A stop where somebody may have boarded, and what each class owes from there, in yen."""

    board_index: int
    stop_name: str
    fares: dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Done:
    """What was recorded last. `cash` is what to take, None for nothing; `aboard` who is on board by hand now."""

    key: str
    key_en: str
    people: int
    rider_class: str
    means: str
    whence: str
    cash: int | None
    look_up: bool
    aboard: int


def alight_pages(snapshot: Snapshot) -> list[list[AlightKey]]:
    """The keys for those on board by hand, the latest boarding stop first, while the bus stands or a door is open."""
    if snapshot.at_index is None and not snapshot.door_open:
        return []
    keys = [
        _key(group, snapshot.stop_names)
        for group in snapshot.by_hand
        if group.board_index != snapshot.at_index
    ]
    return [keys[start : start + KEYS_A_PAGE] for start in range(0, len(keys), KEYS_A_PAGE)]


def fare_pages(snapshot: Snapshot) -> list[list[FareRow]]:
    """The fare table: every stop before this one, the nearest first, in pages that fit the screen."""
    rows = [
        FareRow(each.board_index, snapshot.stop_names[each.board_index], dict(each.fares))
        for each in snapshot.fares_from
    ]
    return [rows[start : start + FARES_A_PAGE] for start in range(0, len(rows), FARES_A_PAGE)]


def done(snapshot: Snapshot) -> Done | None:
    """What can be taken back, in words."""
    last = snapshot.hand_done
    if last is None:
        return None
    key, key_en = MOVEMENTS[last.movement]
    alights = last.movement is Movement.ALIGHT
    return Done(
        key=key,
        key_en=key_en,
        people=last.people,
        rider_class=RIDER_CLASSES[last.rider_class][0],
        means=MEANS[last.means][0],
        whence=snapshot.stop_names[last.board_index] if last.board_index < len(snapshot.stop_names) else "",
        cash=last.cash or None,
        look_up=alights and _asks_paper(last),
        aboard=sum(group.people for group in snapshot.by_hand),
    )


def _asks_paper(last: HandDone) -> bool:
    return last.means in (Means.CASH, Means.COUPON) and last.fare_unknown


def _key(group: HandGroup, names: tuple[str, ...]) -> AlightKey:
    amount = UNKNOWN if group.fare is None else f"¥{group.fare:,}"
    return AlightKey(
        board_index=group.board_index,
        stop_name=names[group.board_index],
        means=group.means,
        rider_class=group.rider_class,
        people=group.people,
        owed=amount if group.means is Means.CASH else MEANS[group.means][0],
        worth=amount if group.means is Means.COUPON else "",
        who="" if group.rider_class == "adult" else RIDER_CLASSES[group.rider_class][0],
    )
