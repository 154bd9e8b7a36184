"""RFC 6962 Merkle trees: heads, inclusion proofs and consistency proofs.

A tree over ``n`` leaves is the tree over the first ``k`` leaves, ``k`` the largest power of two
below ``n``, beside the tree over the rest. A log that only grows keeps every complete subtree, so
two heads of it are tied by a proof of at most ``2 log2(n)`` hashes.

Axes: leaf, in order of the log. Hashes are 32 bytes of SHA-256; leaves and inner nodes are hashed
with different first bytes, so that neither can stand for the other. A large log keeps the heads
of its complete chunks (``ChunkedTree``) and reads only the leaves of the chunk that is asked for.

Source: B. Laurie, A. Langley, E. Kasper, RFC 6962 (2013) §2.1; B. Laurie, E. Messeri,
R. Stradling, RFC 9162 (2021) §2.1, whose verification algorithms these are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

EMPTY_HEAD: Final = sha256(b"").digest()
CHUNK_LEAVES: Final = 4096
_NODE: Final = sha256(b"\x01")


class Tree(Protocol):
    """A tree that knows the heads of its subtrees."""

    @property
    def size(self) -> int:
        """Number of leaves."""

    def head(self, start: int, stop: int) -> bytes:
        """Return the head over leaves ``start`` to ``stop``, a subtree that RFC 6962 cuts."""


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of one leaf's content.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two subtrees."""
    node = _NODE.copy()
    node.update(left + right)
    return node.digest()


def tree_head(leaves: Sequence[bytes]) -> bytes:
    """Return the head over leaf hashes: neighbours are paired level by level, an odd one rises.

    >>> tree_head([]) == EMPTY_HEAD, tree_head([leaf_hash(b"x")]) == leaf_hash(b"x")
    (True, True)
    """
    if not leaves:
        return EMPTY_HEAD
    level = list(leaves)
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ] + odd
    return level[0]


@dataclass(frozen=True, slots=True)
class LeafTree:
    """A tree whose leaf hashes are all in memory."""

    leaves: Sequence[bytes]

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self.leaves)

    def head(self, start: int, stop: int) -> bytes:
        """Return the head over leaves ``start`` to ``stop``."""
        return tree_head(self.leaves[start:stop])


@dataclass(frozen=True, slots=True)
class ChunkedTree:
    """A tree known by the heads of its complete chunks; leaves are read when they are needed.

    Ten million leaves are 2,441 chunk heads (78 kB) and one chunk of 4,096 leaves (131 kB).
    """

    size: int
    chunk_heads: Sequence[bytes]
    read_leaves: Callable[[int, int], Sequence[bytes]]
    chunk_leaves: int = CHUNK_LEAVES

    def head(self, start: int, stop: int) -> bytes:
        """Return the head over leaves ``start`` to ``stop``, a subtree that RFC 6962 cuts.

        Such a subtree lies in one chunk or begins with one.
        """
        chunk = self.chunk_leaves
        if stop - start < chunk:
            return tree_head(self.read_leaves(start, stop))
        complete = stop // chunk
        heads = list(self.chunk_heads[start // chunk : complete])
        if complete * chunk < stop:
            heads.append(tree_head(self.read_leaves(complete * chunk, stop)))
        return tree_head(heads)


@dataclass(slots=True)
class Frontier:
    """The compact form of a growing log: one head for each complete subtree, largest first.

    Holds ``log2(n)`` hashes; adding a leaf costs two hashes on average.
    """

    size: int = 0
    _heads: list[bytes] = field(default_factory=list)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes."""
        heads, size = self._heads, self.size
        for leaf in leaves:
            head, full = leaf, size
            while full & 1:
                head = sha256(b"\x01" + heads.pop() + head).digest()
                full >>= 1
            heads.append(head)
            size += 1
        self.size = size

    @property
    def head(self) -> bytes:
        """The head over everything appended so far."""
        if not self._heads:
            return EMPTY_HEAD
        head = self._heads[-1]
        for larger in reversed(self._heads[:-1]):
            head = node_hash(larger, head)
        return head


def inclusion_proof(tree: Tree, index: int, size: int | None = None) -> tuple[bytes, ...]:
    """Return the path from leaf ``index`` to the head over the first ``size`` leaves.

    Args:
        tree: The log.
        index: Place of the leaf, from 0.
        size: Leaves under the head; all of the tree if not given.

    Returns:
        Heads of the sibling subtrees, nearest to the leaf first.

    Raises:
        InputError: ``index`` is not below ``size``, or ``size`` above the tree's.
    """
    stop = tree.size if size is None else size
    if not 0 <= index < stop <= tree.size:
        raise InputError(f"leaf {index} is not among the first {stop} of {tree.size} leaves")
    start, path = 0, []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(tree.head(middle, stop))
            stop = middle
        else:
            path.append(tree.head(start, middle))
            start = middle
    return tuple(reversed(path))


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], head: bytes) -> bool:
    """Return whether ``path`` leads from a leaf's hash to the head over ``size`` leaves.

    Source: RFC 9162 §2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == head


def consistency_proof(tree: Tree, old: int, new: int | None = None) -> tuple[bytes, ...]:
    """Return the proof that the head over ``new`` leaves extends the head over ``old`` leaves.

    Args:
        tree: The log.
        old: Leaves under the older head, at least 1.
        new: Leaves under the newer head; all of the tree if not given.

    Returns:
        Heads of subtrees; none if the sizes are equal.

    Raises:
        InputError: Not ``1 <= old <= new <= tree.size``.
    """
    stop = tree.size if new is None else new
    if not 1 <= old <= stop <= tree.size:
        raise InputError(f"no proof from {old} to {stop} leaves: the log has {tree.size}")
    start, proof = 0, []
    while old < stop:
        middle = start + _split(stop - start)
        if old <= middle:
            proof.append(tree.head(middle, stop))
            stop = middle
        else:
            proof.append(tree.head(start, middle))
            start = middle
    if start:
        proof.append(tree.head(start, stop))
    return tuple(reversed(proof))


def consistency_holds(
    old: int, new: int, old_head: bytes, new_head: bytes, proof: Sequence[bytes]
) -> bool:
    """Return whether ``proof`` shows that the newer log begins with the whole older log.

    Source: RFC 9162 §2.1.4.2.
    """
    if old == new:
        return not proof and old_head == new_head
    if not 1 <= old < new or not proof:
        return False
    path = list(proof) if old & (old - 1) else [old_head, *proof]
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            newer = node_hash(newer, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and older == old_head and newer == new_head


def _split(n_leaves: int) -> int:
    """Return the largest power of two below ``n_leaves``."""
    return 1 << (n_leaves - 1).bit_length() - 1
