"""Names of sources of factors: written once, hashed with every fact, read in three languages."""

# ruff: noqa: RUF001 - brackets as Chinese documents are numbered with
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.catalogue.reading import Language

_PARTS: Final[Mapping[str, Mapping[Language, str]]] = {
    r"MEE \+ NBS, (?=公告)": {
        "zh-hant": "生態環境部、國家統計局",
        "zh-hans": "生态环境部、国家统计局",
        "en": "MEE and NBS, ",
    },
    r"公告(\d{4})年第(\d+)號": {
        "zh-hant": r"公告\1年第\2號",
        "zh-hans": r"公告\1年第\2号",
        "en": r"Announcement No. \2 of \1",
    },
    r"MEE, 環辦氣候函〔(\d{4})〕(\d+)號": {
        "zh-hant": r"生態環境部 環辦氣候函〔\1〕\2號",
        "zh-hans": r"生态环境部 环办气候函〔\1〕\2号",
        "en": r"MEE, Huan Ban Qi Hou Han (\1) No. \2",
    },
    r"2011年和2012年中國區域電網平均二氧化碳排放因子": {
        "zh-hant": "2011年和2012年中國區域電網平均二氧化碳排放因子",
        "zh-hans": "2011年和2012年中国区域电网平均二氧化碳排放因子",
        "en": "mean CO2 factors of China's regional grids, 2011 and 2012",
    },
    r"北京市生態環境局 京環發〔(\d{4})〕(\d+)號": {
        "zh-hant": r"北京市生態環境局 京環發〔\1〕\2號",
        "zh-hans": r"北京市生态环境局 京环发〔\1〕\2号",
        "en": r"Beijing Ecology and Environment Bureau, Jing Huan Fa (\1) No. \2",
    },
    r" and its accounting guide": {
        "zh-hant": "及其核算指南",
        "zh-hans": "及其核算指南",
        "en": " and its accounting guide",
    },
}


def source_words(source: str, language: Language) -> str:
    """Return a source as people read it; what is not known stays as it was written.

    >>> source_words("MEE + NBS, 公告2024年第33號", "en")
    'MEE and NBS, Announcement No. 33 of 2024'
    """
    for pattern, words in _PARTS.items():
        source = re.sub(pattern, words[language], source)
    return source
