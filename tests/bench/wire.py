"""`wire`: what a bus says in a day and a month over its mobile link, by real Mosquitto and TLS, and what it hears.

Counted are the bytes of IP, with TCP's and TLS's own: what a SIM is billed for. The day is the busiest of a week of the
demo's line, all its trips by one bus, with ten riders each and a valley without network on each of them.
"""

from __future__ import annotations

import math
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from central.devices.data_folder import Office, open_office
from central.members.register_member import NewMember, register
from central.network.editions.publish_edition import Publishing, publish
from central.network.editions.store import SqlEditionStore
from central.network.feeds.open_feed import open_feed, read_feed
from central.network.receive_feed import receive_feed
from central.network.tariff.store import add_tariff
from central.passes.issue_pass import Issuer, PassWanted, issue_card
from central.wallets.charge_member import charge_cash
from hil.demo import LINE, NOTICE
from hil.office import ISSUER
from hil.rounds import first_day, rounds
from provisioning.broker import find_mosquitto
from rules.messages.edition_file import seal_edition
from rules.messages.topics import Channel
from rules.money import Yen
from rules.passes.rider_pass import RiderClass, to_text
from rules.ride.outcomes import Outcome
from rules.tariff.tariff import STANDARD
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.result import Bound, Check, Result, percentile
from tests.bench.wire_bus import EARLY_S, JAPAN, Place, bus_on, drive_day, seconds_of_day
from tests.bench.wire_road import CountedRoad
from tests.faults.field_machine import VILLAGE
from tests.provisioning.depot import broker_running, made_central, server_running

if TYPE_CHECKING:
    from rules.network.edition import Edition
    from rules.network.trips import Trip

