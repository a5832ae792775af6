"""What staff have said of a ride, as lists show it: what, why, who asked, and who decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from central.japan import clock_text, day_of
from central.rides.corrections.by_staff.rows import SetRight, Stands
from central.rides.corrections.by_staff.words import KINDS, STANDINGS, WHYS
from central.words.words import Words


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A request as lists show it."""

    id: int
    ride: int
    state: Words
    waits: bool
    kind: Words
    why: Words
    note: str
    by: str
    at: str
    fare_from: int
    fare_to: int
    decided: str


def asked_line(said: SetRight, now: int, day: date | None = None) -> AskedLine:
    """As it stands at Unix second `now`; times are written for `day`, that of `now` if None."""
    day = day or day_of(now)
    stands = said.stands(now)
    waits = stands is Stands.WAITING
    decided = "" if waits or stands is Stands.EXPIRED else f"{said.said_by} {clock_text(said.at, day)}"
    return AskedLine(
        said.id,
        said.ride,
        STANDINGS[stands],
        waits,
        KINDS[said.kind],
        WHYS[said.why],
        said.note,
        said.asked_by,
        clock_text(said.asked_at, day),
        said.fare_from,
        said.fare_to,
        f"{decided}　{said.word}".strip("　"),
    )
