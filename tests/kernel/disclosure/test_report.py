"""A report prints what is known, says what is not, and can be printed again byte for byte."""

import re
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.disclosure.conftest import texts_write
from tests.web.small_operator import BOUNDARY, FIRST, RESTATED, facts_make

from commonweal.errors import DefinitionError, InputError, StateError
from commonweal.kernel.disclosure.definitions import report_definition
from commonweal.kernel.disclosure.html import report_html
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.disclosure.svg import chart_svg
from commonweal.kernel.disclosure.svg_pictures import scale_over
from commonweal.kernel.disclosure.tree import Figure, Paragraph, Text
from commonweal.kernel.disclosure.wording import number_text, rounded
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.services import target_set
from commonweal.periods import period

YEAR = period("2024")


def build(language="en", **options):
    return report_build("energy_carbon", YEAR, language=language, **options)


def blocks_of(report, section):
    return next(s for s in report.sections if s.id == section).blocks


def plain(report, section):
    blocks = blocks_of(report, section)
    return " ".join(
        "".join(span.text for span in block.spans)
        for block in blocks
        if isinstance(block, Paragraph)
    )


def test_numbers_are_those_of_the_facts(operator):
    # Two provinces with 1 and 2 million kWh a month, 10 % more than the year before.
    text = plain(build(), "energy")

    assert "Electricity came to 39.6\u00a0GWh and rose by 10.0\u202f%" in text
    assert "used 4.9\u00a0thousand tce of energy" in text  # 39.6 GWh × 0.1229 kgce/kWh


def test_chinese_pages_count_in_wan_and_yi(operator):
    assert "用電量 0.40 億千瓦時，較上年上升10.0%" in plain(build("zh-hant"), "energy")
    assert "用电量 0.40 亿千瓦时，较上年上升10.0%" in plain(build("zh-hans"), "energy")


def test_what_is_not_known_is_said_and_never_printed_as_nought(operator):
    report = build()
    table = next(b for b in blocks_of(report, "energy") if b.kind == "table")
    heat = table.rows[1][1].spans[0]

    assert (heat.text, heat.has_data, heat.fact_ids) == ("no data", False, ())
    tibet = next(b for b in blocks_of(report, "provinces") if b.kind == "table").rows[-1]
    assert [span.text for cell in tibet[2:] for span in cell.spans] == ["no data"] * 4


def test_every_number_leads_to_a_fact_or_to_the_data(operator):
    figures = [
        span
        for section in build().sections
        for block in section.blocks
        if isinstance(block, Paragraph)
        for span in block.spans
        if isinstance(span, Figure) and span.has_data
    ]

    assert len(figures) > 15
    assert all(figure.fact_ids or figure.target for figure in figures)


def test_the_file_has_an_entry_for_every_fact_it_links_to(operator):
    html = report_html(build())
    wanted = set(re.findall(r'href="#(fact-\d+)"', html))

    assert wanted
    assert wanted <= set(re.findall(r'id="(fact-\d+)"', html))


def test_the_file_needs_nothing_else(operator):
    html = report_html(build())
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


def test_an_old_edition_is_printed_again_byte_for_byte(operator):
    before = report_html(build())
    facts_make(scale=Decimal("1.07"), now=RESTATED, reason="late bills")

    assert Fact.objects.exclude(superseded_at=None).exists()
    assert report_html(build(as_of=FIRST)) == before
    assert report_html(build()) != before


def test_the_same_knowledge_gives_the_same_bytes_without_an_instant(operator):
    assert report_html(build("zh-hant")) == report_html(build("zh-hant"))


def test_a_target_is_told_with_its_path(operator, now):
    target = Target(
        code="demo", indicator="energy_per_traffic", node="GROUP", boundary=BOUNDARY,
        base_period="2023", target_period="2025", change_share=Decimal("-0.2"), source="test",
    )  # fmt: skip
    target_set(target, actor="test", now=now)
    report = build()

    assert "A straight path between the two stands at 3.61\u00a0kgce/TB in 2024" in plain(
        report, "intensity"
    )
    assert "the target is met." in plain(report, "intensity")
    chart = next(each for each in report.charts if each.id == "intensity_path")
    assert chart.categories == ("2023", "2024", "2025")
    assert chart.series[0].values[2] is None


