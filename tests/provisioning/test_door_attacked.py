"""The machines' door as strangers find it: odd bytes, one code in many hands at once, what was sent sent again."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from central.audit.store import all_entries
from central.database.transaction import DataUnusable
from central.devices.register_device import DeviceKind, revoke_device
from central.devices.store import find_device
from central.enrolment import store
from central.enrolment.authority import DAY_S, open_authority
from central.enrolment.door.listener import MAX_HEADER_BYTES, DoorListener
from central.enrolment.door.pages import door
from central.enrolment.enrol_unit import NoCode, make_code, renew_unit, revoke_unit
from central.enrolment.read_request import read_enrolment, read_renewal
from hil.virtual.ports import free_port
from rules.messages.enrolment import MAX_REQUEST_BYTES, NotEnrolled, UnitCode
from rules.passes.seal import private_from_bytes, public_bytes
from tests.provisioning.desk import Desk, Machine, answer, asked, certificate_in, desk, refused

UNIT = "bus-001"
AT_ONCE = 8
PATIENCE_S = 60.0
ANY_CODE = UnitCode(b"12345678", b"f" * 16)
HONEST = Machine()
VERSION = b"\x02\x01\x00"
"""The number 0 in DER: of a CSR, its version."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


def der_of(pem: str) -> bytes:
    return x509.load_pem_x509_csr(pem.encode()).public_bytes(Encoding.DER)


def pem_of(der: bytes, what: str = "CERTIFICATE REQUEST") -> str:
    return f"-----BEGIN {what}-----\n{base64.encodebytes(der).decode()}-----END {what}-----\n"


CSR = der_of(HONEST.csr())


def test_a_csr_of_a_version_that_there_is_not_is_a_refusal(office: Desk) -> None:
    odd = pem_of(CSR.replace(VERSION, b"\x02\x01\x07", 1))
    body = HONEST.request(office.code(UNIT), csr=odd)
    assert refused(asked(office.client, "enrol", body)) == NotEnrolled.MALFORMED


def test_a_certificate_of_a_version_that_there_is_not_is_a_refusal(office: Desk) -> None:
    first = certificate_in(asked(office.client, "enrol", HONEST.request(office.code(UNIT))))
    der = x509.load_pem_x509_certificate(first.encode()).public_bytes(Encoding.DER)
    odd = pem_of(der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1), "CERTIFICATE")
    assert refused(asked(office.client, "renew", HONEST.renewal(odd))) == NotEnrolled.MALFORMED


@given(st.integers(0, len(CSR) - 1), st.integers(0, 255))
def test_a_csr_with_one_byte_of_its_inside_changed_is_a_refusal(at: int, byte: int) -> None:
    changed = CSR[:at] + bytes([byte]) + CSR[at + 1 :]
    read = read_enrolment(HONEST.request(ANY_CODE, csr=pem_of(changed)))
    assert isinstance(read, NotEnrolled) or changed == CSR


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    with desk(tmp_path_factory.mktemp("issued")) as made:
        pem = certificate_in(asked(made.client, "enrol", HONEST.request(made.code(UNIT))))
    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_certificate_whose_serial_is_below_zero_renews_nothing(office: Desk) -> None:
    first = certificate_in(asked(office.client, "enrol", HONEST.request(office.code(UNIT))))
    der = x509.load_pem_x509_certificate(first.encode()).public_bytes(Encoding.DER)
    # The first byte of the serial, behind version and length, with its sign.
    at = der.index(b"\xa0\x03\x02\x01\x02\x02") + 7
    shown = pem_of(der[:at] + bytes([der[at] | 0x80]) + der[at + 1 :], "CERTIFICATE")
    said = refused(asked(office.client, "renew", HONEST.renewal(shown)))
    assert said in (NotEnrolled.CERTIFICATE_UNKNOWN, NotEnrolled.MALFORMED)


# Of a serial below zero `cryptography` warns; a later version refuses it.
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.data())
def test_a_certificate_with_one_byte_changed_breaks_nothing(issued: bytes, data: st.DataObject) -> None:
    at, byte = data.draw(st.integers(0, len(issued) - 1)), data.draw(st.integers(0, 255))
    shown = pem_of(issued[:at] + bytes([byte]) + issued[at + 1 :], "CERTIFICATE")
    read_renewal(HONEST.renewal(shown))


