"""F20. A thief with a certificate that is good: another machine's topic, name, records and past are still not his.

The broker stops what it can see, and is shown to. What reaches the office is refused and listed there.
"""

from __future__ import annotations

import queue
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode
from sqlalchemy import select

from central.database.tables import health
from central.devices.list_incident import What
from central.kiosks.claim_code import claim_code
from central.kiosks.weigh_claim import NotClaimed
from device.journal import Record
from device.link import Broker, Tls
from hil.virtual.ports import free_port
from rules.instant import ClockQuality
from rules.messages.codec import decode, encode, first_hash, next_hash
from rules.messages.events import CardPoints, OfferedBy, PointsOffered, Started
from rules.messages.link import Batch, Cursor, Health, Hello
from rules.messages.topics import Channel, Topic
from rules.passes.point_code import PointCode, make
from tests.broker import RunningBroker, running_broker
from tests.central.office import NOW, at, balances, card_of, incidents_listed
from tests.faults.authority import Authority
from tests.faults.field_machine import VILLAGE, FieldMachine, key_of, running
from tests.faults.scale import PATIENCE_S, until
from tests.faults.village import (
    BATH,
    BUS,
    OTHER,
    Central,
    assert_all_arrived,
    central_at,
    field_machine,
    records_of,
    signed_batch,
)
from tests.ride.builders import ISSUER

NOT_AUTHORIZED = "Not authorized"
THIEF_EPOCH = "fedcba9876543210"


BY_THEIR_PASSES = {What.UNKNOWN_PASS, What.CARD_STRANGE}
"""Of the honest machine's people, whom the office does not know."""


@dataclass
class World:
    """A broker where machines come in by certificate, the office, and an honest machine that has sent its taps."""

    authority: Authority
    broker: RunningBroker
    port: int
    central: Central
    honest: FieldMachine

    @property
    def device(self) -> str:
        """The honest machine's name."""
        return self.honest.device

    def listed(self) -> set[tuple[str, str]]:
        with self.central.database.read() as connection:
            return {each for each in incidents_listed(connection) if each[1] not in BY_THEIR_PASSES}


class Thief:
    """A bare MQTT client with a machine's certificate, who calls himself what he likes."""

    def __init__(self, port: int, tls: Tls, client_id: str, will: Topic | None = None) -> None:
        self.heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self._answers: queue.Queue[Any] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5)
        context = ssl.create_default_context(cafile=tls.ca)
        context.load_cert_chain(tls.certificate, tls.key)
        self._client.tls_set_context(context)
        self._client.on_connect = lambda _client, _data, _flags, reason, _more: self._answers.put(reason)
        self._client.on_subscribe = lambda _client, _data, _mid, reasons, _more: self._answers.put(reasons)
        self._client.on_publish = lambda _client, _data, _mid, reason, _more: self._answers.put(reason)
        self._client.on_message = lambda _client, _data, message: self.heard.put(message)
        if will is not None:
            self._client.will_set(str(will), encode(Health(online=False, version="forged")), 1, retain=True)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self.is_in = not self._answers.get(timeout=PATIENCE_S).is_failure

    def say(self, device: str, channel: Channel, message: object) -> str:
        """What the broker answered."""
        self._client.publish(str(Topic(VILLAGE, device, channel)), encode(message), qos=1)
        return str(self._answers.get(timeout=PATIENCE_S))

    def listen(self, topic: str) -> None:
        self._client.subscribe(topic, qos=1)
        self._answers.get(timeout=PATIENCE_S)

    def stop(self) -> None:
        self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
        self._client.loop_stop()


@contextmanager
def thief_at(world: World, name: str = OTHER, client_id: str = OTHER) -> Iterator[Thief]:
    """Who comes in with the certificate of `name`."""
    thief = Thief(world.port, world.authority.tls(name), client_id)
    try:
        assert thief.is_in
        yield thief
    finally:
        thief.stop()