def test_a_report_on_an_earlier_year_judges_the_target_by_that_year(operator, now):
    target = Target(
        code="demo", indicator="energy_per_traffic", node="GROUP", boundary=BOUNDARY,
        base_period="2022", base_value=Decimal("4.60"), target_period="2025",
        change_share=Decimal("-0.3"), source="test",
    )  # fmt: skip
    target_set(target, actor="test", now=now)
    earlier = report_build("energy_carbon", period("2023"), language="en")

    assert "the target is on track." in plain(earlier, "intensity")
    assert "the target is met." in plain(build(), "intensity")
    chart = next(each for each in earlier.charts if each.id == "intensity_path")
    assert chart.categories == ("2022", "2023", "2024", "2025")
    assert [value is None for value in chart.series[0].values] == [True, False, True, True]


def test_the_best_organisation_is_named(operator):
    assert "Guangdong needed least, with 2.05\u00a0kgce/TB" in plain(build(), "provinces")


def test_one_organisation_has_its_own_report(operator):
    report = build(node="GD")
    assert report.subtitle == "Guangdong · 2024"
    assert "13.2\u00a0GWh" in plain(report, "energy")


def test_what_cannot_be_reported_is_refused_in_a_sentence(operator):
    with pytest.raises(InputError, match="no organisation node 'NOWHERE'"):
        build(node="NOWHERE")
    with pytest.raises(InputError, match="no language 'fr'"):
        build("fr")
    with pytest.raises(InputError, match="no boundary 'other'"):
        build(boundary="other")


@pytest.mark.django_db
def test_without_facts_there_is_no_report():
    with pytest.raises(StateError, match="no facts are recorded yet"):
        build()


def test_a_report_costs_few_queries(operator, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        build()


def test_a_gap_breaks_the_line_of_a_chart(operator):
    chart = next(each for each in build().charts if each.id == "monthly_emissions")
    assert chart_svg(chart).count('<path class="line') == 2
    assert "NaN" not in chart_svg(chart)


@given(st.floats(min_value=-1e12, max_value=1e12), st.floats(min_value=1e-6, max_value=1e12))
def test_an_axis_reaches_the_highest_and_the_lowest_value_in_round_steps(low, span):
    high = low + span
    ticks = scale_over(low, high).ticks
    slack = 1e-9 * max(abs(low), abs(high), 1)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= 11


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9
    )
)
def test_rounding_is_half_even_and_a_printed_number_reads_back(value):
    printed = number_text(value, 2)
    assert abs(rounded(value, 2) - value) <= Decimal("0.005")
    assert Decimal(printed.replace(",", "").replace("\u2212", "-")) == rounded(value, 2)


def test_a_half_goes_to_the_even_digit():
    assert [number_text(Decimal(text), 1) for text in ("0.25", "0.35", "-0.05")] == [
        "0.2",
        "0.4",
        "0.0",
    ]


def test_strong_text_reaches_over_a_mention(operator):
    paragraph = build().sections[1].blocks[0]
    strong = [span for span in paragraph.spans if span.is_strong]
    assert [span.text for span in strong] == ["4.9\u00a0thousand tce"]
    assert all(isinstance(span, Text | Figure) for span in paragraph.spans)


def test_a_report_speaks_its_own_language_whoever_asks(operator):
    with translation.override("en"):
        report = build("zh-hant")
    assert {entry.method for entry in report.entries} == {"計算"}


def test_a_chart_without_data_says_so(operator):
    html = report_html(build())  # no target is set: there is no path to draw
    figure = html[html.index('id="chart-intensity_path"') :]
    assert "No data for this period." in figure[: figure.index("</figure>")]


class TestOfOneNode:
    """``node=`` names a part of whom the report is about."""

    @pytest.fixture
    def told(self, operator, tmp_path):  # noqa: ARG002 - it is in the register
        def build_one(text, **options):
            texts_write(tmp_path, f"# Water\n\n## Use {{#use}}\n\n{text}\n")
            return plain(
                report_build("water", YEAR, language="en", root=tmp_path, **options), "use"
            )

        yield build_one
        report_definition.cache_clear()

    def test_a_province_is_named_with_its_own_figure_and_change(self, told):
        text = (
            "[[node node=BJ]]: [[electricity_use node=BJ]], [[electricity_use node=BJ show=change]]"
        )
        assert told(text) == "Beijing: 26,400,000\u00a0kWh, up 10.0\u202f%"

    def test_a_report_on_a_part_says_nothing_of_its_neighbours(self, told):
        assert told("[[electricity_use]], [[electricity_use node=BJ]]", node="GD").endswith(
            "kWh, no data"
        )

    def test_a_code_that_there_is_not_is_named_with_its_line(self, told):
        with pytest.raises(DefinitionError, match=r"water\.\S+\.md:5: node=ZZ is no node"):
            told("[[electricity_use node=ZZ]]")
