"""The machine's end over real HTTPS: what it trusts without a clock, and what it keeps when something goes wrong."""

from __future__ import annotations

import contextlib
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from central.enrolment import store
from central.enrolment.authority import DAY_S
from central.enrolment.door.listener import DoorListener
from central.enrolment.door.pages import door
from central.enrolment.enrol_unit import revoke_unit
from central.enrolment.store import Certificate
from device.identity import certificate_start, load_identity
from device.link import Tls
from hil.virtual.ports import free_port
from provisioning.enrol import AUTHORITY, PAIR, Door, EnrolFailed, enrol, parse_door, renew
from rules.messages.enrolment import Enrolled, NotEnrolled, UnitCode
from tests.provisioning.desk import VILLAGE, Desk, desk

UNIT = "bus-001"
FAR = 2_500_000_000
"""In 2049: to certificates of then, the clock of any machine that runs this is as wrong as 1970 is today."""


@contextlib.contextmanager
def listening(office: Desk, before: Callable[[], None] = lambda: None) -> Iterator[Door]:
    """The office's door on a port of its own; `before` is called before each answer leaves."""

    def answer(certificate: Certificate, kind: str, at: int) -> Enrolled:
        before()
        key = office.office.keys.root_public.hex()
        root = office.authority.root_pem
        return Enrolled(certificate.unit, kind, VILLAGE, certificate.pem, root, key, "127.0.0.1", 8883, at)

    port = free_port()
    app = door(office.office.database, office.authority, answer, lambda: office.now)
    listener = DoorListener(app, "127.0.0.1", port, office.authority.server)
    listener.start()
    try:
        yield Door("127.0.0.1", port)
    finally:
        listener.stop()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, int(time.time())) as made:
        yield made


def serials(office: Desk) -> list[str]:
    with office.office.database.read() as connection:
        return [each.serial for each in store.certificates_of(connection, UNIT)]


def test_a_machine_enrols_and_has_all_it_needs_for_itself_alone(office: Desk, tmp_path: Path) -> None:
    data = tmp_path / "unit"
    with listening(office) as place:
        enrol(data, UNIT, place, office.code(UNIT))
        with pytest.raises(EnrolFailed, match="holds an enrolled machine"):
            enrol(data, UNIT, place, office.code(UNIT))
    assert load_identity(data, UNIT).root_public == office.office.keys.root_public
    assert certificate_start(data / PAIR) is not None
    Tls(data / AUTHORITY, data / PAIR, data / PAIR).context()
    assert {stat.S_IMODE(each.stat().st_mode) for each in data.iterdir()} == {0o600}


def test_a_machine_whose_clock_is_decades_behind_enrols_by_what_the_code_says(tmp_path: Path) -> None:
    with desk(tmp_path, FAR) as office:
        office.now = FAR
        with listening(office) as place:
            enrol(tmp_path / "unit", UNIT, place, office.code(UNIT))
            # Its clock says nothing about the certificate's age: it asks, and the office says that it is young.
            assert renew(tmp_path / "unit", place, 0) is None
    # From now on the machine knows what has certainly passed.
    assert certificate_start(tmp_path / "unit" / PAIR) == FAR - 3_600


def test_a_machine_tells_its_code_to_nobody_but_the_authority_that_it_names(
    office: Desk, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    asked: list[None] = []
    with (
        desk(tmp_path / "other", int(time.time())) as false,
        listening(false, lambda: asked.append(None)) as place,
    ):
        with pytest.raises(EnrolFailed, match="the code was not sent"):
            enrol(tmp_path / "unit", UNIT, place, office.code(UNIT))
        # Whoever in between hands out the right root has still no certificate by it.
        true_root = replace(false.authority, root=office.authority.root)
        with (
            listening(Desk(false.office, true_root)) as between,
            pytest.raises(EnrolFailed, match="no certificate"),
        ):
            enrol(tmp_path / "unit", UNIT, between, office.code(UNIT))
    assert asked == []
    assert not (tmp_path / "unit" / PAIR).exists()


def test_a_server_by_another_name_is_not_believed(office: Desk, tmp_path: Path) -> None:
    with listening(office) as place, pytest.raises(EnrolFailed, match="no certificate of the office"):
        enrol(tmp_path / "unit", UNIT, replace(place, host="localhost"), office.code(UNIT))


def test_an_answer_lost_on_its_way_is_had_by_asking_again_with_the_same_code(
    office: Desk, tmp_path: Path
) -> None:
    losing = [True]

    def lose() -> None:
        if losing.pop():
            losing.append(False)
            raise ConnectionAbortedError

    code = office.code(UNIT)
    with listening(office, lose) as place:
        with pytest.raises(EnrolFailed):
            enrol(tmp_path / "unit", UNIT, place, code)
        assert len(serials(office)) == 1
        enrol(tmp_path / "unit", UNIT, place, code)
    own = x509.load_pem_x509_certificate((tmp_path / "unit" / PAIR).read_bytes())
    assert serials(office) == [f"{own.serial_number:x}"]


def test_a_certificate_is_renewed_by_itself_from_its_sixtieth_day_and_not_once_revoked(
    office: Desk, tmp_path: Path
) -> None:
    data, real = tmp_path / "unit", int(time.time())
    office.now = real
    with listening(office) as place:
        enrol(data, UNIT, place, office.code(UNIT))
        first = (data / PAIR).read_bytes()
        assert renew(data, place, real + 59 * DAY_S) is None
        assert (data / PAIR).read_bytes() == first
        for day in (61, 400):
            office.now = real + day * DAY_S
            assert renew(data, place, office.now) is not None
        Tls(data / AUTHORITY, data / PAIR, data / PAIR).context()
        last = (data / PAIR).read_bytes()
        with office.office.database.write() as connection:
            revoke_unit(connection, UNIT, "staff:sato", "lost", office.now)
        with pytest.raises(EnrolFailed) as failed:
            renew(data, place, office.now + 61 * DAY_S)
    assert failed.value.refused == NotEnrolled.REVOKED
    assert (data / PAIR).read_bytes() == last != first
    assert len(set(serials(office))) == 3


@pytest.mark.parametrize(
    "address", ["", "http://a", "https://", "https://a/b", "https://a:b", "https://a:99999", "a"]
)
def test_an_address_that_is_none_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(EnrolFailed, match=r"such as https://"):
        parse_door(address)
    assert parse_door("https://a") == Door("a", 443)


def test_nobody_there_and_no_certificate_are_said_with_the_remedy(tmp_path: Path) -> None:
    nobody = Door("127.0.0.1", free_port())
    with pytest.raises(EnrolFailed, match="cannot be reached"):
        enrol(tmp_path / "unit", UNIT, nobody, UnitCode(b"12345678", b"f" * 16))
    with pytest.raises(EnrolFailed, match="enrol this machine"):
        renew(tmp_path / "unit", nobody, 0)
