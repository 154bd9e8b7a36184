"""The linter on a real chapter, and on our own reports with one number altered.

The chapter is development data beside the checkout: claims found against those listed, findings,
milliseconds. Then every report of an operator is built in three languages, one figure of its HTML
text is altered at a time (a digit, the magnitude, the unit, the word of direction, the year), and
the text is held against the facts: which share is found?
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.claim import Claim

SHARED = Path(__file__).resolve().parents[2] / "shared"
SEED = 1
SWAPS = {
    "magnitude": (("萬", "億"), ("億", "萬"), ("万", "亿"), ("亿", "万"), ("million", "billion")),
    "unit": (
        *(("噸", "千克"), ("吨", "千克"), ("千瓦時", "兆瓦時"), ("千瓦时", "兆瓦时"), ("%", "‰")),
        *(("tCO2e", "kgCO2e"), ("MWh", "GWh"), ("kWh", "MWh"), ("tce", "kgce"), ("GJ", "TJ")),
    ),
    "direction": (
        *(("下降", "上升"), ("上升", "下降"), ("減少", "增加"), ("增加", "減少"), ("减少", "增加")),
        *(("降低", "提高"), ("fell", "rose"), ("rose", "fell"), ("down", "up"), ("up", "down")),
    ),
}
DEMO = (("init",), ("demo", "build", "--sites", "60"), ("compute", "2023", "2024"))


def main() -> None:
    """Print what was measured as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alterations", type=int, default=1000)
    parser.add_argument("--home", type=Path, help="with facts of 2024; a demo is built without")
    parser.add_argument("--json", action="store_true", help="as always")
    asked = parser.parse_args()
    told: dict[str, Any] = {"chapter": chapter()} if SHARED.is_dir() else {}
    with TemporaryDirectory() as folder:
        home = asked.home or Path(folder)
        os.environ |= {
            "COMMONWEAL_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "commonweal.settings",
        }
        for command in DEMO if asked.home is None else ():
            run = [sys.executable, "-m", "commonweal", *command]
            subprocess.run(run, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        told["alterations"] = altered(asked.alterations)
    print(json.dumps(told, ensure_ascii=False, indent=2))


def chapter() -> dict[str, Any]:
    """Return precision and recall of claims on a real chapter, its findings, and the time."""
    from commonweal.catalogue.claim_rules import chapter_lint, chapter_read

    text = (SHARED / "reference" / "operator_report_2024_extract.txt").read_text("utf-8")
    with (SHARED / "data" / "carbon" / "seed_indicators.csv").open(encoding="utf-8") as file:
        mentions = list(csv.DictReader(file))
    chapter_lint(chapter_read(text))  # word lists are read once
    times = []
    for _ in range(5):
        began = perf_counter()
        found = chapter_lint(claims := chapter_read(text))
        times.append(perf_counter() - began)
    matched, n_found = set[int](), 0
    for mention in mentions:
        near = list(_near(text, mention, claims.claims))
        fresh = [index for index in near if index not in matched] or near
        n_found += bool(fresh)
        matched.update(fresh[:1])
    return {
        "bytes": len(text.encode()),
        "milliseconds": round(min(times) * 1000, 1),
        "claims": len(claims.claims),
        "recall": round(n_found / len(mentions), 4),
        "precision": round(len(matched) / len(claims.claims), 4),
        "findings": Counter(f"{finding.severity}: {finding.rule}" for finding in found),
    }


def _near(text: str, mention: dict[str, str], claims: tuple[Claim, ...]) -> Iterator[int]:
    at = [index for index, char in enumerate(text) if not char.isspace() and char != "*"]
    bare = "".join(text[index] for index in at)
    wanted = "".join(mention["quote"].replace("*", "").split())
    spans = [
        (at[found.start()], at[found.end() - 1] + 1)
        for found in re.finditer(re.escape(wanted), bare)
    ]
    for index, claim in enumerate(claims):
        is_there = any(first - 2 <= claim.start < last + 2 for first, last in spans)
        is_it = claim.value == Fraction(mention["value_base"])
        if is_there and is_it and claim.comparator == mention["comparator"]:
            yield index


def altered(n: int) -> dict[str, Any]:
    """Return which share of alterations of our own reports is found, by kind."""
    import django

    django.setup()
    from commonweal.engines.claims.chapter import Chapter
    from commonweal.kernel.disclosure.definitions import report_paths
    from commonweal.kernel.disclosure.html import report_html
    from commonweal.kernel.disclosure.linting.document import document_of
    from commonweal.kernel.disclosure.linting.html_text import html_pieces
    from commonweal.kernel.disclosure.linting.own import against_own, figures_in
    from commonweal.kernel.disclosure.services import report_build
    from commonweal.kernel.disclosure.wording import LANGUAGES
    from commonweal.periods import period

    chance = random.Random(SEED)  # noqa: S311 - a repeatable choice
    texts, clean = [], 0
    for report_id in report_paths():
        for language in LANGUAGES:
            report = report_build(report_id, period("2024"), language=language, has_appendix=False)
            text = document_of("a", "html", html_pieces(report_html(report), "a")).text
            rule = against_own(report, lambda _: [])
            places = figures_in(text, report)
            clean += not rule(Chapter(text, ()))
            if places:
                texts.append((text, rule, places))
    asked, found, missed = Counter[str](), Counter[str](), []
    while asked.total() < n:
        text, rule, places = chance.choice(texts)
        kind = chance.choice(("digit", "digit", "magnitude", "unit", "direction", "year"))
        change = _change(text, chance.choice(places), kind, chance)
        if change is None:
            continue
        asked[kind] += 1
        if rule(Chapter(change, ())):
            found[kind] += 1
        else:
            missed.append(kind)
    return {
        "reports": f"{len(texts)} with figures",
        "unaltered texts without findings": clean,
        "alterations": asked.total(),
        "found": round(found.total() / asked.total(), 4),
        "by kind": {kind: f"{found[kind]} of {asked[kind]}" for kind in asked},
    }


def _change(text: str, place: tuple[int, int], kind: str, chance: random.Random) -> str | None:
    """Return a text with one alteration at a figure, or None where it has nothing of the kind."""
    start, end = place
    if kind == "digit":
        digits = [index for index in range(start, end) if text[index] in "0123456789"]
        if not digits:
            return None
        at = chance.choice(digits)
        new = str((int(text[at]) + chance.randint(1, 9)) % 10)
        return text[:at] + new + text[at + 1 :]
    first = text.rfind("\n", 0, start) + 1
    if kind == "year":
        line_end = text.find("\n", end)
        years = list(re.finditer(r"20[12]\d", text[first : line_end if line_end > 0 else None]))
        if not years:
            return None
        match = chance.choice(years)
        at = first + match.start()
        return text[:at] + str(int(match[0]) + chance.choice((-1, 1))) + text[at + 4 :]
    low, high = (max(first, start - 12), end) if kind == "direction" else (start, end + 8)
    window = text[low:high].split("\n", maxsplit=1)[0]
    swaps = [(old, new) for old, new in SWAPS[kind] if old in window]
    if not swaps:
        return None
    old, new = chance.choice(swaps)
    at = low + window.rindex(old)
    return text[:at] + new + text[at + len(old) :]


if __name__ == "__main__":
    main()
