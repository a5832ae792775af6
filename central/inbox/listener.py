"""The mirror of the machines' link: takes their messages from the broker, and answers once their content is committed.

paho's thread only puts messages onto a bounded queue. One thread of ours takes what waits there, answers it in one
transaction, and only then acknowledges it to the broker.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from central.database.transaction import Database
from central.devices.store import has_news_after, last_entry
from central.inbox.answer import Answer, Desk, Message
from rules.messages.topics import FROM_DEVICE, VERSION

log = logging.getLogger(__name__)

CLIENT_ID = "central"
SESSION_EXPIRY_S = 7 * 86_400
KEEPALIVE_S = 30
RECONNECT_S = (1, 20)
UNDER_WAY = 256
"""Messages under way from the broker: it sends no more than this before we acknowledge some."""
AT_ONCE = 32
"""Messages answered in one transaction."""
MAX_ANSWERS_QUEUED = 1000
TICK_S = 1.0
"""How often the down log is looked at for news, which may come from another process."""
RETRY_S = 2.0
STOP_S = 20.0


@dataclass(frozen=True, slots=True)
class Broker:
    """Where and as whom to connect."""

    host: str
    port: int
    username: str
    password: str = ""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message with what the broker must be told when it is committed. Message ids belong to one connection."""

    message: Message
    mid: int
    qos: int
    connection: int


class Listener:
    """The inbox, from `start` to `stop`."""

    def __init__(self, broker: Broker, desk: Desk, database: Database, now: Callable[[], int]) -> None:
        self._broker = broker
        self._desk = desk
        self._database = database
        self._now = now
        self._queue: queue.Queue[_Waiting] = queue.Queue(2 * UNDER_WAY)
        self._ending = threading.Event()
        self._subscribed = threading.Event()
        self._connection = 0
        self._told = -1
        self._turns = 0
        self._inbox = threading.Thread(target=self._run, name="inbox", daemon=True)
        self._client = self._make_client()

    def start(self) -> None:
        """Connect and listen; a broker that is away is tried again for ever."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = UNDER_WAY
        self._client.connect_async(
            self._broker.host,
            self._broker.port,
            keepalive=KEEPALIVE_S,
            clean_start=False,
            properties=properties,
        )
        self._inbox.start()
        self._client.loop_start()

    @property
    def turns(self) -> int:
        """How often what waits has been looked at; it rises each second or two, unless the thread hangs."""
        return self._turns

    def hears(self) -> bool:
        """Whether the broker has granted what we subscribed to; before that, what machines say passes us by."""
        return self._subscribed.is_set()

    def stop(self) -> None:
        """End after what is being answered now. What waits stays with the broker and with the machines."""
        self._ending.set()
        self._inbox.join(STOP_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _make_client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=CLIENT_ID, protocol=mqtt.MQTTv5, manual_ack=True
        )
        client.username_pw_set(self._broker.username, self._broker.password)
        client.reconnect_delay_set(*RECONNECT_S)
        client.max_queued_messages_set(MAX_ANSWERS_QUEUED)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            log.error("%s:%s: %s", self._broker.host, self._broker.port, reason)
            return
        self._connection += 1
        village = f"{VERSION}/{self._desk.village}"
        client.subscribe([(f"{village}/+/{channel}", SubscribeOptions(qos=1)) for channel in FROM_DEVICE])
        log.info("connected to the broker at %s:%s", self._broker.host, self._broker.port)

    def _on_subscribe(self, _client: Any, _data: Any, _mid: Any, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("the broker does not let us hear the machines: %s", reasons)
            return
        self._subscribed.set()

    def _on_connect_fail(self, _client: Any, _data: Any) -> None:
        log.warning("no broker at %s:%s; trying again", self._broker.host, self._broker.port)

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._subscribed.clear()
        log.info("disconnected from the broker: %s", reason)

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            # paho reads a topic's bytes only here, and an exception would end its thread. It is none of ours.
            self._client.ack(message.mid, message.qos)
            return
        if message.qos == 0 and self._queue.qsize() >= UNDER_WAY:
            # Machines of ours say nothing so that it may be lost; room is for what must not be.
            return
        arrived = Message(topic, bytes(message.payload), message.retain)
        try:
            self._queue.put_nowait(_Waiting(arrived, message.mid, message.qos, self._connection))
        except queue.Full:
            # Not acknowledged: at the latest on the next connection the broker sends it again.
            log.error("the queue is full; a message of %s waits at the broker", topic)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._turns += 1
            waiting = self._take_waiting()
            while not self._deal_with(waiting):
                self._turns += 1
                if self._ending.wait(RETRY_S):
                    return

    def _take_waiting(self) -> list[_Waiting]:
        """What waits, at most AT_ONCE; nothing if nothing comes within TICK_S."""
        waiting: list[_Waiting] = []
        try:
            waiting.append(self._queue.get(timeout=TICK_S))
            while len(waiting) < AT_ONCE:
                waiting.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return waiting

    def _deal_with(self, waiting: Sequence[_Waiting]) -> bool:
        """Whether all of it is committed and answered. If not, the same is tried again: nothing is skipped."""
        try:
            if waiting:
                with self._database.write() as connection:
                    messages = [each.message for each in waiting]
                    answers = self._desk.answer_all(connection, messages, self._now())
                self._acknowledge(waiting)
                self._publish(answers)
            self._tell_news()
        except Exception:
            log.exception("could not take in what waits; trying again")
            return False
        return True

    def _acknowledge(self, waiting: Sequence[_Waiting]) -> None:
        for each in waiting:
            # A message id of an earlier connection may name another message by now.
            if each.connection == self._connection:
                self._client.ack(each.mid, each.qos)

    def _publish(self, answers: Sequence[Answer]) -> None:
        # Without a connection an answer is dropped: by the next one it may be old, and machines ask again.
        if self._client.is_connected():
            for answer in answers:
                self._client.publish(str(answer.topic), answer.payload, qos=1)

    def _tell_news(self) -> None:
        """New entries of the down log go to every machine that has read up to there.

        Figures of holds are no news: there is one for every ride, and the broker would keep a page of them each time
        for whoever is away. Machines that are there ask twice a minute.
        """
        with self._database.read() as connection:
            last = last_entry(connection)
            if last == self._told:
                return
            is_news = not 0 <= self._told < last or has_news_after(connection, self._told)
            pages = self._desk.pages_for_all(connection) if is_news else []
        self._publish(pages)
        self._told = last
