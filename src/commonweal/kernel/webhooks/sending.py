"""One signed message to one checked address (Standard Webhooks 1.0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Final

from commonweal import __version__
from commonweal.errors import InputError
from commonweal.kernel.webhooks.addresses import target_resolve

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from commonweal.kernel.webhooks.addresses import Target

_TIMEOUT_S: Final = 10.0
_MOST_S: Final = 20.0  # of a whole message: who says one letter every nine seconds is cut off
_SECRET: Final = "whsec_"  # noqa: S105 - how such secrets begin
_HEARD: Final = range(200, 300)
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address said; ``error`` is empty if it heard."""

    status: int | None
    error: str


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message.

    Source: Standard Webhooks 1.0: HMAC-SHA256 over ``id.timestamp.body``, in base64.
    """
    key = base64.b64decode(secret.removeprefix(_SECRET))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def message_send(
    url: str,
    body: bytes,
    *,
    secret: str,
    message_id: str,
    now: datetime,
    allowed: Collection[str] = (),
) -> Answer:
    """Send a message and return what became of it; nothing that a receiver does raises."""
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Commonweal/{__version__}",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
    try:
        target = target_resolve(url, allowed=allowed)
        status = _post(target, body, headers)
    except InputError as fault:
        return Answer(None, str(fault)[:_LONGEST])
    except (OSError, HTTPException, ValueError) as fault:
        return Answer(None, f"{type(fault).__name__}: {fault}"[:_LONGEST])
    return Answer(status, "" if status in _HEARD else f"it answered {status}")


def _post(target: Target, body: bytes, headers: dict[str, str]) -> int:
    kind = _PinnedSecure if target.scheme == "https" else _Pinned
    connection = kind(target)
    over = threading.Timer(_MOST_S, _cut, [connection])
    over.start()
    try:
        connection.request("POST", target.path, body, headers)
        return connection.getresponse().status  # what it says besides is not read
    finally:
        over.cancel()
        connection.close()


def _cut(connection: HTTPConnection) -> None:
    """End what somebody else waits for; TLS has its own way of doing it, which would wait, too."""
    if connection.sock is not None:
        with suppress(OSError):
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


class _Pinned(HTTPConnection):
    """A connection to the address that was checked, under the name that was asked for."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=_TIMEOUT_S)
        self._address = target.address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _PinnedSecure(HTTPSConnection):
    """The same with TLS; the certificate is that of the name."""

    def __init__(self, target: Target) -> None:
        self._context_own = ssl.create_default_context()
        super().__init__(target.host, target.port, timeout=_TIMEOUT_S, context=self._context_own)
        self._address = target.address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._context_own.wrap_socket(
            plain, server_hostname=self.host, do_handshake_on_connect=False
        )  # so that a handshake without end is cut off, too
        self.sock.do_handshake()
