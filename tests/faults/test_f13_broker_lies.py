"""F13. The broker takes batches and loses them: it dies, knows of no office, has no room, may not pass on, or lies.

Every one of these was acknowledged to the bus by the broker. Nothing is lost, because no bus believes a broker.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from central.devices.down_log import DownKey
from central.devices.keys import DOWN_KID
from provisioning.broker import CENTRAL
from rules.messages.codec import decode, encode
from rules.messages.link import Ack, Cursor, Hello
from rules.messages.topics import Channel, Topic
from rules.passes.seal import private_from_bytes
from tests.broker import RunningBroker, running_broker
from tests.central.office import NOW
from tests.faults.field_bus import FieldBus
from tests.faults.field_machine import VILLAGE, running
from tests.faults.scale import LONG, PATIENCE_S, until
from tests.faults.village import (
    BUS,
    OTHER,
    PASSWORDS,
    assert_all_arrived,
    assert_money_as_without_faults,
    bus_at,
    central_at,
    listening,
    office_with,
)

KILLS = 40 if LONG else 2
TAPS = 40
WITHIN_S = 60.0
ROOM = 10
"""Messages that a broker with little room keeps for the office."""

pytestmark = [pytest.mark.usefixtures("impatient"), pytest.mark.timeout(1800 if LONG else 120)]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_broker_killed_while_batches_fly_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with (
        running_broker(tmp_path / "broker", village=VILLAGE, devices=PASSWORDS) as broker,
        central_at(tmp_path / "central", broker, BUS) as central,
    ):
        bus = bus_at(tmp_path, broker)
        with running(bus):
            for _ in range(KILLS):
                until(lambda: bus.is_up and bus.waiting == 0, "all of before is taken in")
                riders = threading.Thread(target=bus.taps, args=(TAPS,))
                riders.start()
                until(lambda: bus.waiting > TAPS // 4, "batches are under way")
                broker.kill()
                riders.join()
                broker.start()
            took = until(lambda: bus.waiting == 0, "the queue is empty", WITHIN_S)
        greens = assert_all_arrived(bus, central.database)
        assert_money_as_without_faults(tmp_path / "reference", central.database, bus)
    assert greens == KILLS * TAPS
    print(f"F13 kill -9: {KILLS} kills, {greens} taps, 0 lost, 0 doubled, queue empty after {took:.1f} s")


def test_what_a_broker_took_for_nobody_comes_again_when_the_office_listens(tmp_path: Path) -> None:
    with (
        running_broker(tmp_path / "broker", village=VILLAGE, devices=PASSWORDS) as broker,
        office_with(tmp_path / "central", BUS) as office,
    ):
        bus = bus_at(tmp_path, broker)
        with running(bus):
            with listening(office, broker.port, broker.passwords[CENTRAL]):
                bus.tap()
                until(lambda: bus.waiting == 0, "bus and office have spoken")
            end_session(broker)
            already = bus.batches_taken
            bus.taps(TAPS)
            until(lambda: bus.batches_taken > already, "the broker has taken batches for nobody")
            assert bus.waiting >= TAPS
            with listening(office, broker.port, broker.passwords[CENTRAL]):
                took = until(lambda: bus.waiting == 0, "the queue is empty", WITHIN_S)
        greens = assert_all_arrived(bus, office.database)
    print(f"F13 no session: {greens} taps, 0 lost, 0 doubled, queue empty after {took:.1f} s")


def end_session(broker: RunningBroker) -> None:
    """Have the broker forget what the office subscribed to, as one does that lost its store."""
    with connected(broker, CENTRAL):
        pass


def fill_queue(broker: RunningBroker) -> None:
    """What another bus says, of no weight, takes all the room that the office's session has."""
    with connected(broker, OTHER) as other:
        said = [other.publish(f"v1/{VILLAGE}/{OTHER}/state", b"{}", qos=1) for _ in range(ROOM + 2)]
        for each in said:
            each.wait_for_publish(PATIENCE_S)


@contextmanager
def connected(broker: RunningBroker, name: str) -> Iterator[mqtt.Client]:
    """Somebody else at the broker, by that name; what waited there for this name is gone."""
    changed: queue.Queue[bool] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    client.username_pw_set(name, broker.passwords[name])
    client.on_connect = lambda *_: changed.put(True)
    client.on_disconnect = lambda *_: changed.put(True)
    client.connect("127.0.0.1", broker.port, clean_start=True)
    client.loop_start()
    changed.get(timeout=PATIENCE_S)
    yield client
    client.disconnect()
    changed.get(timeout=PATIENCE_S)
    client.loop_stop()


