"""Tables that people keep become the register, and the same tables twice change nothing."""

from dataclasses import asdict
from datetime import date

import pytest
import xlsxwriter

from commonweal.errors import InputError
from commonweal.kernel.org.imports import TABLES, org_import, table_of, template_write
from commonweal.kernel.org.models import Meter, Node, Site, SiteOwnership
from commonweal.kernel.org.selectors import site_nodes, tree
from commonweal.kernel.org.services import node_move, site_transfer
from commonweal.kernel.records.models import Event

from .conftest import BY

pytestmark = pytest.mark.django_db
NODES = """code,parent,kind,place,valid_from,name_zh_hant,name_zh_hans,name_en
U,A,unit,CN-GD,2020-01-01,一,一,Unit
A,G,province,CN-GD,2020-01-01,粵,粤,Guangdong
B,G,province,CN-GX,2020-01-01,桂,桂,Guangxi
G,,group,CN,2020-01-01,集團,集团,Group
"""
SITES = """code,node,kind,valid_from,place,name,longitude_deg,latitude_deg
S1,U,macro,2020-01-01,,Hill,113.25,23.13
S2,B,room,2021-05-01,CN-GX,"Room, north",,
"""
METERS = """code,site,carrier,unit,multiplier,max_rate_per_h,installed_date
M1,S1,electricity,kWh,,20,2020-01-01
M2,S2,electricity,MWh,40,2,
"""


@pytest.fixture
def bring(tmp_path):
    def imported(**texts):
        options = {"dry_run": texts.pop("dry_run", False)}
        for name, text in texts.items():
            (tmp_path / f"{name}.csv").write_text(text, "utf-8")
        files = {name: tmp_path / f"{name}.csv" for name in texts}
        return org_import(**files, **options, **BY)

    return imported


@pytest.fixture
def whole(bring):
    return lambda **options: bring(nodes=NODES, sites=SITES, meters=METERS, **options)


@pytest.fixture
def imported(whole):
    return whole()


def counts(result):
    return {name: tuple(asdict(count).values()) for name, count in result.counts.items()}


def sentences(result):
    return [(r.row, r.column, r.sentence) for r in result.rejects]


def test_three_tables_become_the_register(whole):
    result = whole()
    assert not result.rejects
    assert counts(result) == {"nodes": (4, 0, 0, 0), "sites": (2, 0, 0, 0), "meters": (2, 0, 0, 0)}
    assert tree(date(2024, 1, 1)).code == ("G", "A", "U", "B")
    found = site_nodes([date(2021, 1, 1), date(2021, 6, 1)])
    ids = dict(Node.objects.values_list("code", "id"))
    assert found.node_id.tolist() == [[ids["U"], ids["U"]], [-1, ids["B"]]]
    assert Site.objects.get(code="S1").place == "CN-GD"
    assert Site.objects.get(code="S2").name == "Room, north"
    meter = Meter.objects.get(code="M2")
    assert (meter.multiplier, meter.rollover_at, meter.unit) == (40.0, 1e6, "MWh")
    event = Event.objects.get(record_type="meter", record_key="M1")
    assert (event.content["file"], event.content["row"]) == ("meters.csv", 2)


def test_the_same_tables_again_change_nothing(whole):
    whole()
    n_events = Event.objects.count()
    result = whole()
    assert counts(result) == {"nodes": (0, 0, 4, 0), "sites": (0, 0, 2, 0), "meters": (0, 0, 2, 0)}
    assert Event.objects.count() == n_events
    assert SiteOwnership.objects.count() == 2


def test_the_first_tables_still_agree_after_moves(whole):
    whole()
    node_move(node="U", parent="B", from_date=date(2024, 7, 1), **BY)
    site_transfer(sites=["S1"], node="B", from_date=date(2024, 7, 1), **BY)
    result = whole()
    assert not result.rejects
    assert tree(date(2024, 8, 1)).code == ("G", "A", "B", "U")


