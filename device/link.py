"""The way to central over MQTT 5. The only paho in the field. Its callbacks only hand over; nothing is decided here.

A callback that raises ends paho's thread for good, while its client goes on to say that it is connected.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from rules.messages.codec import Malformed, decode, encode
from rules.messages.link import Ack, Cursor, DownPage, Health
from rules.messages.topics import TO_DEVICE, Channel, Topic, parse_topic

if TYPE_CHECKING:
    from device.sync import Taken

log = logging.getLogger(__name__)

SESSION_EXPIRY_S = 7 * 86_400
KEEPALIVE_S = 30
RECONNECT_S = (1.0, 20.0)
"""The shortest and the longest wait before another try. Waits lie anywhere between the first and a limit …"""
FIRST_LIMIT_S = 4.0
"""… that is this and doubles at every failure: a village that lost its broker does not come back all at once."""
MAX_QUEUED = 16
"""Messages the broker has not taken yet; more are dropped."""
MAX_MESSAGE_BYTES = 64 * 1024
"""Central's longest is a page of 48 KiB. What is longer is not looked into."""
STOP_S = 2.0

AWAY = (
    "役場とつながっていません。記録はこの端末に残り、つながったときに送ります。 / "
    "Not connected to the office; records stay here and are sent when the connection is back."
)
REFUSED = (
    "役場がこの端末の接続を断りました。事務所へ連絡してください。 / "
    "The office refused this unit's connection: call the office."
)
_UNWELCOME = {"Bad user name or password", "Not authorized", "Banned", "Client identifier not valid"}

FROM_CENTRAL: dict[Channel, type[Cursor | Ack | DownPage]] = {
    Channel.CURSOR: Cursor,
    Channel.ACK: Ack,
    Channel.DOWN: DownPage,
}


class LinkUnusable(Exception):
    """The machine's certificate cannot be used. The text is one sentence with the remedy."""


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files: whose certificates the broker's must be from, and what this machine shows as its own."""

    ca: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer; the broker's name is checked too. Raises LinkUnusable."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            # An empty password: a locked key would otherwise be asked about on a terminal that nobody sits at.
            context.load_cert_chain(self.certificate, self.key, password="")
        except (OSError, ValueError) as error:
            raise LinkUnusable(
                f"この端末の証明書 {self.certificate} を使えません（{error}）。端末の登録をやり直してください。 / "
                f"This unit's certificate {self.certificate} cannot be used ({error}); enrol the unit again."
            ) from error
        return context


@dataclass(frozen=True, slots=True)
class Broker:
    """Where and as whom to connect. With `tls` the certificate says as whom, and the password is not used."""

    host: str
    port: int
    username: str
    password: str
    tls: Tls | None = None


class Waits:
    """How long to wait before each try. `chance` gives numbers from 0 to 1."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._limit = FIRST_LIMIT_S

    def next(self) -> float:
        """Seconds before the next try, after one more failure."""
        shortest, longest = RECONNECT_S
        wait = shortest + self._chance() * (self._limit - shortest)
        self._limit = min(2 * self._limit, longest)
        return wait

    def restart(self) -> None:
        """It worked: the next failure is a first one."""
        self._limit = FIRST_LIMIT_S


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told, from paho's thread. Each must return at once and never raise.

    `down` is told why in a sentence for whoever stands in front of the machine.
    """

    up: Callable[[], object]
    down: Callable[[str], object]
    heard: Callable[[Cursor | Ack | DownPage], object]


class MqttLink:
    """One machine's connection, kept alive from `start` to `stop`. `chance` gives numbers from 0 to 1."""

    def __init__(
        self,
        broker: Broker,
        village: str,
        device: str,
        listeners: Listeners,
        chance: Callable[[], float],
    ) -> None:
        self._broker = broker
        self._village = village
        self._device = device
        self._listeners = listeners
        self._waits = Waits(chance)
        self._told_why = False
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=device, protocol=mqtt.MQTTv5)
        if broker.tls is None:
            client.username_pw_set(broker.username, broker.password)
        client.max_queued_messages_set(MAX_QUEUED)
        client.will_set(self._topic(Channel.STATE), encode(Health(online=False)), qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        self._client = client

    def start(self) -> None:
        """Connect and stay connected; a broker that is away is tried again for ever. Raises LinkUnusable."""
        if self._broker.tls is not None:
            self._client.tls_set_context(self._broker.tls.context())
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
        """Disconnect, and have the broker publish the last will all the same. Ends within 2 seconds."""
        self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
        # paho waits until all it holds is sent, over a dead line until the keep-alive ends it. Nothing is lost with it.
        ending = threading.Thread(target=self._client.loop_stop, name="link-end", daemon=True)
        ending.start()
        ending.join(STOP_S)

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> Taken | None:
        """Hand one message over, and get whom to ask whether the broker has taken it.

        Without a connection, or with MAX_QUEUED before it, it is dropped (None): whoever needs it sends it again.
        """
        if not self._client.is_connected():
            return None
        handed = self._client.publish(self._topic(channel), payload, qos=1, retain=retain)
        return handed.is_published if handed.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def _topic(self, channel: Channel) -> str:
        return str(Topic(self._village, self._device, channel))

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            log.warning("the broker refused the connection: %s", reason)
            self._told_why = True
            self._listeners.down(REFUSED if str(reason) in _UNWELCOME else AWAY)
            return
        client.subscribe([(self._topic(channel), SubscribeOptions(qos=1)) for channel in TO_DEVICE])
        self._waits.restart()
        self._told_why = False
        self._listeners.up()

    def _on_connect_fail(self, _client: Any, _data: Any) -> None:
        self._wait_before_next_try()
        self._listeners.down(AWAY)

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._wait_before_next_try()
        # paho calls this after a refused connection too, which has been reported with a better reason.
        if self._told_why:
            self._told_why = False
            return
        log.warning("the connection is gone: %s", reason)
        self._listeners.down(AWAY)

    def _wait_before_next_try(self) -> None:
        # paho only doubles from one number to another. Set anew after every failure, the first is all it waits.
        wait = self._waits.next()
        self._client.reconnect_delay_set(wait, wait)  # type: ignore[arg-type]

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = parse_topic(message.topic)
        except UnicodeDecodeError:
            # paho reads a topic's bytes only here, and Mosquitto is not every broker.
            topic = None
        if topic is None or topic.channel not in FROM_CENTRAL or len(message.payload) > MAX_MESSAGE_BYTES:
            return
        try:
            heard = decode(bytes(message.payload), FROM_CENTRAL[topic.channel])
        except Malformed as error:
            log.warning("not a %s of ours: %s", topic.channel, error)
            return
        self._listeners.heard(heard)