RUNS = 1
DAYS = 30
EDITIONS = 1
"""New timetables in a month, and with the first of them the keys and the list of cards."""
MOST_MONTH_MB = 50.0
DEVICE = "bus-001"
RIDERS = 10
"""On each trip."""
MONEY = 100_000
FETCHED_S = 120
_MB = 1_000_000
WORDS = {
    Channel.HELLO: "挨拶 / hello",
    Channel.UP: "記録 / records",
    Channel.STATE: "位置と状態 / position and health",
    Channel.SEEN: "一覧の確認 / asking for news",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One day, in bytes of IP both ways: the first ever, on which all is fetched, and one like any other.

    `messages` and `payload` are what the bus handed over on the latter, by channel; `connections` how often it called.
    """

    fetch: int
    day: int
    connections: int
    trips: int
    taps: int
    hours: float
    messages: dict[Channel, int]
    payload: dict[Channel, int]

    @property
    def month(self) -> int:
        """Bytes of 30 such days."""
        return DAYS * self.day + EDITIONS * self.fetch


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Drive the day `runs` times. Raises NoRealDisk, and NotMeasured where a rider was not answered green."""
    make_on_disk(data)
    if find_mosquitto() is None:
        raise NotMeasured("mosquitto is not installed: sudo apt-get install mosquitto")
    samples = []
    for done in range(1, runs + 1):
        with tempfile.TemporaryDirectory(prefix="wire-", dir=data) as folder:
            samples.append(_once(Path(folder)))
        progress(done)
    return result(samples, data)


def result(samples: Sequence[Sample], data: Path) -> Result:
    """The day of median size, and its month against the goal."""
    middle = percentile([each.day for each in samples], 0.5)
    sample = next(each for each in samples if each.day == middle)
    month = sample.month / _MB
    handed = sum(sample.payload.values())
    return Result(
        name="wire",
        metrics={
            "month_mb": month,
            "day_kb": sample.day / 1000,
            "fetch_kb": sample.fetch / 1000,
            "connections": sample.connections,
            "trips": sample.trips,
            "taps": sample.taps,
            "hours_on": sample.hours,
            "handed_over_kb": handed / 1000,
            **{f"{channel}_messages": count for channel, count in sample.messages.items()},
            **{f"{channel}_kb": count / 1000 for channel, count in sample.payload.items()},
        },
        limits={"allowed_month_mb": MOST_MONTH_MB},
        checks={"month_of_allowed": Check(month / MOST_MONTH_MB, 1.0, Bound.AT_MOST)},
        machine=this_machine(data),
        runs=len(samples),
        table=(
            (
                f"一日 {sample.hours:.1f} 時間、{sample.trips} 便、{sample.taps} タップ / a day, trips, taps",
                "件 / messages",
                "KB",
            ),
            *(
                (
                    words,
                    f"{sample.messages.get(channel, 0):,}",
                    f"{sample.payload.get(channel, 0) / 1000:,.0f}",
                )
                for channel, words in WORDS.items()
            ),
            (
                "回線を通ったすべて（TLS・TCP・IP、上り下り） / all on the wire, both ways, with TLS, TCP and IP",
                f"{sample.connections} 回接続 / connections",
                f"{sample.day / 1000:,.0f}",
            ),
            (
                "最初の日に受け取るもの（路線データ、鍵、カード） / fetched on the first day: edition, keys, cards",
                "",
                f"{sample.fetch / 1000:,.0f}",
            ),
            (
                f"一月（{DAYS} 日と新しい路線データ {EDITIONS} 回）、MB / a month, MB",
                f"目標 / goal {MOST_MONTH_MB:.0f}",
                f"{month:,.1f} MB",
            ),
        ),
    )


def _once(folder: Path) -> Sample:
    depot = made_central(folder)
    office = open_office(depot.data, int(time.time()))
    try:
        draft = read_feed(LINE).draft
        day = _busiest_day(draft, datetime.fromtimestamp(time.time(), JAPAN).date())
        edition = _publish(office, day)
    finally:
        office.database.close()
    trips = _trips(edition, day)
    with broker_running(depot), server_running(depot):
        enrolled = depot.enrol(DEVICE, depot.code(DEVICE))
        if enrolled.returncode != 0:
            raise NotMeasured(f"The bus was not enrolled: {enrolled.stderr}")
        cards = _cards(depot.data, edition, day, RIDERS * math.ceil(len(trips) / 2))
        road = CountedRoad(depot.broker_port)
        try:
            broker = replace(depot.broker_of(DEVICE), port=road.port)
            place = Place(folder / DEVICE, DEVICE, VILLAGE, broker, ISSUER)
            return _drive(place, road, edition, day, trips, cards)
        finally:
            road.close()


def _drive(
    place: Place, road: CountedRoad, edition: Edition, day: date, trips: Sequence[Trip], cards: list[bytes]
) -> Sample:
    morning = seconds_of_day(day) + trips[0].departures[0] - EARLY_S
    with bus_on(place, morning - 86_400) as bus:
        bus.wait(lambda: edition.number in bus.lists.editions)
        bus.go_on(FETCHED_S)
    time.sleep(1)
    fetch, connections = road.total(), road.connections
    with bus_on(place, morning) as bus:

        def valley(away: bool) -> None:
            road.cut() if away else road.restore()

        drive_day(bus, edition, day, trips, _riders(trips, cards), valley)
        hours = (bus.wall() - morning) / 3600
        said = bus.said
    time.sleep(1)
    wanted = 2 * RIDERS * len(trips)
    # Who rides more than their pass holds pays the rest in cash, and rides.
    if said.outcomes[Outcome.OK] + said.outcomes[Outcome.SHORT] != wanted:
        raise NotMeasured(f"The riders were answered {dict(said.outcomes)} instead of {wanted} times green.")
    return Sample(
        fetch=fetch,
        day=road.total() - fetch,
        connections=road.connections - connections,
        trips=len(trips),
        taps=wanted,
        hours=hours,
        messages=dict(said.messages),
        payload=dict(said.bytes),
    )


def _publish(office: Office, day: date) -> Edition:
    """The demo's line, in force from that day on."""
    now, down = int(time.time()), office.keys.down
    with office.database.write() as connection:
        add_tariff(connection, STANDARD, now)
    draft = receive_feed(office.database, open_feed(LINE), LINE.name, now)
    with office.database.write() as connection:
        return publish(
            draft.read,
            SqlEditionStore(connection),
            lambda packed: seal_edition(packed, down.kid, down.sign),
            Publishing(day, now, draft.feed_id, draft.version, NOTICE),
        )


def _busiest_day(edition: Edition, today: date) -> date:
    """The first with the most trips of the week that begins with the line's next day."""
    first = first_day(edition, today)
    week = [first + timedelta(ahead) for ahead in range(7)]
    return max(filter(edition.trips_on, week), key=lambda day: len(_trips(edition, day)))


def _trips(edition: Edition, day: date) -> list[Trip]:
    """All that one bus drives on that day, out and back."""
    trips: list[Trip] = []
    for each in rounds(edition, day):
        if each.day != day:
            break
        trips += [each.out, *([each.back] if each.back else [])]
    return trips


def _riders(trips: Sequence[Trip], cards: Sequence[bytes]) -> dict[str, Sequence[bytes]]:
    """Whose cards are shown on which trip: who goes out comes back by the next one, and others go out after them."""
    firsts = (place // 2 * RIDERS for place in range(len(trips)))
    return {trip.trip_id: cards[first : first + RIDERS] for trip, first in zip(trips, firsts, strict=True)}


def _cards(data: Path, edition: Edition, day: date, count: int) -> list[bytes]:
    """What the door's camera reads of each rider's card."""
    office, now = open_office(data, int(time.time())), int(seconds_of_day(day)) - 86_400
    issuer = Issuer(ISSUER, edition.fares.dearest(), office.keys, secrets.token_bytes)
    cards = []
    try:
        with office.database.write() as connection:
            for number in range(count):
                member = register(connection, NewMember(f"乗る人{number}"), f"wire/{number}", now)
                charge_cash(connection, member, Yen(MONEY), f"charge/{member}", now)
                wanted = PassWanted(member, RiderClass.ADULT, party=1, valid_from=now, life_hours=168)
                cards.append(to_text(issue_card(connection, issuer, wanted, now).pack()).encode())
    finally:
        office.database.close()
    return cards
