"""The office behind the phone's page: the demo's line, and for each phone a member with money."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

from central.database.transaction import Connection, Database
from central.devices.data_folder import open_office
from central.devices.down_log import page_after
from central.devices.keys import OfficeKeys
from central.members.register_member import NewMember, register
from central.network.feeds.open_feed import read_feed
from central.wallets.charge_member import charge_cash
from hil.demo import LINE, NOTICE
from hil.office import ISSUER, PLENTY, open_bench_office
from hil.rounds import first_day
from rules.messages.codec import decode_entry
from rules.messages.link import PassDenied, Seen
from rules.network.in_force import service_day
from rules.passes.key_set import open_key_set
from rules.ride.admission import OfficeWord
from rules.ride.locate import Place
from rules.ride.tap import Door


class PhoneOffice:
    """An office in an empty data folder. `now` gives Unix seconds. Close it."""

    def __init__(self, data: Path, now: Callable[[], float]) -> None:
        self._now = now
        self._names = (f"試験 {number}" for number in count(1))
        begun = int(now())
        today = service_day(begun)
        self._day = first_day(read_feed(LINE).draft, today)
        # In force at once, also after midnight and where no bus runs before tomorrow: passes are made all the same.
        opened = open_bench_office(data, LINE, min(today, self._day), begun, {}, NOTICE)
        self._office = open_office(data, begun)
        self._edition = opened.edition

    def new_member(self, connection: Connection) -> str:
        """Somebody with money, by their number."""
        now, name = int(self._now()), next(self._names)
        member = register(connection, NewMember(name), name, now)
        charge_cash(connection, member, PLENTY, f"charge/{member}", now)
        return member

    @property
    def database(self) -> Database:
        """The office's books."""
        return self._office.database

    @property
    def keys(self) -> OfficeKeys:
        """What it signs with."""
        return self._office.keys

    def is_denied(self, pass_id: bytes) -> bool:
        """Whether buses are told to refuse a pass."""
        with self._office.database.read() as connection:
            page = page_after(connection, self._office.keys.down, "bench", Seen("", 0))
        entries = [decode_entry(bytes(entry)) for entry in page.entries] if page else []
        return any(isinstance(each, PassDenied) and each.pass_id == pass_id.hex() for each in entries)

    def word(self) -> OfficeWord:
        """What a bus knows of this office."""
        keys = self._office.keys
        key_set = open_key_set(keys.key_set, keys.root_public)
        assert key_set is not None
        return OfficeWord(ISSUER, key_set, frozenset(), frozenset(), read_until=0)

    def door(self) -> Door:
        """A bus that stands at the first stop of the day's first trip."""
        trip = self._edition.trips_on(self._day)[0]
        here = Place(stop_index=0, progress=0.0, confidence=1.0, reason="")
        return Door(self._edition, trip.trip_id, self._day.isoformat(), here, here, None, None)

    def close(self) -> None:
        """Give the database's files back."""
        self._office.database.close()
