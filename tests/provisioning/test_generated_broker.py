"""The broker's configuration as `init` generates it, with a real Mosquitto: whom it lets in, and what they may do."""

from __future__ import annotations

import queue
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from paho.mqtt.enums import CallbackAPIVersion

from central.enrolment.authority import DAY_S, Authority, open_authority
from central.enrolment.keep_out import reload_broker
from central.enrolment.store import Certificate
from central.inbox.end_session import end_session
from central.inbox.listener import Broker
from central.settings import load
from tests.faults.field_machine import VILLAGE
from tests.faults.scale import PATIENCE_S, until
from tests.provisioning.depot import Depot, broker_running, made_central

NO_ANSWER_S = 1.0


@dataclass
class World:
    depot: Depot
    authority: Authority
    process: subprocess.Popen[bytes]

    def pair(self, unit: str, authority: Authority | None = None) -> tuple[Certificate, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (authority or self.authority).sign_unit(unit, key.public_key(), "x", int(time.time()))
        return certificate, self.file(certificate.pem.encode(), key)

    def file(self, pem: bytes, key: ec.EllipticCurvePrivateKey) -> Path:
        path = self.depot.folder / f"{time.monotonic_ns()}.pem"
        path.write_bytes(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return path

    @property
    def office(self) -> Broker:
        return Broker(**load(self.depot.data / "central.toml").broker.model_dump())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    depot = made_central(tmp_path_factory.mktemp("depot"))
    authority = open_authority(depot.data)
    assert authority is not None
    with broker_running(depot) as process:
        yield World(depot, authority, process)


class Client:
    """A bare client by certificate, or as the office by password; says what the broker answers."""

    def __init__(self, world: World, client_id: str, pair: Path | None = None) -> None:
        self.answers: queue.Queue[Any] = queue.Queue()
        self.gone: queue.Queue[Any] = queue.Queue()
        self.heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        client = self.mqtt = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5, reconnect_on_failure=False
        )
        if pair is None:
            client.username_pw_set(world.office.username, world.office.password)
        else:
            context = ssl.create_default_context(cafile=world.depot.data / "authority/root.pem")
            context.load_cert_chain(pair)
            client.tls_set_context(context)
        client.on_connect = lambda _c, _d, _f, reason, _p: self.answers.put(reason)
        client.on_publish = lambda _c, _d, _m, reason, _p: self.answers.put(reason)
        client.on_subscribe = lambda _c, _d, _m, reasons, _p: self.answers.put(reasons[0])
        client.on_disconnect = lambda _c, _d, _f, reason, _p: self.gone.put(reason)
        client.on_message = lambda _c, _d, message: self.heard.put(message)
        client.connect("127.0.0.1", world.depot.office_port if pair is None else world.depot.broker_port)
        client.loop_start()

    def answer(self) -> str:
        return str(self.answers.get(timeout=PATIENCE_S))

    def say(self, topic: str, payload: bytes = b"x") -> str:
        self.mqtt.publish(topic, payload, qos=1)
        return self.answer()


@contextmanager
def client(world: World, client_id: str, pair: Path | None = None) -> Iterator[Client]:
    it = Client(world, client_id, pair)
    try:
        assert it.answer() == "Success"
        yield it
    finally:
        it.mqtt.disconnect()
        it.mqtt.loop_stop()


def is_let_in(world: World, pair: Path) -> bool:
    try:
        it = Client(world, "x", pair)
    except OSError:
        return False
    try:
        until(lambda: it.answers.qsize() + it.gone.qsize(), "the broker has decided")
        return it.answers.qsize() > 0 and it.answer() == "Success"
    finally:
        it.mqtt.disconnect()
        it.mqtt.loop_stop()


def test_a_machine_of_this_authority_is_let_in_and_one_of_another_is_not(
    world: World, tmp_path: Path
) -> None:
    assert is_let_in(world, world.pair("bus-007")[1])
    other = open_authority(made_central(tmp_path).data)
    assert other is not None
    assert not is_let_in(world, world.pair("bus-007", other)[1])


def test_a_certificate_that_calls_itself_central_is_not_let_in_even_from_our_own_intermediate(
    world: World,
) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)

    def forged(*names: tuple[x509.ObjectIdentifier, str]) -> Path:
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(*each) for each in names]))
            .issuer_name(world.authority.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(world.authority.key, SHA256())
        )
        chain = certificate.public_bytes(Encoding.PEM) + world.authority.certificate.public_bytes(
            Encoding.PEM
        )
        return world.file(chain, key)

    place = ((NameOID.ORGANIZATION_NAME, VILLAGE), (NameOID.ORGANIZATIONAL_UNIT_NAME, "units"))
    assert is_let_in(world, forged(*place, (NameOID.COMMON_NAME, "bus-008")))
    assert not is_let_in(world, forged(*place, (NameOID.COMMON_NAME, "central")))
    assert not is_let_in(world, forged((NameOID.COMMON_NAME, "central")))


