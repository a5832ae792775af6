"""A village's month: a real office on a real database, buses with the real loop, journal and lists, time by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from central.database.tables import rides
from central.devices.data_folder import Office
from central.devices.register_device import DeviceKind, register_device
from central.inbox.answer import Desk, Message
from central.network.editions.publish_edition import Publishing
from central.network.editions.store import SqlEditionStore, number_in_force
from central.network.editions.withdraw_edition import NotWithdrawn, Withdrawn, withdraw
from central.passes.issue_pass import Issuer, PassWanted, issue_card
from central.today.filters import Filter
from central.today.reading import Reading
from central.wallets.charge_member import charge_cash, open_member
from central.words.names import EditionShelf
from device.clock import AGREEING, Clock
from device.facts import CodeSeen, Heard, LinkDown, LinkUp
from device.identity import Identity
from device.journal import Journal
from device.link import FROM_CENTRAL
from device.office_lists import OfficeLists
from device.talk import ASK_AGAIN_S
from rules.messages.codec import decode, decode_event
from rules.messages.edition_file import pack_edition, seal_edition
from rules.messages.events import AnyEvent, RideLeftOpen, Tapped, TripStarted
from rules.messages.topics import Topic
from rules.money import Yen
from rules.network.edition import Edition
from rules.network.fares import FareTable
from rules.network.in_force import service_day
from rules.network.stops import Stop
from rules.network.trips import Trip
from rules.passes.rider_pass import RiderClass, to_text
from rules.passes.seal import private_from_bytes, public_bytes
from rules.ride.locate import Fix
from rules.ride.outcomes import Outcome
from terminal.bus import Bus
from terminal.facts import Fact, FixSeen, TripChosen
from terminal.loop import Loop
from terminal.screen.snapshot import Snapshot
from tests.fakes.link import FakeLink
from tests.fakes.signals import FakeSignals
from tests.fakes.time import FakeTime
from tests.ride.builders import STOPS
from tests.ride.builders import edition as line

VILLAGE = "okura"
ISSUER = 1
JAPAN = timezone(timedelta(hours=9))
HOUR = 3600
FIRST_DAY = date(2026, 9, 1)
ROUNDS = 500
"""Of question and answer; more would go round for ever."""


def edition_of(number: int, valid_from: date) -> Edition:
    """Its stops carry its number, a section costs 100 yen and ten times it; one trip has the same name in all.

    Its notice is long, so that it comes in several parts and pages.
    """
    base = line(number)
    section = Yen(100 + 10 * number)
    prices = {
        ("r", a, b): Yen(section * (j - i)) for i, a in enumerate(STOPS) for j, b in enumerate(STOPS) if i < j
    }
    stops: dict[str, Stop] = {
        key: replace(stop, name=f"{key}（第{number}版）") for key, stop in base.stops.items()
    }
    trips = {
        "morning": _trip("morning", 8 * HOUR),
        f"last-{number}": _trip(f"last-{number}", 23 * HOUR + 2400),
    }
    notice = "".join(hashlib.sha256(f"{number}/{part}".encode()).hexdigest() for part in range(900))
    return replace(
        base, valid_from=valid_from, notice=notice, stops=stops, trips=trips, fares=FareTable(prices)
    )


def _trip(trip_id: str, departs: int) -> Trip:
    times = tuple(departs + 600 * index for index in range(len(STOPS)))
    return Trip(trip_id, 0, "s", "E", times, times)


@dataclass
class Village:
    """The office and the time that all share."""

    folder: Path
    office: Office
    time: FakeTime = field(default_factory=FakeTime)
    cards: int = 0

    @property
    def wall(self) -> float:
        """True Unix seconds."""
        return datetime(2026, 9, 22, 6, tzinfo=JAPAN).timestamp() + self.time.seconds - 1_000.0

    @property
    def day(self) -> date:
        """The service day."""
        return service_day(int(self.wall))

    @property
    def in_force(self) -> int:
        """The edition that the office believes in force."""
        with self.office.database.read() as connection:
            return number_in_force(connection, self.day)

    def go_to(self, moment: str) -> None:
        """Be at `YYYY-MM-DD HH:MM` in Japan, never back."""
        seconds = datetime.fromisoformat(moment).replace(tzinfo=JAPAN).timestamp() - self.wall
        assert seconds >= 0, f"{moment} is over"
        self.time.move(seconds)

    def publish(self, number: int, valid_from: date) -> None:
        """Put the edition into the books and the log."""
        edition, key = edition_of(number, valid_from), self.office.keys.down
        with self.office.database.write() as connection:
            store = SqlEditionStore(connection)
            assert store.next_number() == number
            sealed = seal_edition(pack_edition(edition), key.kid, key.sign)
            store.add(edition, sealed, Publishing(valid_from, int(self.wall)))

    def withdraw(self, number: int) -> Withdrawn | NotWithdrawn:
        """Take an edition back."""
        with self.office.database.write() as connection:
            return withdraw(SqlEditionStore(connection), number, self.day, int(self.wall))

    def card(self) -> bytes:
        """What a camera reads of a new card with money behind it."""
        self.cards += 1
        member = f"member-{self.cards}"
        with self.office.database.write() as connection:
            open_member(connection, member)
            charge_cash(connection, member, Yen(20_000), f"charge/{member}", int(self.wall))
            issuer = Issuer(
                ISSUER,
                Yen(600),
                self.office.keys,
                lambda size: hashlib.sha256(member.encode()).digest()[:size],
            )
            wanted = PassWanted(
                member, RiderClass.ADULT, party=1, valid_from=int(self.wall) - HOUR, life_hours=24 * 90
            )
            issued = issue_card(connection, issuer, wanted, int(self.wall))
        return to_text(issued.pack()).encode()

    def rides(self) -> list[tuple[str, int, int]]:
        """(service day, edition, fare) of every ride in the books, in order."""
        columns = (rides.c.service_date, rides.c.edition, rides.c.fare)
        with self.office.database.read() as connection:
            return sorted(
                (day, edition, fare)
                for day, edition, fare in connection.execute(rides.select().with_only_columns(*columns))
            )

    def named(self, day: date) -> list[tuple[str, str]]:
        """From where to where the day's rides went, as the office reads it."""
        shelf = EditionShelf()
        with self.office.database.read() as connection:
            found, _ = Reading(connection, Filter(day), shelf, int(self.wall)).rides(100)
        return [(ride.start, ride.end) for ride in found]

    @contextmanager
    def bus(self, unit: str = "bus-001", boot: str = "boot") -> Iterator[MonthBus]:
        """One run of a bus's program; leaving it is the power cut."""
        with Journal(self.folder / unit, unit, any_disk=True).open() as journal:
            yield MonthBus(self, unit, boot, journal)


