"""A performance file in any form gives the same values; the quick reader agrees with libxml2."""

import gzip
import lzma
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.domains.radio.network.pm.block import MISCOUNTED, OTHER, SUSPECT
from commonweal.domains.radio.network.pm.judging import UnreadableError, judge
from commonweal.domains.radio.network.pm.periods import duration_s
from commonweal.domains.radio.network.pm.reading import blocks
from commonweal.domains.radio.network.pm.scanning import scan
from tests.domains.radio.pm.writing import Form, Info, Row, duration, pm_file

INFOS = [
    Info(
        "ManagedElement=gnb-001",
        [
            Row("GNBDUFunction=1,NRCellDU=1", {"RRU.PrbTotDl": "23", "DRB.UEThpDl": "81234.5"}),
            Row("GNBDUFunction=1,NRCellDU=2", {"RRU.PrbTotDl": "0", "DRB.UEThpDl": None}, True),
        ],
    ),
    Info("ManagedElement=gnb-001", [Row("ManagedElement=gnb-001", {"PEE.Energy": "0.2031"})]),
    Info("ManagedElement=gnb-002", [Row("NRCellDU=1", {"RRU.PrbTotDl": "7"})], 3600),
]
SAID = {
    ("ManagedElement=gnb-001", "GNBDUFunction=1,NRCellDU=1", 900, False): {
        "RRU.PrbTotDl": 23.0,
        "DRB.UEThpDl": 81234.5,
    },
    ("ManagedElement=gnb-001", "GNBDUFunction=1,NRCellDU=2", 900, True): {"RRU.PrbTotDl": 0.0},
    ("ManagedElement=gnb-001", "ManagedElement=gnb-001", 900, False): {"PEE.Energy": 0.2031},
    ("ManagedElement=gnb-002", "NRCellDU=1", 3600, False): {"RRU.PrbTotDl": 7.0},
}


def said(found):
    """Blocks as (element, object, duration, suspect) → counter → number."""
    told = {}
    for block in found:
        texts = [*block.strings, ""]
        keys = []
        for info, dn, flags in zip(block.row_info, block.row_object, block.row_flags, strict=True):
            assert not flags & MISCOUNTED
            length = duration_s(texts[block.info_duration[info]])
            element = texts[block.info_element[info]]
            keys.append((element, texts[dn], length, bool(flags & SUSPECT)))
            told.setdefault(keys[-1], {})
        values = zip(block.value_row, block.value_type, block.values, block.value_kind, strict=True)
        for number, (row, kind_of, value, kind) in enumerate(values):
            read = float(block.others[number]) if kind == OTHER else value
            if not np.isnan(read):
                told[keys[row]][texts[block.type_name[kind_of]]] = read
    return told


