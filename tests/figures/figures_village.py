"""Invented months of a village's rides, as the inbox leaves them, and what the office publishes of them."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert

from central.database.hand_tables import hand_rides
from central.database.tables import rides
from central.japan import seconds_of
from rules.messages.events import Means
from tests.central.today_events import BACK, BUS, TRIP
from tests.central.today_village import NAMES, Village, app_of, found, line

FIRST = date(2026, 5, 1)
MONTHS = ("2026-05", "2026-06")
NOW = seconds_of(date(2026, 9, 1))[0]


@dataclass
class Months:
    """A village whose buses go there and back every day, and its pages."""

    village: Village
    app: Flask = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        self.village.now = NOW
        self.app = app_of(self.village)

    def rode(self, who: str, day: date, start: int, end: int, **more: Any) -> dict[str, Any]:
        """A ride by a pass from a stop to another, by their places on the way there."""
        self.number += 10
        return {
            "device": BUS,
            "epoch": "e1",
            "board_number": self.number,
            "state": "complete",
            "pass_id": who,
            "pass_kind": 1,
            "rider_class": 0,
            "adults": 0,
            "children": 0,
            "edition": 1,
            "route_id": "R",
            "trip_id": TRIP if start < end else BACK,
            "service_date": str(day),
            "board_stop_id": f"s{start}",
            "alight_stop_id": f"s{end}",
            "board_wall": seconds_of(day)[0] + 9 * 3600,
            "alight_wall": seconds_of(day)[0] + 10 * 3600,
            **more,
        }

    def pressed(self, people: int, day: date, start: int, end: int) -> dict[str, Any]:
        """Riders by the driver's hand."""
        self.number += 10
        return {
            "device": BUS,
            "epoch": "e1",
            "number": self.number,
            "state": "complete",
            "means": str(Means.CASH),
            "rider_class": 0,
            "people": people,
            "edition": 1,
            "route_id": "R",
            "trip_id": TRIP if start < end else BACK,
            "service_date": str(day),
            "board_stop_id": f"s{start}",
            "board_index": 0,
            "alight_stop_id": f"s{end}",
            "alight_index": 1,
            "unsure": False,
            "wall": seconds_of(day)[0] + 10 * 3600,
            "fare": 100,
            "cash": 100,
            "camera": True,
        }

    def put(self, by_code: list[dict[str, Any]], by_hand: list[dict[str, Any]]) -> None:
        with self.village.database.write() as connection:
            if by_code:
                connection.execute(insert(rides), by_code)
            if by_hand:
                connection.execute(insert(hand_rides), by_hand)

    def lives(self, seed: int, riders: int, people: int, stops: int) -> None:
        """So many rides a month by so many people, a few stops much more than others."""
        chance = random.Random(seed)
        for month in range(len(MONTHS)):
            by_code, by_hand = [], []
            for _ in range(riders):
                day = FIRST + timedelta(31 * month + chance.randrange(28))
                start, end = chance.sample(range(stops), 2)
                kind = chance.random()
                if kind < 0.15:
                    by_hand.append(self.pressed(chance.choice((1, 1, 2, 6)), day, start, end))
                    continue
                who = f"p{int(people * chance.random() ** 2)}"
                more = {"state": "provisional"} if kind < 0.25 else {}
                by_code.append(self.rode(who, day, start, end, **more))
            self.put(by_code, by_hand)

    def table(self, month: str) -> list[dict[str, str]]:
        """The lines of a month's CSV; none where the month has no table."""
        answer = self.app.test_client().get(f"/figures/table.csv?month={month}")
        if answer.status_code == 404:
            return []
        assert answer.status_code == 200
        return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


@contextmanager
def months(folder: Path, names: tuple[str, ...] = NAMES) -> Iterator[Months]:
    with found(folder) as village:
        village.edition(line(names))
        village.machine()
        yield Months(village)
