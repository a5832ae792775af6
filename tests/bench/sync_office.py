"""The office's end of the `sync` benchmark, and paho alone in its place: each in a process of its own."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from central.devices.data_folder import open_office
from central.inbox.answer import Desk
from central.inbox.listener import CLIENT_ID, SESSION_EXPIRY_S, UNDER_WAY, Broker, Listener
from hil.virtual.ports import answers, free_port
from hil.virtual.processes import NotReady, Program, python
from provisioning.broker import CENTRAL, find_mosquitto, write_broker_config
from rules.messages.topics import VERSION, Channel, Topic
from tests.bench.machine import NotMeasured
from tests.bench.sync_buses import VILLAGE, Homecoming

ROOT = Path(__file__).parents[2]
PASSWORD = "central's own"
PATIENCE_S = 60.0
PEER_S = 600.0
"""Within this long paho alone must have it all."""
_LIMITED = "max_queued_messages 1000\nmax_queued_bytes 67108864\n"
_UNLIMITED = "max_queued_messages 0\nmax_queued_bytes 0\n"


class Child:
    """A process that is told words on its stdin, and answers each with a line of JSON on its stdout."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self._name = name
        self._process = process

    def say(self, word: str) -> None:
        """Tell it something."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(f"{word}\n")
        stdin.flush()

    def hear(self, patience: float = PATIENCE_S) -> Any:
        """Its next answer. Raises NotMeasured if there is none."""
        stdout = self._process.stdout
        assert stdout is not None
        if not select.select([stdout], [], [], patience)[0]:
            raise NotMeasured(f"{self._name} said nothing within {patience:.0f} s.")
        line = stdout.readline()
        if not line:
            raise NotMeasured(f"{self._name} has ended; what it said stands above.")
        return json.loads(line)

    def ask(self, word: str, patience: float = PATIENCE_S) -> Any:
        """Its answer to a word."""
        self.say(word)
        return self.hear(patience)


@contextmanager
def running_broker(folder: Path, buses: Sequence[Homecoming], *, holds_all: bool = False) -> Iterator[int]:
    """The port of a Mosquitto as provisioning sets it up; with `holds_all` it keeps all messages for who is away."""
    program = find_mosquitto()
    if program is None:
        raise NotMeasured("mosquitto is not installed: sudo apt-get install mosquitto")
    port = free_port()
    passwords = {bus.device: bus.password for bus in buses}
    config = write_broker_config(
        folder, port=port, village=VILLAGE, central_password=PASSWORD, devices=passwords
    )
    if holds_all:
        text = config.read_text(encoding="utf-8")
        if _LIMITED not in text:
            raise NotMeasured("The broker's configuration does not say how much it keeps.")
        config.write_text(text.replace(_LIMITED, _UNLIMITED), encoding="utf-8")
    broker = Program(
        "mosquitto", [str(program), "-c", str(config)], folder / "mosquitto.log", lambda: answers(port)
    )
    try:
        broker.start()
        yield port
    except NotReady as reason:
        raise NotMeasured(str(reason)) from reason
    finally:
        broker.stop()


@contextmanager
def running_office(data: Path, port: int) -> Iterator[Child]:
    """Listener, desk and database over the data folder, once the broker has granted what they listen to.

    Asked for "commits", it says how often it has committed so far.
    """
    with _child("office", port, data) as office:
        office.hear()
        yield office
        office.ask("end")


def paho_alone(folder: Path, buses: Sequence[Homecoming], batches: Sequence[Sequence[bytes]]) -> float:
    """Seconds in which paho takes the same batches, and does nothing with them, from a broker that holds them all."""
    count = sum(map(len, batches))
    with running_broker(folder, buses, holds_all=True) as port, _child("paho", port, count) as paho:
        paho.hear()
        for bus, those in zip(buses, batches, strict=True):
            _publish(bus, port, those)
        taken, seconds = paho.ask("begin", PEER_S)
    if taken != sum(len(batch) for those in batches for batch in those):
        raise NotMeasured(f"paho alone has taken {taken} bytes, other than were sent.")
    return float(seconds)


@contextmanager
def _child(name: str, *arguments: object) -> Iterator[Child]:
    """This file as a program of its own; ended, by force if it must be, with the context."""
    command = python("tests.bench.sync_office", name, *map(str, arguments))
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Child(name, process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_S)
        finally:
            process.kill()


def _tell(answer: object) -> None:
    print(json.dumps(answer), flush=True)


def _run_office(port: int, data: Path) -> None:
    office = open_office(data, int(time.time()))
    broker = Broker("127.0.0.1", port, CENTRAL, PASSWORD)
    listener = Listener(broker, Desk(VILLAGE, office.keys.down), office.database, lambda: int(time.time()))
    listener.start()
    while not listener.hears():
        time.sleep(0.01)
    _tell("ready")
    for word in map(str.strip, sys.stdin):
        if word == "end":
            break
        _tell(office.database.changes.version)
    listener.stop()
    office.database.close()
    _tell("ended")


def _run_paho(port: int, count: int) -> None:
    """Leave a session behind, and take what has come into it meanwhile."""
    _take(port, lambda _: True, subscribe=True)
    _tell("ready")
    sys.stdin.readline()
    sizes: list[int] = []

    def is_all(payload: bytes) -> bool:
        sizes.append(len(payload))
        return len(sizes) == count

    begun = time.perf_counter()
    _take(port, is_all, subscribe=False)
    _tell((sum(sizes), time.perf_counter() - begun))


def _take(port: int, is_all: Callable[[bytes], bool], *, subscribe: bool) -> None:
    """One connection of the office's session: until it is subscribed, or until `is_all` says so of a payload.

    Acknowledged by hand, as the office does, and with as much under way.
    """
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=CLIENT_ID, protocol=mqtt.MQTTv5, manual_ack=True
    )
    client.username_pw_set(CENTRAL, PASSWORD)

    def on_connect(*_: Any) -> None:
        if subscribe:
            client.subscribe(f"{VERSION}/{VILLAGE}/+/{Channel.UP}", options=SubscribeOptions(qos=1))

    def on_subscribe(*_: Any) -> None:
        client.disconnect()

    def on_message(_client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        payload = bytes(message.payload)
        client.ack(message.mid, message.qos)
        if is_all(payload):
            client.disconnect()

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_EXPIRY_S
    properties.ReceiveMaximum = UNDER_WAY
    client.connect("127.0.0.1", port, clean_start=False, properties=properties)
    client.loop_forever()


def _publish(bus: Homecoming, port: int, batches: Sequence[bytes]) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=bus.device, protocol=mqtt.MQTTv5)
    client.username_pw_set(bus.device, bus.password)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        topic = str(Topic(VILLAGE, bus.device, Channel.UP))
        for handed in [client.publish(topic, batch, qos=1) for batch in batches]:
            handed.wait_for_publish(PATIENCE_S)
            if not handed.is_published():
                raise NotMeasured(f"The broker has not taken what {bus.device} sent.")
    finally:
        client.disconnect()
        client.loop_stop()


if __name__ == "__main__":
    what, at, more = sys.argv[1:]
    if what == "office":
        _run_office(int(at), Path(more))
    else:
        _run_paho(int(at), int(more))
