"""A kiosk as a program of its own, to be cut off anywhere: the real desk and journal, a screen that tells on stdout.

`python -m tests.faults.kiosk FOLDER LIFE` says, a line each,

    ready EPOCH LAST        the desk is about to take its first fact
    shown NUMBER MOMENT     a code stands on the screen; nothing is said before it does

Its guests never come to an end.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device.clock import Clock, SystemTime
from device.identity import Identity
from device.journal import Journal
from device.office_lists import OfficeLists
from kiosk.chimes import Silence
from kiosk.desk import Desk
from kiosk.ports import HideCode, OfferWanted, Snapshot
from kiosk.station import Station
from rules.passes.point_code import PATH, read_text
from rules.passes.seal import public_bytes
from tests.fakes.link import FakeLink
from tests.fakes.time import FakeTime
from tests.faults.bus import say
from tests.kiosk.desk_bench import ADDRESS, ADULT, RULES, UNIT
from tests.ride.builders import ISSUER, NOW


class Guests:
    """Each takes the code off the screen once it was seen, and the next one touches."""

    def __init__(self, time: FakeTime) -> None:
        self._time = time
        self._seen: set[int] = set()
        self.desk: Desk

    def look(self, snapshot: Snapshot) -> None:
        """The screen has changed."""
        for code in snapshot.codes:
            if code.number not in self._seen:
                self._seen.add(code.number)
                signed = read_text(code.text.removeprefix(ADDRESS + PATH))
                assert signed is not None
                say("shown", code.number, signed.code.moment)
                self.desk.report(HideCode(code.number))
                self.touch()

    def touch(self) -> None:
        """One more code, please."""
        self._time.move(60.0)
        self.desk.report(OfferWanted(ADULT.id, 1))


def main(folder: Path, life: int) -> None:
    """Serve guests for ever."""
    time = FakeTime(1_000.0 + life * 50_000)
    key = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
    guests = Guests(time)
    with Journal(folder, UNIT, any_disk=True).open() as journal:
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
                lists=OfficeLists(UNIT, public_bytes(key)),
                clock=Clock(time, f"life {life}", journal.floor),
                real=SystemTime(),
                sound=Silence(),
                link=FakeLink(),
                publish=guests.look,
                network_time=lambda: NOW + time.seconds,
            )
        )
        say("ready", journal.epoch, journal.last.number)
        guests.touch()
        sys.exit(guests.desk.run())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
