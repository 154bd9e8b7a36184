"""A report's text holds no number that no fact stands behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.disclosure.conftest import texts_write

from commonweal.catalogue import catalogue
from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.disclosure.definitions import report_definition, report_paths
from commonweal.kernel.disclosure.markup import Line, text_parse
from commonweal.kernel.disclosure.mentions import Mention, Words, line_parse

KNOWN = ("energy_use", "energy_per_traffic")


def parsed(text, **options):
    return list(line_parse(Line(text, 7, "a.en.md"), indicators=KNOWN, **options))


def test_a_mention_names_an_indicator_and_how_it_is_shown():
    words, mention, _ = parsed("We used [[energy_use unit=ktce at=2023]] of energy.")

    assert words == Words("We used ")
    assert isinstance(mention, Mention)
    assert (mention.name, dict(mention.options)) == ("energy_use", {"unit": "ktce", "at": "2023"})


@pytest.mark.parametrize(
    "text",
    [
        "It fell by 27.9 %.",
        "共 26 萬村",
        "全角１２",
        "下降百分之三十",
        "約三萬個站點",
        "[[period]]: 5G",
        "百餘場活動",
        "數百家夥伴",
        "兩千多人",
        "近百款應用",
        "十余所高校",
        "nearly a hundred partners",
        "two dozen events",
        "thousands of people",
        "twenty-eight centres",
    ],
)
def test_a_number_without_a_fact_is_refused_with_its_line(text):
    with pytest.raises(DefinitionError, match=r"a\.en\.md:7: .* no fact stands behind"):
        parsed(text)


@pytest.mark.parametrize(
    "text",
    [
        "after GB/T 2589-2020 and ISO 14064-1",
        "scope 1 and Scope 2; 範圍一",
        "log (RFC 6962), SHA-256",
        "tonnes of CO2e",
        "from 2024-12-31 on",
        "十四五，三農，百姓，第一百貨",
        "one method of two; the first hundred-year plan",
    ],
)
def test_names_of_standards_scopes_and_dates_may_hold_digits(text):
    assert parsed(text) == [Words(text)]


def test_a_definition_may_allow_further_names():
    assert parsed("the 5G network", allowed=["5G"]) == [Words("the 5G network")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[nonsense]]", r"\[\[nonsense\]\] names no indicator of the catalogue"),
        ("[[energy_use colour=red]]", "takes no 'colour'"),
        ("[[energy_use show=everything]]", "cannot show 'everything'"),
        ("[[energy_use decimals=two]]", "decimals=two is not a whole number"),
        ("[[energy_use words=rose]]", "words must name up, down and unchanged"),
        ("[[target of=nonsense]]", "of=nonsense names no indicator"),
        ("[[energy_use as=roughly]]", "as=roughly is not known"),
        ("[[energy_use magnitude=big]]", "magnitude=big is not known"),
        ("[[energy_use show=share]]", r"\[\[energy_use show=share\]\] needs of="),
        ("[[energy_use show=since]]", "needs from="),
        ("[[energy_use decimals=-x]]", "decimals=-x is not a whole number"),
        ("[[energy_use", "brackets do not match"),
        ('[[energy_use words="a]]', "is not a mention"),
    ],
)
def test_a_wrong_mention_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(DefinitionError, match=sentence):
        parsed(text)


@given(st.text(alphabet="abc 0123456789[]=|%.萬百分之GB/T", max_size=40))
def test_whatever_is_accepted_holds_no_bare_digit(text):
    try:
        pieces = parsed(text)
    except DefinitionError:
        return
    words = " ".join(piece.text for piece in pieces if isinstance(piece, Words))
    standard_or_date = ("GB/T", "-")
    assert not any(c.isdigit() for c in words) or any(mark in words for mark in standard_or_date)


def test_the_three_languages_of_every_report_say_the_same():
    assert report_paths(), "no report was found"
    for report_id in report_paths():
        definition = report_definition(report_id)
        assert set(definition.texts) == {"zh-hant", "zh-hans", "en"}


def report_folder(root, **texts):
    folder = root / "trial" / "report"
    folder.mkdir(parents=True)
    (folder / "trial.toml").write_text(
        'id = "trial"\nstatus = {}\n[directions]\nen = "up|down|same"\n', "utf-8"
    )
    for language in ("zh-hant", "zh-hans", "en"):
        text = texts.get(language.replace("-", "_"), "# T\n\n## One {#one}\n\n[[energy_use]]\n")
        (folder / f"trial.{language}.md").write_text(text, "utf-8")
    return root


def test_a_language_that_says_less_is_refused(tmp_path):
    root = report_folder(tmp_path, en="# T\n\n## One {#one}\n\nNothing.\n")
    with pytest.raises(DefinitionError, match=r"zh-hant and en do not say the same: .*energy_use"):
        report_definition("trial", root)


def test_sections_must_agree(tmp_path):
    root = report_folder(tmp_path, zh_hans="# T\n\n## Two {#two}\n\n[[energy_use]]\n")
    with pytest.raises(DefinitionError, match="sections in zh-hant are one, in zh-hans two"):
        report_definition("trial", root)


def test_a_chinese_unit_in_an_english_text_is_refused(tmp_path):
    root = report_folder(tmp_path, en="# T\n\n## One {#one}\n\n[[energy_use unit=萬噸標準煤]]\n")
    with pytest.raises(DefinitionError, match=r"trial\.en\.md:5: unit .* is Chinese in an English"):
        report_definition("trial", root)


def test_a_missing_text_and_an_unknown_report_are_refused(tmp_path):
    root = report_folder(tmp_path)
    (root / "trial" / "report" / "trial.en.md").unlink()
    with pytest.raises(DefinitionError, match=r"has no text trial\.en\.md"):
        report_definition("trial", root)
    with pytest.raises(InputError, match="no report 'none'"):
        report_definition("none", root)


def test_blocks_are_read_with_their_lines():
    text = (
        "# T\n\n## One {#one}\n\nFirst\nline\n\n- a\n  goes on\n- b\n\n"
        "| x | y |\n| --- | --- |\n| 1 | 2 |\n\n[[chart c]]\n"
    )
    (section,) = text_parse(text, place="t.md").sections

    assert [block.kind for block in section.blocks] == [
        "paragraph", "bullets", "table", "directive",
    ]  # fmt: skip
    assert [[line.number for line in row] for row in section.blocks[1].rows] == [[8, 9], [10]]
    assert [line.text for line in section.blocks[2].rows[1]] == ["1", "2"]


def test_a_section_without_an_id_is_refused():
    with pytest.raises(DefinitionError, match=r"t\.md:1: section .* has no id"):
        text_parse("## One\n", place="t.md")


def test_every_bound_indicator_is_computed():
    definition = report_definition("energy_carbon")
    named = {chart.indicators[0] for chart in definition.spec.charts}
    assert all(catalogue().indicators[each].status == "computed" for each in named)


@pytest.mark.parametrize(
    "text",
    [
        "能耗下降三成",
        "增長兩倍",
        "翻一番",
        "半數站點",
        "三分之一的村",
        "廿八處",
        "壹佰萬元",
        "零點五個百分點",
        "十五個百分點",
        "三个数据中心",
        "第Ⅳ期",
        "①",
        "½ of the sites",
        "٣",
        "fifteen sites",
        "five per cent",
        "two-thirds of sites",
        "one in five sites",
        "a tenfold rise",
        "it doubled",
        "half of the sites",
        "nine whole provinces",
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        "# Water\n\n## Use {{#use}}\n\n{}\n",
        "# Water\n\n## Use {{#use}}\n\n- {}\n",
        "# Water\n\n## Use {{#use}}\n\n### {}\n",
        "# Water\n\n## Use {{#use}}\n\n| a | b |\n| --- | --- |\n| {} | c |\n",
        "# Water\n\n## {} {{#use}}\n\nwords\n",
        "# {}\n\n## Use {{#use}}\n\nwords\n",
    ],
    ids=["paragraph", "bullet", "heading", "cell", "section", "title"],
)
def test_a_number_typed_in_words_is_refused_wherever_it_stands(tmp_path, text, place):
    texts_write(tmp_path, place.format(text))
    with pytest.raises(DefinitionError, match="no fact stands behind"):
        report_definition("water", tmp_path)


def test_a_number_typed_into_the_title_of_a_picture_is_refused(tmp_path):
    texts_write(tmp_path, "# Water\n\n## Use {#use}\n\nwords\n", chart="Water in 30 provinces")
    with pytest.raises(DefinitionError, match="title of monthly of water in en: '30' is a number"):
        report_definition("water", tmp_path)
