"""The PDF says what the HTML says, in type that is there, and the same bytes for the same facts."""

import re
from dataclasses import replace
from html import unescape

import pypdfium2
import pytest
from tests.kernel.disclosure.renderings.reading import pdf_text, squeezed
from tests.web.small_operator import FIRST, RESTATED, facts_make

from commonweal.errors import StateError
from commonweal.kernel.disclosure.html import report_html
from commonweal.kernel.disclosure.renderings.fonts import can_typeset, fonts_found, typefaces
from commonweal.kernel.disclosure.renderings.pdf import report_pdf, report_pdf_cached
from commonweal.kernel.disclosure.renderings.print_svg import chart_print
from commonweal.kernel.disclosure.wording import LANGUAGES

FIGURE = re.compile(r'class="figure[^"]*"[^>]*>([^<]+)<')


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_printed_number_of_the_page_is_in_the_file(build, no_fonts, language):
    report = build(language)
    printed = {unescape(found) for found in FIGURE.findall(report_html(report))}
    text = pdf_text(report_pdf(report, fonts_folder=no_fonts))

    assert len(printed) > 40
    assert [each for each in printed if squeezed(each) not in text] == []


def test_the_same_facts_give_the_same_bytes_whatever_was_restated(build, no_fonts):
    before = report_pdf(build("zh-hant"), fonts_folder=no_fonts)
    facts_make(scale=2, now=RESTATED, reason="late bills")

    assert report_pdf(build("zh-hant", as_of=FIRST), fonts_folder=no_fonts) == before
    assert report_pdf(build("zh-hant"), fonts_folder=no_fonts) != before


def test_numbers_lead_to_the_index_and_the_index_back(build, no_fonts):
    with pypdfium2.PdfDocument(report_pdf(build(), fonts_folder=no_fonts)) as document:
        n_links = sum(_n_links(page) for page in document)
        titles = [entry.get_title() for entry in document.get_toc()]

    assert n_links > 100
    assert titles[0].endswith("How these figures are made")
    assert titles[-1] == "Index of figures"


def _n_links(page):
    number, found = pypdfium2.raw.c_int(0), pypdfium2.raw.FPDF_LINK()
    n_links = 0
    while pypdfium2.raw.FPDFLink_Enumerate(page, number, found):
        n_links += 1
    return n_links


def test_the_file_says_what_it_is(build, no_fonts):
    report = build("zh-hans")
    with pypdfium2.PdfDocument(report_pdf(report, fonts_folder=no_fonts)) as document:
        about = document.get_metadata_dict()

    assert about["Title"] == f"{report.title} – {report.subtitle}"
    assert about["Author"] == report.node_name
    assert about["CreationDate"].startswith("D:20250110")


def test_without_typefaces_there_is_an_error_and_no_boxes(build, no_fonts):
    with pytest.raises(StateError, match=r"needs the fonts Noto Serif CJK TC and Noto Sans CJK TC"):
        report_pdf(build("zh-hant"), fonts_folder=no_fonts, with_system_fonts=False)


def test_a_hint_says_where_typefaces_come_from(no_fonts):
    fonts = fonts_found(no_fonts, with_system=False)
    with pytest.raises(StateError) as error:
        typefaces("en", fonts, no_fonts)
    assert "fonts-noto-cjk" in error.value.hint
    assert str(no_fonts) in error.value.hint


def test_typefaces_in_the_home_folder_count(no_fonts, tmp_path):
    found = {font.family: font.path for font in fonts_found(no_fonts).fonts()}
    own = tmp_path / "own"
    own.mkdir()
    for family in ("Noto Serif CJK SC", "Noto Sans CJK SC"):
        (own / family).with_suffix(".ttc").symlink_to(found[family])

    assert can_typeset(no_fonts)
    assert typefaces("zh-hans", fonts_found(own, with_system=False), own).region == "CN"


def test_a_sign_that_no_typeface_has_is_refused(build, no_fonts):
    with pytest.raises(StateError, match="could not be displayed"):
        report_pdf(replace(build(), title="Energy \U00013000"), fonts_folder=no_fonts)


def test_words_of_a_report_are_never_run(build, no_fonts):
    title = '#read("/etc/passwd") *bold* $x$ ='
    text = pdf_text(report_pdf(replace(build(), title=title), fonts_folder=no_fonts))
    assert squeezed(title) in text


def test_a_file_is_typeset_once(build, no_fonts, tmp_path):
    places = {"cache_folder": tmp_path / "cache", "fonts_folder": no_fonts}
    first = report_pdf_cached(build(), **places)
    written = first.stat().st_mtime_ns
    again = report_pdf_cached(build(), **places)

    assert (again, again.stat().st_mtime_ns) == (first, written)
    assert first.read_bytes() == report_pdf(build(), fonts_folder=no_fonts)
    assert report_pdf_cached(build("zh-hant"), **places) != first


def test_pictures_carry_their_colours(build):
    drawn = [chart_print(chart, "Noto Sans CJK SC") for chart in build().charts]

    assert drawn
    assert all("var(" not in each and "#0b6e4f" in each for each in drawn)