class MonthBus:
    """A bus that talks to the office whenever it is told to."""

    def __init__(self, village: Village, unit: str, boot: str, journal: Journal) -> None:
        self.village = village
        self.unit = unit
        self.journal = journal
        self.link = FakeLink()
        self.signals = FakeSignals()
        self.pages: list[Snapshot] = []
        key = private_from_bytes(hashlib.sha256(unit.encode()).digest())
        root = village.office.keys.root_public
        self.lists = OfficeLists(unit, root)
        self.lists.load(journal)
        self.loop = Loop(
            Bus(
                unit=unit,
                demo=True,
                issuer=ISSUER,
                version="1",
                identity=Identity(unit, key, root),
                journal=journal,
                lists=self.lists,
                clock=Clock(village.time, boot, journal.floor),
                real=village.time,
                signals=self.signals,
                link=self.link,
                publish=self.pages.append,
            )
        )
        with village.office.database.write() as connection:
            register_device(connection, unit, DeviceKind.BUS, public_bytes(key))
        self.loop.begin()
        self.loop.turn()

    def do(self, *facts: Fact) -> None:
        """Report facts, a turn each."""
        for fact in facts:
            assert self.loop.report(fact)
            self.loop.turn()

    def know_the_time(self) -> None:
        """Stand at the first stop until the receiver is believed."""
        for _ in range(AGREEING):
            self.village.time.move(1.0)
            self.be_at(0)

    def be_at(self, stop: int) -> None:
        """A fix at a stop."""
        pole = line().stops[STOPS[stop]]
        fix = Fix(self.village.time.seconds, pole.lat, pole.lon, 0.0, None, 1.0, 9)
        self.do(FixSeen(fix, self.village.wall))

    def sync(self) -> None:
        """Connect, say and hear everything there is, and lose the link again."""
        self.village.time.move(ASK_AGAIN_S + 1)
        self.do(LinkUp())
        for _ in range(ROUNDS):
            said, self.link.published = self.link.published, []
            if not said:
                self.do(LinkDown("no signal"))
                return
            for message in said:
                self._hear(Message(str(Topic(VILLAGE, self.unit, message.channel)), message.payload))
        raise AssertionError("bus and office go round")

    def _hear(self, message: Message) -> None:
        desk = Desk(VILLAGE, self.village.office.keys.down)
        with self.village.office.database.write() as connection:
            answers = desk.answer_all(connection, [message], int(self.village.wall))
        for answer in answers:
            self.do(Heard(decode(answer.payload, FROM_CENTRAL[answer.topic.channel])))

    def take_up(self, trip_id: str) -> TripStarted:
        """Take up a trip that the driver's page offers, at its first stop."""
        self.village.time.move(61.0)
        self.be_at(0)
        (choice,) = [each for each in self.page.choices if each.trip_id == trip_id]
        self.do(TripChosen(choice.trip_id, choice.service_date))
        started = self.events()[-1]
        assert isinstance(started, TripStarted)
        return started

    def offered(self) -> list[str]:
        """The trips the driver may take up, on any minute's page."""
        self.village.time.move(61.0)
        self.be_at(0)
        return [choice.trip_id for choice in self.page.choices]

    def drive_to(self, stop: int) -> None:
        """Be there ten minutes later."""
        self.village.time.move(600.0)
        self.be_at(stop)

    def show(self, card: bytes) -> Outcome | None:
        """Hold up a card for one frame; the answer."""
        before = len(self.signals.answers)
        self.do(CodeSeen(card))
        return self.signals.answers[-1] if len(self.signals.answers) > before else None

    def events(self) -> list[AnyEvent]:
        """All that stands in the journal."""
        return [decode_event(record.body) for record in self.journal.records_after(0, 100_000)]

    def last_tap(self) -> Tapped:
        """The newest tap."""
        return [event for event in self.events() if isinstance(event, Tapped)][-1]

    def left_open(self) -> list[RideLeftOpen]:
        """The rides that nobody ended."""
        return [event for event in self.events() if isinstance(event, RideLeftOpen)]

    @property
    def on_disk(self) -> list[int]:
        """The editions whose file is on the disk."""
        return [int(key) for key in self.journal.recall_all("edition")]

    @property
    def in_memory(self) -> list[int]:
        """The editions that are unpacked."""
        return sorted(self.lists.editions._held)

    @property
    def page(self) -> Snapshot:
        """What the driver's page shows."""
        return self.pages[-1]
