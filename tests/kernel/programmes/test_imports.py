"""Tables of records coming in."""

import csv
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
import xlsxwriter
from django.db.models import UniqueConstraint

from commonweal.errors import InputError
from commonweal.kernel.accounts.roles import Privacy
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.programmes.imports import records_import, template_write
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import (
    Opening,
    record_act,
    record_change,
    record_open,
    records_open,
)
from commonweal.kernel.records.models import Event
from commonweal.kernel.records.selectors import chain_verify, record_history
from tests.kernel.programmes.conftest import NOW

HEADER = ["code", "node", "purpose", "recipient", "project", "amount_cny", "pledge_date"]


def gift(number, **other):
    row = {
        "code": f"G-{number}",
        "node": "north",
        "purpose": "border",
        "recipient": f"School {number}",
        "project": "Library",
        "amount_cny": f"{number}000.50",
        "pledge_date": "2024-03-01",
    }
    return row | other


@pytest.fixture
def owner(person):
    return person("owner", data_owner="north")


@pytest.fixture
def table(tmp_path):
    def write(*rows, name="gifts.csv", encoding="utf-8", delimiter=","):
        path = tmp_path / name
        headers = list(dict.fromkeys(key for row in rows for key in row))
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, headers, delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def bring(donation, owner):
    def call(path, **options):
        asked = {"scope": owner, "now": NOW, "mode": "apply"} | options
        return records_import(donation, path, **asked)

    return call


def counts(result):
    return (result.n_opened, result.n_changed, result.n_unchanged, result.n_refused)


def test_rows_open_records_and_the_same_file_again_changes_nothing(bring, table, donation):
    path = table(gift(1), gift(2))
    assert counts(bring(path)) == (2, 0, 0, 0)
    n_events = Event.objects.count()
    assert counts(bring(path)) == (0, 0, 2, 0)
    assert Event.objects.count() == n_events
    record = donation.model.objects.get(code="G-2")
    assert (record.amount_cny, record.state) == (Decimal("2000.50"), "draft")
    assert chain_verify().holds


def test_a_preview_says_what_an_import_does_and_writes_nothing(bring, table, donation):
    bring(table(gift(1), gift(2)))
    path = table(gift(1), gift(2, project="Ward"), gift(3), gift(4, amount_cny="much"))
    n_events = Event.objects.count()
    preview = bring(path, mode="preview")
    assert (counts(preview), preview.is_applied) == ((1, 1, 1, 1), False)
    assert (donation.model.objects.count(), Event.objects.count()) == (2, n_events)
    assert preview.changed[0].changes == {"project": ["Library", "Ward"]}
    done = bring(path)
    assert (counts(done), done.is_applied) == (counts(preview), True)
    assert donation.model.objects.get(code="G-2").project == "Ward"


@pytest.mark.parametrize(
    ("wrong", "rule", "sentence"),
    [
        ({"node": "west"}, "node", "there is no node 'west'"),
        ({"node": "south"}, "role", "needs the role of data owner for south"),
        ({"node": ""}, "required", "a new record needs this"),
        ({"code": ""}, "required", "a new record needs this"),
        ({"purpose": "space"}, "choice", "'space' is none of: border, other"),
        ({"amount_cny": "1e999"}, "value", "digits"),
        ({"amount_cny": "1.234"}, "value", "no more than 2 decimal places"),
        ({"pledge_date": "2024-02-30"}, "value", "'2024-02-30' is not a day"),
        ({"recipient": ""}, "rule", "cannot be blank"),
        ({"recipient": "a\0b"}, "value", "holds a NUL character"),
        ({"code": "G-1\u202e"}, "value", "'G-1\\u202e' has characters that nobody sees"),
        ({"recipient": "x" * 201}, "value", "at most 200 characters"),
        ({"code": "G-1"}, "double", "G-1 stands in row 2 already"),
        ({"id": "x"}, "value", "'x' is no identifier"),
        ({"version": "one"}, "value", "'one' is no version"),
    ],
)
def test_a_bad_row_is_told_and_the_good_ones_are_taken(  # noqa: PLR0917 - fixtures
    wrong, rule, sentence, bring, table, donation
):
    result = bring(table(gift(1), gift(2, **wrong), gift(3)))
    assert counts(result) == (2, 0, 0, 1)
    refusal = result.refused[0]
    assert (refusal.row, refusal.rule) == (3, rule)
    assert sentence in refusal.sentence
    assert sorted(donation.model.objects.values_list("code", flat=True)) == ["G-1", "G-3"]


