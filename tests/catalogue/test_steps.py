"""A fallback is written once, in English, and read in the reader's language."""

from datetime import UTC, datetime

import pytest

from commonweal.catalogue import step_words
from commonweal.catalogue.steps import place_step, table_step, year_step


@pytest.mark.parametrize(
    ("step", "language", "words"),
    [
        (year_step(2022), "en", "carried forward from 2022"),
        (year_step(2022), "zh-hant", "沿用2022年"),
        (place_step("CN", "CN-XZ"), "en", "China instead of Tibet"),
        (place_step("CN", "CN-XZ"), "zh-hans", "以中国代替西藏"),
        (place_step("CN-R-NO", "CN-XZ"), "en", "CN-R-NO instead of Tibet"),
        ("taken from the neighbour", "zh-hant", "taken from the neighbour"),
    ],
)
def test_a_step_is_read_in_the_readers_language(ours, step, language, words):
    assert step_words(step, language, ours.places) == words


def test_every_step_that_a_lookup_takes_can_be_read(ours):
    known_at = datetime(2026, 1, 1, tzinfo=UTC)
    provinces = [place.code for place in ours.places.values() if place.parent.startswith("CN-R")]
    assert provinces
    for place in provinces:
        choice = ours.factors["grid_average"].find(
            carrier="electricity", place=place, year=2030, known_at=known_at
        )
        assert choice.steps
        for step in choice.steps:
            assert step_words(step, "zh-hant", ours.places) != step


def test_another_table_is_told_in_three_languages():
    step = table_step("grid_average", "grid_residual")
    assert step_words(step, "en", {}) == "factor grid_average instead of grid_residual"
    assert step_words(step, "zh-hant", {}) == "以因子表grid_average代替grid_residual"
