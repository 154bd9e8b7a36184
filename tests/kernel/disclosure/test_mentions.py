"""What a bound mention says beyond its value, and what becomes of a sentence without one."""

import pytest

from commonweal.errors import DefinitionError
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.disclosure.tree import Bullets, Heading, Paragraph, Table
from commonweal.periods import period

SPEC = 'id = "trial"\nstatus = {}\ngaps = "listed"\nmagnitude = "auto"\n[directions]\n' + "".join(
    f'{language} = "up|down|same"\n' for language in ("zh-hant", "zh-hans", "en")
)


@pytest.fixture
def tell(operator, tmp_path):
    """Return a function that writes a text and builds it in a language."""

    def told(body, language="en", year="2024", chinese=None):
        folder = tmp_path / year / "domains" / "trial" / "report"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "trial.toml").write_text(SPEC, "utf-8")
        for each in ("zh-hant", "zh-hans", "en"):
            text = body if each == "en" or chinese is None else chinese
            (folder / f"trial.{each}.md").write_text(f"# T\n\n## One {{#one}}\n\n{text}\n", "utf-8")
        root = tmp_path / year / "domains"
        return report_build("trial", period(year), language=language, root=root).sections[0].blocks

    return told


def words(block):
    return "".join(span.text for span in block.spans)


def test_a_difference_is_told_in_the_unit_of_the_value(tell):
    (block,) = tell("Use [[electricity_use show=difference unit=GWh decimals=1]].")
    assert words(block) == "Use up 3.6\u00a0GWh."
    assert len(block.spans[1].fact_ids) == 2


def test_a_share_of_another_indicator_is_a_percentage_with_both_facts(tell):
    (block,) = tell("[[energy_electricity_tce show=share of=energy_use decimals=0]] of it.")
    assert words(block) == "100\u202f% of it."
    assert len(block.spans[0].fact_ids) == 2


def test_years_are_added_up_since_the_one_that_is_named(tell):
    (block,) = tell("[[electricity_use show=since from=2023 unit=GWh decimals=1]] since then.")
    assert words(block) == "75.6\u00a0GWh since then."  # 36.0 and 39.6
    assert len(block.spans[0].fact_ids) == 2


def test_a_sum_over_years_of_which_one_is_not_known_is_no_data(tell):
    (block,) = tell("[[electricity_use show=since from=2019]] since then.")
    assert (block.role, words(block)) == ("no_data", "No data for this period: Electricity use.")


def test_a_year_to_start_from_must_be_one(tell):
    with pytest.raises(DefinitionError, match=r"md:5: from=then is no year"):
        tell("[[electricity_use show=since from=then]]")


@pytest.mark.parametrize(
    ("mention", "language", "text"),
    [
        ("[[electricity_use]]", "zh-hant", "3,960 萬千瓦時"),
        ("[[electricity_use]]", "en", "39.6\u00a0million\u00a0kWh"),
        ("[[electricity_use unit=GWh decimals=0 as=over]]", "en", "more than 39\u00a0GWh"),
        ("[[electricity_use unit=GWh decimals=0 as=nearly]]", "zh-hant", "近 40 吉瓦時"),
        ("[[electricity_use unit=GWh decimals=-1 as=more]]", "zh-hans", "30 余吉瓦时"),
        ("[[electricity_use unit=GWh decimals=0 as=over show=number]]", "zh-hant", "超過 39"),
        ("[[electricity_use magnitude=none]]", "en", "39,600,000\u00a0kWh"),
    ],
)
def test_magnitude_and_comparator_follow_from_the_value(tell, mention, language, text):
    (block,) = tell(mention, language)
    assert words(block) == text


def test_columns_of_a_table_keep_one_unit(tell):
    (block,) = tell("| a | b |\n| --- | --- |\n| use | [[electricity_use]] |")
    assert isinstance(block, Table)
    assert block.rows[0][1].spans[0].text == "39,600,000\u00a0kWh"


def test_a_sentence_with_a_planned_figure_is_left_out_and_the_figure_named(tell):
    blocks = tell(
        "Use was [[electricity_use]]. Halls: [[hall_staff]]. That is all.\n\n- [[hall_staff]].\n"
    )
    assert [type(block) for block in blocks] == [Paragraph, Paragraph]
    assert words(blocks[0]) == "Use was 39.6\u00a0million\u00a0kWh. That is all."
    assert words(blocks[1]) == "Planned, not yet computed: Hall staff."
    assert (blocks[1].role, blocks[1].spans[1].indicator) == ("planned", "hall_staff")


def test_what_is_lacking_is_named_once_at_the_end_of_its_part(tell):
    blocks = tell(
        "### A\n\n- [[hall_staff]].\n- [[hall_staff]].\n\n### B\n\n- [[electricity_use]]."
    )
    kinds = [type(block) for block in blocks]
    assert kinds == [Heading, Paragraph, Heading, Bullets]
    assert words(blocks[1]).count("Hall staff") == 1


def test_a_cell_of_a_table_says_planned(tell):
    (block,) = tell("| a | b |\n| --- | --- |\n| staff | [[hall_staff]] |", "zh-hant")
    assert block.rows[0][1].spans[0].text == "計劃中"
    assert block.rows[0][1].is_numeric


@pytest.fixture
def other(tmp_path):
    """Another report beside the trial, with a picture of its own."""
    folder = tmp_path / "2024" / "domains" / "other" / "report"
    folder.mkdir(parents=True)
    names = ", ".join(f'{language} = "Months"' for language in ("zh-hant", "zh-hans", "en"))
    chart = f"""
[[charts]]
id = "months"
form = "bar"
over = "months"
indicators = ["electricity_use"]
title = {{ {names} }}
"""
    (folder / "other.toml").write_text(SPEC.replace("trial", "other") + chart, "utf-8")
    text = "# O\n\n## Use {#use}\n\nUse was [[electricity_use]].\n\n[[chart months]]\n"
    for language in ("zh-hant", "zh-hans", "en"):
        (folder / f"other.{language}.md").write_text(text, "utf-8")


def test_a_section_of_another_report_is_taken_as_it_stands(tell, other):
    heading, paragraph, chart = tell("[[include other#use]]")
    assert heading == Heading("Use")
    assert words(paragraph) == "Use was 39.6\u00a0million\u00a0kWh."
    assert (chart.kind, chart.id) == ("chart", "other-months")


def test_a_section_that_is_not_there_cannot_be_included(tell, other):
    with pytest.raises(DefinitionError, match=r"md:5: \[\[include other#none\]\] names no section"):
        tell("[[include other#none]]")