def test_a_csr_that_wants_more_than_a_name_is_refused(office: Desk) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, UNIT)])
    wants = x509.CertificateSigningRequestBuilder().subject_name(name)
    ca = wants.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    host = wants.add_extension(x509.SubjectAlternativeName([x509.DNSName("central")]), critical=False)
    two = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([*name, *name]))
    for each in (ca, host, two):
        csr = each.sign(HONEST.key, SHA256()).public_bytes(Encoding.PEM).decode()
        body = HONEST.request(office.code(UNIT), csr=csr)
        assert refused(asked(office.client, "enrol", body)) == NotEnrolled.MALFORMED


def test_a_request_that_names_another_machine_than_its_csr_is_refused() -> None:
    assert read_enrolment(HONEST.request(ANY_CODE, unit="bus-002")) is NotEnrolled.OTHER_UNIT


def test_the_name_of_a_bus_gets_no_code_for_a_kiosk(office: Desk) -> None:
    certificate_in(asked(office.client, "enrol", HONEST.request(office.code(UNIT))))
    wanted = (UNIT, DeviceKind.KIOSK)
    with office.office.database.write() as connection:
        made = make_code(connection, office.authority, b"12345678", wanted, "staff:x", office.now)
    assert made is NoCode.OTHER_KIND


def test_a_key_that_the_sender_does_not_hold_is_refused(office: Desk) -> None:
    """Somebody else's public key under a signature that is not its own."""
    other = der_of(Machine().csr())
    forged = pem_of(CSR[:-8] + other[-8:])
    body = HONEST.request(office.code(UNIT), csr=forged)
    assert refused(asked(office.client, "enrol", body)) in (NotEnrolled.PROOF_WRONG, NotEnrolled.MALFORMED)


def test_a_renewal_for_another_name_than_the_certificate_s_is_refused(office: Desk) -> None:
    bus, other = Machine(UNIT), Machine("bus-002", 9)
    first = certificate_in(asked(office.client, "enrol", bus.request(office.code(UNIT))))
    certificate_in(asked(office.client, "enrol", other.request(office.code("bus-002"))))
    office.now += 70 * DAY_S
    csr = bus.csr("bus-002")
    body = bus.renewal(first, csr=csr, proof=bus.proof(csr))
    assert refused(asked(office.client, "renew", body)) == NotEnrolled.OTHER_UNIT


def test_a_certificate_under_the_serial_of_a_real_one_is_not_renewed(office: Desk) -> None:
    """Self-signed by a thief: the serial and the name are no secret."""
    bus, thief = Machine(), Machine()
    first = certificate_in(asked(office.client, "enrol", bus.request(office.code(UNIT))))
    real = x509.load_pem_x509_certificate(first.encode())
    forged = (
        x509.CertificateBuilder()
        .subject_name(real.subject)
        .issuer_name(real.issuer)
        .serial_number(real.serial_number)
        .public_key(thief.key.public_key())
        .not_valid_before(real.not_valid_before_utc)
        .not_valid_after(real.not_valid_after_utc)
        .sign(thief.key, SHA256())
        .public_bytes(Encoding.PEM)
        .decode()
    )
    office.now += 70 * DAY_S
    assert refused(asked(office.client, "renew", thief.renewal(forged))) == NotEnrolled.CERTIFICATE_UNKNOWN


def test_what_enrolled_a_machine_brings_it_back_neither_after_revocation_nor_after_its_time(
    office: Desk,
) -> None:
    body = HONEST.request(office.code(UNIT))
    certificate_in(asked(office.client, "enrol", body))
    with office.office.database.write() as connection:
        assert revoke_unit(connection, UNIT, "staff:sato", "lost", office.now) is None
    assert refused(asked(office.client, "enrol", body)) == NotEnrolled.CODE_USED
    office.now += 15 * 60
    assert refused(asked(office.client, "enrol", body)) == NotEnrolled.CODE_LATE
    with office.office.database.read() as connection:
        device = find_device(connection, UNIT)
    assert device is not None and device.revoked


