"""The inbox against a real broker: answered after the commit, and whatever happens, it goes on."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.subscribeoptions import SubscribeOptions
from sqlalchemy import func, select

from central.database.tables import health, records
from central.database.transaction import DataUnusable
from central.devices.data_folder import Office
from central.devices.down_log import append
from central.devices.list_incident import What
from central.devices.register_device import revoke_device
from central.inbox.answer import Desk, Message
from central.inbox.listener import Broker, Listener
from provisioning.broker import CENTRAL, write_broker_config
from rules.instant import ClockQuality
from rules.messages.codec import decode, decode_entry, encode, next_digest
from rules.messages.link import Ack, Cursor, DownPage, Health, Hello, PassDenied, Seen
from rules.messages.topics import FROM_DEVICE, TO_DEVICE, Channel, Topic, parse_topic
from tests.broker import RunningBroker, running_broker
from tests.central.office import (
    EPOCH,
    NOW,
    Bus,
    alight,
    balances,
    board,
    card_of,
    incidents_listed,
    started,
)

VILLAGE = "okura"
SESSION = "0123456789abcdef"
PASSWORDS = {"bus-001": "one", "bus-002": "two", "bus-999": "not registered"}
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    folder = tmp_path_factory.mktemp("broker")
    with running_broker(folder, village=VILLAGE, devices=PASSWORDS) as running:
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("central.inbox.listener.TICK_S", 0.1)


@contextmanager
def listening(office: Office, broker: RunningBroker) -> Iterator[Listener]:
    where = Broker("127.0.0.1", broker.port, CENTRAL, broker.passwords[CENTRAL])
    listener = Listener(where, Desk(VILLAGE, office.keys.down), office.database, lambda: NOW)
    listener.start()
    try:
        yield listener
    finally:
        listener.stop()


class Radio:
    """A machine's modem: publishes, and keeps what it hears."""

    def __init__(self, broker: RunningBroker, name: str) -> None:
        self.name = name
        self._subscribed: queue.Queue[bool] = queue.Queue()
        self._heard: dict[Channel, queue.Queue[bytes]] = {channel: queue.Queue() for channel in Channel}
        self.overheard: list[bytes] = []
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
        self.client.username_pw_set(name, broker.passwords[name])
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self._subscribed.put(True)
        self.client.on_message = self._on_message
        self.client.connect_async("127.0.0.1", broker.port)
        self.client.loop_start()
        self._subscribed.get(timeout=PATIENCE_S)

    def say(self, channel: Channel, message: object, *, retain: bool = False, as_device: str = "") -> None:
        payload = message if isinstance(message, bytes) else encode(message)
        topic = str(Topic(VILLAGE, as_device or self.name, channel))
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def hear(self, channel: Channel, kind: Any) -> Any:
        return decode(self.hear_bytes(channel), kind)

    def hear_bytes(self, channel: Channel) -> bytes:
        return self._heard[channel].get(timeout=PATIENCE_S)

    def has_heard(self, channel: Channel) -> bool:
        return not self._heard[channel].empty()

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe([(f"v1/{VILLAGE}/#", SubscribeOptions(qos=1))])

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        topic = parse_topic(message.topic)
        if topic is None or topic.device != self.name:
            self.overheard.append(bytes(message.payload))
        else:
            self._heard[topic.channel].put(bytes(message.payload))


@contextmanager
def radio_of(broker: RunningBroker, name: str) -> Iterator[Radio]:
    radio = Radio(broker, name)
    try:
        yield radio
    finally:
        radio.stop()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def hello(bus: Bus) -> Hello:
    last = len(bus.records)
    now = (last, bus.hash_at(last).hex(), "boot", "0.1.0", ClockQuality.GPS)
    return Hello(bus.epoch, *now, session=SESSION)


def count_records(office: Office) -> int:
    with office.database.read() as connection:
        return connection.execute(select(func.count()).select_from(records)).scalar_one()


def listed(office: Office) -> set[tuple[str, str]]:
    with office.database.read() as connection:
        return incidents_listed(connection)


