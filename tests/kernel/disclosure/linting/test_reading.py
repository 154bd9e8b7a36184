"""Documents as text: what a reader sees, and where it stood; and those made to do harm."""

import io
import zipfile
from time import monotonic

import pytest
import typst

from commonweal.errors import InputError
from commonweal.kernel.disclosure.linting import reading
from commonweal.kernel.disclosure.linting.decoding import decoded
from commonweal.kernel.disclosure.linting.document import Place
from commonweal.kernel.disclosure.linting.reading import document_read

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture
def read(tmp_path):
    """Write a file and read it."""

    def _read(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return document_read(path)

    return _read


def docx(body, **more):
    """A word processor's file around some paragraphs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'
        )
        for name, content in more.items():
            archive.writestr(f"word/{name}.xml", content)
    return file.getvalue()


def paragraph(text):
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def place_of(document, words):
    return document.place(document.text.index(words))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_is_read_in_the_encodings_of_chinese(encoding):
    text = "中國電信全年用電量為1,234萬千瓦時，同比下降3.2%。"
    assert decoded(text.encode(encoding), "a.txt") == text


def test_big5_and_gb18030_are_told_apart():
    traditional, simplified = (
        "公司員工總數為1,272人，用電量下降。",
        "公司员工总数为1,272人，用电量下降。",
    )
    assert decoded(traditional.encode("big5"), "a.txt") == traditional
    assert decoded(simplified.encode("gb2312"), "a.txt") == simplified


def test_a_text_keeps_its_lines_and_columns(read):
    document = read("a.md", "# 報告\r\n\r\n用電量1,300萬千瓦時")
    assert place_of(document, "1,300") == Place(3, 4)


def test_a_page_is_read_as_it_is_seen(read):
    document = read(
        "a.html",
        "<title>5%</title><style>p{}</style><script>let n = '9 tonnes'</script>\n"
        "<p>Emissions fell\n  to <b>150</b> tonnes.<p hidden>7 sites</p><svg><text>3</text></svg>\n"
        "<div style='display: none'><div>x</div>8 sites</div>\n"
        "<table><tr><th>Region<th>Sites<tr><td>North<td></td><td><p>1</p><p>2</p></td></tr></table>",
    )
    assert document.text == "Emissions fell to 150 tonnes.\nRegion\tSites\nNorth\t\t1 2"
    assert place_of(document, "150") == Place(3, 9)


def test_a_word_processors_file_has_paragraphs_rows_and_notes(read):
    row = "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in ("北", "", "120"))
    notes = f'<w:footnotes xmlns:w="{_W}">{paragraph("註一")}</w:footnotes>'
    body = paragraph("第一段") + f"<w:tbl><w:tr>{row}</w:tr></w:tbl>" + paragraph("末段")
    document = read("a.docx", docx(body, footnotes=notes))
    assert document.text == "第一段\n北\t\t120\n末段\n註一\n"
    assert place_of(document, "120").line == 2
    assert place_of(document, "末段").line == 3


def test_a_pdf_in_two_columns_is_read_column_by_column(read):
    words = "Energy use of the network fell while traffic grew in every single region we serve. "
    columns = f"#set page(columns: 2, height: 90mm)\n#set par(justify: true)\n{words * 6}\n"
    table = "#colbreak()\n#table(columns: 2, [Sites (items)], [2024], [North], [120])\n" + words * 5
    document = read("a.pdf", typst.compile((columns + table).encode()))
    assert "Sites (items)\t2024\nNorth\t120\n" in document.text
    assert document.text.startswith((words * 6).strip())
    assert place_of(document, "North").page == 1


def test_lines_of_a_chinese_paragraph_are_joined_without_a_gap(read):
    words = "公司深入推進綠色發展，全年用電量為一千萬千瓦時，同比下降。" * 4
    source = f'#set page(width: 100mm)\n#set text(font: "Noto Serif CJK TC", lang: "zh")\n{words}'
    assert words in read("a.pdf", typst.compile(source.encode())).text


def bomb():
    """A member of 1 GB that packs to 1 MB, and a directory that says so."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (70 << 20))
    return file.getvalue()


def laughs():
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    source = f'<!DOCTYPE x [<!ENTITY a0 "9">{entities}]><x>&a11;</x>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", source)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.docx", bomb, "unpacks to more than"),
        ("a.docx", lambda: docx(paragraph("9" * 3_000_000)), "more than 2,000,000 characters"),
        ("a.docx", lambda: docx("")[:100], "not a whole DOCX file"),
        ("a.docx", lambda: docx("<w:p>" * 100_000), "not a whole DOCX file"),
        ("a.txt", lambda: b"9" * 3_000_000, "more than 2,000,000 characters"),
        ("a.html", lambda: b"<p>" + b"9" * 3_000_000, "more than 2,000,000 characters"),
        ("a.txt", lambda: b"\x00\x01" * 9, "holds zero bytes"),
        ("a.pdf", lambda: b"%PDF-1.7 nothing", "cannot be read"),
        ("a.pdf", lambda: b"words", "is named like PDF and is none"),
        ("a.png", lambda: b"words", "is of no kind that is read"),
    ],
)
def test_what_is_damaged_or_made_to_do_harm_is_refused(read, name, content, message):
    with pytest.raises(InputError, match=message):
        read(name, content())


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "digits.txt"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(InputError, match="104,857,600 bytes"):
        document_read(path)


def test_entities_that_multiply_are_refused(read):
    with pytest.raises(InputError, match="not a whole DOCX file"):
        read("a.docx", laughs())


def test_deep_nesting_costs_nothing(read):
    began = monotonic()
    deep = read("a.html", "<div>" * 200_000 + "用電量1,300萬千瓦時" + "<b><!-- " * 20_000)
    assert deep.text.startswith("用電量1,300萬千瓦時")
    assert monotonic() - began < 20


def test_scripts_of_a_pdf_are_not_run(read):
    objects = (
        b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(while(1){})>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    )
    body = b"".join(b"%d 0 obj%bendobj\n" % numbered for numbered in enumerate(objects, 1))
    began = monotonic()
    assert read("a.pdf", b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF").text == ""
    assert monotonic() - began < 10


def test_a_reader_that_needs_too_much_is_stopped(read, monkeypatch):
    monkeypatch.setattr(reading, "TIME_LIMIT_S", 0.001)
    with pytest.raises(InputError, match=r"could not be read within 0\.001 seconds"):
        read("a.html", "<p>1</p>")