@pytest.mark.parametrize("withdrawn", ["the machine", "the certificate"])
def test_revoking_the_machine_and_withdrawing_its_certificate_each_end_renewal(
    office: Desk, withdrawn: str
) -> None:
    """Two locks: either alone must hold."""
    first = certificate_in(asked(office.client, "enrol", HONEST.request(office.code(UNIT))))
    with office.office.database.write() as connection:
        if withdrawn == "the machine":
            assert revoke_device(connection, UNIT)
        else:
            assert store.revoke_certificates(connection, UNIT, "staff:sato", "lost", office.now) == 1
    office.now += 70 * DAY_S
    assert refused(asked(office.client, "renew", HONEST.renewal(first))) == NotEnrolled.REVOKED


def test_revoking_a_machine_shuts_it_out_of_the_inbox_and_withdraws_its_certificates(office: Desk) -> None:
    certificate_in(asked(office.client, "enrol", HONEST.request(office.code(UNIT))))
    with office.office.database.write() as connection:
        revoke_unit(connection, UNIT, "staff:sato", "lost", office.now)
    with office.office.database.read() as connection:
        device = find_device(connection, UNIT)
        assert device is not None and device.revoked
        assert [each.revoked_at for each in store.certificates_of(connection, UNIT)] == [office.now]


def test_of_many_who_use_one_code_at_once_one_gets_in_and_the_others_are_named(office: Desk) -> None:
    code, client = office.code(UNIT), office.client.application
    bodies = [Machine(secret=20 + each).request(code) for each in range(AT_ONCE)]
    together, said = threading.Barrier(AT_ONCE), list[tuple[int, str]]()

    def use(body: bytes) -> None:
        together.wait(PATIENCE_S)
        answered = asked(client.test_client(), "enrol", body)
        said.append((answered.status_code, json.loads(answered.get_data()).get("refused", "")))

    at_once([(use, body) for body in bodies])
    assert sorted(said) == [(200, ""), *[(403, NotEnrolled.CODE_USED)] * (AT_ONCE - 1)]
    with office.office.database.read() as connection:
        assert len(store.certificates_of(connection, UNIT)) == 1
        assert [each.what for each in all_entries(connection)].count("unit-enrolled") == 1
        device = find_device(connection, UNIT)
    winners = {public_bytes(private_from_bytes((20 + each).to_bytes(32, "big"))) for each in range(AT_ONCE)}
    assert device is not None and device.signing_key in winners


def test_one_request_sent_many_times_at_once_is_one_certificate(office: Desk) -> None:
    body, client = HONEST.request(office.code(UNIT)), office.client.application
    got: list[str] = []

    def send(it: bytes) -> None:
        got.append(certificate_in(asked(client.test_client(), "enrol", it)))

    at_once([(send, body)] * AT_ONCE)
    assert len(got) == AT_ONCE and len(set(got)) == 1


def at_once(calls: Sequence[tuple[Callable[[bytes], object], bytes]]) -> None:
    threads = [threading.Thread(target=call, args=(body,)) for call, body in calls]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE_S)


def test_a_revocation_beside_a_renewal_leaves_nobody_a_certificate(office: Desk) -> None:
    """Whichever comes first, none that is good is left."""
    first = certificate_in(asked(office.client, "enrol", HONEST.request(office.code(UNIT))))
    office.now += 70 * DAY_S
    database, authority = office.office.database, office.authority

    def renew(body: bytes) -> None:
        with database.write() as connection:
            renew_unit(connection, authority, body, office.now)

    def revoke(_body: bytes) -> None:
        with database.write() as connection:
            revoke_unit(connection, UNIT, "staff:sato", "lost", office.now)

    at_once([(renew, HONEST.renewal(first)), (revoke, b""), (renew, HONEST.renewal(first))])
    with database.read() as connection:
        assert [each for each in store.certificates_of(connection, UNIT) if each.revoked_at is None] == []


