"""Ending a machine's session: the office connects by its client's id, and the broker lets go of the other.

Only the office can: on its own listener a client's id need not be its user's name, on the machines' it is always that.
"""

from __future__ import annotations

import queue
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from central.inbox.listener import Broker

ANSWERED_S = 10.0


def end_session(broker: Broker, device: str) -> None:
    """End the live session of `device`, and throw away what the broker keeps for it. Without one, nothing happens.

    Raises OSError where the broker cannot be reached or does not let us.
    """
    said: queue.Queue[Any] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=device, protocol=mqtt.MQTTv5)
    client.username_pw_set(broker.username, broker.password)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: said.put(reason)
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 0
    client.connect(broker.host, broker.port, clean_start=True, properties=properties)
    client.loop_start()
    try:
        reason = said.get(timeout=ANSWERED_S)
    except queue.Empty as error:
        raise TimeoutError(f"the broker does not answer about {device}") from error
    finally:
        client.disconnect()
        client.loop_stop()
    if reason.is_failure:
        raise PermissionError(f"the broker does not let the office end {device}'s session: {reason}")
