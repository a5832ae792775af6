"""The office behind the phone's page: the demo's line, one member with money, passes as the office issues them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from central.devices.data_folder import open_office
from central.network.feeds.open_feed import read_feed
from central.passes.issue_pass import Issuer, PassWanted, issue_phone_pass
from central.wallets.charge_member import charge_cash, open_member
from hil.bench import JAPAN
from hil.demo import LINE, NOTICE
from hil.office import ISSUER, LIFE_HOURS, PLENTY, open_bench_office
from hil.rounds import first_day
from rules.passes.key_set import open_key_set
from rules.passes.rider_pass import PassFlag, RiderClass
from rules.ride.admission import OfficeWord
from rules.ride.locate import Place
from rules.ride.tap import Door

MEMBER = "phone-bench"


class PhoneOffice:
    """An office in an empty data folder. `now` gives Unix seconds. Close it."""

    def __init__(self, data: Path, now: Callable[[], float]) -> None:
        self._now = now
        begun = int(now())
        self._day = first_day(read_feed(LINE).draft, datetime.fromtimestamp(begun, JAPAN).date())
        opened = open_bench_office(data, LINE, self._day, begun, {}, NOTICE)
        self._office = open_office(data, begun)
        self._edition = opened.edition
        self._issuer = Issuer(ISSUER, self._edition.fares.dearest(), self._office.keys, secrets.token_bytes)
        with self._office.database.write() as connection:
            open_member(connection, MEMBER)
            charge_cash(connection, MEMBER, PLENTY, f"charge/{MEMBER}", begun)

    def issue(self, phone_public: bytes) -> bytes:
        """A pass for the phone with this public key (33 bytes), from now on: 121 bytes."""
        now = int(self._now())
        wanted = PassWanted(
            MEMBER,
            RiderClass.ADULT,
            party=1,
            valid_from=now,
            life_hours=LIFE_HOURS,
            flags=PassFlag.TEST | PassFlag.GROUP,
        )
        with self._office.database.write() as connection:
            return issue_phone_pass(connection, self._issuer, wanted, phone_public, now).pack()

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