def written(tmp_path, content, name="a.xml"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


FORMS = {
    "as the standard prints it": Form(),
    "duration in minutes": Form(durations="minutes"),
    "duration in hours": Form(durations="mixed"),
    "p with gaps": Form(step=7),
    "no p at all": Form(step=0),
    "r in another order": Form(backwards=True),
    "r left out": Form(absent="left out"),
    "r empty": Form(absent="empty"),
    "measTypes and measResults": Form(compact=True),
    "TS 28.532": Form(namespace="data"),
    "no namespace": Form(namespace="none"),
    "a prefix": Form(prefix="md"),
    "one measData for each info": Form(one_each=True),
    "no white space": Form(space=""),
    "a comment": Form(comment=True),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_one_content_in_every_form_is_one_content(form, tmp_path):
    content = pm_file(INFOS, form)
    assert said(blocks(written(tmp_path, content))) == SAID
    assert said(blocks(written(tmp_path, content), piece_bytes=50)) == SAID  # many pieces
    assert said(judge([content])) == SAID


def test_the_quick_reader_reads_plain_files_and_leaves_the_rest_to_libxml2():
    plain = [form for name, form in FORMS.items() if name != "a comment"]
    assert all(scan(pm_file(INFOS, form), is_final=True) for form in plain)
    assert scan(pm_file(INFOS, Form(comment=True)), is_final=True) is None
    assert scan(pm_file([replace(INFOS[0], element="A&B")]), is_final=True) is None


def test_rows_are_read_in_the_order_of_the_file(tmp_path):
    block = next(blocks(written(tmp_path, pm_file(INFOS))))
    assert block.row_info.tolist() == [0, 0, 1, 2]
    assert block.header.dn_prefix == "SubNetwork=CN"
    assert block.header.sender_dn == "ManagedElement=sender"


TEXTS = st.one_of(
    st.none(),
    st.integers(-(10**18), 10**18).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-1000, 1000, places=4).map(str),
)
DNS = st.text("abcXYZ=,019-_& <>\"'é網", min_size=1, max_size=12).map(str.strip).filter(bool)
NAMES = st.sampled_from(["RRU.PrbTotDl", "PEE.Energy", "DRB.X_5", "A", "B.c.Sum", "長い"])
ROWS = st.builds(Row, DNS, st.dictionaries(NAMES, TEXTS, min_size=1, max_size=4), st.booleans())
INFO = st.builds(
    Info,
    st.sampled_from(["ManagedElement=1", "ManagedElement=2,x=é", "E&F"]),
    st.lists(ROWS, min_size=1, max_size=4, unique_by=lambda row: row.dn),
    st.sampled_from([900, 3600, 60]),
)
FORM = st.builds(
    Form,
    namespace=st.sampled_from(["collec", "data", "none"]),
    prefix=st.just(""),
    compact=st.booleans(),
    durations=st.sampled_from(["seconds", "minutes", "mixed"]),
    step=st.integers(0, 40),
    backwards=st.booleans(),
    absent=st.sampled_from(["NIL", "empty", "left out"]),
    one_each=st.booleans(),
    space=st.sampled_from(["", " ", "\n  ", "\r\n\t"]),
    comment=st.booleans(),
)


@given(st.lists(INFO, max_size=5), FORM, st.integers(20, 2000))
def test_what_is_written_is_read_back_by_both_readers(tmp_path_factory, infos, form, piece):
    content = pm_file(infos, form)
    path = written(tmp_path_factory.getbasetemp(), content, "any.xml")
    told = [list(blocks(path, piece_bytes=piece)), list(blocks(path)), list(judge([content]))]
    expected = sorted(
        repr(
            (
                info.element,
                duration(info.duration_s, form),
                info.ends,
                row.dn,
                SUSPECT if row.suspect else 0,
                name,
                float(text),
            )
        )
        for info in infos
        for row in info.rows
        for name, text in row.values.items()
        if text is not None
    )
    for found in told:
        values = (value for block in found for value in _of_block(block))
        numbers = [(*value[:-1], float(value[-1])) for value in values]
        assert sorted(repr(each) for each in numbers if each[-1] == each[-1]) == expected
        assert sum(len(block.row_info) for block in found) == sum(len(i.rows) for i in infos)


def _values(found):
    """All that blocks say of each value, as texts."""
    return [repr(value) for block in found for value in _of_block(block)]


def _of_block(block):
    texts = [*block.strings, None]  # the last stands for what is not there
    for number, (row, type_, value, kind) in enumerate(
        zip(block.value_row, block.value_type, block.values, block.value_kind, strict=True)
    ):
        info = block.row_info[row]
        yield (
            texts[block.info_element[info]],
            texts[block.info_duration[info]],
            texts[block.info_end[info]],
            texts[block.row_object[row]],
            int(block.row_flags[row]),
            texts[block.type_name[type_]] if type_ >= 0 else "no type",
            block.others.get(number) if kind == OTHER else float(value),
        )


@given(st.binary(max_size=60), st.integers(0, 3000))
def test_damage_never_makes_the_quick_reader_say_what_libxml2_would_not(junk, at):
    content = pm_file(INFOS)
    damaged = content[:at] + junk + content[at + len(junk) :]
    quick = scan(damaged, is_final=True)
    if quick is None:
        return
    try:
        slow = list(judge([damaged]))
    except UnreadableError as fault:
        pytest.fail(f"{fault} in {damaged}")
    assert sorted(_values([quick[0]])) == sorted(_values(slow))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_packed_files_are_unpacked_on_the_way(pack, tmp_path):
    path = written(tmp_path, pack(pm_file(INFOS)), "a.xml.gz")
    assert said(blocks(path)) == SAID


def test_a_value_has_all_the_digits_that_were_written(tmp_path):
    texts = [
        "0.1",
        "123456789012345",
        "1234567890123456789",
        "1e-30",
        "9007199254740993",
        ".5",
        "-0",
    ]
    rows = [Row("c", {f"N{number}": text for number, text in enumerate(texts)})]
    (told,) = said(blocks(written(tmp_path, pm_file([Info("e", rows)])))).values()
    assert list(told.values()) == [float(text) for text in texts]


def test_results_that_do_not_match_their_types_are_marked(tmp_path):
    content = pm_file(INFOS[:1], Form(compact=True)).replace(b"23 81234.5", b"23")
    for found in (next(blocks(written(tmp_path, content))), next(judge([content]))):
        assert found.row_flags.tolist() == [MISCOUNTED, SUSPECT]


@pytest.mark.shared
def test_the_standard_s_example_is_read(shared_data):
    path = shared_data / "ran" / "standards" / "pm_example_32435.xml"
    told = said(blocks(path))
    assert told["ManagedElement=gnb-001", "GNBDUFunction=1,NRCellDU=1", 900, False] == {
        "RRU.PrbTotDl": 23.0,
        "RRU.PrbTotUl": 11.0,
        "DRB.MeanActiveUeDl": 4.2,
        "DRB.UEThpDl": 81234.0,
    }
    assert len(told) == 3