@pytest.fixture(params=[BUS, BATH.device])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    device = request.param
    authority, port = Authority(tmp_path / "certificates"), free_port()
    machines = authority.for_broker("127.0.0.1", port)
    with (
        running_broker(tmp_path / "broker", village=VILLAGE, devices={}, machines=machines) as broker,
        central_at(tmp_path / "central", broker, device, OTHER) as central,
    ):
        where = Broker("127.0.0.1", port, "", "", authority.tls(device))
        honest = field_machine(tmp_path / device, device, where)
        with running(honest):
            honest.taps(5)
            until(lambda: honest.is_up and honest.waiting == 0, "the honest machine is heard")
            yield World(authority, broker, port, central, honest)
            honest.taps(5)
            until(lambda: honest.waiting == 0, "the honest machine is still heard")
            assert honest.downs == [], "the honest machine was thrown off"
        assert_all_arrived(honest, central.database)


def chained(device: str, epoch: str, *versions: str) -> list[Record]:
    """A journal of somebody's own making."""
    records, link = [], first_hash(device, epoch)
    for number, version in enumerate(versions, start=1):
        body = encode(Started(at=at(), version=version))
        before, link = link, next_hash(link, body)
        records.append(Record(number, before, body, link))
    return records


def own_batch(*versions: str) -> Batch:
    return signed_batch(OTHER, THIEF_EPOCH, chained(OTHER, THIEF_EPOCH, *versions))


def test_a_forged_topic_is_stopped_by_the_broker(world: World) -> None:
    held = world.central.count(world.device)
    forged = signed_batch(
        world.device, THIEF_EPOCH, chained(world.device, THIEF_EPOCH, "forged"), signer=OTHER
    )
    with thief_at(world) as thief:
        for channel in (Channel.UP, Channel.HELLO, Channel.STATE, Channel.SEEN, Channel.ACK):
            assert thief.say(world.device, channel, forged) == NOT_AUTHORIZED
        # Whatever is his own goes through, so the office has heard all that came before it.
        assert thief.say(OTHER, Channel.UP, own_batch("his own")) != NOT_AUTHORIZED
        until(lambda: world.central.count(OTHER) == 1, "the office has heard him")
    assert world.central.count(world.device) == held
    assert world.listed() == set()
    print(f"F20 {world.device}: forged topic: 5 of 5 stopped by the broker, 0 posted")


def test_a_last_will_on_another_s_topic_is_not_published(world: World) -> None:
    before = health_of(world, world.device)
    Thief(
        world.port, world.authority.tls(OTHER), OTHER, will=Topic(VILLAGE, world.device, Channel.STATE)
    ).stop()
    # The same on his own topic is heard, so the office has heard all that came before it.
    Thief(world.port, world.authority.tls(OTHER), OTHER, will=Topic(VILLAGE, OTHER, Channel.STATE)).stop()
    until(lambda: health_of(world, OTHER) == "forged", "his own will is heard")
    assert health_of(world, world.device) == before
    print(f"F20 {world.device}: forged last will: stopped by the broker")


def health_of(world: World, device: str) -> str | None:
    """The version in a machine's last state."""
    with world.central.database.read() as connection:
        body = connection.execute(select(health.c.body).where(health.c.device == device)).scalar()
    return None if body is None else decode(bytes(body), Health).version


def test_a_foreign_client_id_neither_throws_its_owner_off_nor_hears_for_it(world: World) -> None:
    with thief_at(world, client_id=world.device) as thief:
        thief.listen(f"v1/{VILLAGE}/#")
        world.honest.taps(5)
        until(lambda: world.honest.waiting == 0, "the honest machine gets its acks")
        thief.say(OTHER, Channel.HELLO, Hello(THIEF_EPOCH, 0, "", "", "", ClockQuality.GPS))
        message = thief.heard.get(timeout=PATIENCE_S)
        assert message.topic == f"v1/{VILLAGE}/{OTHER}/cursor"
        assert decode(bytes(message.payload), Cursor).epoch == THIEF_EPOCH
        assert thief.heard.empty()
    # That the owner was not thrown off is looked at when the world ends.
    print(f"F20 {world.device}: foreign client id: owner still there, 0 of its messages overheard")


