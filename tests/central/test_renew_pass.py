"""A renewed pass: it begins when no bus drives, never beside the former, and the hold moves along."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from central.database.ledger_tables import hold_parts, holds, lots
from central.devices.data_folder import Office
from central.japan import JAPAN
from central.ledger.post_orders import holds_open
from central.ledger.verify_ledger import verify_ledger
from central.passes.issue_pass import Issuer, PassWanted, issue_phone_pass
from central.passes.renew_pass import NotRenewed, Renewal, begins_at, renew_pass
from central.wallets.charge_member import charge_cash, open_member
from rules.money import Yen
from rules.passes.rider_pass import IssuedPass, PassFlag, RiderClass
from rules.passes.seal import compressed
from tests.central.office import NOW, Bus, alight, board, money, send
from tests.passes.material import phone_key

LIFE_H = 168


def issuer(office: Office, byte: int) -> Issuer:
    return Issuer(6366, Yen(600), office.keys, lambda size: bytes([byte]) * size)


@pytest.fixture
def former(office: Office) -> IssuedPass:
    wanted = PassWanted("m", RiderClass.SENIOR, 1, NOW, LIFE_H, PassFlag.GROUP)
    with office.database.write() as connection:
        open_member(connection, "m")
        charge_cash(connection, "m", Yen(1_500), "c", NOW)
        return issue_phone_pass(connection, issuer(office, 1), wanted, compressed(phone_key(1)), NOW)


def renew(office: Office, former: IssuedPass, byte: int = 2, now: int = NOW + 86_400) -> IssuedPass:
    with office.database.write() as connection:
        renewal = Renewal(former.body.pass_id.hex(), 1, LIFE_H)
        made = renew_pass(connection, issuer(office, byte), renewal, now)
    assert isinstance(made, IssuedPass)
    return made


def open_holds(office: Office) -> list[tuple[str, int]]:
    with office.database.read() as connection:
        assert verify_ledger(connection).problems == []
        query = select(holds.c.series, func.coalesce(func.sum(hold_parts.c.amount), 0))
        query = query.join(hold_parts, isouter=True).where(holds.c.resolved_by.is_(None))
        return [(row[0], row[1]) for row in connection.execute(query.group_by(holds.c.id))]


@given(st.integers(0, 2**32 - 1))
def test_it_begins_at_three_in_the_morning_within_a_day(earliest: int) -> None:
    begins = begins_at(earliest)
    assert f"{datetime.fromtimestamp(begins, UTC).astimezone(JAPAN):%H:%M:%S}" == "03:00:00"
    assert 0 <= begins - earliest < 86_400


def test_it_begins_when_the_former_has_ended_and_is_the_same_holders(
    office: Office, former: IssuedPass
) -> None:
    made = renew(office, former)
    assert made.body.valid_from == begins_at(former.body.valid_until)
    assert made.body.pass_id != former.body.pass_id
    assert made.body.public_key == former.body.public_key
    assert (made.body.rider_class, made.body.flags) == (RiderClass.SENIOR, PassFlag.GROUP)
    late = renew(office, made, 3, made.body.valid_until + 10 * 86_400)
    assert late.body.valid_from == begins_at(made.body.valid_until + 10 * 86_400)


def test_the_hold_moves_and_no_second_one_is_taken(office: Office, former: IssuedPass) -> None:
    series = former.body.pass_id.hex()
    assert open_holds(office) == [(series, 1_200)]
    made = renew(office, former)
    assert open_holds(office) == [(series, 1_200)]
    assert made.body.hold == 1_200
    with office.database.read() as connection:
        assert connection.execute(select(lots.c.remaining, lots.c.held)).all() == [(1_500, 1_200)]
        assert holds_open(connection, [series])[series].until == made.body.valid_until


def test_asked_again_it_is_the_same_pass(office: Office, former: IssuedPass) -> None:
    made = renew(office, former)
    assert renew(office, former, 9, NOW + 2 * 86_400) == made
    assert len(open_holds(office)) == 1


def test_a_late_ride_of_the_former_and_one_of_the_new_take_from_the_same_hold(
    office: Office, bus: Bus, former: IssuedPass
) -> None:
    made = renew(office, former)
    for each, yen in ((former, 400), (made, 300)):
        pass_id = each.body.pass_id.hex()
        bus.write(alight(pass_id, bus.write(board(pass_id)), yen))
    send(office.database, bus)
    assert open_holds(office) == [(former.body.pass_id.hex(), 800)]
    assert money(office)["member", "m"] == 800
    assert ("owed", "m") not in money(office)


def test_a_pass_of_elsewhere_is_not_renewed(office: Office) -> None:
    with office.database.write() as connection:
        renewal = Renewal("00" * 8, 1, LIFE_H)
        assert renew_pass(connection, issuer(office, 1), renewal, NOW) is NotRenewed.UNKNOWN
