"""A whole village in one process: one seed is one week, and the same seed is the same week."""

from __future__ import annotations

import logging
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from terminal.facts import DoorState
from tests.village.bath import KioskMachine
from tests.village.broker import Broker
from tests.village.bus import BusMachine
from tests.village.claims import check_points
from tests.village.clockwork import DAY_S, HOUR, Agenda
from tests.village.guests import BathLife
from tests.village.invariants import Watch, check_money, check_records
from tests.village.life import Life, Waits
from tests.village.machine import Machine, public_of
from tests.village.model import Model
from tests.village.office import Central
from tests.village.points import PointsModel
from tests.village.power import Fuse, fused
from tests.village.riders import Person, is_due
from tests.village.verdict import Verdict, Violation
from tests.village.weather import Trouble, Weather, weather_of

MEMORY = Path("/dev/shm")
"""Where the files lie if there is room in memory: the disk's part is tested elsewhere."""
DRAINED_S = 60.0
"""I8: so long may 500 records take, once nothing goes wrong any more."""
BACKLOG = 500
LAST_MORNING_S = 6 * HOUR
"""Of the day after the last one: every bus is on once more, also one whose receiver had told it a later hour."""
TOLD_BY_S = 10 * HOUR
"""By then every bus has told the last day, and those are charged who forgot to alight on it."""
RECKONED_S = 4 * HOUR
"""So often the office charges who forgot to alight."""
QUIET_S = 120.0
"""For what was under way when the faults ended: a server that starts, connections that are given up."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a village is, and for how long it runs. Many small villages find more than a few large ones."""

    buses: int = 8
    days: int = 5
    trips: int = 2
    riders: int = 3

    @property
    def kiosks(self) -> int:
        """Baths: the village of 20 buses has 3."""
        return 1 + self.buses // 10


class Village:
    """Everything that a seed puts up in `folder`."""

    def __init__(self, folder: Path, dice: Random, size: Size, fuses: list[Fuse]) -> None:
        self.agenda = Agenda()
        self.size = size
        self._dice = dice
        self._folder = folder
        self.broker = Broker(self.agenda, dice)
        office = folder / "office"
        office.mkdir()
        fuses.append(Fuse(office))
        self.central = Central(office, self.broker, self.agenda, dice, fuses[-1])
        self.books = self.central.books
        self.model = Model()
        self.people = [Person(number, dice) for number in range(size.buses * 3)]
        self.units = [f"bus-{number:03}" for number in range(1, size.buses + 1)]
        self.baths = [f"bath-{number}" for number in range(1, size.kiosks + 1)]
        self.guests = [f"guest-{number}" for number in range(size.kiosks * 3)]
        root, where = self.central.root_public, (self.broker, self.agenda, dice)
        self.buses = [BusMachine(unit, folder / unit, root, *where) for unit in self.units]
        self.kiosks = [KioskMachine(unit, folder / unit, root, *where) for unit in self.baths]
        self.machines: list[BusMachine | KioskMachine] = [*self.buses, *self.kiosks]
        fuses += [machine.fuse for machine in self.machines]
        self.watch = Watch(self.books, self.machines)
        self.central.committed = self.watch.central_committed
        self.points = PointsModel()
        self.points.savers = set(self.guests)
        self.bus_lives = [self._life(bus) for bus in self.buses]
        self.bath_lives = [self._bath_life(kiosk) for kiosk in self.kiosks]
        self.lives: list[Life | BathLife] = [*self.bus_lives, *self.bath_lives]
        self.tally: Counter[str] = Counter()
        self._copy: tuple[Path, int, int] | None = None

    def found(self) -> None:
        """The first morning."""
        units = {unit: public_of(unit) for unit in self.units + self.baths}
        self.central.found(units, self.people, self.guests, self._dice.randbytes)
        self.points.cards = {
            person.holder.pass_id: person.member
            for person in self.people
            if person.is_card and not person.is_stranger
        }
        self.model.charges += [(person.member, person.charged) for person in self.people if person.charged]
        self.central.listen()
        for day in range(1, self.size.days):
            self.agenda.after(day * DAY_S + 4 * HOUR, partial(self._fetch_passes, day))
            self.agenda.after(day * DAY_S + 9 * HOUR, partial(self._charge_someone, day))
        self.agenda.after(RECKONED_S, self._reckon)
        for life in self.lives:
            self.go(life.live())

    def go(self, waits: Waits) -> None:
        """Let somebody live, until they have nothing more to do."""
        for seconds in waits:
            self.agenda.after(seconds, lambda: self.go(waits))
            return

    def back_up(self) -> None:
        """The office copies its books."""
        if self.central.up:
            copy = self._folder / "copy.db"
            copy.unlink(missing_ok=True)
            self.central.back_up(copy)
            self._copy = (copy, len(self.model.charges), len(self.points.asked))

    def holds_all_of(self, machine: Machine) -> bool:
        """Whether the office's books have every record of a machine that is off."""
        if not self.central.up or not hasattr(machine, "journal"):
            return False
        # An older card that was put back goes on in the same journal: only the hash says whose record it is.
        rows = self.books.ask(f"SELECT number, hash FROM journals WHERE epoch = '{machine.journal.epoch}'")  # noqa: S608
        last = machine.journal.last
        return bool(rows == [(last.number, last.hash.hex())])

    def restore(self) -> bool:
        """The office stands on its last copy again. What only it knew since is gone; what buses knew comes again."""
        if self._copy is None:
            return False
        copy, charges, asked = self._copy
        self.central.restore(copy)
        self.points.forget(asked)
        del self.model.charges[charges:]
        self.tally["restores"] += 1
        self.agenda.after(self._dice.uniform(60, HOUR), self.central.start)
        return True

    def _life(self, bus: BusMachine) -> Life:
        size = self.size
        dice, days = self._dice, size.days
        return Life(
            bus, self.people, self.model, self.watch, self.agenda, dice, days, size.trips, size.riders
        )

    def _bath_life(self, kiosk: KioskMachine) -> BathLife:
        members = [person.member for person in self.people] + self.guests
        return BathLife(
            kiosk,
            self.central,
            self.people,
            members,
            self.points,
            self.agenda,
            self._dice,
            self.size.days,
        )

    def _fetch_passes(self, day: int) -> None:
        self.central.issue([person for person in self.people if is_due(person, day)], self._dice.randbytes)

    def _reckon(self) -> None:
        self.central.reckon()
        self.agenda.after(RECKONED_S, self._reckon)

    def _charge_someone(self, day: int) -> None:
        member = self._dice.choice(self.people).member
        if self.central.charge(member, 1_000, f"charge/{member}/{day}"):
            self.model.charges.append((member, 1_000))