def test_bus_001_cannot_speak_or_listen_as_bus_002(world: World) -> None:
    with client(world, "central") as office, client(world, "bus-001", world.pair("bus-001")[1]) as bus:
        office.mqtt.subscribe(f"v1/{VILLAGE}/#", qos=1)
        office.answer()
        assert bus.say(f"v1/{VILLAGE}/bus-001/up", b"own") != "Not authorized"
        assert bus.say(f"v1/{VILLAGE}/bus-002/up", b"forged") == "Not authorized"
        assert bus.say(f"v1/{VILLAGE}/bus-001/down", b"forged") == "Not authorized"
        assert office.heard.get(timeout=PATIENCE_S).payload == b"own"
        for topic in (f"v1/{VILLAGE}/bus-002/down", f"v1/{VILLAGE}/#"):
            bus.mqtt.subscribe(topic, qos=1)
            bus.answer()
        office.say(f"v1/{VILLAGE}/bus-002/down", b"not for bus-001")
        with pytest.raises(queue.Empty):
            bus.heard.get(timeout=NO_ANSWER_S)


TOPICS = ("hello", "up", "seen", "state", "cursor", "ack", "down", "other")
WRITTEN, READ = TOPICS[:4], TOPICS[4:7]


def test_a_bus_writes_four_topics_and_hears_three_all_of_them_its_own(world: World) -> None:
    every = [f"v1/{VILLAGE}/{name}/{topic}" for name in ("bus-001", "bus-002") for topic in TOPICS]
    with client(world, "central") as office, client(world, "bus-001", world.pair("bus-001")[1]) as bus:
        said = {topic: bus.say(topic) for topic in (*every, "v1/another/bus-001/up")}
        assert {topic for topic, answer in said.items() if answer != "Not authorized"} == {
            f"v1/{VILLAGE}/bus-001/{topic}" for topic in WRITTEN
        }
        bus.mqtt.subscribe("#", qos=1)
        bus.answer()
        for topic in every:
            office.say(topic)
        office.say(last := f"v1/{VILLAGE}/bus-001/down", b"the last one")
        heard = set()
        while (message := bus.heard.get(timeout=PATIENCE_S)).payload != b"the last one":
            heard.add(message.topic)
        assert heard == {f"v1/{VILLAGE}/bus-001/{topic}" for topic in READ}
        assert last in heard


LISTENING = "0A"
"""Of a socket's state in /proc/net/tcp."""


