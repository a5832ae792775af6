"""The bench's server behind the rider's page: passes for keys, and a named refusal for all else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from central.app import HEADERS
from hil.phone.app import create_app
from hil.phone.office import PhoneOffice
from hil.riders import new_phone_key
from rules.passes import base45
from rules.passes.rider_pass import ReadPass, ShowClock, read_code, to_text
from rules.passes.seal import compressed
from rules.ride.admission import FRESH_FUTURE_S, UNANCHORED_S

STATIC = Path(__file__).parents[2] / "central" / "passes" / "static"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    office = PhoneOffice(tmp_path_factory.mktemp("phone"), time.time)
    yield create_app(office, time.time).test_client()
    office.close()


def test_a_key_gets_a_pass_of_its_own(client: FlaskClient) -> None:
    public = compressed(new_phone_key())
    packed = [
        base45.decode(client.post("/pass", json={"key": base45.encode(public)}).get_json()["pass"])
        for _ in range(2)
    ]
    assert packed[0] != packed[1]
    for one in packed:
        assert one is not None
        read = read_code(to_text(one + bytes(74)).encode())
        assert isinstance(read, ReadPass)
        assert read.body.public_key == public


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
_KEYS = st.binary(max_size=40).map(lambda data: base45.encode(b"\x05" + data))


@given(_JSON | st.fixed_dictionaries({"key": _JSON | _KEYS | st.text(base45.ALPHABET)}))
def test_what_is_no_key_is_refused_in_words(client: FlaskClient, asked: Any) -> None:
    answer = client.post("/pass", json=asked)
    assert (answer.status_code, "error" in answer.get_json()) == (400, True)


@pytest.mark.parametrize("path", ["/", "/time", "/passes/static/showing.js", "/static/vendor/qr/index.js"])
def test_every_answer_carries_centrals_headers(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    answer.close()


def test_the_phone_and_the_bus_have_the_same_limits() -> None:
    module = (STATIC / "phone.js").read_text(encoding="utf-8")
    assert f"const FRESH_FUTURE_S = {FRESH_FUTURE_S};" in module
    assert f"const UNANCHORED_S = {UNANCHORED_S};" in module
    clocks = ", ".join(f"{clock.name}: {clock.value}" for clock in ShowClock)
    assert f"{{ {clocks} }}" in (STATIC / "showing.js").read_text(encoding="utf-8")
