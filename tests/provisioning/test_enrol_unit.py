"""Codes, first certificates and later ones: each way to say no has its name, and none is a 500."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.audit.store import all_entries
from central.devices.register_device import DeviceKind
from central.devices.store import find_device
from central.enrolment import store
from central.enrolment.authority import DAY_S
from central.enrolment.enrol_unit import NoCode, make_code, revoke_unit
from central.enrolment.read_request import read_enrolment, read_renewal
from rules.messages.codec import encode
from rules.messages.enrolment import (
    CODE_LIFE_S,
    MAX_REQUEST_BYTES,
    NotEnrolled,
    Refusal,
    UnitCode,
    read_code,
)
from tests.central.office import NOW
from tests.provisioning.desk import Desk, Machine, asked, certificate_in, desk, refused

LIFE = 90 * DAY_S
ANY_CODE = UnitCode(b"12345678", b"f" * 16)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


def test_a_code_lets_one_machine_in_and_the_same_question_gets_the_same_answer(office: Desk) -> None:
    code, bus = office.code("bus-001"), Machine()
    body = bus.request(code)
    first = certificate_in(asked(office.client, "enrol", body))
    assert certificate_in(asked(office.client, "enrol", body)) == first
    with office.office.database.read() as connection:
        device = find_device(connection, "bus-001")
        assert device is not None and not device.revoked
        assert len(store.certificates_of(connection, "bus-001")) == 1
    assert refused(asked(office.client, "enrol", Machine(secret=8).request(code))) == NotEnrolled.CODE_USED


def test_a_code_that_is_unknown_late_or_another_machines_is_refused_by_name(office: Desk) -> None:
    client = office.client
    code = office.code("bus-001")
    assert refused(asked(client, "enrol", Machine().request(ANY_CODE))) == NotEnrolled.CODE_UNKNOWN
    other = Machine("bus-002").request(code)
    assert refused(asked(client, "enrol", other)) == NotEnrolled.OTHER_UNIT
    office.now = NOW + CODE_LIFE_S
    assert refused(asked(client, "enrol", Machine().request(code))) == NotEnrolled.CODE_LATE
    office.now = NOW + CODE_LIFE_S - 1
    certificate_in(asked(client, "enrol", Machine().request(code)))


@pytest.mark.parametrize("name", ["central", "Bus-001", "", "a/b", "x" * 33, "bus 1"])
def test_no_code_is_made_for_a_name_that_cannot_be_or_is_the_offices(office: Desk, name: str) -> None:
    with office.office.database.write() as connection:
        made = make_code(connection, office.authority, b"12345678", (name, DeviceKind.BUS), "staff:x", NOW)
    assert made is NoCode.BAD_NAME
    with pytest.raises(ValueError, match="may be called"):
        office.authority.sign_unit(name, ec.generate_private_key(ec.SECP256R1()).public_key(), "x", NOW)


def test_the_eleventh_try_of_a_minute_is_429(office: Desk) -> None:
    client = office.client
    codes = [asked(client, "enrol", Machine().request(ANY_CODE)).status_code for _ in range(11)]
    assert codes == [403] * 10 + [429]


def test_renewals_are_counted_with_the_other_tries(office: Desk) -> None:
    client, code = office.client, office.code("bus-001")
    certificate = certificate_in(asked(client, "enrol", Machine().request(code)))
    body = Machine().renewal(certificate)
    codes = [asked(client, "renew", body).status_code for _ in range(10)]
    assert codes == [403] * 9 + [429]


def test_a_request_that_is_too_long_is_refused_although_it_would_be_right() -> None:
    assert not isinstance(read_enrolment(BODY), NotEnrolled)
    assert read_enrolment(BODY + b" " * MAX_REQUEST_BYTES) is NotEnrolled.MALFORMED


def test_a_request_must_be_signed_by_both_of_its_keys_and_name_one_machine(office: Desk) -> None:
    client, code = office.client, office.code("bus-001")
    wrong = {
        NotEnrolled.PROOF_WRONG: Machine().request(code, proof="00" * 64),
        NotEnrolled.OTHER_UNIT: Machine().request(code, csr=Machine().csr("bus-002")),
        NotEnrolled.KEY_REFUSED: Machine(key=ec.generate_private_key(ec.SECP384R1())).request(code),
    }
    for name, body in wrong.items():
        assert refused(asked(client, "enrol", body)) == name
    short = Machine(key=rsa.generate_private_key(65_537, 2_048)).request(code)
    assert refused(asked(client, "enrol", short)) == NotEnrolled.KEY_REFUSED
    certificate_in(asked(client, "enrol", Machine().request(code)))


def test_a_signing_key_is_of_one_machine(office: Desk) -> None:
    certificate_in(asked(office.client, "enrol", Machine().request(office.code("bus-001"))))
    twin = Machine("bus-002").request(office.code("bus-002"))
    assert refused(asked(office.client, "enrol", twin)) == NotEnrolled.KEY_REFUSED


def test_a_certificate_is_renewed_from_its_sixtieth_day_also_after_its_end(office: Desk) -> None:
    bus = Machine()
    latest = certificate_in(asked(office.client, "enrol", bus.request(office.code("bus-001"))))
    office.now = NOW + 58 * DAY_S
    assert refused(asked(office.client, "renew", bus.renewal(latest))) == NotEnrolled.NOT_DUE
    for day in (60, 120, 500):
        office.now = NOW + day * DAY_S
        latest = certificate_in(asked(office.client, "renew", bus.renewal(latest)))
    with office.office.database.read() as connection:
        newest, *_ = store.certificates_of(connection, "bus-001")
        assert [each.what for each in all_entries(connection)].count("unit-renewed") == 3
    assert (newest.how, newest.ends) == ("renewed", office.now + LIFE)


def test_a_certificate_that_was_renewed_is_good_for_a_lost_answer_and_then_for_nothing(office: Desk) -> None:
    bus = Machine()
    first = certificate_in(asked(office.client, "enrol", bus.request(office.code("bus-001"))))
    for day in (60, 61, 73):
        office.now = NOW + day * DAY_S
        second = certificate_in(asked(office.client, "renew", bus.renewal(first)))
    office.now = NOW + 75 * DAY_S
    # Somebody has put an old image of its card into another machine.
    assert refused(asked(office.client, "renew", bus.renewal(first))) == NotEnrolled.FORMER
    office.now = NOW + 140 * DAY_S
    certificate_in(asked(office.client, "renew", bus.renewal(second)))


def test_who_is_revoked_or_unknown_or_not_the_owner_renews_nothing(office: Desk, tmp_path: Path) -> None:
    bus = Machine()
    first = certificate_in(asked(office.client, "enrol", bus.request(office.code("bus-001"))))
    office.now = NOW + 70 * DAY_S
    thief = Machine()
    assert refused(asked(office.client, "renew", thief.renewal(first))) == NotEnrolled.PROOF_WRONG
    (tmp_path / "other").mkdir()
    with desk(tmp_path / "other") as elsewhere:
        foreign = certificate_in(asked(elsewhere.client, "enrol", bus.request(elsewhere.code("bus-001"))))
    assert refused(asked(office.client, "renew", bus.renewal(foreign))) == NotEnrolled.CERTIFICATE_UNKNOWN
    with office.office.database.write() as connection:
        assert revoke_unit(connection, "bus-001", "staff:sato", "lost", office.now) is None
    assert refused(asked(office.client, "renew", bus.renewal(first))) == NotEnrolled.REVOKED


def test_a_replacement_withdraws_what_its_name_had_and_the_former_renews_nothing(office: Desk) -> None:
    old, new = Machine(), Machine(secret=8)
    first = certificate_in(asked(office.client, "enrol", old.request(office.code("bus-001"))))
    certificate_in(asked(office.client, "enrol", new.request(office.code("bus-001"))))
    with office.office.database.read() as connection:
        newest, former = sorted(
            store.certificates_of(connection, "bus-001"), key=lambda each: each.revoked_at is not None
        )
    assert (newest.revoked_at, former.why, former.revoked_by) == (None, "replaced", "staff:sato")
    office.now = NOW + 70 * DAY_S
    assert refused(asked(office.client, "renew", old.renewal(first))) == NotEnrolled.REVOKED


def test_an_authority_whose_time_is_over_signs_nothing_and_says_so(office: Desk) -> None:
    bus = Machine()
    first = certificate_in(asked(office.client, "enrol", bus.request(office.code("bus-001"))))
    office.now = office.authority.ends - DAY_S
    last = certificate_in(
        asked(office.client, "enrol", Machine("bus-002", 9).request(office.code("bus-002")))
    )
    assert last
    with office.office.database.read() as connection:
        assert store.certificates_of(connection, "bus-002")[0].ends == office.authority.ends
    office.now = office.authority.ends
    body = Machine("bus-003", 10).request(office.code("bus-003"))
    assert refused(asked(office.client, "enrol", body)) == NotEnrolled.AUTHORITY_EXPIRED
    assert refused(asked(office.client, "renew", bus.renewal(first))) == NotEnrolled.AUTHORITY_EXPIRED


@given(st.binary(max_size=300))
def test_any_bytes_are_a_refusal(body: bytes) -> None:
    assert isinstance(read_enrolment(body), NotEnrolled)
    assert isinstance(read_renewal(body), NotEnrolled)


HONEST = Machine()
BODY = HONEST.request(ANY_CODE)


@given(st.integers(0, len(BODY) - 1), st.integers(0, 255))
def test_a_request_with_one_byte_changed_is_a_refusal_or_asks_the_same_of_the_office(
    at: int, byte: int
) -> None:
    read = read_enrolment(BODY[:at] + bytes([byte]) + BODY[at + 1 :])
    if not isinstance(read, NotEnrolled):
        assert read.unit == HONEST.unit


@given(
    st.fixed_dictionaries(
        {
            name: st.text(max_size=80)
            for name in ("secret", "unit", "csr", "signing_key", "proof", "certificate")
        }
    )
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_text_in_the_fields_is_a_refusal(fields: dict[str, str]) -> None:
    enrolment = {name: fields[name] for name in ("secret", "unit", "csr", "signing_key", "proof")}
    renewal = {name: fields[name] for name in ("certificate", "csr", "proof")}
    assert isinstance(read_enrolment(encode(enrolment)), NotEnrolled)
    assert isinstance(read_renewal(encode(renewal)), NotEnrolled)


@given(st.binary(max_size=400))
@settings(max_examples=50)
def test_any_der_in_a_csr_is_a_refusal(der: bytes) -> None:
    import base64

    lines = base64.encodebytes(der).decode()
    csr = f"-----BEGIN CERTIFICATE REQUEST-----\n{lines}-----END CERTIFICATE REQUEST-----\n"
    assert isinstance(read_enrolment(HONEST.request(ANY_CODE, csr=csr)), NotEnrolled)


def test_the_door_answers_strange_questions_with_a_refusal(office: Desk) -> None:
    client = office.client
    assert refused(asked(client, "enrol", b"x" * (MAX_REQUEST_BYTES + 1))) == NotEnrolled.MALFORMED
    assert refused(asked(client, "enrol", b"{")) == NotEnrolled.MALFORMED
    assert client.get("/units/enrol").status_code == 405
    assert client.get("/nothing").status_code == 404
    root = client.get("/units/root")
    assert root.get_data(as_text=True) == office.authority.root_pem
    assert root.headers["X-Content-Type-Options"] == "nosniff"
    assert Refusal("a", "b").refused == "a"


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=16, max_size=16))
def test_a_code_is_read_as_people_type_it(secret: bytes, authority: bytes) -> None:
    code = UnitCode(secret, authority)
    typed = code.text.lower().replace("-", " ").replace("o", "0").replace("i", "1").replace("b", "8")
    assert read_code(code.text) == read_code(typed) == code


@given(
    st.binary(min_size=24, max_size=24), st.integers(0, 39), st.sampled_from("ACDEFGHJKLMNPQRSTUVWXYZ234567")
)
def test_a_code_with_one_letter_wrong_is_hardly_ever_another_code(raw: bytes, at: int, letter: str) -> None:
    code = UnitCode(raw[:8], raw[8:])
    typed = list(code.text.replace("-", ""))
    typed[at] = letter
    read = read_code("".join(typed))
    # One in 256 passes the check byte; it is another code then, which nobody has made.
    assert read is None or read == code or read.digest != code.digest or read.authority != code.authority


@given(st.text(max_size=60))
def test_any_text_is_no_code_or_one(text: str) -> None:
    assert read_code(text) is None or isinstance(read_code(text), UnitCode)