def test_every_fault_of_a_row_is_told(bring, table):
    refusal = bring(table(gift(1, purpose="space", amount_cny="much"))).refused[0]
    assert refusal.column == "purpose"
    assert "amount_cny: " in refusal.also


def test_refused_rows_come_back_mended(bring, table, tmp_path, donation):
    rejects = tmp_path / "gifts.rejects.csv"
    rows = [gift(1), gift(2, amount_cny="much"), gift(3, recipient="=1+1", node="west")]
    result = bring(table(*rows), rejects=rejects)
    assert (result.n_refused, result.rejects_path) == (2, rejects)
    text = rejects.read_text("utf-8-sig")
    assert "'=1+1" in text
    rejects.write_text(text.replace("much", "5").replace("west", "north"), "utf-8-sig")
    again = bring(rejects)
    assert (counts(again), again.ignored) == ((2, 0, 0, 0), ())
    assert donation.model.objects.get(code="G-3").recipient == "=1+1"


def test_no_rejects_file_appears_where_all_is_well(bring, table, tmp_path):
    assert bring(table(gift(1)), rejects=tmp_path / "no.csv").rejects_path is None
    assert sorted(each.name for each in tmp_path.glob("*.csv")) == ["gifts.csv"]


def test_all_or_nothing_takes_nothing_if_a_row_is_bad(bring, table, donation):
    result = bring(table(gift(1), gift(2, node="west")), all_or_nothing=True)
    assert (counts(result), result.is_applied) == ((1, 0, 0, 1), False)
    assert (donation.model.objects.count(), Event.objects.count()) == (0, 0)


def test_headers_may_be_names_in_any_language_with_their_unit(bring, table, donation):
    row = {
        "编号": "G-1",
        "單位": "north",
        "Purpose": "其他捐贈（文體、教育、醫衛、公益、環保等）",
        "受贈方": "School",
        "Project": "Library",
        "金額 [CNY]": "5",
        "承诺日期": "2024/3/1",
        "Weather": "fair",
    }
    result = bring(table(row, encoding="gb18030", delimiter=";"))
    assert (counts(result), result.ignored) == ((1, 0, 0, 0), ("Weather",))
    record = donation.model.objects.get()
    assert (record.purpose, record.pledge_date) == ("other", date(2024, 3, 1))


def test_a_column_in_another_unit_is_refused_whole(bring, table):
    with pytest.raises(InputError, match=r"says 萬元, but amount_cny is in CNY"):
        bring(table({"code": "G-1", "金額 [萬元]": "5"}))


def test_two_headers_of_one_field_are_refused(bring, table):
    with pytest.raises(InputError, match="both mean project"):
        bring(table(gift(1, 用途="Ward")))


def test_a_table_without_codes_is_refused(bring, table):
    with pytest.raises(InputError, match="no column code, which says which record a row is"):
        bring(table({"node": "north", "project": "Library"}))


def test_a_column_that_is_not_there_stays_and_an_empty_cell_empties(bring, table, donation):
    bring(table(gift(1, payment_date="2024-04-01")))
    bring(table({"code": "G-1", "project": "Ward"}))
    assert donation.model.objects.get().payment_date == date(2024, 4, 1)
    bring(table({"code": "G-1", "payment_date": ""}))
    assert donation.model.objects.get().payment_date is None


def test_what_a_state_does_not_let_change_is_refused(bring, table, donation, owner):
    bring(table(gift(1)))
    record_act(donation.model.objects.get(), "pledge", scope=owner, now=NOW)
    assert counts(bring(table(gift(1)))) == (0, 0, 1, 0)
    refusal = bring(table(gift(1, project="Ward"))).refused[0]
    assert (refusal.rule, refusal.sentence[:14]) == ("state", "G-1 is pledged")


