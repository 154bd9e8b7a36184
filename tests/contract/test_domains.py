"""The same contract for every domain: adding one is adding a folder that keeps it."""

import importlib
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from commonweal import domains
from commonweal.lake.datasets import ColumnKind, datasets
from commonweal.units import dimension

LANGUAGES = {"zh-hant", "zh-hans", "en"}
FOLDER = Path(domains.__file__).parent
every_domain = pytest.mark.parametrize("name", settings.DOMAINS)


def declaration(name):
    return tomllib.loads((FOLDER / name / "domain.toml").read_text("utf-8"))


@every_domain
def test_a_domain_is_declared_whole(name):
    declared = declaration(name)
    assert set(declared) == {"id", "name", "owner", "menu"}
    assert declared["id"] == name
    assert set(declared["name"]) == LANGUAGES
    assert all(declared["name"].values())
    assert declared["owner"]
    assert isinstance(declared["menu"], int)


@every_domain
def test_a_domain_is_an_application_with_a_docstring(name):
    assert apps.is_installed(f"commonweal.domains.{name}")
    assert importlib.import_module(f"commonweal.domains.{name}").__doc__


def test_menu_places_differ():
    places = [declaration(name)["menu"] for name in settings.DOMAINS]
    assert places
    assert sorted(places) == sorted(set(places))


@pytest.mark.parametrize("dataset", datasets().values(), ids=lambda dataset: dataset.id)
class TestDataset:
    def test_speaks_three_languages(self, dataset):
        for names in (dataset.names, *(column.names for column in dataset.columns)):
            assert set(names) == LANGUAGES
            assert all(names.values())

    def test_has_a_key_that_is_never_empty(self, dataset):
        assert dataset.key
        assert all(dataset.column(name).required for name in (*dataset.key, dataset.month_of))

    def test_belongs_to_a_month_by_an_instant_or_a_day(self, dataset):
        assert dataset.column(dataset.month_of).kind in {ColumnKind.INSTANT, ColumnKind.DAY}

    def test_has_units_that_exist(self, dataset):
        for column in dataset.columns:
            if column.unit:
                assert dimension(column.unit)

    def test_has_references_and_choices_where_its_kinds_want_them(self, dataset):
        for column in dataset.columns:
            assert bool(column.references) == (column.kind is ColumnKind.REFERENCE), column.name
            assert bool(column.choices) == (column.kind is ColumnKind.CHOICE), column.name

    def test_shows_an_example_in_every_required_column(self, dataset):
        assert [c.name for c in dataset.columns if c.required and not c.example] == []