def addresses(port: int) -> set[str]:
    """Those of this machine on which somebody listens at the port, as the kernel writes them."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]
    ]
    places = (fields[1].split(":") for fields in lines if fields[3] == LISTENING)
    return {address for address, at in places if int(at, 16) == port}


def test_the_office_s_port_is_open_to_this_machine_alone(world: World) -> None:
    assert addresses(world.depot.office_port) == {"0100007F"}


OFFICE_S = """
per_listener_settings false
allow_anonymous false
max_packet_size 131072
max_queued_messages 1000
max_queued_bytes 67108864
persistent_client_expiration 14d
persistence true
sys_interval 0
use_username_as_clientid false
"""
MACHINES = """
require_certificate true
use_identity_as_username true
use_username_as_clientid true
tls_version tlsv1.2
"""


def test_every_lock_and_limit_of_the_broker_stands_in_its_configuration(world: World) -> None:
    """Those too that are its own defaults, or the system's OpenSSL's: they differ from version to version."""
    text = (world.depot.data / "broker/mosquitto.conf").read_text(encoding="utf-8")
    ours, machines = text.split("# Machines come in here")
    assert set(OFFICE_S.split("\n")) <= set(ours.split("\n"))
    assert set(MACHINES.split("\n")) <= set(machines.split("\n"))
    assert text.count("\nlistener ") == 2


def test_the_office_s_password_is_not_to_be_guessed_and_stands_nowhere_else_in_clear(world: World) -> None:
    assert len(set(world.office.password)) > 10
    assert len(world.office.password) >= 32
    held = [each for each in world.depot.data.rglob("*") if each.is_file()]
    assert [each.name for each in held if world.office.password.encode() in each.read_bytes()] == [
        "central.toml"
    ]


def test_a_foreign_client_id_throws_nobody_off(world: World) -> None:
    with client(world, "bus-001", world.pair("bus-001")[1]) as honest:
        for name in ("bus-001", "central"):
            with client(world, name, world.pair("bus-002")[1]), pytest.raises(queue.Empty):
                honest.gone.get(timeout=NO_ANSWER_S)


def test_what_is_larger_than_the_limit_is_refused(world: World) -> None:
    with client(world, "central") as office, client(world, "bus-001", world.pair("bus-001")[1]) as bus:
        office.mqtt.subscribe(f"v1/{VILLAGE}/#", qos=1)
        office.answer()
        bus.say(f"v1/{VILLAGE}/bus-001/up", b"x" * 100_000)
        assert len(office.heard.get(timeout=PATIENCE_S).payload) == 100_000
        # paho itself holds to what the broker has told it, so the limit is looked at and then broken.
        bus.mqtt.publish(f"v1/{VILLAGE}/bus-001/up", b"x" * 131_072, qos=1)
        assert bus.gone.get(timeout=PATIENCE_S).is_failure
        with pytest.raises(queue.Empty):
            office.heard.get(timeout=NO_ANSWER_S)


def test_tls_1_1_and_no_certificate_are_refused(world: World) -> None:
    place = f"127.0.0.1:{world.depot.broker_port}"
    _, pair = world.pair("bus-001")
    root = world.depot.data / "authority/root.pem"

    def shakes(*options: str) -> bool:
        command = [
            "openssl",
            "s_client",
            "-connect",
            place,
            "-CAfile",
            str(root),
            "-verify_return_error",
            *options,
        ]
        done = subprocess.run(command, input=b"", capture_output=True, check=False, timeout=PATIENCE_S)
        return done.returncode == 0 and b"Cipher is (NONE)" not in done.stdout

    own = ("-cert", str(pair), "-key", str(pair), "-cert_chain", str(pair))
    weak = ("-cipher", "DEFAULT@SECLEVEL=0")
    assert shakes(*own, "-tls1_2")
    assert shakes(*own, "-tls1_2", *weak)
    assert not shakes(*own, "-tls1_1", *weak)
    assert not shakes("-tls1_2")


def test_without_the_office_s_password_nobody_comes_in_on_its_port(world: World) -> None:
    for username, password in (("", ""), ("central", "wrong"), ("bus-001", "")):
        stranger = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bus-001", protocol=mqtt.MQTTv5)
        answers: queue.Queue[Any] = queue.Queue()
        stranger.on_connect = lambda _c, _d, _f, reason, _p, to=answers: to.put(reason)
        if username:
            stranger.username_pw_set(username, password)
        stranger.connect("127.0.0.1", world.depot.office_port)
        stranger.loop_start()
        assert str(answers.get(timeout=PATIENCE_S)) == "Not authorized"
        stranger.disconnect()
        stranger.loop_stop()


def test_a_new_list_alone_ends_no_session_the_office_s_call_does_and_others_stay(world: World) -> None:
    now = int(time.time())
    lost, pair = world.pair("bus-003")
    with (
        client(world, "bus-003", pair) as thief,
        client(world, "bus-004", world.pair("bus-004")[1]) as other,
    ):
        revoked = Certificate(**{name: getattr(lost, name) for name in lost.__slots__} | {"revoked_at": now})
        world.authority.write_list([revoked], now)
        reload_broker(world.depot.data / "broker/mosquitto.pid")
        with pytest.raises(queue.Empty):
            thief.gone.get(timeout=NO_ANSWER_S)
        begun = time.monotonic()
        end_session(world.office, "bus-003")
        thief.gone.get(timeout=PATIENCE_S)
        print(f"session ended {time.monotonic() - begun:.2f} s after the call")
        assert not is_let_in(world, pair)
        assert other.gone.empty()
    world.authority.write_list([], now)
    reload_broker(world.depot.data / "broker/mosquitto.pid")
    until(lambda: is_let_in(world, pair), "the list is read again")


def test_an_expired_list_locks_everyone_out_until_a_new_one_is_read(world: World) -> None:
    now, (_, pair) = int(time.time()), world.pair("bus-005")
    world.authority.write_list([], now - 31 * DAY_S)
    reload_broker(world.depot.data / "broker/mosquitto.pid")
    until(lambda: not is_let_in(world, pair), "the expired list is read")
    world.authority.write_list([], now)
    reload_broker(world.depot.data / "broker/mosquitto.pid")
    until(lambda: is_let_in(world, pair), "the new list is read")
