"""Signatures Ed25519 in plain integers: a checkpoint is signed once, checked anywhere.

A few milliseconds each, which is nothing for a checkpoint a day. It does not run in constant time:
sign on a machine that nobody else shares while the key is on it.

Source: S. Josefsson, I. Liusvaara, RFC 8032 (2017) §5.1, in extended coordinates.
"""

from __future__ import annotations

from hashlib import sha512

from commonweal.engines.proving import (
    BASE,
    KEY_BYTES,
    ORDER,
    P,
    Point,
    signature_holds,
    times,
)
from commonweal.errors import InputError

__all__ = ["public_key", "signature_holds", "signature_of"]


def public_key(secret: bytes) -> bytes:
    """Return the public key of 32 secret bytes.

    Raises:
        InputError: They are not 32.
    """
    return _spelled(times(_expanded(secret)[0], BASE))


def signature_of(secret: bytes, message: bytes) -> bytes:
    """Return the 64 bytes that only the holder of ``secret`` can give for ``message``."""
    scalar, prefix = _expanded(secret)
    key = _spelled(times(scalar, BASE))
    nonce = _number(prefix + message)
    head = _spelled(times(nonce, BASE))
    answer = (nonce + _number(head + key + message) * scalar) % ORDER
    return head + answer.to_bytes(32, "little")


def _expanded(secret: bytes) -> tuple[int, bytes]:
    if len(secret) != KEY_BYTES:
        raise InputError(f"a secret key has 32 bytes, this one {len(secret)}")
    digest = sha512(secret).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & ((1 << 254) - 8) | (1 << 254), digest[32:]


def _number(message: bytes) -> int:
    return int.from_bytes(sha512(message).digest(), "little") % ORDER


def _spelled(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")
