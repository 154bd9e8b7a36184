"""A small operator whose reports are rendered."""

import pytest
from tests.web.small_operator import facts_make, organisation_make

from commonweal.kernel.disclosure.services import report_build
from commonweal.periods import period


@pytest.fixture
def operator(db):
    organisation_make()
    facts_make()


@pytest.fixture
def build(operator):
    def built(language="en", report_id="energy_carbon", **options):
        return report_build(report_id, period("2024"), language=language, **options)

    return built


@pytest.fixture
def no_fonts(tmp_path):
    """A folder that holds no typeface."""
    return tmp_path / "fonts"