def test_what_fell_out_of_a_full_queue_comes_again(tmp_path: Path) -> None:
    with running_broker(tmp_path / "broker", village=VILLAGE, devices=PASSWORDS) as broker:
        broker.stop()
        change(broker.config, "max_queued_messages 1000", f"max_queued_messages {ROOM}")
        broker.start()
        with office_with(tmp_path / "central", BUS) as office:
            bus = bus_at(tmp_path, broker)
            with running(bus):
                with listening(office, broker.port, broker.passwords[CENTRAL]):
                    bus.tap()
                    until(lambda: bus.waiting == 0, "bus and office have spoken")
                # The office is away, and its session waits at the broker with room for ten: no more is left of it.
                fill_queue(broker)
                until(lambda: "messages are being dropped" in broker.said(), "the room is full")
                already = bus.batches_taken
                bus.taps(TAPS)
                until(lambda: bus.batches_taken > already, "the broker has taken batches and dropped them")
                assert bus.waiting >= TAPS
                with listening(office, broker.port, broker.passwords[CENTRAL]):
                    took = until(lambda: bus.waiting == 0, "the queue is empty", WITHIN_S)
            greens = assert_all_arrived(bus, office.database)
    print(f"F13 queue of 10: {greens} taps, 0 lost, 0 doubled, queue empty after {took:.1f} s")


def test_what_an_access_list_swallowed_comes_again_when_it_is_mended(tmp_path: Path) -> None:
    with running_broker(tmp_path / "broker", village=VILLAGE, devices=PASSWORDS) as broker:
        acl = broker.config.with_name("acl")
        right = f"pattern write v1/{VILLAGE}/%u/up\n"
        change(acl, right, "")
        broker.read_again()
        with central_at(tmp_path / "central", broker, BUS) as central:
            bus = bus_at(tmp_path, broker)
            with running(bus):
                bus.taps(TAPS)
                until(
                    lambda: bus.batches_taken > 4, "the broker has taken more batches than may be under way"
                )
                assert central.count(BUS) == 0
                acl.write_text(acl.read_text(encoding="utf-8") + right, encoding="utf-8")
                broker.read_again()
                took = until(lambda: bus.waiting == 0, "the queue is empty", WITHIN_S)
            greens = assert_all_arrived(bus, central.database)
    print(f"F13 access list: {greens} taps, 0 lost, 0 doubled, queue empty after {took:.1f} s")


def test_what_a_broker_says_in_the_offices_name_is_not_believed(tmp_path: Path) -> None:
    with (
        running_broker(tmp_path / "broker", village=VILLAGE, devices=PASSWORDS) as broker,
        office_with(tmp_path / "central", BUS) as office,
    ):
        bus = bus_at(tmp_path, broker)
        with running(bus):
            with connected(broker, CENTRAL) as liar:
                said = lie_to(liar, bus)
                bus.taps(TAPS)
                until(lambda: said.qsize() > 5, "the bus has been lied to")
                assert bus.waiting >= TAPS
            with listening(office, broker.port, broker.passwords[CENTRAL]):
                took = until(lambda: bus.waiting == 0, "the queue is empty", WITHIN_S)
        greens = assert_all_arrived(bus, office.database)
    print(f"F13 made-up acks: {greens} taps, 0 lost, 0 doubled, queue empty after {took:.1f} s")


def lie_to(liar: mqtt.Client, bus: FieldBus) -> queue.Queue[Cursor | Ack]:
    """Answer every hello as if the office had all of it, signed by a key of one's own; what was said."""
    said: queue.Queue[Cursor | Ack] = queue.Queue()
    key = DownKey(DOWN_KID, private_from_bytes(b"liar".ljust(32)))

    def answer(_client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        hello = decode(bytes(message.payload), Hello)
        for kind, channel in ((Cursor, Channel.CURSOR), (Ack, Channel.ACK)):
            word = kind(hello.epoch, hello.last_number, hello.last_hash, NOW, hello.session)
            signed = key.sign_word(bus.device, word)
            liar.publish(str(Topic(VILLAGE, bus.device, channel)), encode(signed), qos=1)
            said.put(signed)

    liar.on_message = answer
    liar.subscribe(str(Topic(VILLAGE, bus.device, Channel.HELLO)), qos=1)
    return said
