"""A ride that was paid for by a disputed card charge and turns out cheaper gives nothing back that can be spent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from central.charging.begin_charge import Begun, begin_charge, new_charge
from central.charging.practice_gateway import PracticeGateway
from central.charging.take_event import Taken, take_event
from central.devices.data_folder import Office
from central.ledger.store import find_lots, lots_made, open_holds
from central.wallets.charge_member import open_member
from hil.said_before import SPENT_AT_ONCE, said_before
from rules.money import Yen
from tests.central.office import NOW, Bus, card, new_office, send
from tests.central.settled_bench import off, on, settled, with_line
from tests.fakes.stripe_server import sign

GATEWAY = PracticeGateway("secret")


def charged_by_card(office: Office, member: str) -> None:
    with office.database.write() as connection:
        open_member(connection, member)
        said_before(connection, SPENT_AT_ONCE)
    asked = new_charge("charge-0001", member, Yen(1000), GATEWAY, NOW)
    assert isinstance(begin_charge(office.database, GATEWAY, asked), Begun)
    assert take_event(office.database, GATEWAY, *GATEWAY.paid(asked.charge, NOW), NOW) is Taken.FOLLOWED


def say_of_the_dispute(office: Office, kind: str, status: str) -> None:
    dispute = {
        "id": "du_1",
        "amount": 1000,
        "currency": "jpy",
        "payment_intent": "pi_practice_charge-0001",
        "status": status,
    }
    event = {
        "id": f"evt_{status}",
        "api_version": "practice",
        "type": f"charge.dispute.{kind}",
        "created": NOW,
        "livemode": False,
        "data": {"object": dispute},
    }
    body = json.dumps(event).encode()
    signature = sign(body, NOW, GATEWAY.secret)
    assert take_event(office.database, GATEWAY, body, signature, NOW) is Taken.FOLLOWED


def lot(office: Office) -> tuple[int, int]:
    """What is left of the charge, and what of it can be spent."""
    with office.database.read() as connection:
        numbers = [number for _, number in lots_made(connection, ["card/charge-0001"])]
        (found,) = find_lots(connection, numbers)
        return found.left, found.free


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path) as made:
        yield made


@pytest.mark.parametrize("lost", [False, True])
def test_what_a_cheaper_ride_gives_back_stays_frozen_or_pays_what_is_owed(office: Office, lost: bool) -> None:
    bus = Bus()
    with office.database.write() as connection:
        bus.register(connection)
    with_line(office)
    charged_by_card(office, "m")
    pass_id = card(office, "m", 1)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    send(office.database, bus)
    assert lot(office)[0] < 1000
    say_of_the_dispute(office, "created", "needs_response")
    if lost:
        say_of_the_dispute(office, "closed", "lost")
    before = lot(office)[0]
    # It was stop 2 where they got on: 240 yen are given back at once.
    number = bus.write(settled(2, tap))
    send(office.database, bus, number.number)
    left, free = lot(office)
    assert free == 0
    if lost:
        assert left == 0
    else:
        assert left == before + 240
        with office.database.read() as connection:
            hold = open_holds(connection, ["card-dispute/charge-0001"])["card-dispute/charge-0001"]
        assert hold.amount == left
