"""The site's words, the administration's and the models' are translated, compiled, and complete."""

import re
from pathlib import Path

import polib
import pytest
from tests.web.words_used import words_of_code, words_of_template, words_used

import commonweal

PACKAGE = Path(commonweal.__file__).parent
LANGUAGES = ("zh_Hant", "zh_Hans")
LOCALES = sorted(path.parent for path in PACKAGE.rglob("locale/zh_Hant"))
SIMPLIFIED_ONLY = "这为对们数据时实点单"
CATALOGS = [(folder, language) for folder in LOCALES for language in LANGUAGES]

each_catalog = pytest.mark.parametrize(
    ("folder", "language"), CATALOGS, ids=[f"{f.parent.name}-{code}" for f, code in CATALOGS]
)


def catalog(folder, language):
    return polib.pofile(str(folder / language / "LC_MESSAGES" / "django.po"))


def known_words(language):
    return {
        (entry.msgctxt, entry.msgid) for folder in LOCALES for entry in catalog(folder, language)
    }


@each_catalog
def test_every_word_is_translated(folder, language):
    entries = catalog(folder, language)
    assert entries
    assert [entry.msgid for entry in entries if not entry.translated()] == []


@each_catalog
def test_what_is_compiled_is_what_is_written(folder, language):
    compiled = polib.mofile(str(folder / language / "LC_MESSAGES" / "django.mo"))
    spelt = [
        {(entry.msgctxt, entry.msgid): entry.msgstr or entry.msgstr_plural for entry in entries}
        for entries in (catalog(folder, language), compiled)
    ]
    assert spelt[0] == spelt[1]


@each_catalog
def test_placeholders_survive_translation(folder, language):
    for entry in catalog(folder, language):
        wanted = set(re.findall(r"%\(\w+\)s|%s", entry.msgid))
        said = entry.msgstr or entry.msgstr_plural[0]
        assert set(re.findall(r"%\(\w+\)s|%s", said)) == wanted, entry.msgid


@pytest.mark.parametrize("folder", LOCALES, ids=lambda folder: folder.parent.name)
def test_traditional_pages_hold_no_simplified_characters(folder):
    text = "".join(entry.msgstr for entry in catalog(folder, "zh_Hant"))
    assert {sign for sign in SIMPLIFIED_ONLY if sign in text} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_our_templates_models_and_administration_is_in_a_catalog(language):
    used = words_used(PACKAGE)
    files = set(used.values())
    assert len(used) > 300
    known = (
        "web/admin/forms.py",
        "kernel/org/models/organisation.py",
        "web/templates/web/fact.html",
    )
    assert set(known) <= files
    assert {key: used[key] for key in used.keys() - known_words(language)} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_catalog_keeps_a_word_that_nothing_uses(language):
    assert known_words(language) - words_used(PACKAGE).keys() == set()


def test_words_are_read_from_code_and_templates():
    code = 'x = _("a"); pgettext("of b", "b"); ngettext("one", "many", n); gettext(name); f("no")'
    assert list(words_of_code(code)) == [(None, "a"), ("of b", "b"), (None, "one")]

    template = """{% load i18n %}{% translate "it's" %} {% translate 'c' context "of c" %}
        {% blocktranslate with n=5 %}d {{ n }}{% endblocktranslate %}
        {% blocktranslate count n=n %}one{% plural %}many{% endblocktranslate %}"""
    assert list(words_of_template(template)) == [
        (None, "it's"),
        ("of c", "c"),
        (None, "d %(n)s"),
        (None, "one"),
    ]
