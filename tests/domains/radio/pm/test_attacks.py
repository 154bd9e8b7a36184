"""Files that mean harm, or are damaged, are refused with a reason and stop nothing else."""

import gzip

import pytest

from commonweal.domains.radio.network.pm import reading
from commonweal.domains.radio.network.pm.judging import UnreadableError
from commonweal.domains.radio.network.pm.reading import blocks
from tests.domains.radio.pm.writing import Info, Row, pm_file

GOOD = pm_file([Info("ManagedElement=1", [Row("NRCellDU=1", {"RRU.PrbTotDl": "23"})])])
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10) for number in range(1, 10)
)


def with_doctype(inside):
    doctype = b'<!DOCTYPE measCollecFile [<!ENTITY l0 "ha">%s]>' % inside
    return GOOD.replace(DECLARATION, DECLARATION + doctype).replace(b">23<", b">&l9;<")


ATTACKS = {
    "a billion laughs": (with_doctype(LAUGHS), "document type"),
    "an external entity": (
        with_doctype(b'<!ENTITY l9 SYSTEM "file:///etc/passwd">'),
        "document type",
    ),
    "a document type elsewhere": (
        GOOD.replace(DECLARATION, DECLARATION + b'<!DOCTYPE measCollecFile SYSTEM "a.dtd">'),
        "document type",
    ),
    "an entity of nobody": (GOOD.replace(b">23<", b">&nobody;<"), "no whole XML"),
    "depth": (GOOD.replace(b"<r p", b"<x>" * 500 + b"<r p"), "32 deep"),
    "depth without end": (GOOD.replace(b"<r p", b"<x>" * 100_000 + b"<r p"), "deep"),
    "a name beyond measure": (GOOD.replace(b"job", b"j" * 2_000_000), "no whole XML|longer than"),
    "an object's name beyond measure": (GOOD.replace(b"NRCellDU=1", b"=" * 2000), "longer than"),
    "a counter's name beyond measure": (GOOD.replace(b"RRU.", b"R" * 2000), "longer than"),
    "a cut": (GOOD[:-200], "no whole XML"),
    "a cut in the first tag": (GOOD[:60], "no whole XML"),
    "nothing": (b"", "no XML"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "no"),
    "a spreadsheet": (b"cell,prb\n1,23\n", "no XML"),
    "another XML": (b"<html><body>not found</body></html>", "has no measCollecFile"),
    "two roots": (GOOD + b"<measCollecFile/>", "no whole XML"),
    "a wrong end": (GOOD.replace(b"</r>", b"</q>"), "no whole XML"),
    "text in an unknown encoding": (GOOD.replace(b"UTF-8", b"EBCDIC-0"), "no whole XML"),
    "bytes that are no text": (GOOD.replace(b"NRCellDU", b"NR\xff\xfeDU"), "no whole XML"),
    "a position that is none": (GOOD.replace(b'p="1"', b'p="one"'), "no number"),
    "a position used twice": (
        GOOD.replace(b"</measType>", b'</measType><measType p="1">X</measType>'),
        "have the position p = 1",
    ),
    "an element in a value": (GOOD.replace(b">23<", b"><b>23</b><"), "holds a text"),
    "packed and cut": (gzip.compress(GOOD)[:-20], "cannot be unpacked"),
    "packed and damaged": (gzip.compress(GOOD)[:-8] + bytes(8), "cannot be unpacked"),
}


@pytest.mark.parametrize(("content", "sentence"), ATTACKS.values(), ids=ATTACKS)
def test_a_bad_file_is_refused_with_its_reason(content, sentence, tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=sentence) as refused:
        list(blocks(path))
    assert refused.value.hint
    assert refused.value.rule


def test_what_unpacks_without_end_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_SMALL_BYTES", 1 << 20)
    monkeypatch.setattr(reading, "INFO_LIMIT_BYTES", 1 << 40)
    head, tail = GOOD.split(b"<measInfo", 1)
    path = tmp_path / "a.xml.gz"
    path.write_bytes(gzip.compress(head + b" " * (64 << 20) + b"<measInfo" + tail))
    with pytest.raises(UnreadableError, match="times its size"):
        list(blocks(path))


def test_an_info_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "INFO_LIMIT_BYTES", 1 << 20)
    path = tmp_path / "a.xml"
    path.write_bytes(GOOD.replace(b"<r p", b" " * (3 << 20) + b"<r p"))
    with pytest.raises(UnreadableError, match="one measInfo is longer"):
        list(blocks(path, piece_bytes=1 << 19))
