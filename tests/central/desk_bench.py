"""Everything that can need a person at the office, one by one: how it comes up, and how it is put right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import text

from central.database import card_tables, correction_tables, counter_tables
from central.desk.unsent import write_unsent
from central.devices.list_incident import What
from rules.instant import ClockQuality
from rules.messages.backup import LATE_S, STATE_FILE, BackupState, Drill
from rules.messages.codec import encode
from rules.network.trips import Service
from tests.central.exceptions_desk import NO_BOARDING
from tests.central.today_events import BUS, DAY, PASS, alighted, at, well
from tests.central.today_village import Village, line

YESTERDAY = date(2026, 10, 2)
Step = Callable[[Village], None]


def well_village(village: Village) -> Village:
    """A village in which nothing needs a person."""
    village.edition()
    village.machine()
    village.says(well())
    backed_up(village)
    return village


def backed_up(village: Village, silent_s: int = 5, drill: Drill | None = None) -> None:
    """What whoever ships the backup tells; by itself a drill of this morning brought everything back."""
    looked = village.now - silent_s
    told = BackupState(looked, looked, "", looked, drill or Drill(village.now - 3_600, village.now - 3_700))
    (village.database.path.parent / STATE_FILE).write_bytes(encode(told))


def unsent(village: Village, count: int) -> None:
    """So many alarms are not mailed."""
    write_unsent(village.database.path.parent, count, village.now)


def change(village: Village, statement: str, **values: Any) -> None:
    """What staff or machines do, as it changes the rows."""
    with village.database.write() as connection:
        connection.execute(text(statement), values)


@dataclass(frozen=True)
class Need:
    """`name` is the row's on the desk, `comes` makes it, `goes` puts it right."""

    name: str
    comes: Step
    goes: Step


def _close(source: str, about: int) -> Step:
    return lambda village: change(
        village,
        "INSERT INTO exception_acts (source, about, act, who, reason, note, times, at) "
        "VALUES (:source, :about, 'close', 'clerk', 'checked', '', 2, 0)",
        source=source,
        about=about,
    )


def _refused(village: Village) -> None:
    village.record(alighted(at(9, 5), 77), refused=NO_BOARDING)


def _correction(village: Village) -> None:
    ride = village.ride()
    row = {
        "id": 1, "device": BUS, "epoch": "e1", "board_number": ride * 10, "seq": 1, "cause": "gps",
        "said_epoch": "e1", "said_number": 1, "from_board": "s1", "from_alight": "s7", "from_fare": 600,
        "to_board": "s1", "to_alight": "s6", "to_fare": 500, "why_waiting": "dearer", "made_at": at(9),
    }  # fmt: skip
    village.put(correction_tables.ride_corrections, **row)
    _decided(village, "waiting")


def _decided(village: Village, state: str) -> None:
    village.put(correction_tables.correction_states, correction_id=1, state=state, said_by="staff", at=at(10))


def _overpaid(village: Village) -> None:
    village.ride(fare=500, held=0, cash=600, overpaid=100)


def _disputed(village: Village) -> None:
    village.put(card_tables.card_charges, id="c1", member="m", amount=3000, mode="practice", asked_at=at(8))
    for seq, state in enumerate(("paid", "disputed")):
        _card_state(village, seq, state)


def _card_state(village: Village, seq: int, state: str) -> None:
    row = {"charge_id": "c1", "seq": seq, "state": state, "paid": True, "taken": 0, "owed": 0, "cause": ""}
    village.put(card_tables.card_states, **row, at=at(8, seq))


def _refund_unsent(village: Village) -> None:
    village.put(card_tables.card_charges, id="c1", member="m", amount=3000, mode="practice", asked_at=at(8))
    row = {"charge_id": "c1", "amount": 3000, "reason": "mistake", "said_by": "a", "at": at(9)}
    village.put(card_tables.card_refunds, **row)


