"""Signatures Ed25519 in plain integers: a checkpoint is signed once, checked anywhere.

A few milliseconds each, which is nothing for a checkpoint a day. It does not run in constant time:
sign on a machine that nobody else shares while the key is on it.

Source: S. Josefsson, I. Liusvaara, RFC 8032 (2017) §5.1, in extended coordinates.
"""

from __future__ import annotations

from hashlib import sha512
from typing import Final

from commonweal.errors import InputError

_P: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_SQRT_M1: Final = pow(2, (_P - 1) // 4, _P)
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64

Point = tuple[int, int, int, int]


def public_key(secret: bytes) -> bytes:
    """Return the public key of 32 secret bytes.

    Raises:
        InputError: They are not 32.
    """
    return _spelled(_times(_expanded(secret)[0], _BASE))


def signature_of(secret: bytes, message: bytes) -> bytes:
    """Return the 64 bytes that only the holder of ``secret`` can give for ``message``."""
    scalar, prefix = _expanded(secret)
    key = _spelled(_times(scalar, _BASE))
    nonce = _number(prefix + message)
    head = _spelled(_times(nonce, _BASE))
    answer = (nonce + _number(head + key + message) * scalar) % _ORDER
    return head + answer.to_bytes(32, "little")


def signature_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether the holder of the public ``key`` signed ``message``."""
    if len(key) != _KEY_BYTES or len(signature) != _SIGNATURE_BYTES:
        return False
    point, head = _read(key), _read(signature[:32])
    answer = int.from_bytes(signature[32:], "little")
    if point is None or head is None or answer >= _ORDER:
        return False
    asked = _number(signature[:32] + key + message)
    return _same(_times(answer, _BASE), _add(head, _times(asked, point)))


def _expanded(secret: bytes) -> tuple[int, bytes]:
    if len(secret) != _KEY_BYTES:
        raise InputError(f"a secret key has 32 bytes, this one {len(secret)}")
    digest = sha512(secret).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & ((1 << 254) - 8) | (1 << 254), digest[32:]


def _number(message: bytes) -> int:
    return int.from_bytes(sha512(message).digest(), "little") % _ORDER


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c, d = 2 * one[3] * other[3] * _D % _P, 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    return total


def _same(one: Point, other: Point) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % _P == 0 and (
        one[1] * other[2] - other[1] * one[2]
    ) % _P == 0


def _root(y: int, sign: int) -> int | None:
    """Return the x of a point from its y, None if there is none."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _SQRT_M1 % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    return _P - x if x & 1 != sign else x


def _spelled(point: Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _read(spelled: bytes) -> Point | None:
    number = int.from_bytes(spelled, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = _root(y, sign) if y < _P else None
    return None if x is None else (x, y, 1, x * y % _P)


def _base() -> Point:
    y = 4 * pow(5, -1, _P) % _P
    x = _root(y, 0) or 0
    return x, y, 1, x * y % _P


_BASE: Final = _base()
