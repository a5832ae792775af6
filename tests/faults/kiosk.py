"""A kiosk as a program of its own, to be cut off anywhere: the real desk and journal, a screen that tells on stdout.

`python -m tests.faults.kiosk FOLDER LIFE` says, a line each,

    ready EPOCH LAST        the desk is about to take its first fact
    shown NUMBER MOMENT     a code stands on the screen; nothing is said before it does
    undone NUMBER           staff read that this code was taken back
    acknowledged NUMBER     the kiosk goes by it that central holds everything up to this record

Its guests never come to an end; `serve` can be told when.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device.clock import Clock, SystemTime
from device.facts import Heard, LinkUp
from device.identity import Identity
from device.journal import Journal
from device.office_lists import OfficeLists
from kiosk.chimes import Silence
from kiosk.desk import Desk
from kiosk.ports import HideCode, MessageKind, OfferWanted, Snapshot, StaffLeft, StaffPin, UndoLast
from kiosk.station import Station
from rules.messages.codec import decode
from rules.messages.link import Ack, Hello
from rules.messages.topics import Channel
from rules.passes.point_code import PATH, read_text
from rules.passes.seal import public_bytes
from tests.fakes.link import FakeLink
from tests.fakes.time import FakeTime
from tests.faults.bus import say
from tests.faults.mutants import MUTANTS
from tests.kiosk.desk_bench import ADDRESS, ADULT, PIN, RULES, UNIT
from tests.ride.builders import ISSUER, NOW, Office

UNDONE_EVERY, ACKNOWLEDGED_EVERY = 4, 3
"""Codes."""


class Guests:
    """Each takes the code off the screen once it was seen, and the next one touches; `most` codes, or for ever."""

    def __init__(self, time: FakeTime, journal: Journal, most: int | None) -> None:
        self._time = time
        self._journal = journal
        self._most = most
        self._seen: set[int] = set()
        self._undone = 0
        self._acknowledged = journal.acknowledged
        self.office = Office()
        self.link = FakeLink()
        self.desk: Desk

    def look(self, snapshot: Snapshot) -> None:
        """The screen has changed."""
        message = snapshot.message
        if message and message.kind is MessageKind.UNDONE and message.number != self._undone:
            self._undone = message.number
            say("undone", max(self._seen))
            self._next_one()
        if self._journal.acknowledged != self._acknowledged:
            self._acknowledged = self._journal.acknowledged
            say("acknowledged", self._acknowledged)
        for code in snapshot.codes:
            if code.number not in self._seen:
                self._see(code.number, code.text)

    def touch(self) -> None:
        """One more code, please."""
        self._time.move(60.0)
        self.desk.report(OfferWanted(ADULT.id, 1))

    def _see(self, number: int, text: str) -> None:
        self._seen.add(number)
        signed = read_text(text.removeprefix(ADDRESS + PATH))
        assert signed is not None
        say("shown", number, signed.code.moment)
        self.desk.report(HideCode(number))
        if len(self._seen) % ACKNOWLEDGED_EVERY == 0:
            self._acknowledge()
        if len(self._seen) % UNDONE_EVERY == 0:
            for fact in (StaffPin(PIN), UndoLast(number), StaffLeft()):
                self.desk.report(fact)
        else:
            self._next_one()

    def _next_one(self) -> None:
        if len(self._seen) == self._most:
            self.desk.stop()
        else:
            self.touch()

    def _acknowledge(self) -> None:
        """Central has taken in all there is."""
        last, hello = self._journal.last, decode(self.link.sent(Channel.HELLO)[-1], Hello)
        ack = Ack(self._journal.epoch, last.number, last.hash.hex(), session=hello.session)
        self.desk.report(Heard(self.office.says(UNIT, ack)))


def serve(folder: Path, life: int, most: int | None = None, mutant: str = "none") -> int:
    """One life of the kiosk; its exit code."""
    time = FakeTime(1_000.0 + life * 50_000)
    key = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
    with MUTANTS[mutant]()(folder, UNIT, any_disk=True).open() as journal:
        guests = Guests(time, journal, most)
        lists = OfficeLists(UNIT, public_bytes(key))
        lists.keys = guests.office.word().keys
        guests.desk = Desk(
            Station(
                unit=UNIT,
                number=3,
                issuer=ISSUER,
                address=ADDRESS,
                demo=True,
                version="1.2.3",
                rules=RULES,
                identity=Identity(UNIT, key, public_bytes(key)),
                journal=journal,
                lists=lists,
                clock=Clock(time, f"life {life}", journal.floor),
                real=SystemTime(),
                sound=Silence(),
                link=guests.link,
                publish=guests.look,
                network_time=lambda: NOW + time.seconds,
            )
        )
        say("ready", journal.epoch, journal.last.number)
        guests.desk.report(LinkUp())
        guests.touch()
        return guests.desk.run()


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), int(sys.argv[2])))