def test_a_bus_says_hello_sends_its_ride_and_gets_everything_it_must_know(
    office: Office, bus: Bus, broker: RunningBroker
) -> None:
    with office.database.write() as connection:
        pass_id = card_of(connection, office, "m", 1000)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 600))
    nothing = Cursor(EPOCH, 0, bus.hash_at(0).hex(), NOW, SESSION)
    all_of_it = Ack(EPOCH, 2, bus.hash_at(2).hex(), NOW, SESSION)
    down = office.keys.down
    with listening(office, broker) as listener, radio_of(broker, bus.device) as radio:
        until(listener.hears)
        radio.say(Channel.HELLO, hello(bus))
        assert radio.hear(Channel.CURSOR, Cursor) == down.sign_word(bus.device, nothing)
        radio.say(Channel.UP, bus.batch())
        assert radio.hear(Channel.ACK, Ack) == down.sign_word(bus.device, all_of_it)
        with office.database.read() as connection:
            assert balances(connection)["fares-earned", ""] == 600
        radio.say(Channel.UP, bus.batch())
        assert radio.hear(Channel.ACK, Ack).number == 2
        radio.say(Channel.STATE, Health(online=True, queue=3), retain=True)
        radio.say(Channel.SEEN, Seen("", 0))
        page = radio.hear(Channel.DOWN, DownPage)
        # Keys, the card, and what its hold keeps after the ride.
        assert len(page.entries) == 3
        # What comes later comes by itself.
        radio.say(Channel.SEEN, seen_after(page))
        until(lambda: _all_read(office))
        with office.database.write() as connection:
            append(connection, PassDenied(pass_id, "lost"))
        page = radio.hear(Channel.DOWN, DownPage)
        assert (page.first, decode_entry(bytes(page.entries[0]))) == (4, PassDenied(pass_id, "lost"))
        with office.database.read() as connection:
            assert decode(connection.execute(select(health.c.body)).scalar_one(), Health).queue == 3
    assert listed(office) == set()


def seen_after(page: DownPage) -> Seen:
    """What a fresh machine says that has read this first page."""
    digest = reduce(next_digest, map(bytes, page.entries), "")
    return Seen(page.log, len(page.entries), digest)


def _all_read(office: Office) -> bool:
    with office.database.read() as connection:
        return Desk(VILLAGE, office.keys.down).pages_for_all(connection) == []


def test_a_gap_a_stranger_a_revoked_machine_and_rubbish_store_nothing_and_stop_nobody(
    office: Office, bus: Bus, broker: RunningBroker
) -> None:
    revoked = Bus("bus-002", secret=9)
    stranger = Bus("bus-999", secret=10)
    with office.database.write() as connection:
        revoked.register(connection)
        revoke_device(connection, revoked.device)
    for one in (bus, revoked, stranger):
        one.write(started())
        one.write(started())
    with (
        listening(office, broker) as listener,
        radio_of(broker, bus.device) as radio,
        radio_of(broker, revoked.device) as revoked_radio,
        radio_of(broker, stranger.device) as stranger_radio,
    ):
        until(listener.hears)
        for one, of_one in ((revoked, revoked_radio), (stranger, stranger_radio)):
            of_one.say(Channel.HELLO, hello(one))
            of_one.say(Channel.UP, one.batch())
            # The broker's ACL: no machine speaks as another.
            of_one.say(Channel.UP, bus.batch(), as_device=bus.device)
        radio.say(Channel.UP, b"\xff\x00 rubbish")
        radio.say(Channel.SEEN, encode(Seen("x", 2**70)))
        radio.say(Channel.STATE, b"[]")
        radio.say(Channel.HELLO, encode(Hello("no\nepoch", 0, "", "", "", ClockQuality.GPS)))
        radio.say(Channel.UP, bus.batch(2))
        assert radio.hear(Channel.CURSOR, Cursor).number == 0
        assert count_records(office) == 0
        radio.say(Channel.UP, bus.batch())
        assert radio.hear(Channel.ACK, Ack).number == 2
        assert not any(r.has_heard(channel) for r in (revoked_radio, stranger_radio) for channel in TO_DEVICE)
    assert count_records(office) == 2
    assert listed(office) == {
        (bus.device, What.MALFORMED),
        (revoked.device, What.REVOKED_DEVICE),
        (stranger.device, What.UNKNOWN_DEVICE),
    }


def test_a_damaged_batch_is_answered_with_the_cursor_so_that_it_comes_again(
    office: Office, bus: Bus, broker: RunningBroker
) -> None:
    bus.write(started())
    damaged = encode(bus.batch()).replace(b"0.1.0", b"0.1.1")
    with listening(office, broker) as listener, radio_of(broker, bus.device) as radio:
        until(listener.hears)
        radio.say(Channel.UP, damaged)
        assert radio.hear(Channel.CURSOR, Cursor).number == 0
        radio.say(Channel.UP, bus.batch())
        assert radio.hear(Channel.ACK, Ack).number == 1
    assert listed(office) == {(bus.device, What.DAMAGED_BATCH)}


def test_a_failure_of_ours_at_one_message_does_not_stop_the_next(
    office: Office,
    bus: Bus,
    broker: RunningBroker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus.write(started())
    with listening(office, broker) as listener, radio_of(broker, bus.device) as radio:
        until(listener.hears)
        with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL):
            patch.setattr("central.inbox.answer.greet", lambda *_: 1 / 0)
            radio.say(Channel.HELLO, hello(bus))
            until(lambda: (bus.device, What.FAILED) in listed(office))
        radio.say(Channel.UP, bus.batch())
        assert radio.hear(Channel.ACK, Ack).number == 1