def run(seed: int, size: Size, weather: Weather | None = None) -> Verdict:
    """One seed from its first morning to the reckoning. `weather` instead of the seed's own."""
    dice = Random(seed)
    weather = weather or weather_of(dice)
    with _folder() as folder, ExitStack() as ends:
        fuses: list[Fuse] = []
        ends.enter_context(fused(fuses))
        village = Village(folder, dice, size, fuses)
        ends.callback(_close, village)
        violation, records = None, 0
        try:
            records = _live(village, weather, dice)
        except Violation as found:
            violation = str(found)
        except Exception as error:  # noqa: BLE001 - whatever the program throws is told with its seed and step
            traceback.print_exc(file=sys.stderr)
            violation = f"the program failed: {type(error).__name__}: {error}"
        return _verdict(village, seed, records, violation)


def _live(village: Village, weather: Weather, dice: Random) -> int:
    village.found()
    trouble = Trouble(village, weather, dice)
    for machine in village.machines:
        machine.wire.road = weather.road
    trouble.start()
    agenda, step = village.agenda, village.watch.step
    agenda.run_until(village.size.days * DAY_S - 4 * HOUR, step)
    trouble.stop()
    agenda.note("no faults from here")
    agenda.run_until(agenda.now + QUIET_S, step)
    _drain(village)
    for machine in village.machines:
        machine.switch_off()
    agenda.run_until(village.size.days * DAY_S + LAST_MORNING_S, step)
    for life in village.lives:
        village.go(life.wake())
    agenda.run_until(village.size.days * DAY_S + TOLD_BY_S, step)
    village.watch.end()
    greens = (green for bus in village.buses for green in bus.greens)
    by_hand = (record for life in village.bus_lives for record in life.hand_records)
    records = check_records(village.books, greens, by_hand)
    claims = check_points(village.books, village.points, village.kiosks)
    check_money(village.books, village.model, village.people, village.guests, claims)
    return records


def _drain(village: Village) -> None:
    """Every bus is on and has something to say, one of them a long queue: all of it must be gone in time."""
    agenda, step = village.agenda, village.watch.step
    loaded = village.buses[0]
    loaded.wire.cut_network()
    for life in village.lives:
        village.go(life.wake())
    agenda.run_until(agenda.now + QUIET_S, step)
    for _ in range(BACKLOG):
        loaded.do(DoorState(is_open=False))
    loaded.wire.restore_network()
    begun = agenda.now

    def drained() -> bool:
        return not any(machine.journal.waiting for machine in village.machines)

    if not agenda.run_until(begun + DRAINED_S, step, drained):
        left = {each.unit: each.journal.waiting for each in village.machines if each.journal.waiting}
        raise Violation("I8", f"still waiting {DRAINED_S:.0f} s after the last fault: {left}")
    village.tally["drained-s"] = round(agenda.now - begun)


def _verdict(village: Village, seed: int, records: int, violation: str | None) -> Verdict:
    tally = village.tally
    for life in village.lives:
        tally.update(life.tally)
    tally["power-cuts"] = sum(machine.cuts for machine in village.machines)
    for bus in village.buses:
        tally["greens"] += len(bus.greens)
        for outcome, times in bus.lamps.items():
            tally[f"lamp-{outcome}"] += times
    tally["server-cuts"] = village.central.cuts
    rides = village.model.rides()
    tally["rides"] = len(rides)
    tally["forgotten"] = sum(ride.forgotten for ride in rides)
    tally["yen"] = sum(ride.held + ride.cash for ride in rides)
    tally["hand-yen"] = sum(ride.cash for ride in village.model.by_hand.rides())
    agenda = village.agenda
    return Verdict(
        seed=seed,
        bus_days=tally["bus-days"],
        records=records,
        steps=agenda.steps,
        digest=agenda.digest,
        violation=violation,
        moment=agenda.last,
        tally=dict(tally),
    )


def _close(village: Village) -> None:
    for machine in village.machines:
        machine.switch_off()
    village.central.close()


@contextmanager
def _folder() -> Iterator[Path]:
    where = MEMORY if MEMORY.is_dir() else None
    with (
        _quiet("central", "device"),
        tempfile.TemporaryDirectory(prefix="yukemuri-village-", dir=where) as folder,
    ):
        yield Path(folder)


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """What the machines log is no fault here; who runs after the village is heard as before."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)
