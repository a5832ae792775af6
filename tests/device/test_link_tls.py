"""The way to central by certificates: who is let in, and who lets itself be led astray."""

from __future__ import annotations

import gc
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device.link import AWAY, Broker, LinkUnusable, Listeners, MqttLink, Tls
from hil.virtual.ports import free_port
from provisioning.broker import CENTRAL
from tests.broker import RunningBroker, running_broker
from tests.faults.authority import Authority, Pair
from tests.faults.scale import until

VILLAGE, BUS = "ohkura", "bus-001"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "certificates")


@contextmanager
def tls_broker(folder: Path, authority: Authority, *revoked: Pair) -> Iterator[tuple[RunningBroker, int]]:
    port = free_port()
    machines = authority.for_broker("127.0.0.1", port, *revoked)
    with running_broker(folder / "broker", village=VILLAGE, devices={}, machines=machines) as broker:
        yield broker, port


class Told:
    """What a link's listeners were told."""

    def __init__(self) -> None:
        self.ups = 0
        self.downs: list[str] = []

    def up(self) -> None:
        self.ups += 1


@contextmanager
def linked(port: int, tls: Tls, host: str = "127.0.0.1") -> Iterator[Told]:
    told = Told()
    listeners = Listeners(told.up, told.downs.append, lambda _message: None)
    link = MqttLink(Broker(host, port, "", "", tls), VILLAGE, BUS, listeners, lambda: 0.0)
    link.start()
    try:
        yield told
    finally:
        link.stop()


def test_a_machine_comes_in_by_its_certificate_alone(tmp_path: Path, authority: Authority) -> None:
    with tls_broker(tmp_path, authority) as (_, port), linked(port, authority.tls(BUS)) as told:
        until(lambda: told.ups, "it is up")
        assert told.downs == []


def test_a_certificate_of_somebody_elses_authority_is_not_let_in(
    tmp_path: Path, authority: Authority
) -> None:
    forged = Authority(tmp_path / "forged").for_machine(BUS)
    with (
        tls_broker(tmp_path, authority) as (_, port),
        linked(port, Tls(authority.ca, forged.certificate, forged.key)) as told,
    ):
        until(lambda: len(told.downs) > 1, "it has tried twice")
        assert (told.ups, set(told.downs)) == (0, {AWAY})


def test_a_withdrawn_certificate_is_not_let_in(tmp_path: Path, authority: Authority) -> None:
    stolen = authority.for_machine(BUS)
    with (
        tls_broker(tmp_path, authority, stolen) as (_, port),
        linked(port, Tls(authority.ca, stolen.certificate, stolen.key)) as told,
    ):
        until(lambda: len(told.downs) > 1, "it has tried twice")
        assert told.ups == 0
        with linked(port, authority.tls("bus-002")) as honest:
            until(lambda: honest.ups, "another machine is let in")


# paho leaves a connection whose broker it could not verify to the garbage collector.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)
def test_a_machine_says_nothing_to_a_broker_it_cannot_verify(tmp_path: Path, authority: Authority) -> None:
    stranger = Authority(tmp_path / "stranger")
    with tls_broker(tmp_path, stranger) as (_, port), linked(port, authority.tls(BUS)) as told:
        until(lambda: len(told.downs) > 1, "it has tried twice")
        assert told.ups == 0
    # The right authority, but for another address than the one that was called.
    with (
        tls_broker(tmp_path / "elsewhere", authority) as (_, port),
        linked(port, authority.tls(BUS), host="localhost") as told,
    ):
        until(lambda: len(told.downs) > 1, "it has tried twice")
        assert told.ups == 0
    gc.collect()


def test_nobody_comes_in_without_a_certificate_or_by_an_old_protocol(
    tmp_path: Path, authority: Authority
) -> None:
    with tls_broker(tmp_path, authority) as (_, port):
        bare = ssl.create_default_context(cafile=authority.ca)
        bare.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(OSError, match=r"handshake|certificate"):
            shake_hands(port, bare)
        pair = authority.for_machine(BUS)
        modern = ssl.create_default_context(cafile=authority.ca)
        modern.load_cert_chain(pair.certificate, pair.key)
        assert shake_hands(port, modern) in {"TLSv1.2", "TLSv1.3"}


def shake_hands(port: int, context: ssl.SSLContext) -> str | None:
    with (
        socket.create_connection(("127.0.0.1", port), 20) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        return secure.version()


def test_a_machine_without_a_password_of_its_own_gets_nothing_on_the_office_s_port(
    tmp_path: Path, authority: Authority
) -> None:
    with tls_broker(tmp_path, authority) as (broker, _):
        assert set(broker.passwords) == {CENTRAL}
        told = Told()
        listeners = Listeners(told.up, told.downs.append, lambda _message: None)
        where = Broker("127.0.0.1", broker.port, BUS, "")
        link = MqttLink(where, VILLAGE, BUS, listeners, lambda: 0.0)
        link.start()
        until(lambda: len(told.downs) > 1, "it has tried twice")
        link.stop()
        assert told.ups == 0


@pytest.mark.parametrize("damage", ["missing", "rubbish", "another's key"])
def test_files_that_cannot_be_used_are_named_with_the_remedy(
    authority: Authority, tmp_path: Path, damage: str
) -> None:
    pair, other = authority.for_machine(BUS), authority.for_machine("bus-002")
    key = other.key if damage == "another's key" else tmp_path / "made.key"
    if damage == "rubbish":
        key.write_text("rubbish", encoding="ascii")
    told = Told()
    where = Broker("127.0.0.1", 1, "", "", Tls(authority.ca, pair.certificate, key))
    listeners = Listeners(told.up, told.downs.append, lambda _message: None)
    with pytest.raises(LinkUnusable, match="enrol the unit again") as unusable:
        MqttLink(where, VILLAGE, BUS, listeners, lambda: 0.0).start()
    assert str(unusable.value).count(" / ") == 1
