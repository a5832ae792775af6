"""A machine in other hands cannot fill the office's list, and so hide what another machine did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.devices.list_incident import Incident, What, list_incident
from central.inbox.answer import Desk, Message
from rules.instant import ClockQuality
from rules.messages.codec import encode
from rules.messages.link import Hello
from tests.central.office import NOW, Bus, incidents_listed, new_office

MOST = 5
REAL = Incident("bus-001", What.CONFLICT, "a copied journal")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr("central.devices.list_incident.MAX_INCIDENTS", MOST)
    with new_office(tmp_path) as made:
        with made.database.write() as connection:
            Bus().register(connection)
            Bus("bus-002", secret=8).register(connection)
        yield made


def hellos(office: Office, connection: Connection, topics: list[str]) -> None:
    """A hello on each topic, with an epoch of its own and a number that no journal has."""
    said = [
        Message(topic, encode(Hello(f"e{number}", -1, "", "", "", ClockQuality.FLOOR)))
        for number, topic in enumerate(topics)
    ]
    Desk("ohkura", office.keys.down).answer_all(connection, said, NOW)


def test_a_flood_of_one_machines_incidents_leaves_room_for_anothers(office: Office) -> None:
    with office.database.write() as connection:
        hellos(office, connection, ["v1/ohkura/bus-002/hello"] * 3 * MOST)
        list_incident(connection, REAL, NOW)
        assert (REAL.device, REAL.what) in incidents_listed(connection)


def test_names_that_are_no_machines_share_one_room_and_leave_the_machines_theirs(office: Office) -> None:
    with office.database.write() as connection:
        hellos(office, connection, [f"v1/ohkura/stranger-{number}/hello" for number in range(3 * MOST)])
        list_incident(connection, REAL, NOW)
        listed = incidents_listed(connection)
        assert (REAL.device, REAL.what) in listed
        assert len(listed) == MOST + 1
