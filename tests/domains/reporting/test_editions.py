"""An edition goes from draft to publication by different people, and stays what it was."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.domains.reporting.editions.models import records_of
from commonweal.engines.ed25519 import public_key
from commonweal.errors import InputError, StateError
from commonweal.kernel.disclosure.editions import check_pack, freezing
from commonweal.kernel.disclosure.editions.bound import report_held
from commonweal.kernel.disclosure.editions.checking import edition_noted, is_possible
from commonweal.kernel.disclosure.editions.comparing import editions_compare
from commonweal.kernel.disclosure.editions.freezing import (
    digests_read,
    file_kept,
    ids_read,
    ids_write,
    reports_build,
)
from commonweal.kernel.disclosure.editions.pack import pack_build
from commonweal.kernel.disclosure.editions.verifying import edition_faults
from commonweal.kernel.disclosure.renderings.forms import FORMS
from commonweal.kernel.disclosure.tree import Figure, Paragraph
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.programmes.services import RefusedError, RoleError
from commonweal.kernel.programmes.values import ValuesError
from tests.domains.reporting.conftest import (
    CHEN,
    LIN,
    LUO,
    NOW,
    WANG,
    act,
    opened,
    published,
    signed,
)
from tests.kernel.tampering import unguarded

ALL = "zh-hant zh-hans en"
SECRET = bytes(range(32))
facts_of_a_year = pytest.mark.usefixtures("told")


@given(st.sets(st.integers(1, 500)))
def test_ranges_say_the_same_numbers(numbers):
    assert list(ids_read(ids_write(numbers))) == sorted(numbers)


@facts_of_a_year
def test_checking_freezes_files_of_every_language_and_opens_each_section():
    edition = act(opened(languages=ALL, forms="html json"), "check", LIN)
    wanted = ("html", "txt", "json")
    names = {f"{code}.{form}" for code in ("zh-hant", "zh-hans", "en") for form in wanted}
    digests = digests_read(edition.digests)
    assert set(digests) == names
    assert b"Energy and carbon" in file_kept(digests["en.html"])
    assert edition.n_facts == len(list(ids_read(edition.fact_ids))) > 0
    sections = set(edition.signoffs.values_list("section", flat=True))
    assert {"energy", "carbon"} <= sections


@facts_of_a_year
def test_a_published_edition_is_reproduced_byte_for_byte_after_its_facts_were_restated(
    restated,
):
    edition = published(opened())
    before = digests_read(edition.digests)
    restated()
    assert Fact.objects.exclude(supersedes=None).exists()
    assert edition_faults(edition) == []
    assert freezing.frozen_build(edition).digests == before


@facts_of_a_year
def test_every_form_is_frozen_reproduced_and_packed_byte_for_byte(restated):
    edition = published(opened(forms=" ".join(FORMS)))
    digests = digests_read(edition.digests)
    assert set(digests) == {"en.txt", *(f"en.{form}" for form in FORMS)}
    assert file_kept(digests["en.pdf"]).startswith(b"%PDF-")
    restated()
    assert edition_faults(edition) == []
    pack = packed(edition)
    assert check_pack.faults(pack, public_key(SECRET).hex()) == []
    for name in digests:
        said = check_pack.faults(altered(pack, f"files/{name}", lambda content: content + b" "))
        assert said == [f"files/{name}: its SHA-256 is not that of the manifest"]


@facts_of_a_year
def test_forms_that_there_are_not_are_refused():
    for forms in ("pdf", "html docx"):
        with pytest.raises(ValuesError, match="write html, and of pdf, xlsx, json, xbri what else"):
            opened(forms=forms)


@facts_of_a_year
def test_an_edition_of_a_report_in_files_by_section_is_frozen_with_all_of_its_texts():
    edition = act(opened(report="operator_chapter"), "check", LIN)
    assert edition.texts_sha256 == freezing.texts_digest("operator_chapter")
    assert edition.signoffs.count() == 14
    assert edition_faults(edition) == []


@facts_of_a_year
class TestCheck:
    def test_an_edition_whose_figures_are_those_of_the_ledger_has_no_error(self):
        assert is_possible(opened(languages=ALL))

    def test_a_row_that_was_altered_in_the_ledger_is_named_and_refuses_the_check(self):
        edition = opened()
        fact = Fact.objects.get(indicator="energy_use", node="group", period_kind="year")
        with unguarded("facts_fact"):
            Fact.objects.filter(pk=fact.pk).update(value=fact.value * 2)
        said = [each.said for each in edition_noted(edition) if each.severity == "error"]
        assert f"fact #{fact.pk} is not what its leaf {fact.leaf_index} of the log says" in said
        with pytest.raises(RefusedError, match="not what the ledger says; see `commonweal edition"):
            act(edition, "check", LIN)

    def test_a_figure_printed_otherwise_than_its_fact_is_named(self):
        report = reports_build(opened(), NOW)["en"]
        held = report_held(report)
        assert held.faults == ()
        assert held.n_figures >= held.n_read > 0
        altered_one = report_held(figure_altered(report, "energy_use"))
        assert [each.printed for each in altered_one.faults] == ["9,999,999.99\xa0tce"]
        assert "says energy_use 2024" in altered_one.faults[0].said

    def test_what_was_restated_since_the_freeze_is_told_with_its_reason(self, restated):
        edition = published(opened())
        assert editions_compare(edition, None, language="en").restated == ()
        restated()
        found = editions_compare(edition, None, language="en")
        assert {each.reason for each in found.restated} == {"late bill of January"}
        assert found.words[:2] == (f"--- {edition.code}", "+++ now")


def figure_altered(report, indicator):
    """Return a report in which the first figure of an indicator has other digits."""
    done = []

    def changed(span):
        if isinstance(span, Figure) and span.indicator == indicator and not done:
            done.append(span)
            return replace(span, text="9,999,999.99\xa0tce")
        return span

    def block_changed(block):
        if not isinstance(block, Paragraph):
            return block
        return replace(block, spans=tuple(changed(span) for span in block.spans))

    sections = [
        replace(each, blocks=tuple(block_changed(block) for block in each.blocks))
        for each in report.sections
    ]
    assert done
    return replace(report, sections=tuple(sections))


@facts_of_a_year
def test_a_draft_has_nothing_to_verify():
    with pytest.raises(StateError, match="is a draft: nothing is frozen yet"):
        edition_faults(opened())


@facts_of_a_year
def test_a_fact_or_a_file_or_a_text_that_was_changed_is_found_out():
    edition = published(opened())
    digest = digests_read(edition.digests)["en.html"]
    path = freezing._path(digest)
    path.write_bytes(path.read_bytes() + b" ")
    assert [line.split(":")[0] for line in edition_faults(edition)] == ["en.html"]
    edition.texts_sha256 = "0" * 64
    assert "the texts of energy_carbon were changed since" in edition_faults(edition)
    first = next(iter(ids_read(edition.fact_ids)))
    edition.fact_ids = ids_write(set(ids_read(edition.fact_ids)) - {first})
    said = edition_faults(edition)
    assert f"1 facts are not the same, the first is #{first}" in said
    assert "a fact is not what it was when the edition was frozen" in said


@facts_of_a_year
class TestWhoMayWhat:
    def test_nothing_is_approved_before_every_section_is_signed(self):
        edition = act(opened(), "check", LIN)
        with pytest.raises(RefusedError, match="a section is not signed off yet"):
            act(edition, "approve", LUO)
        assert act(signed(edition), "approve", LUO).state == "approved"

    def test_who_checked_signs_nothing(self):
        both = type(LIN)(
            "test:lin",
            (
                type(LIN.principals[0])(
                    None, "lin", {**LIN.principals[0].roles, **WANG.principals[0].roles}
                ),
            ),
        )
        section = act(opened(), "check", LIN).signoffs.first()
        with pytest.raises(RefusedError, match="somebody who had no hand"):
            act(section, "sign", both)

    def test_publishing_is_not_for_reviewers(self):
        edition = act(signed(act(opened(), "check", LIN)), "approve", LUO)
        with pytest.raises(RoleError):
            act(edition, "publish", WANG)

    def test_returning_makes_signatures_void_and_takes_the_freeze_off(self):
        edition = signed(act(opened(), "check", LIN))
        edition = act(edition, "return", WANG, comment="the second section is unclear")
        assert (edition.state, edition.as_of, edition.digests) == ("draft", None, "")
        assert set(edition.signoffs.values_list("state", flat=True)) == {"void"}
        again = act(edition, "check", LIN)
        with pytest.raises(RefusedError, match="not signed off"):
            act(again, "approve", LUO)

    def test_a_period_without_facts_is_not_checked(self):
        with pytest.raises(RefusedError, match="there are no facts of 2019"):
            act(opened(period_text="2019"), "check", LIN)


@facts_of_a_year
class TestCorrection:
    def test_the_corrected_edition_says_so_and_stays_as_it_was(self, restated):
        first = published(opened())
        later = restated()
        second = opened(corrects=first, change_note="a late bill")
        assert published(second, later).state == "published"
        first.refresh_from_db()
        assert first.state == "corrected"
        assert edition_faults(first) == edition_faults(second) == []

    def test_a_correction_says_what_it_puts_right(self):
        second = opened(corrects=published(opened()))
        with pytest.raises(RefusedError, match="a correction says what was put right"):
            act(second, "check", LIN)

    def test_only_the_same_report_and_period_is_corrected(self):
        first = published(opened())
        with pytest.raises(ValuesError, match="is of another report or period"):
            opened(corrects=first, period_text="2023")

    def test_an_edition_is_not_marked_as_corrected_by_nothing(self):
        with pytest.raises(RefusedError, match="no later edition"):
            act(published(opened()), "correct", CHEN)

    def test_a_comparison_tells_what_was_restated_why_and_which_words_changed(self, restated):
        first = published(opened())
        later = restated()
        second = published(opened(corrects=first, change_note="a late bill"), later)
        found = editions_compare(first, second, language="en")
        assert {each.reason for each in found.restated} == {"late bill of January"}
        assert {each.new.node for each in found.restated} >= {"group", "GD"}
        assert "XZ" not in {each.new.node for each in found.restated}
        assert found.n_same > 0
        words = [line for line in found.words[2:] if line[0] in "+-"]
        assert any(line.startswith("+") for line in words)
        assert editions_compare(second, second, language="en").words == ()

    def test_a_draft_is_compared_as_it_would_be_frozen_now(self, restated):
        first = published(opened())
        restated()
        found = editions_compare(first, opened(corrects=first), language="en")
        assert {each.reason for each in found.restated} == {"late bill of January"}
        with pytest.raises(InputError, match="is a draft"):
            editions_compare(opened(), first, language="en")

    def test_a_language_that_an_edition_has_not_is_refused(self):
        with pytest.raises(InputError, match="has no text in zh-hans"):
            editions_compare(published(opened()), None, language="zh-hans")


@facts_of_a_year
class TestPack:
    @pytest.fixture
    def pack(self):
        return packed(published(opened()))

    def test_it_holds_and_is_the_same_every_time(self):
        edition = published(opened())
        one = packed(edition)
        assert one == packed(edition)
        assert check_pack.faults(one, public_key(SECRET).hex()) == []

    def test_python_runs_it_without_the_program(self, pack, tmp_path):
        path = tmp_path / "edition.zip"
        path.write_bytes(pack)
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(path)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (
            0,
            "the pack holds; give --key to be sure whose it is\n",
        )

    def test_another_key_is_found_out(self, pack):
        assert "not with the key given" in check_pack.faults(pack, "00" * 32)[0]

    @pytest.mark.parametrize("name", ["files/en.html", "edition.json", "proofs.jsonl"])
    def test_a_file_that_was_changed_is_found_out(self, pack, name):
        said = check_pack.faults(altered(pack, name, lambda content: content + b"\n"))
        assert said == [f"{name}: its SHA-256 is not that of the manifest"]

    def test_a_figure_changed_with_all_digests_is_found_out_by_the_signature(self, pack):
        said = check_pack.faults(
            altered(pack, "manifest.json", lambda content: content.replace(b"a", b"b", 1))
        )
        assert said[0].startswith("manifest.json: is not what was signed")

    def test_a_fact_is_bound_to_the_root_even_for_the_holder_of_the_key(self):
        edition = published(opened())
        edition.facts_sha256 = "0" * 64
        said = check_pack.faults(packed(edition))
        assert said == ["proofs.jsonl: the facts are not those that the edition was frozen with"]

    def test_what_is_no_archive_is_refused(self):
        assert check_pack.faults(b"PK nonsense")[0].startswith("archive: cannot be read")

    def test_it_names_who_signed_and_published(self, pack):
        with zipfile.ZipFile(io.BytesIO(pack)) as archive:
            events = json.loads(archive.read("events.json"))
        actors = {event["action"]: event["actor"] for each in events for event in each["events"]}
        assert actors["sign"] == "test:wang"
        assert actors["publish"] == "test:chen"


def packed(edition):
    return pack_build(edition, secret=SECRET, records=records_of(edition))


def altered(pack, name, change):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(pack)) as archive, zipfile.ZipFile(target, "w") as written:
        for each in archive.namelist():
            content = archive.read(each)
            written.writestr(each, change(content) if each == name else content)
    return target.getvalue()
