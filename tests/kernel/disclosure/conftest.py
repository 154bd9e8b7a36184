"""An operator with two years of facts."""

import pytest
from tests.web.small_operator import facts_make, organisation_make

from commonweal.kernel.disclosure.wording import LANGUAGES


@pytest.fixture
def operator(db):
    organisation_make()
    facts_make()


def texts_write(root, text, chart="Water by month"):
    """Write a report with one chart, the same text in each language."""
    folder = root / "any" / "report"
    folder.mkdir(parents=True, exist_ok=True)
    words = '{ zh-hant = "上|下|平", zh-hans = "上|下|平", en = "up|down|same" }'
    name = '{ zh-hant = "水", zh-hans = "水", en = "TITLE" }'.replace("TITLE", chart)
    (folder / "water.toml").write_text(
        f'id = "water"\nstatus = {{}}\ndirections = {words}\n[[charts]]\nid = "monthly"\n'
        f'form = "line"\nover = "months"\nindicators = ["energy_use"]\ntitle = {name}\n'
    )
    for language in LANGUAGES:
        (folder / f"water.{language}.md").write_text(text)
