"""Counting in one query gives what a person counting row by row would write down."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.kernel.programmes.counting import Count, count_all

FIRST = date(2023, 11, 1)
MONTHS = range(2023 * 12 + 10, 2024 * 12 + 4)  # November to April, over a new year
SCHEMA = pa.schema(
    [
        ("node_id", pa.int64()),
        ("day", pa.date32()),
        ("until", pa.date32()),
        ("who", pa.string()),
        ("amount", pa.decimal128(38, 2)),
        ("good", pa.bool_()),
    ]
)
days = st.integers(-420, 240).map(lambda n: FIRST + timedelta(days=n))
rows = st.lists(
    st.fixed_dictionaries(
        {
            "node_id": st.integers(1, 3),
            "day": st.none() | days,
            "until": st.none() | days,
            "who": st.none() | st.sampled_from("abc"),
            "amount": st.none() | st.decimals(-9999, 99999, places=2),
            "good": st.none() | st.booleans(),
        }
    ),
    max_size=25,
)


def number(day):
    return day.year * 12 + day.month - 1


def month_end(month):
    following = month + 1
    return date(following // 12, following % 12 + 1, 1) - timedelta(days=1)


def expected(told, span, aggregate):
    """Count by hand, as the definition's words say."""
    cells = {}
    for month in MONTHS:
        here = defaultdict(list)
        for row in told:
            if row["day"] is None:
                continue
            at = number(row["day"])
            if at == month or (span != "flow" and at < month):
                here[row["node_id"]].append(row)
        for node, present in here.items():
            fitting = [row for row in present if row["good"]]
            if span == "stock":
                end = month_end(month)
                fitting = [row for row in fitting if row["until"] is None or row["until"] > end]
            if aggregate == "count":
                value = len(fitting)
            elif aggregate == "sum":
                value = sum((row["amount"] or 0 for row in fitting), Decimal(0))
            else:
                value = len({p for p in firsts(told, span, month) if p[1] == node})
            cells[node, month] = float(value)
    return cells


def firsts(told, span, month):
    """Return (who, node) of those whose first occurrence counts in, or up to, a month."""
    fitting = [r for r in told if r["day"] and r["good"] and r["who"]]
    if span == "stock":
        end = month_end(month)
        on_day = [r for r in fitting if r["day"] <= end and (not r["until"] or r["until"] > end)]
        return {(w, min(r["node_id"] for r in on_day if r["who"] == w)) for w in who(on_day)}
    found = set()
    years = {row["day"].year for row in fitting} if span == "flow" else {None}
    for year in years:
        of_year = [r for r in fitting if year is None or r["day"].year == year]
        for each in who(of_year):
            at, node = min((number(r["day"]), r["node_id"]) for r in of_year if r["who"] == each)
            if at == month or (span == "cumulative" and at < month):
                found.add((each, node))
    return found


def who(told):
    return {row["who"] for row in told}


def question(span, aggregate):
    return Count(
        node="node_id",
        first_day="day",
        last_day="until" if span == "stock" else "",
        value={"count": "", "sum": "amount", "distinct": "who"}[aggregate],
        fits="good",
        span=span,
        is_distinct=aggregate == "distinct",
        scale=Fraction(1),
    )


QUESTIONS = {
    f"{span} {aggregate}": (span, aggregate)
    for span in ("flow", "cumulative", "stock")
    for aggregate in ("count", "sum", "distinct")
}


@given(rows)
@settings(max_examples=25)
def test_every_way_of_counting_is_what_counting_by_hand_gives(told):
    table = pa.Table.from_pylist(told, schema=SCHEMA)
    asked = {name: question(*how) for name, how in QUESTIONS.items()}
    found = count_all(asked, table, MONTHS)
    for name, how in QUESTIONS.items():
        cells = found[name]
        keys = zip(cells.node_id.tolist(), cells.month.tolist(), strict=True)
        assert dict(zip(keys, cells.value.tolist(), strict=True)) == expected(told, *how), name


def test_a_sum_of_cents_is_exact_and_converted_once():
    told = [{"node_id": 1, "day": FIRST, "amount": Decimal("0.01"), "good": True}] * 1003
    told.append({"node_id": 1, "day": FIRST, "amount": Decimal("99999999999.99"), "good": True})
    table = pa.Table.from_pylist(told, schema=SCHEMA)
    in_myriads = question("flow", "sum").__class__(
        node="node_id", first_day="day", value="amount", fits="good", scale=Fraction(1, 10_000)
    )
    cells = count_all({"a": in_myriads}, table, MONTHS)["a"]
    assert cells.value.tolist() == [float(Fraction("100000000010.02") / 10_000)]


@pytest.mark.parametrize("how", QUESTIONS.values(), ids=list(QUESTIONS))
def test_no_rows_are_no_cells(how):
    cells = count_all({"a": question(*how)}, SCHEMA.empty_table(), MONTHS)["a"]
    assert cells.value.size == 0
