"""Proofs hold for what is in the log, and for nothing else."""

import math
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.merkle import (
    EMPTY_HEAD,
    ChunkedTree,
    Frontier,
    LeafTree,
    consistency_holds,
    consistency_proof,
    inclusion_holds,
    inclusion_proof,
    leaf_hash,
    tree_head,
)
from commonweal.errors import InputError

# The leaves and heads of the reference tests that every Certificate Transparency log shares.
CONTENTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
HEADS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(content) for content in CONTENTS]
ROOT_OF_7 = bytes.fromhex(HEADS[6])

sizes = st.integers(1, 200)


def log(size):
    return LeafTree([leaf_hash(n.to_bytes(4)) for n in range(size)])


def rfc_head(contents):
    """The definition, word by word: MTH of RFC 6962 §2.1."""
    if not contents:
        return sha256(b"").digest()
    if len(contents) == 1:
        return sha256(b"\x00" + contents[0]).digest()
    k = 2 ** (math.ceil(math.log2(len(contents))) - 1)
    return sha256(b"\x01" + rfc_head(contents[:k]) + rfc_head(contents[k:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_heads_are_those_of_the_reference_tests(size):
    assert tree_head(LEAVES[:size]).hex() == HEADS[size - 1]


def test_the_head_of_nothing_is_the_hash_of_nothing():
    assert tree_head([]) == EMPTY_HEAD == Frontier().head


def test_proofs_are_those_of_rfc_6962_section_2_1_3():
    """The tree of seven leaves drawn there, its nodes named as there."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = (tree_head(pair) for pair in ([a, b], [c, d], [e, f]))
    k, ell = tree_head([a, b, c, d]), tree_head([e, f, j])
    tree = LeafTree(LEAVES[:7])

    assert inclusion_proof(tree, 0) == (b, h, ell)
    assert inclusion_proof(tree, 3) == (c, g, ell)
    assert inclusion_proof(tree, 4) == (f, j, k)
    assert inclusion_proof(tree, 6) == (i, k)
    assert consistency_proof(tree, 3) == (c, d, g, ell)
    assert consistency_proof(tree, 4) == (ell,)
    assert consistency_proof(tree, 6) == (i, j, k)


@given(st.lists(st.binary(max_size=3), max_size=70))
def test_the_head_is_the_definition_of_the_rfc(contents):
    leaves = [leaf_hash(content) for content in contents]
    frontier = Frontier()
    frontier.extend(leaves)

    assert tree_head(leaves) == rfc_head(contents) == frontier.head


@given(sizes, st.data())
def test_every_leaf_is_proved_and_no_other(size, data):
    index = data.draw(st.integers(0, size - 1))
    tree = log(size)
    head, path = tree.head(0, size), inclusion_proof(tree, index)

    assert len(path) <= math.ceil(math.log2(size))
    assert inclusion_holds(tree.leaves[index], index, size, path, head)
    assert not inclusion_holds(leaf_hash(b"forged"), index, size, path, head)
    assert not inclusion_holds(tree.leaves[index], index, size, (*path, head), head)
    if size > 1:
        other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))
        assert not inclusion_holds(tree.leaves[other], index, size, path, head)
        assert not inclusion_holds(tree.leaves[index], index, size, path[:-1], head)


@given(st.integers(2, 200), st.data())
def test_any_changed_byte_of_a_proof_breaks_it(size, data):
    index = data.draw(st.integers(0, size - 1))
    tree = log(size)
    head, path = tree.head(0, size), list(inclusion_proof(tree, index))
    place = data.draw(st.integers(0, len(path) - 1))
    byte, change = data.draw(st.integers(0, 31)), data.draw(st.integers(1, 255))
    path[place] = bytes(b ^ change if n == byte else b for n, b in enumerate(path[place]))

    assert not inclusion_holds(tree.leaves[index], index, size, path, head)


def test_every_pair_of_heads_is_tied_and_no_forged_one():
    tree = log(70)
    heads = [tree.head(0, size) for size in range(71)]
    for new in range(1, 71):
        for old in range(1, new + 1):
            proof = consistency_proof(tree, old, new)
            assert consistency_holds(old, new, heads[old], heads[new], proof)
            assert not consistency_holds(old, new, heads[old - 1], heads[new], proof)
            assert not consistency_holds(old, new, heads[old], EMPTY_HEAD, proof)
            for place in range(len(proof)):
                forged = [*proof[:place], EMPTY_HEAD, *proof[place + 1 :]]
                assert not consistency_holds(old, new, heads[old], heads[new], forged)


@given(st.integers(1, 300), st.sampled_from([1, 2, 4, 16, 64]), st.data())
def test_a_tree_known_by_its_chunks_gives_the_same_proofs(size, chunk, data):
    whole = log(size)
    heads = [tree_head(whole.leaves[n * chunk : (n + 1) * chunk]) for n in range(size // chunk)]
    chunked = ChunkedTree(size, heads, lambda a, b: whole.leaves[a:b], chunk)
    upto = data.draw(st.integers(1, size))
    index, old = data.draw(st.integers(0, upto - 1)), data.draw(st.integers(1, upto))

    assert chunked.head(0, upto) == whole.head(0, upto)
    assert inclusion_proof(chunked, index, upto) == inclusion_proof(whole, index, upto)
    assert consistency_proof(chunked, old, upto) == consistency_proof(whole, old, upto)


def test_a_proof_reads_at_most_the_leaves_of_a_few_chunks():
    size, read = 10_000_000, []

    def leaves(start, stop):
        read.append(stop - start)
        return [leaf_hash(n.to_bytes(4)) for n in range(start, stop)]

    heads = [leaf_hash(n.to_bytes(4)) for n in range(size // 4096)]
    tree = ChunkedTree(size, heads, leaves)
    path = inclusion_proof(tree, 7_654_321)

    assert len(path) == 24
    assert sum(read) < 4 * 4096


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_it_does_not_matter_in_which_batches_leaves_are_appended(parts):
    leaves, frontier = log(sum(parts)).leaves, Frontier()
    bounds = [sum(parts[:n]) for n in range(len(parts) + 1)]
    for start, stop in pairwise(bounds):
        frontier.extend(leaves[start:stop])
        assert frontier.size == stop
        assert frontier.head == tree_head(leaves[:stop])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, 5)])
def test_a_leaf_outside_the_log_is_refused(index, size):
    with pytest.raises(InputError, match=f"leaf {index} is not among the first {size} of 4"):
        inclusion_proof(log(4), index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (1, 5)])
def test_a_proof_between_impossible_sizes_is_refused(old, new):
    with pytest.raises(InputError, match=f"no proof from {old} to {new} leaves: the log has 4"):
        consistency_proof(log(4), old, new)
