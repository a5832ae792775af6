"""The office's side of the baths: their programme, what their kiosks may give, and which machines those are."""

from __future__ import annotations

from central.database.transaction import Connection
from central.kiosks.keep_kiosks import register_kiosk
from central.kiosks.kiosk import Kiosk, Visit
from central.programmes.keep_programmes import add_programme, approve_budget
from rules.ledger.lots import Origin
from rules.ledger.programmes import LegalClass, Programme
from tests.village.points import KIOSK_CAP, MEMBER_CAP

OPENS, CLOSES = 6 * 60, 20 * 60
VISITS = (Visit(1, "おとな", "Adult", 20), Visit(2, "こども", "Child", 10))
BATHING = Programme(
    "bath",
    "入浴ポイント",
    "Bathing points",
    "village",
    LegalClass.GIVEN,
    Origin.FREE,
    cap_per_day=MEMBER_CAP,
)
BUDGET = 1_000_000


def is_bath(unit: str) -> bool:
    """Whether this machine is a bath's kiosk."""
    return unit.startswith("bath-")


def found_baths(connection: Connection, units: dict[str, bytes], now: int) -> None:
    """The programme and its kiosks, whose numbers stand in their names."""
    assert add_programme(connection, BATHING, "yuki", now) is None
    assert approve_budget(connection, BATHING.id, BUDGET, "r1", "yuki", now) is None
    for unit, public in units.items():
        number = int(unit.rpartition("-")[2])
        kiosk = Kiosk(unit, number, "肘折の湯", "Hijiori bath", BATHING.id, VISITS, KIOSK_CAP, OPENS, CLOSES)
        assert register_kiosk(connection, kiosk, public, "yuki", now) is None
