"""The machines' door while strangers stand in it: who connects and is silent, or slow, keeps nobody else out."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from central.enrolment.door.listener import PLACES, SILENT_S, DoorListener, caller
from central.enrolment.door.pages import LIMIT, door
from hil.virtual.ports import free_port
from tests.faults.scale import PATIENCE_S, until
from tests.provisioning.desk import Desk, Machine, answer, desk
from tests.provisioning.test_door_attacked import ANY_CODE

STRANGERS = 3 * PLACES
CROWD, HONEST, OTHER = "192.0.2.66", "192.0.2.20", "2001:db8::20"
MOST_S = 5.0
"""So long at most an enrolment takes, whoever else stands there. It takes 0.1 s in an empty door."""
DRIP_S = 0.2
HEADER = b"POST /units/enrol HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture(autouse=True)
def listener(office: Desk, port: int) -> Iterator[DoorListener]:
    app = door(office.office.database, office.authority, answer, lambda: office.now)
    listener = DoorListener(app, "127.0.0.1", port, office.authority.server)
    listener.start()
    try:
        yield listener
    finally:
        listener.stop()


def plain(port: int, address: str = "") -> socket.socket:
    """A connection; with `address` the front says that it comes from there."""
    it = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    if address:
        it.sendall(front(address))
    return it


def front(address: str) -> bytes:
    family = "TCP6" if ":" in address else "TCP4"
    return f"PROXY {family} {address} {address} 40000 443\r\n".encode()


def secure(port: int, address: str = "") -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain(port, address))


def finished(it: socket.socket, body: bytes) -> int:
    """The status of the answer to this body, on a connection that may have a part of the header behind it."""
    it.sendall(b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
    said = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while more := it.recv(4_096):
            said += more
    return int(said.split(b" ", 2)[1]) if said else 0


def enrolled(office: Desk, port: int, unit: str, secret: int, address: str = "") -> float:
    """How many seconds it took."""
    body = Machine(unit, secret).request(office.code(unit))
    begun = time.monotonic()
    with secure(port, address) as it:
        it.sendall(HEADER)
        assert finished(it, body) == 200
    return time.monotonic() - begun


@contextmanager
def crowd(sockets: list[socket.socket], drop: bytes = b"") -> Iterator[None]:
    """They stay; each says `drop` again and again, if there is one."""
    going = threading.Event()

    def drip() -> None:
        while not going.wait(DRIP_S):
            for each in sockets:
                with contextlib.suppress(OSError, ValueError):
                    each.sendall(drop)

    thread = threading.Thread(target=drip)
    if drop:
        thread.start()
    try:
        yield
    finally:
        going.set()
        if drop:
            thread.join()
        for each in sockets:
            each.close()


def test_who_connects_and_says_nothing_keeps_nobody_waiting(office: Desk, port: int) -> None:
    with crowd([plain(port) for _ in range(STRANGERS)]):
        took = enrolled(office, port, "bus-001", 7)
    print(f"{STRANGERS} silent ones: {took:.2f} s")
    assert took < MOST_S


def test_who_agrees_on_tls_and_then_says_nothing_keeps_nobody_waiting(office: Desk, port: int) -> None:
    with crowd([secure(port) for _ in range(STRANGERS)]):
        took = enrolled(office, port, "bus-001", 7)
    print(f"{STRANGERS} silent ones within TLS: {took:.2f} s")
    assert took < MOST_S


@pytest.mark.parametrize("said", [HEADER + b"X: ", HEADER + b"Content-Length: 16000\r\n\r\n"])
def test_who_speaks_a_byte_at_a_time_keeps_nobody_waiting(office: Desk, port: int, said: bytes) -> None:
    slow = [secure(port, CROWD) for _ in range(STRANGERS)]
    for each in slow:
        with contextlib.suppress(OSError):
            each.sendall(said)
    with crowd([*slow], b"x"):
        took = enrolled(office, port, "bus-001", 7)
    print(f"{STRANGERS} slow ones: {took:.2f} s")
    assert took < MOST_S


def test_a_crowd_from_one_address_pushes_out_its_own_and_nobody_else(office: Desk, port: int) -> None:
    code = office.code("bus-001")
    with secure(port, HONEST) as honest:
        honest.sendall(HEADER)
        with crowd([plain(port, CROWD) for _ in range(STRANGERS)]):
            assert finished(honest, Machine().request(code)) == 200
            assert enrolled(office, port, "bus-002", 8, OTHER) < MOST_S


def test_tries_are_counted_by_the_address_that_the_front_names(office: Desk, port: int) -> None:
    body, most = Machine().request(ANY_CODE), int(LIMIT.split("/")[0])

    def tried(address: str) -> int:
        with secure(port, address) as it:
            it.sendall(HEADER)
            return finished(it, body)

    assert [tried(CROWD) for _ in range(most + 1)] == [403] * most + [429]
    assert tried(OTHER) == 403
    assert enrolled(office, port, "bus-001", 7, HONEST) < MOST_S


LONGEST_LINE = 107
SAID = {
    "no end": front(HONEST).rstrip(),
    "too long": b"PROXY TCP6 " + b"0" * 200 + b"\r\n",
    "no address": b"PROXY UNKNOWN\r\n",
    "another protocol": b"POST / HTTP/1.1\r\n",
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_a_front_that_does_not_say_who_is_there_brings_nobody_in(said: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(ConnectionError):
            caller(ours, "127.0.0.1")
        assert len(said) - len(ours.recv(400)) <= LONGEST_LINE


def test_whoever_has_gone_keeps_no_place(office: Desk, port: int, listener: DoorListener) -> None:
    with crowd([plain(port) for _ in range(5)]):
        enrolled(office, port, "bus-001", 7)
        until(lambda: len(listener._server._inside) == 5, "the machine has given up its place")
    until(lambda: not listener._server._inside, "all have")


def test_a_stranger_is_not_believed_about_where_they_come_from() -> None:
    for peer, believed, left in (
        (CROWD, CROWD, front(HONEST) + b"TLS"),
        ("127.0.0.1", HONEST, b"TLS"),
        ("::1", HONEST, b"TLS"),
        ("::ffff:127.0.0.1", HONEST, b"TLS"),
    ):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(front(HONEST) + b"TLS")
            assert caller(ours, peer) == believed
            assert ours.recv(200) == left


def test_who_has_been_silent_for_long_is_sent_away_although_nobody_waits(port: int) -> None:
    with plain(port) as it:
        begun = time.monotonic()
        assert it.recv(1) == b""
    assert time.monotonic() - begun < 3 * SILENT_S
