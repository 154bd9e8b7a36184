"""Rules are dated rows with a source; what is unknown is an error in one sentence."""

from datetime import date
from decimal import Decimal

import pytest

from commonweal.domains.carbon.carbon_market.markets import (
    UnknownRuleError,
    deadline,
    markets,
    number,
    rule_get,
    rules_of,
    word,
)
from commonweal.errors import DefinitionError, InputError


def test_every_market_is_there_and_every_row_says_where_from():
    assert set(markets()) == {"national", "beijing", "shenzhen", "shanghai", "guangdong", "hubei"}
    rows = [
        row
        for name in markets()
        for year in range(2013, 2027)
        for row in rules_of(name, year).values()
    ]
    assert len(rows) > 100
    assert all(len(row.source) > 3 for row in rows)
    assert {row.status for row in rows} <= {"second_hand", "unconfirmed", "house", "unknown"}


@pytest.mark.parametrize(
    ("market", "year", "rule", "value"),
    [
        ("national", 2023, "credit_cap_share", Decimal("0.05")),
        ("beijing", 2020, "credit_cap_basis", "allocation"),
        ("beijing", 2024, "credit_cap_basis", "emissions"),
        ("shenzhen", 2021, "credit_cap_share", Decimal("0.1")),
        ("shenzhen", 2024, "credit_cap_share", Decimal("0.2")),
        ("national", 2020, "borrowing", "none"),
        ("national", 2021, "borrowing", "next_year"),
        ("national", 2023, "borrowing", "none"),
        ("guangdong", 2019, "rounding", "up"),
    ],
)
def test_the_newest_row_that_covers_the_year_counts(market, year, rule, value):
    assert rule_get(market, rule, year).value == value


def test_a_rule_is_asked_as_it_was_known():
    row = rule_get("beijing", "credit_cap_basis", 2024, known_at=date(2020, 1, 1))
    assert row.value == "allocation"
    with pytest.raises(UnknownRuleError):
        rule_get("beijing", "credit_cap_basis", 2024, known_at=date(2010, 1, 1))


def test_deadlines_are_those_of_the_notices():
    assert deadline("national", 2020) == date(2021, 12, 31)
    assert deadline("national", 2022) == date(2023, 12, 31)
    assert deadline("shanghai", 2021) == date(2022, 12, 30)


@pytest.mark.parametrize(
    ("market", "rule", "year"),
    [
        ("beijing", "deadline", 2024),
        ("shanghai", "credit_cap_share", 2024),
        ("hubei", "borrowing", 2024),
    ],
)
def test_what_is_not_known_is_an_error_that_says_so(market, rule, year):
    with pytest.raises(UnknownRuleError, match=f"the rule {rule} of market {market} for {year}"):
        word(market, rule, year)


def test_unknown_names_are_refused_with_those_that_there_are():
    with pytest.raises(InputError, match="no market 'mars'") as found:
        number("mars", "credit_cap_share", 2024)
    assert "beijing" in found.value.hint
    with pytest.raises(InputError, match="no kind of rule 'colour'"):
        rule_get("beijing", "colour", 2024)
    with pytest.raises(InputError, match="borrowing is no number"):
        number("beijing", "borrowing", 2024)


def test_an_operator_adds_a_row_of_its_own(rules_file):
    rules_file("beijing", "deadline", "2025-11-15")
    assert deadline("beijing", 2024) == date(2025, 11, 15)
    rules_file("beijing", "credit_cap_share", "0.03")
    assert number("beijing", "credit_cap_share", 2024) == Decimal("0.03")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("beijing", "colour", '"red"'), "is no known kind of rule"),
        (("beijing", "carry_over", '"some"'), "cannot be 'some'"),
        (("beijing", "credit_cap_share", '"much"'), "cannot be 'much'"),
        (("beijing", "credit_cap_share", "-0.1"), "is negative: -0.1"),
        (("mars", "credit_cap_share", "0.1"), "rules of the market 'mars'"),
        (("beijing", "credit_cap_share", "0.1", "unknown"), "and the status 'unknown'"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_with_its_place(rules_file, row, sentence):
    rules_file(*row)
    with pytest.raises(DefinitionError, match=sentence):
        markets()