@pytest.mark.parametrize("world", [BATH.device], indirect=True)
def test_codes_and_cards_that_another_machine_tells_of_give_nothing(world: World) -> None:
    with world.central.database.write() as connection:
        pass_id = card_of(connection, world.central.office, "m", 0)
    here, code = at(), PointCode(BATH.number, 900, NOW, ClockQuality.NETWORK, 1, 1, 20, ISSUER)
    offered = PointsOffered(at=here, number=900, moment=NOW, visit=1, count=1, points=20, by=OfferedBy.TOUCH)
    by_card = CardPoints(at=here, number=901, moment=NOW, visit=1, points=20, pass_id=pass_id)
    records, link = [], first_hash(OTHER, THIEF_EPOCH)
    for number, event in enumerate((offered, by_card), start=1):
        before, link = link, next_hash(link, encode(event))
        records.append(Record(number, before, encode(event), link))
    with thief_at(world) as thief:
        thief.say(OTHER, Channel.UP, signed_batch(OTHER, THIEF_EPOCH, records))
        until(lambda: world.central.count(OTHER) == 2, "his word is kept")
    with world.central.database.write() as connection:
        claimed = claim_code(connection, make(code, key_of(OTHER)), "m", NOW)
        assert claimed is NotClaimed.NOT_A_CODE
        assert balances(connection).get(("member", "m"), 0) == 0
    assert (OTHER, What.RECORD_REFUSED) in world.listed()
    print(f"F20 {world.device}: another's codes: 2 of 2 refused and listed, his signature no code, 0 points")


def test_a_tampered_payload_is_refused_and_listed(world: World) -> None:
    right = own_batch("right")
    other_body = msgspec.structs.replace(right, records=[msgspec.Raw(encode(Started(at=at(), version="x")))])
    with thief_at(world) as thief:
        thief.say(OTHER, Channel.UP, other_body)
        until(lambda: (OTHER, What.DAMAGED_BATCH) in world.listed(), "the tampered records are listed")
        thief.say(OTHER, Channel.UP, msgspec.structs.replace(right, signature="00" * 64))
        until(lambda: (OTHER, What.BAD_SIGNATURE) in world.listed(), "the tampered signature is listed")
        assert world.central.count(OTHER) == 0
        thief.say(OTHER, Channel.UP, right)
        until(lambda: world.central.count(OTHER) == 1, "what he signed is taken in")
    print(f"F20 {world.device}: tampered payload: 2 of 2 refused and listed, 0 posted")


def test_the_records_of_another_machines_epoch_are_refused_and_listed(world: World) -> None:
    held = world.central.count(world.device)
    stolen = world.honest.journal.epoch
    with world.central.database.read() as connection:
        first = records_of(connection, world.device, stolen)[0]
    copied = signed_batch(world.device, stolen, [Record(first[0], b"", first[1], bytes.fromhex(first[2]))])
    with thief_at(world) as thief:
        thief.say(OTHER, Channel.UP, copied)
        until(lambda: (OTHER, What.BAD_SIGNATURE) in world.listed(), "the copied batch is listed")
        # Signed anew, it still hangs on the other machine's chain.
        thief.say(
            OTHER,
            Channel.UP,
            signed_batch(OTHER, stolen, [Record(1, b"", first[1], bytes.fromhex(first[2]))]),
        )
        until(lambda: (OTHER, What.DAMAGED_BATCH) in world.listed(), "the one signed anew is listed")
    assert (world.central.count(OTHER), world.central.count(world.device)) == (0, held)
    print(f"F20 {world.device}: another's epoch: 2 of 2 refused and listed, 0 posted")


def test_an_old_epoch_told_anew_is_refused_and_listed(world: World) -> None:
    with thief_at(world) as thief:
        thief.say(OTHER, Channel.UP, own_batch("as it was", "and went on"))
        until(lambda: world.central.count(OTHER) == 2, "his past is taken in")
        thief.say(OTHER, Channel.UP, own_batch("as he wants it", "and went on"))
        until(lambda: (OTHER, What.CONFLICT) in world.listed(), "the other past is listed")
        assert world.central.count(OTHER) == 2
    print(f"F20 {world.device}: old epoch: refused and listed, 0 posted")
