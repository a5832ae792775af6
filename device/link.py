"""The way to central over MQTT 5. The only paho in the field. Its callbacks only hand over; nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from rules.messages.codec import Malformed, decode, encode
from rules.messages.link import Ack, Cursor, DownPage, Health
from rules.messages.topics import TO_DEVICE, Channel, Topic, parse_topic

SESSION_EXPIRY_S = 7 * 86_400
KEEPALIVE_S = 30
RECONNECT_S = (1, 20)
MAX_QUEUED = 16

FROM_CENTRAL: dict[Channel, type[Cursor | Ack | DownPage]] = {
    Channel.CURSOR: Cursor,
    Channel.ACK: Ack,
    Channel.DOWN: DownPage,
}


@dataclass(frozen=True, slots=True)
class Broker:
    """Where and as whom to connect."""

    host: str
    port: int
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told, from paho's thread. Each must return at once and never raise."""

    up: Callable[[], object]
    down: Callable[[str], object]
    heard: Callable[[Cursor | Ack | DownPage], object]


class MqttLink:
    """One machine's connection, kept alive from `start` to `stop`."""

    def __init__(self, broker: Broker, village: str, device: str, listeners: Listeners) -> None:
        self._broker = broker
        self._village = village
        self._device = device
        self._listeners = listeners
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=device, protocol=mqtt.MQTTv5)
        client.username_pw_set(broker.username, broker.password)
        client.reconnect_delay_set(*RECONNECT_S)
        client.max_queued_messages_set(MAX_QUEUED)
        client.will_set(self._topic(Channel.STATE), encode(Health(online=False)), qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        self._client = client

    def start(self) -> None:
        """Connect and stay connected; a broker that is away is tried again for ever."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        self._client.connect_async(
            self._broker.host,
            self._broker.port,
            keepalive=KEEPALIVE_S,
            clean_start=False,
            properties=properties,
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect; the broker then publishes no last will, so say it first."""
        self.publish(Channel.STATE, encode(Health(online=False)), retain=True)
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> None:
        """Hand one message over; without a connection it is dropped, since whoever needs it sends it again."""
        if self._client.is_connected():
            self._client.publish(self._topic(channel), payload, qos=1, retain=retain)

    def _topic(self, channel: Channel) -> str:
        return str(Topic(self._village, self._device, channel))

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._listeners.down(str(reason))
            return
        client.subscribe([(self._topic(channel), SubscribeOptions(qos=1)) for channel in TO_DEVICE])
        self._listeners.up()

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._listeners.down(str(reason))

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        topic = parse_topic(message.topic)
        if topic is None or topic.channel not in FROM_CENTRAL:
            return
        try:
            heard = decode(bytes(message.payload), FROM_CENTRAL[topic.channel])
        except Malformed as error:
            self._listeners.down(f"malformed {topic.channel}: {error}")
            return
        self._listeners.heard(heard)