def _strange_card(village: Village) -> None:
    row = {"what": "unknown-charge", "name": "e1", "charge_id": "x", "body": b"", "times": 1}
    village.put(card_tables.card_incidents, **row, first_at=at(8), last_at=at(8))


def _opening(day: date) -> Step:
    return lambda village: village.put(
        counter_tables.till_openings,
        id=1, command="o", till="", day=day.isoformat(), opening_cash=5000, posted_before=0, staff="a",
        at=at(8, day=day),
    )  # fmt: skip


def _evening(village: Village) -> None:
    village.now = at(17, 30)
    village.says(well())
    backed_up(village)
    _opening(DAY)(village)


def count(bus: str = "", day: date = DAY) -> Step:
    """The till was counted, or a bus's bag."""

    def counted(village: Village) -> None:
        if bus:
            _opening(DAY)(village)
        row = {"command": f"c{bus}", "till": "", "bus": bus, "day": day.isoformat(), "opening_id": 1}
        more = {"staff": "a", "pieces": "[]", "expected": 5000, "counted": 5000, "at": at(17)}
        village.put(counter_tables.cash_counts, **row, **more)
        if bus:
            row |= {"bus": "", "command": "till"}
            village.put(counter_tables.cash_counts, **row, **more)

    return counted


def _bag(village: Village) -> None:
    village.ride(service_date=YESTERDAY.isoformat(), held=0, cash=600)


def _ending(village: Village) -> None:
    soon = line(number=2)
    services = {"daily": Service("daily", (True,) * 7, date(2026, 1, 1), date(2026, 10, 20), (), ())}
    village.edition(replace(soon, services=services))
    village.says(well(edition=2))


def _lasting(village: Village) -> None:
    village.edition(line(number=3))
    village.says(well(edition=3))


def _says(**changes: Any) -> Step:
    return lambda village: village.says(well(**changes))


NEEDS = (
    Need("mail", lambda village: unsent(village, 2), lambda village: unsent(village, 0)),
    Need("backup", lambda village: backed_up(village, 2 * LATE_S), backed_up),
    Need(
        "backup-drill",
        lambda village: backed_up(village, drill=Drill(village.now - 36 * 86_400, 0)),
        backed_up,
    ),
    Need(
        "exceptions-record-refused",
        _refused,
        _close("record", 1),
    ),
    Need(
        "exceptions-double-use",
        lambda village: village.incident(What.DOUBLE_USE, PASS),
        _close("incident", 1),
    ),
    Need("corrections", _correction, lambda village: _decided(village, "dismissed")),
    Need("refunds", _overpaid, lambda village: change(village, "UPDATE rides SET refunded = 100")),
    Need("disputes", _disputed, lambda village: _card_state(village, 2, "paid")),
    Need(
        "card-refunds",
        _refund_unsent,
        lambda village: village.put(card_tables.card_refunds_sent, charge_id="c1", refund="r", at=at(9)),
    ),
    Need(
        "card-incidents",
        _strange_card,
        lambda village: change(village, "UPDATE card_incidents SET settled_at = 1"),
    ),
    Need("till", _opening(YESTERDAY), count(day=YESTERDAY)),
    Need("till", _evening, count()),
    Need("bags", _bag, count(BUS, YESTERDAY)),
    Need(
        "ledger",
        lambda village: change(
            village,
            "INSERT INTO accounts (kind, owner, unit, may_go_below_zero, balance) VALUES ('x', '', 'K', 0, 7)",
        ),
        lambda village: change(village, "UPDATE accounts SET balance = 0"),
    ),
    Need("edition", _ending, _lasting),
    Need(f"machine-{BUS}", _says(camera="写りません / no picture"), _says()),
    Need(f"machine-{BUS}", _says(clock=ClockQuality.FLOOR), _says()),
    Need(f"machine-{BUS}", _says(queue=900), _says()),
    Need(
        f"machine-{BUS}",
        lambda village: village.says(well(), heard_at=village.now - 3600),
        _says(),
    ),
)
