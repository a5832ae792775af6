"""What a broker in other hands can do to the inbox: nothing that lasts."""

from __future__ import annotations

import time
from pathlib import Path

from central.database.transaction import Database
from central.devices.store import heard_at
from central.inbox.answer import Desk
from central.inbox.listener import Broker, Listener
from rules.messages.codec import encode
from rules.messages.link import Health
from tests.central.office import NOW, Bus, new_office
from tests.lying_broker import lying_broker, publish_packet

PATIENCE_S = 20.0
STATE = publish_packet(b"v1/ohkura/bus-001/state", encode(Health(online=True)))


def has_spoken(database: Database) -> bool:
    with database.read() as connection:
        return heard_at(connection, "bus-001") is not None


def test_a_topic_that_is_no_text_does_not_end_the_inbox(tmp_path: Path) -> None:
    with new_office(tmp_path) as office, lying_broker(publish_packet(b"\xff\xfe", b"{}") + STATE) as broker:
        with office.database.write() as connection:
            Bus().register(connection)
        where = Broker("127.0.0.1", broker.port, "central", "x")
        listener = Listener(where, Desk("ohkura", office.keys.down), office.database, lambda: NOW)
        listener.start()
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not has_spoken(office.database):
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            listener.stop()
