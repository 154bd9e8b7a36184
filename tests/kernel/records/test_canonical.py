"""Equal meaning, equal bytes."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.kernel.records.canonical import canonical_json, plain

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.datetimes(timezones=st.timezones())
    | st.dates()
    | texts
)
documents = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
)


@given(documents)
def test_a_document_read_back_from_json_is_spelt_the_same(document):
    spelt = canonical_json(document)

    assert canonical_json(json.loads(spelt)) == spelt
    assert plain(plain(document)) == plain(document)


@given(st.dictionaries(texts, leaves, max_size=6), st.randoms())
def test_the_order_of_keys_does_not_show(document, random):
    keys = list(document)
    random.shuffle(keys)

    assert canonical_json({key: document[key] for key in keys}) == canonical_json(document)


def test_the_spelling_of_postgresql_numbers_is_ours_too():
    assert canonical_json([1e22, -0.0, 1e-7]) == b"[10000000000000000000000,0,1e-07]"
    assert canonical_json(json.loads("[10000000000000000000000, 0.0, 0.0000001]")) == (
        b"[10000000000000000000000,0,1e-07]"
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"x": float("inf")}, "inf is no number"),
        ({"x": Decimal("NaN")}, "NaN is no number"),
        ({1: "x"}, "key 1 of a recorded document is no text"),
        ({"x": "a\0b"}, "NUL character"),
        ({"x": "\ud800"}, "is not Unicode text"),
        ({"x": {1, 2}}, r"\(set\) cannot stand"),
    ],
)
def test_what_has_no_spelling_is_refused(document, message):
    with pytest.raises(InputError, match=message):
        canonical_json(document)