def test_a_dry_run_says_what_would_happen_and_keeps_nothing(whole):
    result = whole(dry_run=True)
    assert counts(result)["sites"] == (2, 0, 0, 0)
    assert not Site.objects.exists()
    assert not Event.objects.exists()


def test_names_and_positions_are_updated_and_an_empty_cell_says_nothing(whole, bring):
    whole()
    changed = SITES.replace("Hill,113.25,23.13", "Hilltop,113.26,23.13")
    result = bring(sites=changed.replace('"Room, north"', ""))
    assert counts(result) == {"sites": (0, 1, 1, 0)}
    assert Site.objects.get(code="S1").longitude_deg == 113.26
    assert Site.objects.get(code="S2").name == "Room, north"
    event = Event.objects.filter(record_type="site", action="updated").get()
    assert event.content["before"] == {"name": "Hill", "longitude_deg": 113.25}


@pytest.mark.parametrize(
    ("line", "column", "sentence"),
    [
        ("N 1,A,unit,CN,2020-01-01,,,n", "code", "code 'N 1' is not 1 to 64"),
        (",A,unit,CN,2020-01-01,,,n", "code", "code is empty"),
        ("N,A,town,CN,2020-01-01,,,n", "kind", "'town' is no kind of node"),
        ("N,A,unit,XX,2020-01-01,,,n", "place", "place 'XX' is not in the catalogue"),
        ("N,A,unit,CN,2020-02-31,,,n", "valid_from", "'2020-02-31' is no day of the calendar"),
        ("N,A,unit,CN,soon,,,n", "valid_from", "'soon' is not a day"),
        ("N,A,unit,CN,2019-01-01,,,n", "parent", "A exists from 2020-01-01, not on 2019-01-01"),
        ("N,Z,unit,CN,2020-01-01,,,n", "parent", "no organisation node 'Z'"),
        ("N,A,unit,CN,2020-01-01,,,", "name_en", "a name is missing in every language"),
        ("A,G,unit,CN,2020-01-01,,,n", "code", "code A stands in row 3 already"),
        ("N,A,unit,CN,2020-01-01,,", "", "the row has 7 cells where the header has 8"),
    ],
)
def test_a_node_row_that_breaks_a_rule_is_reported_and_the_others_kept(
    bring, line, column, sentence
):
    result = bring(nodes=NODES + line + "\n")
    assert counts(result) == {"nodes": (4, 0, 0, 1)}
    (reject,) = result.rejects
    assert (reject.row, reject.column) == (6, column)
    assert reject.sentence.startswith(sentence)


def test_a_circle_in_the_file_is_reported_with_its_path(bring):
    rows = "X,Y,unit,CN,2020-01-01,,,x\nY,X,unit,CN,2020-01-01,,,y\nW,X,unit,CN,2020-01-01,,,w\n"
    result = bring(nodes=NODES + rows)
    assert sentences(result) == [
        (6, "parent", "X would lie below itself: Y > X > Y"),
        (7, "parent", "X would lie below itself: Y > X > Y"),
        (8, "parent", "no organisation node 'X'"),
    ]


