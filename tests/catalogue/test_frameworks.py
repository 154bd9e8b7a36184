"""Files of disclosure frameworks are read strictly."""

import pytest

from commonweal.catalogue.frameworks import frameworks
from commonweal.errors import DefinitionError

LISTING = """[[frameworks]]
id = "own"
source = "x"
name = { zh-hant = "自", zh-hans = "自", en = "Own" }
"""
HEAD = "id,kind,en,zh-hant,zh-hans\n"


def folder(tmp_path, rows):
    (tmp_path / "frameworks.toml").write_text(LISTING, "utf-8")
    (tmp_path / "own.csv").write_text(HEAD + rows, "utf-8")
    return tmp_path


def test_paragraphs_keep_the_order_of_the_framework(tmp_path):
    own = frameworks(folder(tmp_path, "B2,metric,Two,二,二\nA1,narrative,One,一,一\n"))["own"]

    assert [each.id for each in own.paragraphs] == ["B2", "A1"]
    assert own.paragraph("A1").label["en"] == "One"
    assert own.paragraph("C3") is None


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("A1,metric,One,一,一\nA1,metric,Two,二,二\n", "paragraph 'A1' is listed twice"),
        ("A1,figure,One,一,一\n", "'A1': kind"),
        ("A1,metric,One,,一\n", "'A1': label"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, rows, sentence):
    with pytest.raises(DefinitionError, match=sentence):
        frameworks(folder(tmp_path, rows))
