"""The demo's own authority: what phones are told to trust, and how little that is."""

from __future__ import annotations

import socket
import ssl
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509

from hil.lan.authority import (
    AUTHORITY_DAYS,
    CERTIFICATE,
    KEY,
    LEAF_DAYS,
    Authority,
    AuthorityBroken,
    home,
    issue_leaf,
    open_authority,
)

NOW = 1_795_900_000
DAY_S = 86_400
HERE = IPv4Address("192.168.1.5")
LOOPBACK = "127.0.0.1"


def now() -> int:
    return int(time.time())


@contextmanager
def serving(authority: Authority, folder: Path, names: list[str], addresses: list[str]) -> Iterator[int]:
    """A TLS server on the loopback with such a certificate, for one handshake; its port."""
    leaf = issue_leaf(authority, folder, names, map(IPv4Address, addresses), now())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf.certificate, leaf.key)
    with socket.create_server((LOOPBACK, 0)) as listening:

        def answer() -> None:
            near, _ = listening.accept()
            near.settimeout(5)
            try:
                with context.wrap_socket(near, server_side=True) as line:
                    line.recv(1)
            except OSError:
                near.close()

        thread = Thread(target=answer)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def shakes_hands(port: int, trusted: Authority, name: str) -> None:
    """Raises ssl.SSLCertVerificationError where a client that trusts `trusted` refuses the server as `name`."""
    context = ssl.create_default_context(cadata=trusted.pem.decode())
    with (
        socket.create_connection((LOOPBACK, port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name),
    ):
        pass


@pytest.mark.parametrize("name", ["192.168.1.5", "10.0.0.7", "laptop.local", "bus.home.arpa"])
def test_a_client_that_trusts_the_authority_takes_its_server_at_every_listed_place(
    tmp_path: Path, name: str
) -> None:
    authority = open_authority(tmp_path, now())
    places = (["laptop.local", "bus.home.arpa"], ["192.168.1.5", "10.0.0.7"])
    with serving(authority, tmp_path, *places) as port:
        shakes_hands(port, authority, name)


def test_another_authority_is_refused(tmp_path: Path) -> None:
    authority = open_authority(tmp_path / "ours", now())
    other = open_authority(tmp_path / "theirs", now())
    with (
        serving(authority, tmp_path, [], ["192.168.1.5"]) as port,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        shakes_hands(port, other, "192.168.1.5")


def test_an_address_that_the_certificate_does_not_list_is_refused(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, now())
    with (
        serving(authority, tmp_path, [], ["192.168.1.5"]) as port,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        shakes_hands(port, authority, "192.168.1.6")


@pytest.mark.parametrize("place", ["bank.example.com", "8.8.8.8"])
def test_a_stolen_key_is_good_for_no_place_of_the_world(tmp_path: Path, place: str) -> None:
    authority = open_authority(tmp_path, now())
    names, addresses = ([], [place]) if place[0].isdigit() else ([place], [])
    with (
        serving(authority, tmp_path, names, addresses) as port,
        pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"),
    ):
        shakes_hands(port, authority, place)


def test_its_files_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "lan"
    authority = open_authority(folder, NOW)
    issue_leaf(authority, folder, [], [HERE], NOW)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert len(files) == 4
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_second_start_takes_the_same_authority_and_a_new_address_only_another_certificate(
    tmp_path: Path,
) -> None:
    first = open_authority(tmp_path, NOW)
    second = open_authority(tmp_path, NOW + DAY_S)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.fingerprint == second.fingerprint
    for address in (HERE, IPv4Address("10.0.0.7")):
        leaf = issue_leaf(second, tmp_path, [], [address], NOW)
        certificate = x509.load_pem_x509_certificate(leaf.certificate.read_bytes())
        certificate.verify_directly_issued_by(first.certificate)
        (listed,) = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert listed.value == address


def test_one_that_ends_before_its_certificates_would_is_made_anew(tmp_path: Path) -> None:
    first = open_authority(tmp_path, NOW)
    last_day = NOW + (AUTHORITY_DAYS - LEAF_DAYS) * DAY_S
    assert not open_authority(tmp_path, last_day - DAY_S).is_new
    later = open_authority(tmp_path, last_day + DAY_S)
    assert later.is_new
    assert later.fingerprint != first.fingerprint


def test_a_key_that_others_may_read_or_that_is_broken_is_refused_with_the_remedy(tmp_path: Path) -> None:
    open_authority(tmp_path, NOW)
    (tmp_path / KEY).chmod(0o640)
    with pytest.raises(AuthorityBroken, match=str(tmp_path)):
        open_authority(tmp_path, NOW)
    (tmp_path / KEY).chmod(0o600)
    for file in (KEY, CERTIFICATE):
        before = (tmp_path / file).read_bytes()
        (tmp_path / file).write_bytes(b"broken")
        with pytest.raises(AuthorityBroken, match=str(tmp_path)):
            open_authority(tmp_path, NOW)
        (tmp_path / file).write_bytes(before)
    other = open_authority(tmp_path / "other", NOW)
    (tmp_path / CERTIFICATE).write_bytes(other.pem)
    with pytest.raises(AuthorityBroken, match=str(tmp_path)):
        open_authority(tmp_path, NOW)


def test_it_is_kept_in_the_users_data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert home() == tmp_path / "yukemuri" / "lan"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home() == tmp_path / ".local" / "share" / "yukemuri" / "lan"