@pytest.mark.parametrize(
    ("line", "column", "sentence"),
    [
        ("S3,Z,macro,2020-01-01,,,,", "node", "no organisation node 'Z'"),
        ("S3,A,macro,2020-01-01,,,113.2,", "longitude_deg", "only one of longitude and latitude"),
        ("S3,A,macro,2020-01-01,,,313.2,20", "longitude_deg", "longitude 313.2 is not within"),
        ("S3,A,macro,2020-01-01,,,east,20", "longitude_deg", "'east' is not a number"),
        ("S3,A,macro,2020-01-01,,,nan,20", "longitude_deg", "'nan' is not a number"),
        (f"S3,A,macro,2020-01-01,,{'n' * 129},,", "name", "name has 129 characters, over 128"),
    ],
)
def test_a_site_row_that_breaks_a_rule_is_reported(bring, line, column, sentence):
    result = bring(nodes=NODES, sites=SITES + line + "\n")
    (reject,) = result.rejects
    assert (reject.column, counts(result)["sites"]) == (column, (2, 0, 0, 1))
    assert reject.sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("table", "old", "new", "sentence"),
    [
        ("nodes", "A,G,", "A,B,", "A has parent G in the register, not B"),
        ("nodes", "CN-GX", "CN-GD", "B has place CN-GX in the register, not CN-GD"),
        ("sites", "S1,U", "S1,B", "S1 has node U in the register, not B"),
        ("sites", "S2,B,room,2021", "S2,B,room,2020", "S2 has node None in the register, not B"),
        ("meters", "MWh,40", "MWh,30", "M2 has multiplier 40.0 in the register, not 30.0"),
        ("meters", "M1,S1", "M1,S2", "M1 has site S1 in the register, not S2"),
    ],
)
@pytest.mark.usefixtures("imported")
def test_what_figures_rely_on_is_never_overwritten_by_a_file(bring, table, old, new, sentence):
    text = {"nodes": NODES, "sites": SITES, "meters": METERS}[table]
    assert old in text
    result = bring(**{table: text.replace(old, new)})
    assert [r.sentence for r in result.rejects] == [sentence]


@pytest.mark.parametrize(
    ("line", "column", "sentence"),
    [
        ("M3,S9,electricity,kWh,,20,", "site", "no site 'S9'"),
        ("M3,S1,electricity,t,,20,", "carrier", "'t' does not convert to 'kWh'"),
        ("M3,S1,ether,kWh,,20,", "carrier", "carrier 'ether' is not in the catalogue"),
        ("M3,S1,electricity,kWh,0,20,", "multiplier", "multiplier 0.0 is not a number above 0"),
        ("M3,S1,electricity,kWh,,,", "max_rate_per_h", "max_rate_per_h is empty"),
    ],
)
def test_a_meter_row_that_breaks_a_rule_is_reported(bring, line, column, sentence):
    result = bring(nodes=NODES, sites=SITES, meters=METERS + line + "\n")
    (reject,) = result.rejects
    assert (reject.column, counts(result)["meters"]) == (column, (2, 0, 0, 1))
    assert reject.sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("code,kind,place,valid_from,colour", "table nodes has no column 'colour'"),
        ("code,kind,place", "column valid_from is missing"),
        ("code,Code,kind,place,valid_from", "column code comes twice"),
    ],
)
def test_wrong_columns_are_one_sentence_and_nothing_is_kept(bring, header, message):
    with pytest.raises(InputError, match=message):
        bring(nodes=f"{header}\n")


@pytest.mark.parametrize("table", sorted(TABLES))
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_template_is_recognised_and_its_example_skipped(tmp_path, table, suffix):
    path = tmp_path / f"t{suffix}"
    template_write(table, path)
    assert table_of(path) == table
    result = org_import(**{table: path}, **BY)
    assert counts(result) == {table: (0, 0, 0, 0)}


def test_a_filled_workbook_with_chinese_headers_is_read(tmp_path):
    path = tmp_path / "單位.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["代碼", "類型", "地點", "生效日期", "繁體名稱"])
        sheet.write_row(1, 0, [1001, "group", "CN"])
        sheet.write_datetime(1, 3, date(2020, 1, 1), day)
        sheet.write(1, 4, "集團")
    result = org_import(nodes=path, **BY)
    assert not result.rejects
    assert Node.objects.get(code="1001").name_en == "集團"


def test_a_file_that_is_no_table_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match=r"no table of nodes, .*: it has a, b"):
        table_of(path)
    with pytest.raises(InputError, match="no table 'cells'"):
        template_write("cells", path)
    with pytest.raises(InputError, match=r"ends in '\.txt'"):
        template_write("nodes", tmp_path / "t.txt")