def test_an_authority_whose_files_do_not_belong_together_is_not_used(tmp_path: Path, office: Desk) -> None:
    (tmp_path / "other").mkdir()
    with desk(tmp_path / "other"):
        pass
    own, other = (tmp_path / each / "authority" for each in ("data", "other/data"))
    for name in ("intermediate.key", "root.pem"):
        kept = (own / name).read_bytes()
        (own / name).write_bytes((other / name).read_bytes())
        with pytest.raises(DataUnusable):
            open_authority(tmp_path / "data")
        (own / name).write_bytes(kept)
    (own / "intermediate.key").chmod(0o640)
    with pytest.raises(DataUnusable, match="chmod 600"):
        open_authority(tmp_path / "data")
    (own / "intermediate.key").chmod(0o600)
    assert open_authority(tmp_path / "data") is not None


def test_a_list_that_somebody_else_signed_is_no_list(tmp_path: Path, office: Desk) -> None:
    (tmp_path / "other").mkdir()
    with desk(tmp_path / "other") as elsewhere:
        office.authority.write_list([], office.now)
        assert office.authority.read_list() is not None
        assert office.authority.list_file.stat().st_mode & 0o077 == 0
        elsewhere.authority.write_list([], office.now)
        office.authority.list_file.write_bytes(elsewhere.authority.list_file.read_bytes())
    assert office.authority.read_list() is None


@contextmanager
def listening(office: Desk) -> Iterator[int]:
    port = free_port()
    app = door(office.office.database, office.authority, answer, lambda: office.now)
    listener = DoorListener(app, "127.0.0.1", port, office.authority.server)
    listener.start()
    try:
        yield port
    finally:
        listener.stop()


def raw(port: int, sent: bytes) -> bytes:
    """What the door says to these bytes within TLS, until it hangs up."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), PATIENCE_S) as plain,
        context.wrap_socket(plain) as it,
    ):
        it.sendall(sent)
        said = b""
        try:
            while more := it.recv(4_096):
                said += more
        except (ConnectionError, ssl.SSLError):
            pass
    return said


ROOT = b"GET /units/root HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /units/enrol HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
ODD = {
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "no number": POST + b"Content-Length: many\r\n\r\n",
    "a length that is too large": POST + b"Content-Length: %d\r\n\r\n" % (MAX_REQUEST_BYTES + 1),
    "no length": POST + b"\r\n",
    "chunks without end": POST
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"1000\r\n%s\r\n" % (b"x" * 4_096) * 5
    + b"0\r\n\r\n",
    "a chunk of no number": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a header without end": POST + b"X: " + b"x" * (MAX_HEADER_BYTES + 1) + b"\r\n\r\n",
    "another method": b"BREW /units/enrol HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a way out of the folder": b"GET /units/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "no HTTP": b"\x00\x01\x02\r\n\r\n",
    "an empty body": POST + b"Content-Length: 0\r\n\r\n",
}


TOO_LARGE = ("a length that is too large", "a header without end")


def test_odd_requests_are_answered_with_a_refusal_and_the_door_stays_open(office: Desk) -> None:
    with listening(office) as port:
        for what, sent in ODD.items():
            said = raw(port, sent)
            status = said.split(b" ", 2)[1:2]
            assert not said or status[0][:1] == b"4", (what, said[:200])
            if what in TOO_LARGE:
                assert status == [b"413"], (what, said[:200])
        assert b"BEGIN CERTIFICATE" in raw(port, ROOT)


def test_the_door_speaks_no_tls_before_1_2(office: Desk) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with listening(office) as port:
        with (
            socket.create_connection(("127.0.0.1", port), PATIENCE_S) as plain,
            pytest.raises((ssl.SSLError, ConnectionError)),
        ):
            context.wrap_socket(plain)
        assert b"BEGIN CERTIFICATE" in raw(port, ROOT)


def test_every_answer_of_the_door_carries_the_security_headers(office: Desk) -> None:
    client = office.client
    answers = [
        client.get("/units/root"),
        client.get("/nothing"),
        asked(client, "enrol", b"{"),
        client.put("/"),
    ]
    for each in answers:
        assert each.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert each.headers["Strict-Transport-Security"].startswith("max-age=")
        assert each.headers["X-Content-Type-Options"] == "nosniff"
        assert each.headers["Referrer-Policy"] == "no-referrer"
        assert each.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in each.headers