def test_nothing_is_acknowledged_while_the_disk_fails_and_all_of_it_afterwards(
    office: Office, bus: Bus, broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus.write(started())
    tried: list[int] = []
    real = office.database.write

    def failing() -> Any:
        tried.append(1)
        if len(tried) <= 2:
            raise DataUnusable("壊", "broken", "")
        return real()

    monkeypatch.setattr("central.inbox.listener.RETRY_S", 0.1)
    with listening(office, broker) as listener, radio_of(broker, bus.device) as radio:
        until(listener.hears)
        monkeypatch.setattr(office.database, "write", failing)
        radio.say(Channel.UP, bus.batch())
        assert radio.hear(Channel.ACK, Ack).number == 1
    assert len(tried) >= 3
    assert count_records(office) == 1


def test_what_is_said_while_the_office_is_away_waits_for_it(
    office: Office, bus: Bus, broker: RunningBroker
) -> None:
    bus.write(started())
    with listening(office, broker) as listener:
        until(listener.hears)
        until(lambda: listener._connection == 1)
        time.sleep(0.5)
    with radio_of(broker, bus.device) as radio:
        radio.say(Channel.UP, bus.batch())
        with listening(office, broker):
            assert radio.hear(Channel.ACK, Ack).number == 1


def test_the_listener_finds_its_broker_again(tmp_path: Path, office: Office, bus: Bus) -> None:
    bus.write(started())
    with running_broker(tmp_path / "broker", village=VILLAGE, devices=PASSWORDS) as broker:
        broker.stop()
        with listening(office, broker) as listener:
            # Away at the start, and again later.
            for number in (1, 2):
                broker.start()
                until(listener.hears)
                with radio_of(broker, bus.device) as radio:
                    bus.write(started())
                    radio.say(Channel.UP, bus.batch())
                    assert radio.hear(Channel.ACK, Ack).number == number + 1
                broker.stop()


def test_of_many_answers_on_one_topic_only_the_last_is_given(office: Office, bus: Bus) -> None:
    for _ in range(3):
        bus.write(started())
    topic = str(Topic(VILLAGE, bus.device, Channel.UP))
    batches = [Message(topic, encode(bus.batch(number, number))) for number in (1, 2, 3)]
    with office.database.write() as connection:
        answers = Desk(VILLAGE, office.keys.down).answer_all(connection, batches, NOW)
    assert [decode(answer.payload, Ack).number for answer in answers] == [3]


@pytest.mark.parametrize("topic", ["", "v1/okura/bus-001/ack", "v1/other/bus-001/up", "v2/okura/bus-001/up"])
def test_what_is_on_no_topic_of_ours_is_no_message(office: Office, bus: Bus, topic: str) -> None:
    bus.write(started())
    with office.database.write() as connection:
        desk = Desk(VILLAGE, office.keys.down)
        assert desk.answer_all(connection, [Message(topic, encode(bus.batch()))], NOW) == []
    assert count_records(office) == 0


@pytest.mark.parametrize("name", ["central", "", "a+b", "a#b", "a:b", "a\nb", "Bus"])
def test_a_machine_with_a_name_of_another_kind_gets_no_access(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"name"):
        write_broker_config(tmp_path, port=1, village=VILLAGE, central_password="c", devices={name: "p"})


def test_the_broker_lets_a_machine_say_and_hear_only_its_own(broker: RunningBroker) -> None:
    own, other = "bus-001", "bus-002"
    with radio_of(broker, own) as radio, radio_of(broker, CENTRAL) as central:
        for channel in FROM_DEVICE:
            radio.say(channel, b"forged", as_device=other)
        for channel in TO_DEVICE:
            radio.say(channel, b"forged")
            central.say(channel, b"for the other", as_device=other)
            central.say(channel, b"for it", as_device=own)
        for channel in TO_DEVICE:
            assert radio.hear_bytes(channel) == b"for it"
            assert not radio.has_heard(channel)
        assert radio.overheard == []
        # The office hears all that its broker let through.
        until(lambda: central.overheard.count(b"for it") == len(TO_DEVICE))
        assert b"forged" not in central.overheard


def test_a_wrong_password_gets_nobody_in(broker: RunningBroker) -> None:
    for name, password in (("bus-001", "two"), ("central", ""), ("nobody", "one"), (None, None)):
        reasons: queue.Queue[Any] = queue.Queue()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        if name is not None:
            client.username_pw_set(name, password)
        client.on_connect = lambda _c, _d, _f, reason, _p, heard=reasons: heard.put(reason)
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        assert reasons.get(timeout=PATIENCE_S).is_failure
        client.disconnect()
        client.loop_stop()


def test_passwords_stand_nowhere_in_clear(broker: RunningBroker) -> None:
    for path in broker.config.parent.iterdir():
        if path.is_file():
            assert not any(
                password.encode() in path.read_bytes() for password in ("central's own", "not registered")
            )
    assert (broker.config.parent / "passwords").stat().st_mode & 0o077 == 0
