"""L15: replacing a card keeps every lot, and the old one is denied before the new one is there, or neither is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from central.database.ledger_tables import holds, lots
from central.database.tables import passes
from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.devices.down_log import page_after
from central.ledger.post_orders import free_balance, post
from central.ledger.verify_ledger import verify_ledger
from central.passes.deny_pass import deny_pass
from central.passes.hand_out_card import hand_out_card
from central.passes.issue_pass import Issuer, PassWanted, issue_card
from central.passes.renew_pass import NotRenewed, Renewal, renew_pass
from central.passes.replace_pass import Lost, NotReplaced, replace_pass
from rules.ledger.accounts import member_account
from rules.ledger.rides import RIDE_UNITS, PassHold, ride_order
from rules.messages.codec import decode_entry
from rules.messages.link import AnyEntry, CardAllowed, PassDenied, Seen
from rules.money import Yen
from rules.passes.rider_pass import IssuedPass, RiderClass
from rules.passes.seal import compressed
from tests.central.office import NOW, new_office
from tests.ledger.scenes import comes
from tests.passes.material import phone_key

WANTED = PassWanted("m", RiderClass.ADULT, 1, NOW, 168)
OLD = "01" * 8
LOST = Lost(OLD, "lost", "command")


def issuer(office: Office, byte: int) -> Issuer:
    return Issuer(6366, Yen(600), office.keys, lambda size: bytes([byte]) * size)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A member with three lots and a card that holds 1200 yen of them."""
    with new_office(tmp_path) as made:
        with made.database.write() as connection:
            for command, amount, until in (("a", 500, 9000), ("b", 900, None), ("c", 300, 5000)):
                post(connection, comes(command, amount, until), NOW)
            issue_card(connection, issuer(made, 1), WANTED, NOW)
        yield made


def told(connection: Connection, office: Office) -> list[AnyEntry]:
    page = page_after(connection, office.keys.down, "bus-001", Seen("", 0))
    assert page is not None
    return [decode_entry(bytes(entry)) for entry in page.entries]


def lots_of(connection: Connection) -> list[tuple[object, ...]]:
    columns = (lots.c.id, lots.c.account_id, lots.c.origin, lots.c.expires_at, lots.c.remaining)
    return [tuple(row) for row in connection.execute(select(*columns).order_by(lots.c.id))]


def test_the_old_card_is_denied_first_and_every_lot_is_as_it_was(office: Office) -> None:
    with office.database.write() as connection:
        before, free = lots_of(connection), free_balance(connection, "m", RIDE_UNITS, NOW)
        new = replace_pass(connection, issuer(office, 2), LOST, WANTED, NOW + 1)
        assert isinstance(new, IssuedPass)
        assert new.body.hold == 1200
        assert lots_of(connection) == before
        assert free_balance(connection, "m", RIDE_UNITS, NOW) == free == 500
        assert told(connection, office)[-2:] == [PassDenied(OLD, "lost"), CardAllowed("02" * 8)]
        still_open = connection.execute(select(holds.c.series).where(holds.c.resolved_by.is_(None)))
        assert still_open.scalars().all() == ["02" * 8]
        assert verify_ledger(connection).problems == []


def test_what_the_old_card_rode_before_its_denial_is_charged_once_and_the_rest_owed(office: Office) -> None:
    with office.database.write() as connection:
        replace_pass(connection, issuer(office, 2), LOST, WANTED, NOW + 1)
        late = ride_order("late", member_account("m"), Yen(700), Yen(0), PassHold(OLD, Yen(1200)))
        assert late is not None
        post(connection, late, NOW + 2)
        assert free_balance(connection, "m", RIDE_UNITS, NOW) == 0
        assert sum(int(str(lot[4])) for lot in lots_of(connection)) == 1200
        assert verify_ledger(connection).problems == []


def test_a_replacement_broken_off_has_neither_denied_nor_released_nor_issued(office: Office) -> None:
    def breaks(_: int) -> bytes:
        raise OSError

    with office.database.read() as connection:
        before = told(connection, office), verify_ledger(connection).head
    with pytest.raises(OSError), office.database.write() as connection:  # noqa: PT011
        replace_pass(connection, Issuer(6366, Yen(600), office.keys, breaks), LOST, WANTED, NOW + 1)
    with office.database.read() as connection:
        assert (told(connection, office), verify_ledger(connection).head) == before
        assert connection.execute(select(passes.c.pass_id)).scalars().all() == [OLD]


