"""The way to central, over a real Mosquitto."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from device.link import AWAY, REFUSED, Broker, Listeners, MqttLink
from hil.virtual.ports import free_port
from rules.messages.codec import decode, encode
from rules.messages.link import Ack, Cursor, DownPage, Health, Seen
from rules.messages.topics import Channel, Topic
from tests.broker import RunningBroker, running_broker

VILLAGE = "ohkura"
BUS, OTHER = "bus-001", "bus-002"
PATIENCE_S = 20.0
CURSOR = Cursor("e", 3, "00")


def wait_until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)


@dataclass
class Heard:
    """What a link's listeners were told."""

    ups: int = 0
    downs: list[str] = field(default_factory=list)
    messages: list[Cursor | Ack | DownPage] = field(default_factory=list)

    def up(self) -> None:
        self.ups += 1

    @property
    def listeners(self) -> Listeners:
        return Listeners(self.up, self.downs.append, self.messages.append)


class Office:
    """Central's end: hears all of the village, says anything."""

    def __init__(self, broker: RunningBroker) -> None:
        self.heard: queue.Queue[tuple[str, bytes, bool]] = queue.Queue()
        self._ready = queue.Queue[bool]()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="central", protocol=mqtt.MQTTv5)
        client.username_pw_set("central", broker.passwords["central"])
        client.on_connect = self._on_connect
        client.on_subscribe = lambda *_: self._ready.put(True)
        client.on_message = lambda _client, _data, message: self.heard.put(
            (message.topic, bytes(message.payload), bool(message.retain))
        )
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        self._client = client
        self._ready.get(timeout=PATIENCE_S)

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe(f"v1/{VILLAGE}/#", qos=1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, channel: Channel, payload: bytes, device: str = BUS) -> None:
        self._client.publish(str(Topic(VILLAGE, device, channel)), payload, qos=1)

    def next(self) -> tuple[str, bytes]:
        topic, payload, _ = self.heard.get(timeout=PATIENCE_S)
        return topic, payload

    def next_health(self) -> Health:
        topic, payload = self.next()
        assert topic == f"v1/{VILLAGE}/{BUS}/state"
        return decode(payload, Health)


@contextmanager
def office_at(broker: RunningBroker) -> Iterator[Office]:
    office = Office(broker)
    try:
        yield office
    finally:
        office.close()


@contextmanager
def linked(
    broker: RunningBroker, *, device: str = BUS, username: str = BUS, password: str | None = None
) -> Iterator[tuple[MqttLink, Heard]]:
    heard = Heard()
    secret = broker.passwords[username] if password is None else password
    link = MqttLink(
        Broker("127.0.0.1", broker.port, username, secret), VILLAGE, device, heard.listeners, lambda: 0.0
    )
    link.start()
    try:
        yield link, heard
    finally:
        link.stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    with running_broker(tmp_path, village=VILLAGE, devices={BUS: "one", OTHER: "two"}) as running:
        yield running


def test_it_connects_hears_what_is_for_it_and_is_heard(broker: RunningBroker) -> None:
    with office_at(broker) as office, linked(broker) as (link, heard):
        wait_until(lambda: heard.ups, "it is up")
        office.say(Channel.CURSOR, encode(CURSOR), device=OTHER)
        office.say(Channel.CURSOR, encode(CURSOR))
        office.say(Channel.ACK, encode(Ack("e", 4, "01")))
        wait_until(lambda: len(heard.messages) == 2, "both messages are heard")
        assert heard.messages == [CURSOR, Ack("e", 4, "01")]
        taken = link.publish(Channel.SEEN, b"seen")
        assert taken is not None
        wait_until(taken, "the broker has taken it")
        while (said := office.next())[0] != f"v1/{VILLAGE}/{BUS}/seen":
            pass
        assert said[1] == b"seen"
        assert (heard.ups, heard.downs) == (1, [])


def test_what_is_not_a_message_of_ours_is_passed_over_and_the_next_is_heard(broker: RunningBroker) -> None:
    with office_at(broker) as office, linked(broker) as (_, heard):
        wait_until(lambda: heard.ups, "it is up")
        for payload in (b"", b"\xff", b'{"epoch":"\xff"}', b"[" * 100_000, b'{"epoch":1}', b"null"):
            office.say(Channel.CURSOR, payload)
        office.say(Channel.CURSOR, encode(CURSOR))
        wait_until(lambda: heard.messages, "the cursor is heard")
        assert heard.messages == [CURSOR]
        assert heard.downs == []


HOLD_A_CONNECTION = """
import sys, time
from device.link import Broker, Listeners, MqttLink
from rules.messages.codec import encode
from rules.messages.link import Health
from rules.messages.topics import Channel
port, user, password, village = sys.argv[1:]
def up():
    link.publish(Channel.STATE, encode(Health(online=True)), retain=True)
listeners = Listeners(up, lambda reason: None, lambda message: None)
link = MqttLink(Broker("127.0.0.1", int(port), user, password), village, user, listeners, lambda: 0.0)
link.start()
time.sleep(60)
"""


def test_the_last_will_says_offline_after_a_kill(broker: RunningBroker, repository: Path) -> None:
    command = [sys.executable, "-c", HOLD_A_CONNECTION, str(broker.port), BUS, broker.passwords[BUS], VILLAGE]
    with office_at(broker) as office, subprocess.Popen(command, cwd=repository) as bus:
        try:
            assert office.next_health().online
            bus.send_signal(signal.SIGKILL)
            assert not office.next_health().online
        finally:
            bus.kill()


