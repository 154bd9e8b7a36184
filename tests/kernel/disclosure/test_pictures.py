"""Pictures say in words what they show, and are drawn whole wherever they appear."""

import itertools
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.kernel.disclosure.pictures import (
    Flow,
    Measure,
    Series,
    Step,
    fan,
    intervals,
    plain,
    sankey,
    steps,
    timeline,
    waterfall,
)
from commonweal.kernel.disclosure.svg import chart_svg
from commonweal.kernel.disclosure.wording import LANGUAGES

COMMON = {"title": "Energy & use", "unit": "GWh", "decimals": 1, "language": "en"}
AMOUNTS = st.decimals("-10000", "10000", places=2)


def told(chart):
    return [
        [getattr(span, "text", "") for cell in row for span in cell.spans]
        for row in chart.table.rows
    ]


def drawn(chart):
    root = ET.fromstring(chart_svg(chart))  # noqa: S314 - our own text
    assert root.get("aria-label") == chart.title
    return root


def kinds(root, kind):
    return [each for each in root.iter() if (each.get("class") or "").split(" ")[0] == kind]


def flows(*rows):
    return [Flow(source, target, Decimal(value)) for source, target, value in rows]


def test_flows_are_told_and_drawn_and_nothing_is_not_drawn():
    rows = (("grid", "power", "9"), ("power", "radio", "6"), ("power", "losses", "0"))
    chart = sankey("s", flows=flows(*rows), **COMMON)
    assert told(chart) == [
        ["grid", "power", "9.0"],
        ["power", "radio", "6.0"],
        ["power", "losses", "0.0"],
    ]
    assert chart.categories == ("grid", "power", "radio")
    assert len(kinds(drawn(chart), "ribbon")) == 2


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(5, 9), st.decimals("0.01", "999", places=2)),
        min_size=1,
        max_size=12,
    )
)
def test_every_flow_leads_forward_and_boxes_do_not_overlap(rows):
    chart = sankey("s", flows=flows(*((str(a), str(b), v) for a, b, v in rows)), **COMMON)
    root = drawn(chart)
    boxes = [
        (float(box.get("x")), float(box.get("y")), float(box.get("height")))
        for box in kinds(root, "bar")
    ]
    assert len(boxes) == len(chart.categories)
    for x in {box[0] for box in boxes}:
        column = sorted((y, y + height) for at, y, height in boxes if at == x)
        assert all(above[1] <= below[0] for above, below in itertools.pairwise(column))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((("a", "b", "-1"),), "a → b is negative"),
        ((("a", "b", "1"), ("b", "a", "1")), "round in a circle among a, b"),
    ],
)
def test_flows_that_cannot_be_are_refused(rows, message):
    with pytest.raises(InputError, match=message):
        sankey("s", flows=flows(*rows), **COMMON)


def test_a_waterfall_tells_levels_and_signed_changes():
    chart = waterfall(
        "w",
        steps=[
            Step("2023", Decimal("910.4"), is_total=True),
            Step("volume", Decimal("84.2")),
            Step("intensity", Decimal("-61.3")),
            Step("2024", Decimal("933.3"), is_total=True),
        ],
        **COMMON,
    )
    assert told(chart) == [
        ["2023", "910.4", ""],
        ["volume", "", "+84.2"],
        ["intensity", "", "\u221261.3"],
        ["2024", "933.3", ""],
    ]
    bars = kinds(drawn(chart), "bar")
    assert [bar.get("class") for bar in bars] == [
        "bar tone-0",
        "bar tone-1",
        "bar tone-2",
        "bar tone-0",
    ]


@given(st.lists(AMOUNTS, min_size=1, max_size=6), AMOUNTS)
def test_a_waterfall_stays_on_its_paper(changes, base):
    levels = [Step("base", base, is_total=True), *(Step(str(v), v) for v in changes)]
    chart = waterfall(
        "w", steps=[*levels, Step("end", base + sum(changes), is_total=True)], **COMMON
    )
    for bar in kinds(drawn(chart), "bar"):
        assert -0.1 <= float(bar.get("y")) <= 300
        assert float(bar.get("y")) + float(bar.get("height")) <= 301


def test_a_fan_is_a_band_where_both_limits_are_known():
    chart = fan(
        "f",
        categories=["2023", "2024", "2025"],
        lines=[
            Series("actual", (Decimal(3), Decimal(2), None)),
            Series("path", (Decimal(3), Decimal(2), Decimal(1)), is_reference=True),
        ],
        low=[None, Decimal(2), Decimal("0.5")],
        high=[None, Decimal(2), Decimal("1.5")],
        **COMMON,
    )
    assert told(chart)[2] == ["2025", "no data", "1.0", "0.5", "1.5"]
    root = drawn(chart)
    assert len(kinds(root, "fan")) == 1
    assert len(kinds(root, "line")) == 2


