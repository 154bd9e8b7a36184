"""The site's words are translated, compiled, and complete."""

import re
from pathlib import Path

import polib
import pytest

import commonweal

PACKAGE = Path(commonweal.__file__).parent
LOCALE = PACKAGE / "web" / "locale"
LANGUAGES = ("zh_Hant", "zh_Hans")
SIMPLIFIED_ONLY = "这为对们数据时实点单"
_TRANSLATED = re.compile(
    r'\{%\s*translate\s+"(?P<text>[^"]+)"(?:\s+context\s+"(?P<context>[^"]+)")?\s*%\}'
)


def catalog(language):
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated(language):
    entries = catalog(language)
    assert len(entries) > 100
    assert [entry.msgid for entry in entries if not entry.translated()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language):
    compiled = polib.mofile(str(LOCALE / language / "LC_MESSAGES" / "django.mo"))
    spelt = [
        {(entry.msgctxt, entry.msgid): entry.msgstr or entry.msgstr_plural for entry in entries}
        for entries in (catalog(language), compiled)
    ]
    assert spelt[0] == spelt[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_survive_translation(language):
    for entry in catalog(language):
        wanted = set(re.findall(r"%\(\w+\)s|%s", entry.msgid))
        said = entry.msgstr or entry.msgstr_plural[0]
        assert set(re.findall(r"%\(\w+\)s|%s", said)) == wanted, entry.msgid


def test_traditional_pages_hold_no_simplified_characters():
    text = "".join(entry.msgstr for entry in catalog("zh_Hant"))
    assert {sign for sign in SIMPLIFIED_ONLY if sign in text} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_our_templates_is_in_the_catalog(language):
    known = {(entry.msgctxt, entry.msgid) for entry in catalog(language)}
    folders = (
        PACKAGE / "web" / "templates" / "web",
        PACKAGE / "kernel" / "disclosure" / "templates",
    )
    used = {
        (found["context"], found["text"])
        for folder in folders
        for path in folder.rglob("*.html")
        for found in _TRANSLATED.finditer(path.read_text("utf-8"))
    }
    assert len(used) > 80
    assert used - known == set()
