"""Rules over pairs of columns: each distinct pair is judged once, a blank cell never."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from commonweal.lake.rules import judge_pairs

_text = st.none() | st.sampled_from(["kg", "t", "m3", ""])


def _rows(pairs):
    return pa.table(
        {
            "carrier": pa.array([left for left, _ in pairs], pa.string()),
            "unit": pa.array([right for _, right in pairs], pa.string()),
        }
    )


@given(pairs=st.lists(st.tuples(_text, _text)), cut=st.integers(0, 5))
def test_every_row_gets_the_verdict_of_its_pair_and_blanks_get_none(pairs, cut):
    rows = pa.concat_tables([_rows(pairs[:cut]), _rows(pairs[cut:])])  # columns of two chunks
    verdicts = judge_pairs("carrier", "unit", lambda left, right: left < right)(rows)
    assert verdicts.to_pylist() == [
        None if left is None or right is None else left < right for left, right in pairs
    ]


def test_a_pair_is_judged_once_however_often_it_stands_there():
    asked = []
    rule = judge_pairs("carrier", "unit", lambda *pair: asked.append(pair) or True)
    rule(_rows([("diesel", "kg"), ("diesel", "t"), (None, "t")] * 1000))
    assert sorted(asked) == [("diesel", "kg"), ("diesel", "t")]
