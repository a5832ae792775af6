"""The office's server in the village: the real desk, books and database, killed and restored as the dice say.

It does what central.inbox.listener does around them: answer what waits in one transaction, then acknowledge it to the
broker, then publish the answers.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from sqlalchemy.exc import SQLAlchemyError

from central.database.transaction import Database, database_file
from central.devices.data_folder import open_office
from central.devices.keys import OfficeKeys
from central.devices.register_device import DeviceKind, register_device
from central.inbox.answer import Answer, Desk, Message
from central.inbox.listener import AT_ONCE, MAX_ANSWERS_QUEUED
from central.kiosks.claim_code import Claimed, claim_code
from central.network.editions.publish_edition import Publishing
from central.network.editions.store import SqlEditionStore
from central.rides.forgotten.infer_alightings import infer_alightings
from central.wallets.charge_member import charge_cash, open_member
from rules.messages.edition_file import pack_edition, seal_edition
from rules.messages.topics import FROM_DEVICE
from rules.money import Yen
from tests.village import line
from tests.village.baths import found_baths, is_bath
from tests.village.books import Books
from tests.village.broker import Broker, Packet, wants_channels
from tests.village.clockwork import Agenda
from tests.village.power import Fuse, PowerCut
from tests.village.riders import Person
from tests.village.wire import Ends, Wire

VILLAGE = "okura"
BUSY_S = (0.1, 5.0)
"""Until the server gets to what has come in, on a bad day …"""
QUICK_S = (0.02, 0.5)
"""… and when nothing is wrong."""
START_S = (3.0, 120.0)
"""Until it is there again after a crash."""


class Central:
    """One server. `committed` is called after every commit."""

    def __init__(self, folder: Path, broker: Broker, agenda: Agenda, dice: Random, fuse: Fuse) -> None:
        self.folder = folder
        self.fuse = fuse
        self.books = Books(database_file(folder))
        self.up = False
        self.cuts = 0
        self.busy_s = BUSY_S
        self.committed: Callable[[], None] = lambda: None
        self.wire = Wire("central", broker, agenda, dice, MAX_ANSWERS_QUEUED)
        self._agenda = agenda
        self._dice = dice
        self._database: Database
        self._desk: Desk
        self._keys: OfficeKeys
        self._has_news = True
        self._inbox: list[tuple[Packet, int]] = []
        self._life = 0
        self._turn_due = False
        self._open()

    @property
    def now(self) -> int:
        """Central's clock is right."""
        return int(self._agenda.wall)

    @property
    def root_public(self) -> bytes:
        """What every unit is given when it is made."""
        return self._keys.root_public

    def found(
        self,
        units: dict[str, bytes],
        people: list[Person],
        guests: list[str],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        """The first day: machines, the edition, members with their money. Strangers' money was never heard of.

        `guests` are members who ride on no bus.
        """
        key = self._keys.down
        with self._database.write() as connection:
            found_baths(connection, {unit: key for unit, key in units.items() if is_bath(unit)}, self.now)
            for unit, public in units.items():
                if not is_bath(unit):
                    register_device(connection, unit, DeviceKind.BUS, public)
            for guest in guests:
                open_member(connection, guest)
            sealed = seal_edition(pack_edition(line.edition()), key.kid, key.sign)
            edition = line.edition()
            SqlEditionStore(connection).add(edition, sealed, Publishing(edition.valid_from, self.now))
            for person in people:
                open_member(connection, person.member)
                if person.charged:
                    command = f"charge/{person.member}"
                    charge_cash(connection, person.member, Yen(person.charged), command, self.now)
        self.issue(people, random_bytes)

    def issue(self, people: list[Person], random_bytes: Callable[[int], bytes]) -> bool:
        """Passes for these people; whether the server was there to issue them."""
        if not self.up:
            return False
        for strangers in (True, False):
            try:
                with self.fuse.protected(), self._database.write() as connection:
                    for person in people:
                        if person.is_stranger is strangers:
                            person.fetch_pass(connection, self._keys, self.now, random_bytes)
                    if strangers:
                        raise _LostAgainError
            except _LostAgainError:
                continue
        self._has_news = True
        return True

    def charge(self, member: str, amount: int, command: str) -> bool:
        """Cash at the desk; whether the server was there to take it."""
        if not self.up:
            return False
        with self.fuse.protected(), self._database.write() as connection:
            charge_cash(connection, member, Yen(amount), command, self.now)
        return True

    def claim(self, text: str, member: str) -> str | None:
        """A phone opens a kiosk's code; what it is told, None where the server is not there, or is cut off over it."""
        if not self.up:
            return None
        try:
            with self._database.write() as connection:
                done = claim_code(connection, text, member, self.now)
        except (PowerCut, SQLAlchemyError) as error:
            self._cut_off(error)
            return None
        self.committed()
        self._has_news = True
        self._turn_soon()
        return str(done.state if isinstance(done, Claimed) else done)

    def reckon(self) -> None:
        """What the server's timer does: charge the forgotten rides of days that all buses have told."""
        if self.up:
            try:
                with self._database.write() as connection:
                    infer_alightings(connection, self.now)
            except (PowerCut, SQLAlchemyError) as error:
                self._cut_off(error)
            else:
                self.committed()

    def crash(self) -> None:
        """End at once: what was not committed is gone, and what came in and was not acknowledged comes again."""
        if self.up:
            self.up = False
            self.cuts += 1
            self._life += 1
            self._inbox.clear()
            self.fuse.pull()
            self.books.close()
            self._database.close()
            self.wire.kill()

    def start(self) -> None:
        """Open the data folder and listen."""
        if self.up:
            return
        try:
            self._open()
        except (PowerCut, SQLAlchemyError):
            if not self.fuse.blown:
                raise
            self._agenda.note("the server is cut off as it starts")
            self.fuse.pull()
            self._agenda.after(self._dice.uniform(*START_S), self.start)
            return
        self.listen()

    def listen(self) -> None:
        """Connect to the broker."""
        wants = wants_channels(VILLAGE, FROM_DEVICE)
        self.wire.start(Ends(lambda: None, self._inbox.clear, self._heard), wants)

    def back_up(self, to: Path) -> None:
        """A copy of the books as they are now."""
        self.books.copy_to(to)

    def restore(self, copy: Path) -> None:
        """End, and stand on an older copy from the next start on."""
        self.crash()
        file = database_file(self.folder)
        for name in (f"{file}-wal", f"{file}-shm"):
            Path(name).unlink(missing_ok=True)
        # A file of its own: what the dead process still holds of the old one must not meet it.
        fresh = file.with_suffix(".fresh")
        shutil.copy(copy, fresh)
        fresh.replace(file)

    def close(self) -> None:
        """Give the files back."""
        self.books.close()
        self._database.close()

    def _open(self) -> None:
        office = open_office(self.folder, self.now)
        self._database, self._keys = office.database, office.keys
        self._desk = Desk(VILLAGE, self._keys.down)
        self._has_news = True
        self.up = True

    def _heard(self, packet: Packet) -> None:
        self._inbox.append((packet, self._life))
        self._turn_soon()

    def _turn_soon(self) -> None:
        if not self._turn_due:
            self._turn_due = True
            self._agenda.after(self._dice.uniform(*self.busy_s), self._turn)

    def _turn(self) -> None:
        self._turn_due = False
        if not self.up:
            return
        waiting, self._inbox = self._inbox[:AT_ONCE], self._inbox[AT_ONCE:]
        try:
            answers = self._answer([packet for packet, _ in waiting])
        except (PowerCut, SQLAlchemyError) as error:
            self._cut_off(error)
            return
        for packet, _ in waiting:
            self.wire.acknowledge(packet)
        for answer in answers:
            self.wire.publish(str(answer.topic), answer.payload)
        self.committed()
        if self._inbox:
            self._turn_soon()

    def _cut_off(self, error: BaseException) -> None:
        # SQLAlchemy cannot roll back on a connection that is gone, and may say so instead.
        if not self.fuse.blown:
            raise error
        self._agenda.note("the server is cut off")
        self.crash()
        self._agenda.after(self._dice.uniform(*START_S), self.start)

    def _answer(self, packets: list[Packet]) -> list[Answer]:
        """What is published once the rest is on the disk."""
        answers: list[Answer] = []
        if packets:
            messages = [Message(packet.topic, packet.payload, packet.retained) for packet in packets]
            with self._database.write() as connection:
                answers = self._desk.answer_all(connection, messages, self.now)
        if self._has_news:
            # Who writes into this village's down log says so: it need not be looked at every second.
            self._has_news = False
            with self._database.read() as connection:
                answers += self._desk.pages_for_all(connection)
        return answers


class _LostAgainError(Exception):
    """What was just written is rolled back: the office never knew."""
