"""Passes: how much a bus may take, whose they are, and how buses learn of a card."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.tables import passes
from central.devices.data_folder import Office
from central.devices.down_log import page_after
from central.japan import day_of
from central.office_rules.set_rule import RuleWanted, set_rule
from central.office_rules.store import Change
from central.passes.issue_pass import Issuer, PassWanted, hold_for, hold_wanted, issue_card, issue_phone_pass
from central.passes.store import Holder, holders_of
from central.wallets.charge_member import charge_cash, open_member
from rules.ledger.rides import PassHold
from rules.messages.codec import decode_entry
from rules.messages.link import CardAllowed, Seen
from rules.money import Yen
from rules.passes.key_set import open_key_set
from rules.passes.rider_pass import (
    MAX_HOLD,
    PassFlag,
    PassKind,
    ReadPass,
    RiderClass,
    office_signed,
    read_code,
    to_text,
)
from rules.passes.seal import Use, compressed
from tests.central.office import NOW, new_office
from tests.passes.material import phone_key


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path) as made:
        with made.database.write() as connection:
            open_member(connection, "m")
            charge_cash(connection, "m", Yen(1555), "c", NOW)
        yield made


def issuer(office: Office, first_byte: int = 1) -> Issuer:
    return Issuer(6366, Yen(600), office.keys, lambda size: bytes([first_byte]) * size)


def wanted(party: int = 1) -> PassWanted:
    return PassWanted("m", RiderClass.SENIOR, party, NOW, 168, PassFlag.GROUP)


@given(
    balance=st.integers(-100, 10**6),
    dearest=st.integers(0, 2000).map(Yen),
    party=st.integers(1, 20),
    rides=st.integers(1, 10),
)
def test_the_hold_is_so_many_rides_for_all_as_far_as_the_wallet_goes(
    balance: int, dearest: Yen, party: int, rides: int
) -> None:
    hold = hold_for(balance, hold_wanted(dearest, party, rides))
    most = min(max(balance, 0), rides * dearest * party, MAX_HOLD)
    assert 0 <= hold <= most < hold + 10
    assert hold % 10 == 0


def test_a_pass_sets_so_many_rides_aside_as_the_office_had_set_for_the_day_it_was_made(
    office: Office,
) -> None:
    with office.database.write() as connection:
        tomorrow = day_of(NOW) + timedelta(days=1)
        wish = RuleWanted("passes.rides_held", 1, tomorrow, "yuki", "要望")
        assert isinstance(set_rule(connection, wish, NOW), Change)
        before = issue_card(connection, issuer(office), wanted(), NOW)
        assert before.body.hold == 1_200
        issue_card(connection, issuer(office, 2), wanted(), NOW + 86_400)
        rows = connection.execute(select(passes.c.hold_wanted).order_by(passes.c.pass_id)).scalars()
        assert list(rows) == [1_200, 600]


def test_a_card_is_signed_known_and_told_to_the_buses(office: Office) -> None:
    with office.database.write() as connection:
        issued = issue_card(connection, issuer(office), wanted(), NOW)
        page = page_after(connection, office.keys.down, "bus-001", Seen("", 0))
        row = connection.execute(select(passes)).one()
    body = issued.body
    assert (body.kind, body.issuer, body.hold, body.rider_class) == (
        PassKind.CARD,
        6366,
        1200,
        RiderClass.SENIOR,
    )
    read = read_code(to_text(issued.pack()).encode())
    assert isinstance(read, ReadPass)
    keys = open_key_set(office.keys.key_set, office.keys.root_public)
    assert keys is not None
    key = keys.find(Use.PASS, body.kid, NOW)
    assert key is not None
    assert office_signed(read, key.public)
    assert page is not None
    assert decode_entry(bytes(page.entries[-1])) == CardAllowed(body.pass_id.hex())
    assert (row.pass_id, row.member, row.packed) == (body.pass_id.hex(), "m", issued.pack())
    assert (row.valid_from, row.valid_until) == (NOW, NOW + 168 * 3600)


def test_a_phone_pass_carries_its_phone_s_key_and_needs_no_list(office: Office) -> None:
    public = compressed(phone_key(5))
    with office.database.write() as connection:
        issued = issue_phone_pass(connection, issuer(office), wanted(party=3), public, NOW)
        page = page_after(connection, office.keys.down, "bus-001", Seen("", 0))
        issued_id = issued.body.pass_id.hex()
        holder = Holder("m", PassHold(issued_id, Yen(3600)))
        assert holders_of(connection, [issued_id, "f" * 16]) == {issued_id: holder}
    assert issued.body.public_key == public
    assert issued.body.hold == 1550
    assert page is not None
    assert len(page.entries) == 1


def test_a_pass_id_is_given_once(office: Office) -> None:
    with office.database.write() as connection:
        issue_card(connection, issuer(office), wanted(), NOW)
    with pytest.raises(Exception, match="UNIQUE"), office.database.write() as connection:
        issue_card(connection, issuer(office), wanted(), NOW)


def test_a_party_has_at_least_its_holder() -> None:
    with pytest.raises(ValueError, match="holder"):
        wanted(party=0)
