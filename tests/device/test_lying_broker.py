"""What a broker in other hands can do to a machine's link: nothing that lasts."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager

from device.link import MAX_MESSAGE_BYTES, Broker, Listeners, MqttLink
from rules.messages.codec import encode
from rules.messages.link import Ack, Cursor, DownPage
from tests.lying_broker import LyingBroker, lying_broker, publish_packet

PATIENCE_S = 20.0
MINE = b"v1/ohkura/bus-001/ack"
ACK = Ack("e", 1, "")
GOOD = publish_packet(MINE, encode(ACK))


@contextmanager
def linked(broker: LyingBroker) -> Iterator[queue.Queue[Cursor | Ack | DownPage]]:
    heard: queue.Queue[Cursor | Ack | DownPage] = queue.Queue()
    listeners = Listeners(lambda: None, lambda _: None, heard.put)
    link = MqttLink(
        Broker("127.0.0.1", broker.port, "bus-001", "x"), "ohkura", "bus-001", listeners, lambda: 0.0
    )
    link.start()
    try:
        yield heard
    finally:
        link.stop()


def test_a_topic_that_is_no_text_does_not_end_the_link() -> None:
    with lying_broker(publish_packet(b"\xff\xfe", b"{}") + GOOD) as broker, linked(broker) as heard:
        assert heard.get(timeout=PATIENCE_S) == ACK


def test_a_message_longer_than_any_of_centrals_is_not_looked_into() -> None:
    long = encode(Ack("e" * MAX_MESSAGE_BYTES, 2, ""))
    with lying_broker(publish_packet(MINE, long) + GOOD) as broker, linked(broker) as heard:
        assert heard.get(timeout=PATIENCE_S) == ACK
        assert heard.empty()