def test_cost_steps_go_from_cheap_to_dear_with_what_they_reach():
    chart = steps(
        "m",
        measures=[
            Measure("panels", Decimal("1.5"), Decimal(90)),
            Measure("sleep", Decimal(4), Decimal(-300)),
        ],
        width_unit="t",
        **COMMON,
    )
    assert told(chart) == [
        ["sleep", "\u2212300.0", "4", "4"],
        ["panels", "90.0", "2", "6"],
    ]
    assert len(kinds(drawn(chart), "bar")) == 2


def test_widths_below_one_are_told_apart_from_nothing():
    chart = steps(
        "m", measures=[Measure("a", Decimal("0.02"), Decimal(1))], width_unit="t", **COMMON
    )
    assert told(chart)[0][2:] == ["0.02", "0.02"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_speak_the_language_asked_for(language):
    chart = plain(
        "p",
        form="ranking",
        title="t",
        unit="",
        decimals=0,
        categories=["A"],
        series=[Series("x", (None,))],
        keys=["GD"],
        language=language,
    )
    head = chart.table.head[0].spans[0].text
    assert head == {"en": "Organisation", "zh-hant": "單位", "zh-hans": "单位"}[language]
    assert not chart.has_values
    assert chart.table.rows[0][0].node == "GD"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plain("p", form="pie", categories=[], series=[], **COMMON), "no form 'pie'"),
        (
            lambda: plain("p", form="bar", categories=["a"], series=[Series("x", ())], **COMMON),
            "chart p: 0 values for 1 categories",
        ),
        (
            lambda: steps(
                "m", measures=[Measure("a", Decimal(0), Decimal(1))], width_unit="t", **COMMON
            ),
            "'a' is 0 wide",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


def spans(**rows):
    return timeline(
        "t",
        title="States & slots",
        categories=["00:00", "06:00", "12:00", "18:00", "24:00"],
        states=["on", "carrier off"],
        rows=rows,
        language="en",
    )


def test_a_timeline_tells_each_span_once_and_leaves_out_what_is_not_known():
    chart = spans(wide=[0, 1, 1, 0], narrow=[0, None, 0, 0])
    assert told(chart) == [
        ["wide", "00:00", "06:00", "on"],
        ["wide", "06:00", "18:00", "carrier off"],
        ["wide", "18:00", "24:00", "on"],
        ["narrow", "00:00", "06:00", "on"],
        ["narrow", "12:00", "24:00", "on"],
    ]
    legend, bars = 2, kinds(drawn(chart), "bar")
    assert len(bars) == legend + len(chart.table.rows)
    asleep = bars[legend + 1]
    assert asleep.get("class") == "bar tone-1"
    assert float(asleep.get("width")) == pytest.approx(2 * float(bars[legend].get("width")))


@given(st.lists(st.sampled_from([None, 0, 1]), min_size=4, max_size=4))
def test_the_spans_of_a_timeline_cover_every_slot_that_is_known(slots):
    chart = spans(wide=slots)
    at = {name: place for place, name in enumerate(chart.categories)}
    covered = [slot for _, since, until, _ in told(chart) for slot in range(at[since], at[until])]
    assert covered == [place for place, slot in enumerate(slots) if slot is not None]


@pytest.mark.parametrize(
    ("slots", "message"),
    [([0, 1], "wide has 2 slots of 4"), ([0, 1, 2, 0], "in state 2, which has no name")],
)
def test_a_timeline_of_other_slots_or_unknown_states_is_refused(slots, message):
    with pytest.raises(InputError, match=message):
        spans(wide=slots)


def values_between(low, value, high, reference=None):
    return intervals(
        "i",
        categories=["Guangdong"],
        values=Series("verified", (value,)),
        low=[low],
        high=[high],
        reference=Series("planned", (reference,), is_reference=True) if reference else None,
        **COMMON,
    )


def test_an_interval_is_told_with_both_ends_and_what_it_is_compared_with():
    chart = values_between(Decimal(4), Decimal(5), Decimal(7), reference=Decimal(6))
    assert [cell.spans[0].text for cell in chart.table.head][1:3] == [
        "verified (GWh)",
        "planned (GWh)",
    ]
    assert told(chart) == [["Guangdong", "5.0", "6.0", "4.0", "7.0"]]
    root = drawn(chart)
    (line,), marks = kinds(root, "line"), kinds(root, "mark")
    left, right = (float(x) for x in line.get("d")[1:].replace("H", " ").split()[::2])
    assert left < float(marks[0].get("cx")) < right


def test_what_has_no_interval_is_no_data_and_not_drawn():
    chart = values_between(None, None, None)
    assert told(chart) == [["Guangdong", "no data", "no data", "no data"]]
    assert not chart.has_values


def test_an_interval_for_another_number_of_categories_is_refused():
    with pytest.raises(InputError, match="chart i: 2 values for 1 categories"):
        intervals(
            "i",
            categories=["Guangdong"],
            values=Series("verified", (None, None)),
            low=[None],
            high=[None],
            **COMMON,
        )
