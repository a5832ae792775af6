"""What goes wrong in a village, as rows that the inbox leaves; for tests of the page of exceptions."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask.testing import FlaskClient

from central.database import tables
from central.devices.list_incident import What
from rules.messages.codec import encode, first_hash, next_hash
from rules.messages.events import Event
from tests.central.today_events import BUS, PASS, alighted, at, boarded, door
from tests.central.today_village import Village, text_of

NO_BOARDING = "乗車の記録がありません / there is no boarding under that number"
STRANGER = "bus-099"
LONG = "第一温泉行き予備車両・非常に長い名前の機器" * 8
EVIL = '"><script>alert(1)</script>'


def set_apart(
    village: Village, event: Event | bytes, number: int, device: str = BUS, when: int = at(10)
) -> str:
    """A record that the inbox kept apart under a number that holds another; its hash."""
    body = event if isinstance(event, bytes) else encode(event)
    found = next_hash(first_hash(device, f"copy-{number}"), body).hex()
    row = {"device": device, "epoch": "e1", "number": number, "hash": found}
    village.put(tables.quarantine, **row, received_at=when, body=body)
    return found


def handed_on(village: Village, number: int, record_hash: str, as_number: int, device: str = BUS) -> None:
    """That record, applied as record `as_number` of the same journal here."""
    row = {"device": device, "epoch": "e1", "number": number, "hash": record_hash}
    village.put(tables.salvaged, **row, as_epoch="e1", as_number=as_number)


def bad_day(village: Village) -> Village:
    """Of everything one: a record not applied (#2), a copy's record (#1), and every kind of incident at nine."""
    village.edition()
    village.machine()
    board = village.record(boarded(at(8, 15)))
    village.record(alighted(at(9, 5), board + 70), refused=NO_BOARDING)
    set_apart(village, door(at(9, 30), 3), board)
    for what in What:
        detail = PASS if what in (What.UNKNOWN_PASS, What.DOUBLE_USE) else "e1: 4–6"
        village.incident(what, detail, STRANGER if what is What.UNKNOWN_DEVICE else BUS)
    return village


def says(client: FlaskClient, address: str = "/exceptions") -> str:
    """What a page says, without its tags."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return text_of(answer.get_data(as_text=True))


def rows(client: FlaskClient, address: str = "/exceptions.csv") -> list[dict[str, Any]]:
    """The lines of the file by the names of its columns."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