def test_an_orderly_stop_says_offline_too_and_the_broker_keeps_it(broker: RunningBroker) -> None:
    with linked(broker) as (link, heard):
        wait_until(lambda: heard.ups, "it is up")
        taken = link.publish(Channel.STATE, encode(Health(online=True)), retain=True)
        assert taken is not None
        wait_until(taken, "the broker has taken it")
    with office_at(broker) as office:
        topic, payload, is_retained = office.heard.get(timeout=PATIENCE_S)
        assert (topic, is_retained) == (f"v1/{VILLAGE}/{BUS}/state", True)
        assert not decode(payload, Health).online


def test_it_comes_back_when_the_broker_does(broker: RunningBroker) -> None:
    with linked(broker) as (link, heard):
        wait_until(lambda: heard.ups == 1, "it is up")
        broker.stop()
        wait_until(lambda: heard.downs, "it is down")
        assert link.publish(Channel.SEEN, b"while away", retain=True) is None
        broker.start()
        wait_until(lambda: heard.ups == 2, "it is up again")
        assert set(heard.downs) == {AWAY}
        with office_at(broker) as office:
            taken = link.publish(Channel.SEEN, b"back")
            assert taken is not None
            wait_until(taken, "the broker has taken it")
            said = [office.next()]
            while said[-1][0] != f"v1/{VILLAGE}/{BUS}/seen":
                said.append(office.next())
            # The first on that channel: what was said while away is not even kept by the broker.
            assert said[-1][1] == b"back"


def test_a_broker_that_is_not_there_yet_is_found_later(broker: RunningBroker) -> None:
    broker.stop()
    with linked(broker) as (_, heard):
        wait_until(lambda: heard.downs, "it says that it is away")
        broker.start()
        wait_until(lambda: heard.ups, "it is up")
        assert set(heard.downs) == {AWAY}


def test_what_central_said_while_it_was_away_is_heard_later(broker: RunningBroker) -> None:
    with linked(broker) as (_, heard):
        wait_until(lambda: heard.ups, "it is up")
    with office_at(broker) as office:
        office.say(Channel.CURSOR, encode(CURSOR))
        office.next()
        while office.heard.qsize():
            office.next()
    with linked(broker) as (_, heard):
        wait_until(lambda: heard.messages, "the cursor is heard")
        assert heard.messages == [CURSOR]


def test_a_refused_unit_is_told_to_call_the_office(broker: RunningBroker) -> None:
    with linked(broker, password="wrong") as (_, heard):
        wait_until(lambda: len(heard.downs) > 1, "it has tried twice")
        assert (heard.ups, set(heard.downs)) == (0, {REFUSED})


@pytest.mark.parametrize("sentence", [AWAY, REFUSED])
def test_reasons_are_sentences_for_the_driver(sentence: str) -> None:
    assert sentence.count(" / ") == 1
    assert "\n" not in sentence


def test_a_machine_can_neither_speak_nor_listen_as_another(broker: RunningBroker) -> None:
    with (
        office_at(broker) as office,
        linked(broker, device=OTHER, username=BUS) as (forger, overheard),
        linked(broker, device=OTHER, username=OTHER) as (honest, heard),
    ):
        wait_until(lambda: overheard.ups and heard.ups, "both are up")
        forged = forger.publish(Channel.SEEN, encode(Seen("forged", 1)))
        assert forged is not None
        wait_until(forged, "the broker has taken the forged message, as it takes every one")
        honest.publish(Channel.SEEN, encode(Seen("honest", 1)))
        said = [office.next()]
        while b"honest" not in said[-1][1]:
            said.append(office.next())
        assert not [payload for _, payload in said if b"forged" in payload]
        office.say(Channel.CURSOR, encode(CURSOR), device=OTHER)
        wait_until(lambda: heard.messages, "the right one hears it")
        assert overheard.messages == []


def test_a_stop_does_not_wait_for_a_line_that_is_dead(broker: RunningBroker) -> None:
    assert broker.process is not None
    with linked(broker) as (link, heard):
        wait_until(lambda: heard.ups, "it is up")
        broker.process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(16):
                link.publish(Channel.UP, b"x" * 1_000_000)
            begun = time.monotonic()
            link.stop()
            assert time.monotonic() - begun < 10
        finally:
            broker.process.send_signal(signal.SIGCONT)


def test_more_than_the_queue_holds_is_dropped(broker: RunningBroker) -> None:
    assert broker.process is not None
    with linked(broker) as (link, heard):
        wait_until(lambda: heard.ups, "it is up")
        broker.process.send_signal(signal.SIGSTOP)
        try:
            handed = [link.publish(Channel.UP, b"x" * 100_000) for _ in range(40)]
        finally:
            broker.process.send_signal(signal.SIGCONT)
        assert [taken is not None for taken in handed] == [True] * 16 + [False] * 24


def test_without_anybody_to_connect_to_nothing_is_taken() -> None:
    heard = Heard()
    link = MqttLink(Broker("127.0.0.1", free_port(), BUS, ""), VILLAGE, BUS, heard.listeners, lambda: 0.0)
    link.start()
    wait_until(lambda: heard.downs, "it says that it is away")
    assert link.publish(Channel.SEEN, b"") is None
    link.stop()
    assert heard.downs[0] == AWAY