def test_a_phone_may_take_the_place_of_a_card(office: Office) -> None:
    public = compressed(phone_key(5))
    with office.database.write() as connection:
        new = replace_pass(connection, issuer(office, 2), LOST, WANTED, NOW + 1, public)
        assert isinstance(new, IssuedPass)
        assert new.body.public_key == public
        assert told(connection, office)[-1] == PassDenied(OLD, "lost")


@pytest.mark.parametrize("pass_id", ["ff" * 8, OLD])
def test_a_pass_of_somebody_else_is_not_replaced(office: Office, pass_id: str) -> None:
    other = PassWanted("n", RiderClass.ADULT, 1, NOW, 168)
    with office.database.write() as connection:
        before = told(connection, office)
        found = replace_pass(connection, issuer(office, 2), Lost(pass_id, "lost", "command"), other, NOW)
        assert found is NotReplaced.NOT_THEIRS
        assert told(connection, office) == before


def test_the_same_command_again_is_the_same_card_and_another_gets_no_second_one(office: Office) -> None:
    with office.database.write() as connection:
        new = replace_pass(connection, issuer(office, 2), LOST, WANTED, NOW + 1)
        said = told(connection, office)
        assert replace_pass(connection, issuer(office, 3), LOST, WANTED, NOW + 60) == new
        again = replace(LOST, command="another")
        assert replace_pass(connection, issuer(office, 3), again, WANTED, NOW + 60) is NotReplaced.REPLACED
        assert told(connection, office) == said
        assert connection.execute(select(passes.c.pass_id)).scalars().all() == [OLD, "02" * 8]


def test_a_command_that_asked_for_something_else_is_refused(office: Office) -> None:
    with office.database.write() as connection:
        replace_pass(connection, issuer(office, 2), LOST, WANTED, NOW + 1)
        for lost, public in ((replace(LOST, pass_id="02" * 8), None), (LOST, compressed(phone_key(5)))):
            found = replace_pass(connection, issuer(office, 3), lost, WANTED, NOW + 2, public)
            assert found is NotReplaced.OTHER_COMMAND
        assert PassDenied("02" * 8, "lost") not in told(connection, office)


def test_what_was_renewed_from_a_blocked_card_is_blocked_with_it_and_not_renewed_again(
    office: Office,
) -> None:
    with office.database.write() as connection:
        following = renew_pass(connection, issuer(office, 2), Renewal(OLD, 1, 168), NOW + 100 * 3600)
        assert isinstance(following, IssuedPass)
        new = replace_pass(connection, issuer(office, 3), LOST, WANTED, NOW + 101 * 3600)
        assert isinstance(new, IssuedPass)
        refused = {each.pass_id for each in told(connection, office) if isinstance(each, PassDenied)}
        assert refused == {OLD, "02" * 8}
        renewal = Renewal("02" * 8, 1, 168)
        assert renew_pass(connection, issuer(office, 4), renewal, NOW + 200 * 3600) is NotRenewed.DENIED
        assert verify_ledger(connection).problems == []


def test_a_card_blocked_first_and_replaced_later_frees_what_it_kept_once(office: Office) -> None:
    with office.database.write() as connection:
        assert deny_pass(connection, OLD, "lost", NOW + 1) == [OLD]
        assert free_balance(connection, "m", RIDE_UNITS, NOW) == 1700
        assert deny_pass(connection, OLD, "lost", NOW + 2) == []
        new = replace_pass(connection, issuer(office, 2), LOST, WANTED, NOW + 3)
        assert isinstance(new, IssuedPass)
        assert [each for each in told(connection, office) if isinstance(each, PassDenied)] == [
            PassDenied(OLD, "lost")
        ]
        assert verify_ledger(connection).problems == []


def test_a_card_is_handed_out_once_for_a_command(office: Office) -> None:
    with office.database.write() as connection:
        first = hand_out_card(connection, issuer(office, 2), WANTED, "card", NOW)
        assert hand_out_card(connection, issuer(office, 3), WANTED, "card", NOW + 9) == first
        other = replace(WANTED, member="n")
        assert hand_out_card(connection, issuer(office, 3), other, "card", NOW + 9) is None
        assert len(connection.execute(select(passes.c.pass_id)).all()) == 2
