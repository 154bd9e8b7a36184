"""What anybody needs to check a log and a signature: written once, for us and for every pack.

The standard library alone: ``kernel.facts.offline`` puts this text into the scripts that go out
with packs, so nothing here may import anything of ours.

Source: S. Josefsson, I. Liusvaara, RFC 8032 (2017) §5.1, in extended coordinates; B. Laurie et al.,
RFC 9162 (2021) §2.1.3.2.
"""

from __future__ import annotations

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
KEY_BYTES, SIGNATURE_BYTES = 32, 64
Point = tuple[int, int, int, int]


def climbed(node: bytes, index: int, size: int, path: list[bytes]) -> str:
    """Return the root that a path leads to from a leaf's hash; empty if it cannot."""
    if not 0 <= index < size:
        return ""
    last = size - 1
    for step in path:
        if not last:
            return ""
        if index & 1 or index == last:
            node = hashlib.sha256(b"\1" + step + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + step).digest()
        index, last = index >> 1, last >> 1
    return "" if last else node.hex()


def signature_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether the holder of the public key signed a message (Ed25519)."""
    if len(key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    point, head = point_read(key), point_read(signature[:KEY_BYTES])
    answer = int.from_bytes(signature[KEY_BYTES:], "little")
    if point is None or head is None or answer >= ORDER:
        return False
    digest = hashlib.sha512(signature[:KEY_BYTES] + key + message).digest()
    asked = int.from_bytes(digest, "little") % ORDER
    one, other = times(answer, BASE), added(head, times(asked, point))
    return all((one[i] * other[2] - other[i] * one[2]) % P == 0 for i in (0, 1))


def point_read(spelled: bytes) -> Point | None:
    """Return the point that 32 bytes spell, None if there is none."""
    number = int.from_bytes(spelled, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (not x and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def added(one: Point, other: Point) -> Point:
    """Return the sum of two points."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, point: Point) -> Point:
    """Return a point added to itself so many times."""
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = added(total, point)
        point, scalar = added(point, point), scalar >> 1
    return total


BASE = point_read((4 * pow(5, -1, P) % P).to_bytes(KEY_BYTES, "little")) or (0, 1, 1, 0)
