"""The same contract for every programme: adding one is adding a folder that keeps it."""

import importlib
import inspect
import tomllib
from datetime import datetime

import pytest
from django.conf import settings

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.definitions import report_paths
from commonweal.kernel.programmes.registry import programmes, record_types

every_programme = pytest.mark.parametrize("programme", programmes().values(), ids=lambda p: p.id)
every_type = pytest.mark.parametrize("kind", record_types().values(), ids=lambda kind: kind.id)


@every_programme
def test_a_programme_belongs_to_a_domain_and_has_records(programme):
    assert programme.domain in settings.DOMAINS
    assert programme.types
    assert programme.spec.systems, "which of the named systems it is"


@every_programme
def test_a_programme_shows_figures_that_are_computed(programme):
    indicators = catalogue().indicators
    assert programme.spec.indicators
    shown = {name: indicators[name].status for name in programme.spec.indicators}
    assert set(shown.values()) == {"computed"}, shown
    assert {indicators[name].domain for name in shown} == {programme.domain}


@every_programme
def test_a_programme_has_a_text_of_the_report_in_three_languages(programme):
    folder = programme.folder / "report"
    assert [path.name for path in report_paths().values() if path.parent == folder] != []
    languages = {path.name.split(".")[-2] for path in folder.glob("*.md")}
    assert languages == {"zh-hant", "zh-hans", "en"}


@every_programme
def test_a_programme_has_a_demo_of_its_own(programme):
    demo = importlib.import_module(f"{programme.package}.demo")
    assert isinstance(demo.KNOWN_AT, datetime)
    assert demo.KNOWN_AT.tzinfo is not None
    inspect.signature(demo.build).bind(scopes={}, nodes={}, folder=programme.folder)


def test_menu_places_differ_within_a_domain():
    places = [(each.domain, each.spec.menu) for each in programmes().values()]
    assert places
    assert len(places) == len(set(places))


def test_codes_of_records_differ():
    codes = [kind.spec.code for kind in record_types().values()]
    assert codes
    assert len(codes) == len(set(codes))


@every_type
def test_every_rule_is_used_and_every_guard_is_declared(kind):
    used = {name for each in kind.spec.transitions for name in each.guards}
    assert used == set(kind.spec.guards)


@every_type
def test_a_record_shows_examples_and_columns(kind):
    assert kind.spec.title
    assert kind.spec.columns
    typed = [each for each in kind.spec.fields.values() if not each.is_computed]
    assert any(each.example for each in typed)


@every_type
def test_a_definition_file_holds_nothing_but_its_type(kind):
    path = kind.programme.folder / "records" / f"{kind.model._meta.model_name}.toml"
    assert tomllib.loads(path.read_text("utf-8"))["code"] == kind.spec.code
    known = {each.model._meta.model_name for each in kind.programme.types.values()}
    assert {path.stem for path in path.parent.glob("*.toml")} == known