def test_edits_of_different_fields_are_joined_and_it_shows(bring, table, donation, owner):
    bring(table(gift(1)))
    record = donation.model.objects.get()
    record_change(record, values={"recipient": "Clinic"}, version=1, scope=owner, now=NOW)
    result = bring(table(gift(1, project="Ward", version=1)))
    assert (counts(result), result.n_merged) == ((0, 1, 0, 0), 1)
    record.refresh_from_db()
    assert (record.recipient, record.project) == ("Clinic", "Ward")
    assert (record.version, record.was_in_conflict) == (3, True)
    told = record_history(donation.id, str(record.pk)).last().content
    assert told == {"version": 3, "changes": {"project": ["Library", "Ward"]}, "merged_from": 1}


def test_edits_of_one_field_are_a_conflict_that_shows_both(bring, table, donation, owner):
    bring(table(gift(1)))
    record = donation.model.objects.get()
    record_change(record, values={"project": "School"}, version=1, scope=owner, now=NOW)
    refusal = bring(table(gift(1, project="Ward", version=1))).refused[0]
    assert refusal.rule == "conflict"
    assert "web:owner wrote 'School', the row has 'Ward'" in refusal.sentence
    assert counts(bring(table(gift(1, project="Ward", version=2)))) == (0, 1, 0, 0)


def test_an_old_copy_of_a_record_changes_nothing(bring, table, donation, owner):
    bring(table(gift(1)))
    record = donation.model.objects.get()
    record_change(
        record, values={"project": "Ward", "amount_cny": "7"}, version=1, scope=owner, now=NOW
    )
    assert counts(bring(table(gift(1, version=1)))) == (0, 0, 1, 0)


def test_a_version_that_never_was_is_refused(bring, table):
    bring(table(gift(1)))
    assert bring(table(gift(1, version=9))).refused[0].sentence == "G-1 has version 1 only"


def test_a_record_made_elsewhere_keeps_its_id_and_its_double_shows(bring, table, donation):
    offline = str(uuid4())
    bring(table(gift(1, id=offline)))
    assert str(donation.model.objects.get().pk) == offline
    other = str(uuid4())
    assert counts(bring(table(gift(1, id=other)))) == (0, 0, 1, 0)
    refusal = bring(table(gift(1, id=other, project="Ward"))).refused[0]
    assert (refusal.rule, refusal.sentence.count(offline)) == ("duplicate", 1)
    refusal = bring(table(gift(2, id=offline))).refused[0]
    assert (refusal.rule, "is G-1, not G-2" in refusal.sentence) == ("identity", True)


def test_a_code_of_a_record_one_may_not_see_is_taken(bring, table, person):
    bring(table(gift(1)))
    stranger = person("stranger", data_owner="south")
    refusal = bring(table(gift(1, node="south")), scope=stranger).refused[0]
    assert (refusal.rule, refusal.sentence) == ("taken", "G-1 is a record that is not yours to see")


def test_a_record_does_not_move_to_another_node(bring, table, person):
    everywhere = person("all", data_owner="group")
    bring(table(gift(1)), scope=everywhere)
    refusal = bring(table(gift(1, node="south")), scope=everywhere).refused[0]
    assert (refusal.rule, refusal.value) == ("node", "south")


def test_a_workbook_gives_what_the_same_csv_gives(bring, table, tmp_path):
    bring(table(gift(1)))
    with xlsxwriter.Workbook(tmp_path / "gifts.xlsx") as book:
        sheet = book.add_worksheet()
        row = gift(1) | {"amount_cny": 1000.5, "pledge_date": date(2024, 3, 1)}
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for column, (name, cell) in enumerate(row.items()):
            sheet.write(0, column, name)
            sheet.write(1, column, cell, day if name == "pledge_date" else None)
    assert counts(bring(tmp_path / "gifts.xlsx")) == (0, 0, 1, 0)


def test_one_event_tells_of_the_whole_file(bring, table):
    bring(table(gift(1), gift(2, node="west")))
    event = Event.objects.get(record_type="programmes.import")
    assert event.content["file"] == "gifts.csv"
    assert (event.content["opened"], event.content["refused"]) == (1, 1)


