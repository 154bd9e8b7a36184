"""Meters that publish: a persistent MQTT 5 session whose messages are acknowledged by hand.

The broker keeps what it sent until we say that it is on the disk, and what came while we were away.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from commonweal.errors import InputError
from commonweal.live.messages import Arrived, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from queue import Queue

    from paho.mqtt.reasoncodes import ReasonCode

    from commonweal.live.definitions import Broker, Reader
    from commonweal.live.metrics import Metrics

_FINAL_REFUSALS = {  # trying again would not help
    "Bad user name or password", "Not authorized", "Client identifier not valid", "Banned",
    "Unsupported protocol version", "Malformed packet", "Protocol error",
}  # fmt: skip
_LONGEST_WAIT_S = 30


class MqttSource:
    """Puts what a broker sends into a queue; a full queue stops the reading, not the broker."""

    def __init__(
        self,
        reader: Reader,
        arrived: Queue[Arrived],
        *,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        """Prepare; nothing is connected yet.

        Raises:
            InputError: The password's variable is not set.
        """
        assert reader.broker is not None  # noqa: S101 - checked where definitions are read
        self.fault: InputError | None = None
        """Why it gave up."""
        self._reader, self._broker, self._arrived = reader, reader.broker, arrived
        self._clock, self._metrics = clock, metrics
        self._client = _client(reader.name, reader.broker)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._heard

    def start(self) -> None:
        """Connect, now and whenever the connection is lost."""
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = self._broker.session_expiry_s
        session.ReceiveMaximum = self._broker.receive_maximum
        self._client.reconnect_delay_set(1, _LONGEST_WAIT_S)
        self._client.connect_async(
            self._broker.host,
            self._broker.port,
            self._broker.keepalive_s,
            clean_start=False,
            properties=session,
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect; the broker keeps the session."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(
        self,
        client: mqtt.Client,
        _data: object,
        _flags: object,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if not reason.is_failure:
            self._metrics.connected.set(1)
            options = SubscribeOptions(
                qos=self._broker.qos, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
            )
            client.subscribe([(topic, options) for topic in self._broker.topics])
            return
        if str(reason) in _FINAL_REFUSALS:
            self.fault = InputError(
                f"broker {self._broker.host}:{self._broker.port} refuses us: {reason}",
                hint="check username, password_env and client_id of the reader's definition",
            )
            client.disconnect()

    def _disconnected(self, *_: object) -> None:
        self._metrics.connected.set(0)
        self._metrics.disconnects.inc()

    def _heard(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        rows = rows_of(self._reader, message.topic, bytes(message.payload), self._clock())
        mid, qos = message.mid, message.qos
        self._arrived.put(Arrived(rows, lambda: client.ack(mid, qos), is_repeat=bool(message.dup)))


def _client(name: str, broker: Broker) -> mqtt.Client:
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id or f"commonweal-{name}",
        protocol=mqtt.MQTTv5,
        manual_ack=True,
    )
    if broker.username:
        client.username_pw_set(broker.username, _password(broker))
    if broker.tls:
        client.tls_set(ca_certs=broker.ca_file or None)
    return client


def _password(broker: Broker) -> str | None:
    if not broker.password_env:
        return None
    if (found := os.environ.get(broker.password_env)) is None:
        raise InputError(
            f"the password of {broker.username} at {broker.host} is not set",
            hint=f"set the environment variable {broker.password_env}",
        )
    return found
