"""Whatever numbers a machine sends, the office's pages stand: nobody else's day may vanish with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from central.app import create_app
from central.devices.data_folder import Office
from central.devices.list_incident import What
from central.inbox.answer import Desk, Message
from rules.messages.codec import encode
from rules.ride.outcomes import Movement, Outcome
from tests.central.office import NOW, Bus, board, incidents_listed, new_office, refusals, send
from tests.central.signed_in import as_staff

PAGES = ("/today", "/today/log", "/today/devices", "/today/map", "/today/records.csv", "/today?q=bus")
ABSURD = ("9223372036854775808", "-9223372036854775809", "9" * 4000)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path) as made:
        with made.database.write() as connection:
            Bus().register(connection)
        yield made


def assert_the_pages_stand(office: Office) -> None:
    settings = SimpleNamespace(demo=False, map=None)
    client = as_staff(create_app(office.database, settings, lambda: NOW, lambda packed: packed)).test_client()
    for page in PAGES:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert answer.data


@pytest.mark.parametrize("number", ABSURD)
def test_a_state_with_an_absurd_edition_is_malformed_and_the_pages_stand(office: Office, number: str) -> None:
    state = f'{{"online":true,"trip_id":"t","edition":{number}}}'.encode()
    with office.database.write() as connection:
        message = Message("v1/ohkura/bus-001/state", state)
        assert Desk("ohkura", office.keys.down).answer_all(connection, [message], NOW) == []
        assert incidents_listed(connection) == {("bus-001", What.MALFORMED)}
    assert_the_pages_stand(office)


@pytest.mark.parametrize("number", ABSURD)
def test_a_refused_tap_with_an_absurd_edition_is_kept_and_the_pages_stand(
    office: Office, number: str
) -> None:
    bus = Bus()
    tap = board("", movement=Movement.REFUSED, outcome=Outcome.DENIED, edition=4711)
    bus.write_bytes(encode(tap).replace(b"4711", number.encode()))
    assert send(office.database, bus).number == 1
    with office.database.read() as connection:
        assert 1 in refusals(connection)
    assert_the_pages_stand(office)
