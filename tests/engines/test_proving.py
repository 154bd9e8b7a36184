"""Paths to a root: as the log's own proofs, and refused where no leaf can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.engines.merkle import LeafTree, inclusion_proof, leaf_hash, tree_head
from commonweal.engines.proving import climbed


@given(st.integers(1, 40), st.data())
def test_the_log_s_own_paths_lead_to_its_root_and_altered_ones_do_not(size, data):
    contents = [str(number).encode() for number in range(size)]
    hashes = [leaf_hash(content) for content in contents]
    index = data.draw(st.integers(0, size - 1))
    path = list(inclusion_proof(LeafTree(hashes), index))
    root = tree_head(hashes).hex()
    assert climbed(hashes[index], index, size, path) == root
    assert climbed(leaf_hash(b"another"), index, size, path) != root
    assert climbed(hashes[index], index, size, [*path, hashes[0]]) == ""


@pytest.mark.parametrize("index", [-1, 1, 7])
def test_an_index_outside_of_the_log_leads_nowhere(index):
    assert climbed(leaf_hash(b"alone"), index, 1, []) == ""
    assert climbed(leaf_hash(b"alone"), 0, 1, []) == leaf_hash(b"alone").hex()
