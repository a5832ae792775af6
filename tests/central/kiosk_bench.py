"""A bath's kiosk on paper: its journal, its codes, and an office that gives points for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from central.database.tables import down_log, incidents
from central.database.transaction import Database
from central.devices.data_folder import Office
from central.devices.register_device import DeviceKind
from central.inbox.take_batch import take
from central.kiosks.claim_code import Claimed, claim_code
from central.kiosks.keep_kiosks import register_kiosk
from central.kiosks.kiosk import Kiosk, Visit
from central.kiosks.weigh_claim import NotClaimed
from central.ledger.store import balance_of
from central.ledger.verify_ledger import verify_ledger
from central.programmes.keep_programmes import add_programme, approve_budget
from central.wallets.charge_member import open_member
from rules.instant import ClockQuality, Instant
from rules.ledger.accounts import member_account
from rules.messages.events import CardPoints, ClockSet, OfferedBy, PointsOffered, PointsUndone, Started
from rules.passes.point_code import PointCode, make
from rules.passes.seal import public_bytes
from tests.central.office import NOW, Bus, new_office
from tests.central.points_desk import BATH

ADULT, CHILD = Visit(1, "おとな", "Adult", 50), Visit(2, "こども", "Child", 20)
DEVICE = "kiosk-001"
KIOSK = Kiosk(DEVICE, 7, "肘折の湯", "Hijiori bath", "bath", (ADULT, CHILD))
HOUR_S = 3600
DAY_S = 86_400
MEMBERS = ("m1", "m2", "m3", "m4")


@dataclass
class Bath(Bus):
    """The kiosk. `clock` is what it believes of the time, `off` by how many seconds it is wrong."""

    device: str = DEVICE
    secret: int = 9
    boot: str = "first"
    clock: ClockQuality = ClockQuality.NETWORK
    off: int = 0
    numbers: int = 0
    made: list[PointCode] = field(default_factory=list)

    @property
    def row(self) -> Any:
        row = super().row
        return type(row)(row.device, DeviceKind.KIOSK, row.signing_key, revoked=False)

    @property
    def public(self) -> bytes:
        return public_bytes(self._key)

    def at(self, second: int) -> Instant:
        return Instant(self.boot, second * 1000, NOW + second + self.off, self.clock)

    def start(self, second: int = 0, boot: str = "first") -> None:
        self.boot = boot
        self.write(Started(at=self.at(second), version="1"))

    def learn_time(self, second: int) -> None:
        """The network says what time it is."""
        self.write(ClockSet(at=self.at(second), source="network", wall=NOW + second, error_ms=10))
        self.clock, self.off = ClockQuality.NETWORK, 0

    def offer(self, second: int, count: int = 1, visit: Visit = ADULT) -> str:
        """Make a code, write it down, and show it: the text behind the #."""
        self.numbers += 1
        code = PointCode(
            7, self.numbers, NOW + second + self.off, self.clock, visit.id, count, visit.points, issuer=1
        )
        self.made.append(code)
        self.write(
            PointsOffered(
                at=self.at(second),
                number=code.number,
                moment=code.moment,
                visit=visit.id,
                count=count,
                points=visit.points,
                by=OfferedBy.TOUCH,
            )
        )
        return make(code, self._key)

    def undo(self, second: int) -> None:
        """Take the last code back."""
        code = self.made[-1]
        self.write(PointsUndone(at=self.at(second), number=code.number, moment=code.moment, staff=True))

    def card(self, second: int, pass_id: str, visit: Visit = ADULT) -> None:
        self.numbers += 1
        self.write(
            CardPoints(
                at=self.at(second),
                number=self.numbers,
                moment=NOW + second + self.off,
                visit=visit.id,
                points=visit.points,
                pass_id=pass_id,
            )
        )


@contextmanager
def bath_office(folder: Path, kiosk: Kiosk = KIOSK, programme: Any = BATH) -> Iterator[Office]:
    """An office with a bath's programme, its kiosk and four members."""
    with new_office(folder) as office:
        begin(office, kiosk, programme)
        yield office


def begin(office: Office, kiosk: Kiosk = KIOSK, programme: Any = BATH) -> None:
    with office.database.write() as connection:
        for member in MEMBERS:
            open_member(connection, member)
        assert add_programme(connection, programme, "yuki", NOW) is None
        assert approve_budget(connection, programme.id, 1_000_000, "r1", "yuki", NOW) is None
        assert register_kiosk(connection, kiosk, Bath().public, "yuki", NOW) is None


def claim(office: Office, text: str, member: str, second: int = 60) -> Claimed | NotClaimed:
    with office.database.write() as connection:
        return claim_code(connection, text, member, NOW + second)


def state(office: Office, text: str, member: str, second: int = 60) -> str:
    """How a claim stands once it is asked for, or why it is refused."""
    done = claim(office, text, member, second)
    return str(done.state) if isinstance(done, Claimed) else str(done)


def deliver(office: Office, bath: Bath, first: int = 1, last: int | None = None, second: int = 0) -> None:
    """The kiosk's records come in."""
    with office.database.write() as connection:
        take(connection, bath.row, bath.batch(first, last), NOW + second)


def points(office: Office) -> dict[str, int]:
    """What every member has, and the books are whole."""
    with office.database.read() as connection:
        assert verify_ledger(connection).problems == []
        found = {each: balance_of(connection, member_account(each)) for each in MEMBERS}
    return {member: balance for member, balance in found.items() if balance}


def listed(database: Database) -> list[tuple[str, str]]:
    """(what, detail) of the kiosk's incidents."""
    of = incidents.c
    with database.read() as connection:
        rows = connection.execute(select(of.what, of.detail).where(of.device == DEVICE).order_by(of.id))
        return [(row.what, row.detail) for row in rows]


def told(office: Office) -> list[tuple[int, int]]:
    """(number, places left) that the machines' list says of codes."""
    with office.database.read() as connection:
        bodies = connection.execute(select(down_log.c.body).order_by(down_log.c.number)).scalars().all()
    entries = [json.loads(body) for body in bodies]
    return [(each["number"], each["places_left"]) for each in entries if each["entry"] == "claimed"]
