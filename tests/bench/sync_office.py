"""The office's end of the `sync` benchmark, and paho alone in its place: each in a process of its own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
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
from hil.virtual.processes import NotReady, Program
from provisioning.broker import CENTRAL, find_mosquitto, write_broker_config
from rules.messages.topics import VERSION, Channel, Topic
from tests.bench.bus import NotMeasured
from tests.bench.sync_buses import VILLAGE, Homecoming

PASSWORD = "central's own"
PATIENCE_S = 60.0
PEER_S = 600.0
"""Within this long paho alone must have it all."""
_LIMITED = "max_queued_messages 1000\nmax_queued_bytes 67108864\n"
_UNLIMITED = "max_queued_messages 0\nmax_queued_bytes 0\n"


class Office:
    """The office in a process of its own, until its context ends."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def commits(self) -> int:
        """How often it has committed so far."""
        self._pipe.send("commits")
        return int(_hear(self._pipe, PATIENCE_S, "The office"))


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
def running_office(data: Path, port: int) -> Iterator[Office]:
    """Listener, desk and database over the data folder `data`, once the broker has granted what they listen to."""
    with _child(_run_office, data, port) as pipe:
        _hear(pipe, PATIENCE_S, "The office")
        yield Office(pipe)
        pipe.send("end")
        _hear(pipe, PATIENCE_S, "The office")


def paho_alone(folder: Path, buses: Sequence[Homecoming], batches: Sequence[Sequence[bytes]]) -> float:
    """Seconds in which paho takes the same batches, and does nothing with them, from a broker that holds them all."""
    count = sum(map(len, batches))
    with running_broker(folder, buses, holds_all=True) as port, _child(_run_paho, port, count) as pipe:
        _hear(pipe, PATIENCE_S, "paho")
        for bus, those in zip(buses, batches, strict=True):
            _publish(bus, port, those)
        pipe.send("begin")
        taken, seconds = _hear(pipe, PEER_S, "paho")
    if taken != sum(len(batch) for those in batches for batch in those):
        raise NotMeasured(f"paho alone has taken {taken} bytes, other than were sent.")
    return float(seconds)


@contextmanager
def _child(work: Callable[..., None], *arguments: object) -> Iterator[Pipe]:
    """A fresh Python that does `work(pipe, *arguments)`; ended, by force if it must be, with the context."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
        process.join(PATIENCE_S)
    finally:
        process.kill()
        process.join()
        ours.close()


def _hear(pipe: Pipe, patience: float, who: str) -> Any:
    try:
        if pipe.poll(patience):
            return pipe.recv()
    except EOFError as error:
        raise NotMeasured(f"{who} has ended; what it said stands above.") from error
    raise NotMeasured(f"{who} said nothing within {patience:.0f} s.")


def _run_office(pipe: Pipe, data: Path, port: int) -> None:
    office = open_office(data, int(time.time()))
    broker = Broker("127.0.0.1", port, CENTRAL, PASSWORD)
    listener = Listener(broker, Desk(VILLAGE, office.keys.down), office.database, lambda: int(time.time()))
    listener.start()
    while not listener.hears():
        time.sleep(0.01)
    pipe.send("ready")
    while pipe.recv() == "commits":
        pipe.send(office.database.changes.version)
    listener.stop()
    office.database.close()
    pipe.send("ended")


def _run_paho(pipe: Pipe, port: int, count: int) -> None:
    """Leave a session behind, and take what has come into it meanwhile."""
    _take(port, lambda _: True, subscribe=True)
    pipe.send("ready")
    pipe.recv()
    sizes: list[int] = []

    def is_all(payload: bytes) -> bool:
        sizes.append(len(payload))
        return len(sizes) == count

    begun = time.perf_counter()
    _take(port, is_all, subscribe=False)
    pipe.send((sum(sizes), time.perf_counter() - begun))


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
