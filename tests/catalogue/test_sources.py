"""Sources of factors are named in the language of the reader."""

import re

import pytest

from commonweal.catalogue import catalogue
from commonweal.catalogue.sources import source_words

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def sources():
    """Every source that a factor of ours names."""
    found = {row.source for factor in catalogue().factors.values() for row in factor.rows}
    assert any(CHINESE.search(each) for each in found)
    return sorted(found)


def test_an_english_report_names_no_source_in_chinese():
    told = [source_words(each, "en") for each in sources()]
    assert [each for each in told if CHINESE.search(each)] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-hant", "生態環境部、國家統計局公告2025年第47號"),
        ("zh-hans", "生态环境部、国家统计局公告2025年第47号"),
        ("en", "MEE and NBS, Announcement No. 47 of 2025"),
    ],
)
def test_an_announcement_is_named_as_each_language_does(language, said):
    assert source_words("MEE + NBS, 公告2025年第47號", language) == said


def test_what_is_not_known_stays_as_written():
    assert source_words("GB/T 2589-2020, annex A", "zh-hans") == "GB/T 2589-2020, annex A"
