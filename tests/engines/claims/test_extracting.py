"""Claims of a text: which numbers count, what they say; measured on a real chapter."""

import csv
from fractions import Fraction
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.catalogue.claim_words import claim_words, masks
from commonweal.engines.claims.extracting import extract
from commonweal.engines.claims.folding import folded
from commonweal.engines.claims.reading import Reading


def said(text):
    """Return number, unit as printed, comparator and value of each claim."""
    return [
        (claim.number, claim.unit_printed, claim.comparator, float(claim.value))
        for claim in extract(text, claim_words())
    ]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("「聯通數村」平台覆蓋 26 萬村", [("26", "萬村", "=", 260_000)]),
        ("帶動就業1,200餘人", [("1,200", "人", ">", 1200)]),
        ("發放救助資金1,600餘萬元", [("1,600", "萬元", ">", 16e6)]),
        ("基金规模不低于300亿元", [("300", "亿元", ">=", 3e10)]),
        ("節約運營成本超過\n\n430 億元/年", [("430", "億元/年", ">", 4.3e10)]),
        ("較2020年下降15%以上", [("15", "%", ">=", 0.15)]),
        ("改造節能2-5%", [("2", "%", ">=", 0.02), ("5", "%", "<=", 0.05)]),
        ("PUE由1.8降至1.28", [("1.8", "PUE", "=", 1.8), ("1.28", "PUE", "=", 1.28)]),
        ("下降至2.02千克標準煤/TB", [("2.02", "千克標準煤/TB", "=", 2.02)]),
        ("打造近百款應用", [("百", "款", "<~", 100)]),
        ("首都半小時科技生活圈", [("半", "小時", "=", 1800)]),
        ("註冊用戶數\n\n2,755.1 萬", [("2,755.1", "萬用户", "=", 27_551_000)]),
        ("未發生環境違法事件", [("未發生環境違法事件", "", "=", 0)]),
        ("nearly 3,400 MWh in 2024", [("3,400", "MWh", "<~", 3.4e6)]),
        ("saved US$0.5m", [("0.5", "m", "=", 5e5)]),
        ("an increase of 16 percentage points", [("16", "percentage points", "=", 0.16)]),
        ("We run 35 data centres", [("35", "data centres", "=", 35)]),
        ("5\u202f846 GWh of energy", [("5,846", "GWh", "=", 5.846e9)]),
        ("a total of 5 846 GWh", [("5,846", "GWh", "=", 5.846e9)]),
        ("15% less than the 100 tonnes", [("15", "%", "=", 0.15), ("100", "tonnes", "=", 1e5)]),
        (
            "67 of the 84 data centers",
            [("67", "data centers", "=", 67), ("84", "data centers", "=", 84)],
        ),
        (
            "Employees totaled approximately 140,990 at year-end",
            [("140,990", "employees", "~", 140_990)],
        ),
        (
            "Three pillars and two-thirds of our sites",
            [("three", "pillars", "=", 3), ("two-thirds", "", "=", 2 / 3)],
        ),
        ("合併營收為新臺幣2,299.7億元", [("2,299.7", "億元", "=", 2.2997e11)]),
        ("電力排碳係數0.494公斤CO2e/度", [("0.494", "公斤CO2e/度", "=", 0.494)]),
        ("志工近五千人", [("五千", "人", "<~", 5000)]),
        ("年限為0-1年", [("0", "年", ">=", 0), ("1", "年", "<=", 1)]),
        ("核算為0", [("0", "", "=", 0)]),
        ("董事會共13席", [("13", "席", "=", 13)]),
        ("reaching 210 million.", [("210", "million", "=", 2.1e8)]),
    ],
)
def test_a_number_is_read_with_all_that_belongs_to_it(text, claims):
    assert said(text) == claims


@pytest.mark.parametrize("mask", masks(), ids=lambda mask: mask.name)
def test_every_mask_hides_its_own_line(mask):
    assert said(mask.hides) == []
    assert any(Reading(mask.hides, claim_words()).hidden)


def test_a_number_in_a_table_has_unit_from_label_head_or_column():
    by_head = "地區\t全國\t華東\n供應商數量 (萬個)\t12.7\t4.1"
    by_column = "| 指標 | 單位 | 2024 |\n|---|---|---|\n| 用電量 | 萬千瓦時 | 1,300 |"
    assert said(by_head) == [("12.7", "万个", "=", 127_000), ("4.1", "万个", "=", 41_000)]
    assert said(by_column) == [("1,300", "万千瓦时", "=", 13e6)]


@given(st.text(max_size=400))
def test_any_text_is_read_and_positions_are_those_of_the_text(text):
    assert len(folded(text)) == len(text)
    for claim in extract(text, claim_words()):
        assert 0 <= claim.start < claim.end <= len(text)
        assert claim.number in folded(text)[claim.start : claim.end]


@pytest.mark.parametrize(
    "bait",
    ["1", "1,", "萬", "約", "1-", "無", " ", "a", "a ", "1 人", "第", "\n", "\t1", "1+", "一村"],
)
def test_bait_for_patterns_costs_no_more_than_text(bait):
    began = process_time()
    extract(bait * 20_000, claim_words())
    assert process_time() - began < 20  # a pattern that backtracks would take hours


@pytest.mark.shared
def test_claims_of_a_real_chapter_are_found_and_little_else(shared_data):
    """Recall is over the listed mentions, precision over all claims; the value must agree."""
    reference = shared_data.parent / "reference" / "operator_report_2024_extract.txt"
    text = reference.read_text("utf-8")
    claims = extract(text, claim_words())
    with (shared_data / "carbon" / "seed_indicators.csv").open(encoding="utf-8") as file:
        mentions = list(csv.DictReader(file))
    matched, n_found = set(), 0
    for mention in mentions:
        spans = _spans(text, mention["quote"])
        near = [
            index
            for index, claim in enumerate(claims)
            if claim.value == _value(mention["value_base"])
            and claim.comparator == mention["comparator"]
            and any(first - 2 <= claim.start < last + 2 for first, last in spans)
        ]
        fresh = [index for index in near if index not in matched] or near
        n_found += bool(fresh)
        matched.update(fresh[:1])
    assert n_found / len(mentions) >= 0.97
    assert len(matched) / len(claims) >= 0.97


def _value(written):
    return Fraction(written)


def _spans(text, quote):
    """Return where a quote stands, white space and emphasis apart."""
    at = [index for index, char in enumerate(text) if not char.isspace() and char != "*"]
    bare = "".join(text[index] for index in at)
    wanted = "".join(quote.replace("*", "").split())
    found, first = [], bare.find(wanted)
    while first >= 0:
        found.append((at[first], at[first + len(wanted) - 1] + 1))
        first = bare.find(wanted, first + 1)
    return found
