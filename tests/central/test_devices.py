"""Machines: who may speak, how they are, what they get to know, and the keys they believe it by."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from central.database.tables import health, incidents
from central.database.transaction import DataUnusable
from central.devices.data_folder import Office, open_office
from central.devices.down_log import MAX_ENTRY_BYTES, MAX_PAGE_BYTES, append, page_after
from central.devices.keys import CARDS_KID, DOWN_KID, PHONES_KID
from central.devices.list_incident import MAX_DETAIL, Incident, What, list_incident
from central.devices.register_device import DeviceKind, Registered, register_device, revoke_device
from central.devices.save_health import save_health
from central.devices.store import find_device
from rules.messages.codec import Malformed, decode_entry, down_body, encode
from rules.messages.link import CardAllowed, DownPage, Health, KeysHeld, PassDenied, Seen
from rules.passes.key_set import open_key_set
from rules.passes.seal import Use, check, public_bytes
from tests.central.office import NOW, new_office

BUS = "bus-001"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path / "data") as made:
        with made.database.write() as connection:
            register_device(connection, BUS, DeviceKind.BUS, b"k" * 32)
        yield made


def page(office: Office, log: str = "", number: int = 0, device: str = BUS) -> DownPage | None:
    with office.database.read() as connection:
        return page_after(connection, office.keys.down, device, Seen(log, number))


def everything(office: Office) -> list[Any]:
    """What a fresh machine reads, page after page, every signature checked."""
    read: list[Any] = []
    log, number = "", 0
    while (found := page(office, log, number)) is not None:
        entries = [bytes(entry) for entry in found.entries]
        body = down_body(BUS, found.log, found.first, entries)
        public = public_bytes(office.keys.down.private)
        assert check(Use.DOWN, body, bytes.fromhex(found.signature), public)
        assert not check(
            Use.DOWN, down_body("bus-002", found.log, 1, entries), bytes.fromhex(found.signature), public
        )
        assert found.first == number + 1
        assert len(encode(found)) <= MAX_PAGE_BYTES
        log, number = found.log, found.first + len(entries) - 1
        read += [decode_entry(entry) for entry in entries]
    return read


def test_a_new_office_begins_its_log_with_the_keys_that_sign_it(office: Office) -> None:
    (first,) = everything(office)
    assert isinstance(first, KeysHeld)
    keys = open_key_set(bytes.fromhex(first.packed), office.keys.root_public)
    assert keys is not None
    down = keys.find(Use.DOWN, DOWN_KID, NOW)
    assert down is not None
    assert down.public == public_bytes(office.keys.down.private)
    for kid, private in ((PHONES_KID, office.keys.phones), (CARDS_KID, office.keys.cards)):
        key = keys.find(Use.PASS, kid, NOW)
        assert key is not None
        assert key.public == public_bytes(private)


def test_a_machine_reads_everything_in_order_and_then_nothing(office: Office) -> None:
    told = [CardAllowed(f"{number:016x}") for number in range(600)]
    told.insert(5, PassDenied("f" * 16, "x" * 30_000))  # type: ignore[arg-type]
    told.insert(6, PassDenied("e" * 16, "x" * 30_000))  # type: ignore[arg-type]
    with office.database.write() as connection:
        for number, entry in enumerate(told, 2):
            assert append(connection, entry) == number
    assert everything(office)[1:] == told
    first = page(office)
    assert first is not None
    assert page(office, first.log, len(told) + 1) is None


def test_another_log_or_one_read_too_far_means_everything_again(office: Office) -> None:
    first = page(office)
    assert first is not None
    for log, number in (("another", 1), (first.log, 99), (first.log, -1)):
        assert page(office, log, number) == first


def test_an_entry_that_fits_no_page_is_refused(office: Office) -> None:
    with office.database.write() as connection, pytest.raises(ValueError, match="longer"):
        append(connection, PassDenied("f" * 16, "x" * MAX_ENTRY_BYTES))


def test_a_machine_is_registered_once(office: Office) -> None:
    with office.database.write() as connection:
        assert register_device(connection, BUS, DeviceKind.BUS, b"k" * 32) is Registered.KNOWN
        assert register_device(connection, BUS, DeviceKind.BUS, b"x" * 32) is Registered.TAKEN
        assert register_device(connection, "bath-1", DeviceKind.KIOSK, b"x" * 32) is Registered.NEW
        assert revoke_device(connection, BUS)
        assert not revoke_device(connection, "bus-999")
        assert register_device(connection, BUS, DeviceKind.BUS, b"k" * 32) is Registered.TAKEN
        found = find_device(connection, BUS)
        assert found is not None
        assert (found.revoked, found.signing_key) == (True, b"k" * 32)


@pytest.mark.parametrize("name", ["", "Bus", "bus 1", "bus/1", "bus+", "#", "-bus", "b" * 33, "バス"])
def test_a_name_that_cannot_stand_in_a_topic_is_refused(office: Office, name: str) -> None:
    with office.database.write() as connection, pytest.raises(ValueError, match="small letters"):
        register_device(connection, name, DeviceKind.BUS, b"k" * 32)


def test_a_key_of_another_length_is_refused(office: Office) -> None:
    with office.database.write() as connection, pytest.raises(ValueError, match="32 bytes"):
        register_device(connection, "bus-002", DeviceKind.BUS, b"k" * 31)


def heard(office: Office, message: Health, now: int, *, retained: bool = False) -> tuple[int, bytes]:
    with office.database.write() as connection:
        save_health(connection, BUS, encode(message), now, retained=retained)
        row = connection.execute(select(health.c.heard_at, health.c.body)).one()
        return row.heard_at, row.body


def test_the_last_state_is_kept_as_it_came(office: Office) -> None:
    first, second = (
        Health(online=True, trip_id="a", at_wall=NOW),
        Health(online=True, trip_id="b", at_wall=NOW),
    )
    assert heard(office, first, NOW) == (NOW, encode(first))
    assert heard(office, second, NOW + 5) == (NOW + 5, encode(second))


def test_an_old_state_found_at_the_broker_is_not_news(office: Office) -> None:
    said_then = Health(online=True, at_wall=NOW - 500)
    assert heard(office, said_then, NOW, retained=True) == (NOW - 500, encode(said_then))
    assert heard(office, Health(online=False), NOW + 9, retained=True)[0] == NOW - 500
    assert heard(office, Health(online=True, at_wall=NOW + 10**9), NOW, retained=True)[0] == NOW
    assert heard(office, Health(online=False), NOW + 20)[0] == NOW + 20


def test_a_state_that_is_none_is_malformed(office: Office) -> None:
    with office.database.write() as connection, pytest.raises(Malformed):
        save_health(connection, BUS, b"{}", NOW, retained=False)


def test_the_same_incident_again_is_counted_and_not_listed_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("central.devices.list_incident.MAX_INCIDENTS", 2)
    with office.database.write() as connection:
        for now in (NOW, NOW + 60):
            list_incident(connection, Incident(BUS, What.CONFLICT, "x" * 500), now)
        for number in range(5):
            list_incident(connection, Incident(f"stranger-{number}", What.UNKNOWN_DEVICE, ""), NOW)
        first, *strangers = connection.execute(select(incidents).order_by(incidents.c.id)).all()
    assert (first.times, first.first_at, first.last_at, len(first.detail)) == (2, NOW, NOW + 60, MAX_DETAIL)
    assert [row.device for row in strangers] == ["stranger-0", "stranger-1"]


def test_opening_an_office_again_changes_nothing(tmp_path: Path) -> None:
    with new_office(tmp_path) as office:
        before, entries = office.keys, everything(office)
    with new_office(tmp_path) as office:
        assert (office.keys.key_set, office.keys.root_public) == (before.key_set, before.root_public)
        assert everything(office) == entries


def test_two_offices_share_no_key(tmp_path: Path) -> None:
    with new_office(tmp_path / "a") as a, new_office(tmp_path / "b") as b:
        assert a.keys.root_public != b.keys.root_public
        assert a.keys.key_set != b.keys.key_set


def test_keys_are_for_the_office_alone(office: Office) -> None:
    for path in (office.database.path.parent / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "private" not in repr(office.keys)


@pytest.mark.parametrize("name", ["root", "phones", "cards", "down", "key-set"])
@pytest.mark.parametrize("harm", ["missing", "damaged", "open to all"])
def test_a_key_that_is_not_whole_stops_the_start(tmp_path: Path, name: str, harm: str) -> None:
    with new_office(tmp_path):
        pass
    path = tmp_path / "keys" / name
    if harm == "missing":
        path.unlink()
    elif harm == "damaged":
        path.write_text("00" * 32)
    else:
        path.chmod(0o644)
    with pytest.raises(DataUnusable, match="鍵"):
        open_office(tmp_path, NOW)


def test_lost_keys_are_never_silently_replaced(tmp_path: Path) -> None:
    with new_office(tmp_path):
        pass
    (tmp_path / "keys").rename(tmp_path / "gone")
    with pytest.raises(DataUnusable, match="restore"):
        open_office(tmp_path, NOW)
