"""Published claims explained: intervals from printed digits, a verdict for each factor."""

import csv
import json
import re
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from commonweal.catalogue.claims import Verdict, explain, printed
from commonweal.cli.main import application
from commonweal.errors import InputError

CLAIM = ("5,200萬度", "3.1萬噸")


@pytest.fixture(scope="module")
def beijing(ours):
    return explain(*CLAIM, known=ours, place="CN-BJ")


def test_printed_digits_leave_the_published_interval(beijing):
    assert [float(end) for end in beijing.tight] == pytest.approx([0.586482, 0.605827], abs=5e-7)
    assert [float(end) for end in beijing.loose] == pytest.approx([0.580952, 0.611650], abs=5e-7)


def test_of_all_factors_of_beijing_two_explain_its_claim(beijing):
    found = {
        verdict: {float(each.row.value) for each in beijing.candidates if each.verdict == verdict}
        for verdict in Verdict
    }
    assert found[Verdict.EXPLAINS] == {0.604, 0.5942}
    assert found[Verdict.COARSE] == {0.5856, 0.6096, 0.5810, 0.6101}
    assert {0.5688, 0.5580, 0.5554, 0.6776, 0.5703, 0.0} <= found[Verdict.EXCLUDED]


def test_a_doubtful_factor_is_named_as_doubtful(beijing):
    row = next(each.row for each in beijing.candidates if each.row.factor == "grid_beijing_ets")
    assert row.status == "from memory, not confirmed"


def test_a_factor_that_was_published_later_is_no_answer(ours):
    found = explain(*CLAIM, known=ours, place="CN-BJ", published=date(2025, 3, 31))
    later = {float(each.row.value) for each in found.candidates if each.verdict == Verdict.LATER}
    assert later == {0.6096}


@pytest.mark.shared
def test_every_candidate_of_the_seed_has_its_verdict(shared_data, beijing):
    with (shared_data / "carbon" / "seed_relations.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["id"].startswith("factor_")]
    assert len(rows) == 13
    known = {(each.row.value, each.verdict.value) for each in beijing.candidates}
    prints = {each.row.value: each.prints for each in beijing.candidates}
    words = {"candidate": "explains", "possible if 5,200 is coarse": "possible if coarse"}
    for row in rows:
        value = next(each for each in prints if each == Fraction(row["computed"]))
        assert (value, words.get(row["verdict"], row["verdict"])) in known, row["id"]
        assert prints[value] == re.search(r"prints (\S+)", row["relation"])[1] + "萬噸"


@given(st.integers(1, 10**7), st.integers(0, 4))
def test_a_claim_made_with_a_factor_is_explained_by_it(ours, used_mwh, decimals):
    """Whoever rounds a product to what is printed stays within the interval of the factor."""
    row = next(row for row in ours.factors["grid_average"].rows if row.place == "CN-GD")
    saved = round(used_mwh * row.value, decimals)
    if saved > 0:
        found = explain(f"{used_mwh:,} MWh", f"{saved:,} t", known=ours)
        verdicts = {each.row.reference: each.verdict for each in found.candidates}
        assert verdicts[row.reference] == Verdict.EXPLAINS


def test_a_claim_means_the_same_in_either_language(ours):
    chinese, simplified = (
        explain(*each, known=ours) for each in (CLAIM, ("5,200 万千瓦时", "3.1 万吨"))
    )
    assert (chinese.tight, chinese.loose) == (simplified.tight, simplified.loose)
    assert explain("52 GWh", "31 kt", known=ours).implied == chinese.implied


@pytest.mark.parametrize(
    ("activity", "emission", "said"),
    [
        ("5,200萬度", "3.1", "'3.1' is no number with a unit"),
        ("many kWh", "3.1 t", "'many kWh' is no number"),
        ("5 t", "3 t", "'t' does not convert to 'kWh'"),
        ("0 kWh", "3 t", "may stand for nothing"),
    ],
)
def test_what_is_no_claim_is_refused(ours, activity, emission, said):
    with pytest.raises(InputError, match=said):
        explain(activity, emission, known=ours)


def test_unknown_places_and_carriers_are_refused(ours):
    with pytest.raises(InputError, match="place 'CN-ZZ' is unknown"):
        explain(*CLAIM, known=ours, place="CN-ZZ")
    with pytest.raises(InputError, match="carrier 'wind' is unknown"):
        explain(*CLAIM, known=ours, carrier="wind")


def test_zeros_of_a_whole_number_may_be_filling_and_decimals_never_are():
    found = printed("約5,200萬度")
    assert (found.tight, found.loose) == ((5199.5, 5200.5), (5150, 5250))
    found = printed("3.10 kt")
    assert found.tight == found.loose == (Fraction("3.095"), Fraction("3.105"))


def test_the_command_says_what_explains_and_how_sure_it_is():
    asked = ["catalogue", "explain-claim", *CLAIM, "--place", "CN-BJ"]
    told = CliRunner().invoke(application(), asked).stdout
    assert "leave 0.586482 to 0.605827 kgCO2e/kWh" in told
    assert "0.6040  grid_beijing_ets CN-BJ 2023 prints 3.1萬噸; from memory, not confirmed" in told
    assert "--all lists them" in told
    document = json.loads(CliRunner().invoke(application(), [*asked, "--json"]).stdout)
    assert document["candidates"][0]["verdict"] == "explains"
