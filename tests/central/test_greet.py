"""A machine's first word, compared with what was taken in of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import pytest

from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.devices.list_incident import What
from central.inbox.greet import greet
from central.inbox.take_batch import cursor_for
from rules.instant import ClockQuality
from rules.messages.codec import first_hash
from rules.messages.link import Hello
from tests.central.office import (
    EPOCH,
    NOW,
    Bus,
    cursors,
    incidents_listed,
    send,
    started,
)


def test_a_hello_is_compared_with_what_was_taken_in(office: Office, bus: Bus) -> None:
    bus.write(started())
    bus.write(started())
    send(office.database, bus)
    right = Hello(EPOCH, 2, bus.hash_at(2).hex(), "boot", "0.1.0", ClockQuality.GPS)

    def wrong(**change: Any) -> set[str]:
        with new_listing(office) as (connection, listed):
            greet(connection, bus.row, msgspec.structs.replace(right, **change), NOW)
        return {what for _, what in listed}

    assert wrong() == set()
    assert wrong(last_number=3, last_hash="later") == set()
    assert wrong(last_number=1) == {What.JOURNAL_BEHIND}
    assert wrong(last_hash="0" * 64) == {What.CONFLICT}
    assert wrong(last_number=3, acknowledged=3) == {What.OFFICE_BEHIND}
    assert wrong(epoch="another", last_number=0, last_hash=first_hash(bus.device, "another").hex()) == {
        What.NEW_JOURNAL
    }


def test_a_flood_of_invented_journals_locks_nobody_out(
    office: Office, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("central.inbox.greet.MAX_JOURNALS", 5)
    bus.write(started())
    send(office.database, bus)
    with office.database.write() as connection:
        for number in range(20):
            greet(connection, bus.row, Hello(f"invented-{number}", 1, "", "", "", ClockQuality.GPS), NOW)
        greet(connection, bus.row, Hello(EPOCH, 1, bus.hash_at(1).hex(), "", "", ClockQuality.GPS), NOW)
        assert cursor_for(connection, bus.device, EPOCH, NOW).number == 1
        assert len(cursors(connection)) <= 7


@contextmanager
def new_listing(office: Office) -> Iterator[tuple[Connection, set[tuple[str, str]]]]:
    """A transaction that is undone, and what was listed in it."""
    listed: set[tuple[str, str]] = set()
    with suppress(Undone), office.database.write() as connection:
        yield connection, listed
        listed |= incidents_listed(connection)
        raise Undone


class Undone(Exception):
    """Nothing of the transaction stays."""
