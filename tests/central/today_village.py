"""A village's database for tests of the office's pages: a real SQLite file with rows as the inbox leaves them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert

from central.app import create_app
from central.database import tables
from central.database.transaction import Database
from central.network.feeds.fetch_feed import fetch
from central.network.feeds.pages import Fetch
from central.settings import MapSettings
from rules.messages.codec import encode, first_hash, next_hash
from rules.messages.edition_file import pack_edition, seal_edition
from rules.messages.events import Event
from rules.messages.link import Health
from rules.network.edition import Edition
from rules.network.fares import FareTable
from rules.network.geofence import around_pole
from rules.network.stops import Stop
from rules.network.trips import Pattern, Route, Service, Trip
from rules.ride.outcomes import Outcome
from rules.tariff.tariff import STANDARD
from tests.central.signed_in import as_staff
from tests.central.today_events import BACK, BUS, DAY, PASS, TRIP, alighted, at, boarded, door, refused, well
from tests.laid import laid

NAMES = ("県立病院前", "新庄駅前", "本合海", "合海", "大蔵村役場", "清水", "日陰", "肘折温泉待合所")


def _pole(place: int, name: str) -> Stop:
    lat, lon = 38.76 - 0.006 * place * (1 + place % 3), 140.30 - 0.005 * place
    return Stop(f"s{place}", name, "", f"Stop {place}", lat, lon, "", "", "", around_pole(lat, lon))


def line(names: Sequence[str] = NAMES, number: int = 1) -> Edition:
    """An edition with one route there (`TRIP`, 8:10) and back (`BACK`, 10:00); stop ids are s0, s1 and so on."""
    stops = [_pole(place, name) for place, name in enumerate(names)]
    ids = tuple(stop.stop_id for stop in stops)
    times = tuple(8 * 3600 + 600 + 240 * place for place in range(len(ids)))
    later = tuple(time + 6600 for time in times)
    return Edition(
        number=number,
        valid_from=date(2026, 4, 1),
        operator="大蔵村",
        feed_version="1",
        notice="",
        stops={stop.stop_id: stop for stop in stops},
        routes={"R": Route("R", "肘折ゆけむりライン", "Hijiori Yukemuri Line")},
        shapes={},
        patterns=(Pattern("R", "0", ids, ""), Pattern("R", "1", ids[::-1], "")),
        services={"daily": Service("daily", (True,) * 7, date(2026, 1, 1), date(2027, 12, 31), (), ())},
        trips={
            TRIP: Trip(TRIP, 0, "daily", names[-1], times, times),
            BACK: Trip(BACK, 1, "daily", names[0], later, later),
        },
        fares=FareTable(),
        tariff=STANDARD,
    )


def seal(packed: bytes) -> bytes:
    """A seal that no machine would take."""
    return seal_edition(packed, 1, lambda _: bytes(64))


@dataclass
class Village:
    """`now` is the time that pages are told. Everything inserted is committed at once, as by the inbox."""

    database: Database
    now: int = at(12)
    chain: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def edition(self, edition: Edition | None = None) -> Edition:
        """Publish an edition."""
        edition = edition or line()
        self.put(
            tables.editions,
            number=edition.number,
            valid_from=edition.valid_from.isoformat(),
            sealed=seal(pack_edition(edition)),
            operator=edition.operator,
            feed_version=edition.feed_version,
            draft="",
            published_at=self.now,
        )
        return edition

    def machine(self, device: str = BUS, kind: str = "bus", *, revoked: bool = False) -> str:
        """Enrol a machine."""
        self.put(tables.devices, device=device, kind=kind, signing_key=bytes(32), revoked=revoked)
        return device

    def says(self, health: Health, device: str = BUS, heard_at: int | None = None) -> None:
        """The machine's last word."""
        row = {
            "device": device,
            "heard_at": self.now if heard_at is None else heard_at,
            "body": encode(health),
        }
        with self.database.write() as connection:
            connection.execute(tables.health.delete().where(tables.health.c.device == device))
            connection.execute(insert(tables.health).values(row))

    def record(self, event: Event, device: str = BUS, *, refused: str = "", late: int = 1) -> int:
        """The next record of the machine's journal; its number."""
        return self.bytes(
            encode(event), str(event.__struct_config__.tag), event.at.wall, device, refused, late
        )

    def bytes(
        self, body: bytes, kind: str, wall: int, device: str = BUS, refused: str = "", late: int = 1
    ) -> int:
        """A record with these very bytes; its number."""
        number, before = self.chain.get(device, (0, first_hash(device, "e1")))
        after = next_hash(before, body)
        self.chain[device] = (number + 1, after)
        self.put(
            tables.records,
            device=device,
            epoch="e1",
            number=number + 1,
            hash=after.hex(),
            kind=kind,
            wall=wall,
            received_at=wall + late,
            refused=refused,
            body=body,
        )
        return number + 1

    def ride(self, **changes: Any) -> int:
        """A complete ride from 新庄駅前 to 肘折温泉待合所 for 600 yen, with `changes`; its id."""
        ride_id = next(self.ids)
        row = {
            "id": ride_id,
            "device": BUS,
            "epoch": "e1",
            "board_number": ride_id * 10,
            "alight_number": ride_id * 10 + 1,
            "state": "complete",
            "pass_id": PASS,
            "pass_kind": 1,
            "rider_class": 0,
            "adults": 0,
            "children": 0,
            "edition": 1,
            "route_id": "R",
            "trip_id": TRIP,
            "service_date": DAY.isoformat(),
            "board_stop_id": "s1",
            "alight_stop_id": "s7",
            "board_wall": at(8, 15),
            "alight_wall": at(9, 5),
            "fare": 600,
            "held": 600,
            "cash": 0,
            "owed": 0,
        }
        self.put(tables.rides, **(row | changes))
        return ride_id

    def incident(self, what: str, detail: str = "e1/3", device: str = BUS, when: int = at(9)) -> None:
        """Something the office must look at."""
        self.put(
            tables.incidents, device=device, what=what, detail=detail, first_at=when, last_at=when, times=2
        )

    def put(self, table: Any, **row: Any) -> None:
        """A row of any table."""
        with self.database.write() as connection:
            connection.execute(insert(table).values(row))


@dataclass(frozen=True)
class Shown:
    """The settings that pages look at."""

    demo: bool = False
    map: MapSettings | None = None


def app_of(
    village: Village, *, demo: bool = False, download: Fetch = fetch, tiles: MapSettings | None = None
) -> Flask:
    """The office's pages over the village."""
    return as_staff(create_app(village.database, Shown(demo, tiles), lambda: village.now, seal, download))


def text_of(page: str) -> str:
    """What a page says, without its tags, single-spaced."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


@contextmanager
def found(folder: Path) -> Iterator[Village]:
    """An empty village in `folder`, whose database is closed at the end."""
    with closing(laid(folder)) as database:
        yield Village(database)


def morning(village: Village) -> Village:
    """A line, a bus, and one ride with its records: 1 boarding, 2 alighting, 3 refusal, 4 door."""
    village.edition()
    village.machine()
    village.says(well())
    board = village.record(boarded(at(8, 15)))
    end = village.record(alighted(at(9, 5), board))
    village.record(refused(at(9, 6), Outcome.EXPIRED, stop=3, pass_id="ffff000011112222"))
    village.record(door(at(9, 7), 4))
    village.ride(board_number=board, alight_number=end)
    return village