def test_thousands_of_rows_take_no_query_each(bring, table, django_assert_max_num_queries):
    rows = [gift(number) for number in range(1, 3001)]
    with django_assert_max_num_queries(200):  # inserts come in batches of some forty rows
        assert counts(bring(table(*rows))) == (3000, 0, 0, 0)
    with django_assert_max_num_queries(20):
        assert counts(bring(table(*rows))) == (0, 0, 3000, 0)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_template_names_its_columns_and_its_example_is_skipped(
    form, bring, donation, owner, tmp_path
):
    path = tmp_path / f"template.{form}"
    path.write_bytes(template_write(donation, form, scope=owner))
    with pytest.raises(InputError, match="has a header and no rows below it"):
        bring(path)
    if form == "csv":
        header, example = path.read_text("utf-8-sig").splitlines()
        assert header.startswith("Code,Unit,Purpose,Recipient,Project,Amount [CNY],Pledged on")
        filled = example.replace("#example DN-0001", "G-1")
        path.write_text(f"{header}\n{example}\n{filled}\n", "utf-8")
        assert counts(bring(path)) == (1, 0, 0, 0)


def test_a_record_at_hand_is_seen_just_as_in_a_list(donation, owner, person, nodes):
    for node in ("north", "south"):
        for privacy in Privacy.values:
            values = {name: gift(1)[name] for name in HEADER[2:]}
            opening = Opening(node=nodes[node], values=values, privacy=privacy)
            records_open(donation, [opening], scope=owner_scope("cli:li"), now=NOW)
    rows = donation.model.objects.all()
    rows.filter(node__code="south", privacy="confidential").update(owner=owner.user_id)
    scopes = [owner_scope("cli:li"), owner, person("nobody"), person("mixed", viewer="group")]
    scopes += [person("mixed", reviewer="south"), person("board", board="group")]
    found = [{each.pk for each in rows if scope.seeing()(each)} for scope in scopes]
    for walked in (None, True, False):
        listed = [scope.visible(rows, walked=walked) for scope in scopes]
        assert found == [set(each.values_list("pk", flat=True)) for each in listed]
    assert [len(each) for each in found] == [8, 4, 0, 4, 6, 4]


@pytest.fixture
def cycle(nodes):
    values = {"year": 2024, "begin_date": "2024-09-01", "budget_cny": 9000}
    return record_open(
        record_type("points.cycle"),
        node="group",
        values=values | {"income_limit_cny": 800},
        scope=owner_scope("cli:li"),
        now=NOW,
    )


def test_references_flags_and_personal_fields_come_in(cycle, bring, table):
    kind = record_type("points.entitlement")
    pupil = {
        "node": "north",
        "cycle": cycle.code,
        "pupil": "Li Hua",
        "school": "School",
        "income_cny": "700",
        "amount_cny": "300",
    }
    rows = [pupil | {"code": f"E-{flag}", "is_rural": flag} for flag in ("是", "false", "maybe")]
    path = table(*rows, pupil | {"code": "E-4", "cycle": "none"})
    result = records_import(kind, path, scope=owner_scope("cli:li"), now=NOW, mode="apply")
    assert (result.n_opened, dict(result.by_rule)) == (2, {"value": 1, "reference": 1})
    assert result.refused[1].sentence == "there is no 'none'"
    stored = dict(kind.model.objects.values_list("code", "is_rural"))
    assert stored == {"E-是": True, "E-false": False}
    told = Event.objects.filter(record_type=kind.id).first().content["fields"]
    assert (told["cycle"], set(told["pupil"])) == (cycle.code, {"digest"})


def test_what_the_model_wants_unique_is_refused_before_the_database_does(
    bring, table, donation, monkeypatch
):
    bring(table(gift(1)))
    unique = UniqueConstraint(fields=["recipient", "pledge_date"], name="once")
    monkeypatch.setattr(donation.model._meta, "constraints", [unique])
    same = {"recipient": "School 1"}
    result = bring(table(gift(1), gift(2, **same), gift(3), gift(4, recipient="School 3")))
    assert (counts(result), dict(result.by_rule)) == ((1, 0, 1, 2), {"unique": 2})
    assert "recipient School 1, pledge_date 2024-03-01" in result.refused[0].sentence
