"""What the member's page is told and what it may ask for: everything once, nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.app import create_app
from central.devices.data_folder import Office
from central.ledger.verify_ledger import verify_ledger
from central.members.register_member import NewMember, register
from central.my_page.pages import Issuing
from central.wallets.charge_member import charge_cash
from rules.money import Yen
from rules.passes import base45
from rules.passes.rider_pass import PASS_ID_BYTES
from tests.central.office import NOW, Bus
from tests.central.office_pages import OWN
from tests.central.signed_in import as_member
from tests.central.ticket_bench import COMMUTER, RETURN, ridden, selling_office, take
from tests.central.today_village import Shown

KEY = base45.encode(bytes([2]) + bytes(32))
FETCH = OWN | {"Sec-Fetch-Mode": "cors"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with selling_office(tmp_path) as made:
        yield made


@pytest.fixture
def client(office: Office) -> FlaskClient:
    drawn = iter(range(1, 255))
    issuing = Issuing(1, office.keys, lambda size: bytes([next(drawn)]) * size)
    app = create_app(office.database, Shown(), lambda: NOW, lambda packed: packed, issuing=issuing)
    with office.database.write() as connection:
        member = register(connection, NewMember("山田 花子"), "register", NOW)
        charge_cash(connection, member, Yen(20_000), "c", NOW)
    return as_member(app.test_client(), member)


def ask(client: FlaskClient, name: str, **body: object) -> tuple[int, Any]:
    answer = client.post(f"/m/api/{name}", json=body, headers=FETCH)
    return answer.status_code, answer.get_json(silent=True)


def summary(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/m/api/summary", headers=FETCH)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def enrolled(client: FlaskClient) -> str:
    status, got = ask(client, "pass", id="enrol-01", key=KEY, party=1, began="new")
    assert status == 200
    packed = base45.decode(got["passes"][0])
    assert packed is not None
    return packed[4 : 4 + PASS_ID_BYTES].hex()


def test_a_ride_is_told_with_its_stops_its_fare_and_what_paid(
    client: FlaskClient, office: Office, bus: Bus
) -> None:
    pass_id = enrolled(client)
    ridden(bus, pass_id)
    take(office, bus)
    (ride,) = summary(client)["rides"]
    assert (
        ride["fare"] == sum(line["yen"] for line in ride["cost"]) == sum(line["yen"] for line in ride["paid"])
    )
    assert ride["board"][0]
    assert ride["alight"][0]
    assert ride["paid"][0]["ja"] == "くらポ"


def test_a_purchase_asked_for_twice_is_made_once(client: FlaskClient, office: Office) -> None:
    for _ in range(2):
        assert ask(client, "buy", id="purchase-1", product=RETURN.number)[0] == 200
    found = summary(client)
    assert [each["left"] for each in found["returns"]] == [2]
    assert found["balance"] == 20_000 - RETURN.price
    with office.database.read() as connection:
        assert verify_ledger(connection).problems == []


def test_a_commuter_pass_needs_a_phone_and_begins_tomorrow(client: FlaskClient) -> None:
    assert ask(client, "buy", id="purchase-1", product=COMMUTER.number) == (409, {"error": "needs-code"})
    enrolled(client)
    for _ in range(2):
        assert ask(client, "buy", id="purchase-2", product=COMMUTER.number)[0] == 200
    found = summary(client)
    assert len(found["commuter"]) == 1
    packed = [base45.decode(each) for each in found["passes"]]
    begins = [
        int.from_bytes(each[12:16]) for each in packed if each and each[22:24] == bytes([0, COMMUTER.number])
    ]
    assert len(begins) == 1
    assert begins[0] > NOW


def test_what_costs_more_than_there_is_is_refused_by_name(client: FlaskClient) -> None:
    for number in range(2):
        ask(client, "buy", id=f"purchase-{number}", product=1)
    enrolled(client)
    for number in range(3):
        last = ask(client, "buy", id=f"commuter-{number}", product=COMMUTER.number)
    assert last == (409, {"error": "too-little"})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
_FIELDS = ("id", "key", "party", "began", "amount", "product")


@given(
    st.sampled_from(["pass", "renew", "charge", "buy"]),
    _JSON | st.dictionaries(st.sampled_from(_FIELDS), _JSON | st.just(KEY) | st.just("command-1")),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_whatever_is_asked_gets_an_answer(client: FlaskClient, name: str, body: Any) -> None:
    answer = client.post(f"/m/api/{name}", json=body, headers=FETCH)
    # 413: longer than anything a page sends.
    assert answer.status_code in (200, 400, 409, 413), answer.get_data(as_text=True)


@pytest.mark.parametrize("name", ["pass", "renew", "charge", "buy"])
def test_a_stranger_gets_nothing(office: Office, name: str) -> None:
    app = create_app(office.database, Shown(), lambda: NOW, lambda packed: packed)
    assert ask(app.test_client(), name)[0] == 401
    assert app.test_client().get("/m/api/summary", headers=FETCH).status_code == 401
    assert app.test_client().get("/m/").status_code == 200
