"""Rules of each market and year, dated and sourced; a rule that is not known is never guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, Literal

from django.conf import settings

from commonweal.catalogue.reading import Identifier, Names, Strict, checked, shown, toml_read
from commonweal.errors import DefinitionError, InputError, StateError

EVERYWHERE: Final = "*"
_SHAPES: Final[dict[str, type | frozenset[str]]] = {
    "credit_cap_share": Decimal,
    "credit_cap_basis": frozenset({"emissions", "allocation", "shortage"}),
    "deadline": date,
    "borrowing": frozenset({"none", "next_year"}),
    "carry_over": frozenset({"all", "none"}),
    "penalty_least_multiple": Decimal,
    "penalty_most_multiple": Decimal,
    "rounding": frozenset({"up", "nearest"}),
    "cost_basis": frozenset({"moving_average", "fifo"}),
}


class UnknownRuleError(StateError):
    """Nobody has entered this rule for this market and year."""


class Market(Strict):
    """One market."""

    id: Identifier
    name: Names


class Rule(Strict):
    """One rule of one market, in force for compliance years ``from_year`` to ``to_year``."""

    market: str
    rule: str
    from_year: int
    to_year: int = 9999
    value: Decimal | date | str | None = None
    known_from: date
    status: Literal["second_hand", "unconfirmed", "house", "unknown"]
    source: str


def market_get(market: str) -> Market:
    """Return a market.

    Raises:
        InputError: There is none of that id.
    """
    if market not in markets():
        raise InputError(f"no market {market!r}", hint=f"there are: {', '.join(markets())}")
    return markets()[market]


def rule_get(market: str, rule: str, year: int, *, known_at: date | None = None) -> Rule:
    """Return the newest row of a rule that covers a compliance year.

    Args:
        market: Its id.
        rule: As ``credit_cap_share``.
        year: Year of the emissions.
        known_at: As known on that day; None: all rows.

    Raises:
        InputError: There is no such market or kind of rule.
        UnknownRuleError: No row covers the year, or it holds no value.
    """
    market_get(market)
    if rule not in _SHAPES:
        raise InputError(f"no kind of rule {rule!r}", hint=f"there are: {', '.join(_SHAPES)}")
    found = rules_of(market, year, known_at=known_at).get(rule)
    if found is None or found.value is None:
        told = f"; looked for: {found.source}" if found else ""
        raise UnknownRuleError(
            f"the rule {rule} of market {market} for {year} is not known{told}",
            hint="enter it with its source in <home>/catalogue/carbon_market/rules.toml",
        )
    return found


def rules_of(market: str, year: int, *, known_at: date | None = None) -> dict[str, Rule]:
    """Return the rows that count for a market and year, by kind; unknown ones among them."""
    rows = [
        each
        for each in _read()[1]
        if each.market in {market, EVERYWHERE}
        and each.from_year <= year <= each.to_year
        and (known_at is None or each.known_from <= known_at)
    ]
    rows.sort(key=lambda each: (each.market != EVERYWHERE, each.from_year, each.known_from))
    return {each.rule: each for each in rows}


def number(market: str, rule: str, year: int) -> Decimal:
    """Return a rule that is a number; see ``rule_get``."""
    value = rule_get(market, rule, year).value
    if not isinstance(value, Decimal):
        raise InputError(f"the rule {rule} is no number")
    return value


def word(market: str, rule: str, year: int) -> str:
    """Return a rule that is a word; see ``rule_get``."""
    return str(rule_get(market, rule, year).value)


def deadline(market: str, year: int) -> date:
    """Return the last day to surrender; see ``rule_get``."""
    value = rule_get(market, "deadline", year).value
    assert isinstance(value, date)  # noqa: S101 - checked when it was read
    return value


def markets() -> dict[str, Market]:
    """Return every market by id."""
    return _read()[0]


@cache
def _read() -> tuple[dict[str, Market], tuple[Rule, ...]]:
    paths = [Path(__file__).with_name("markets.toml")]
    paths += sorted((Path(settings.HOME) / "catalogue" / "carbon_market").glob("*.toml"))
    found: dict[str, Market] = {}
    rows: list[Rule] = []
    for path in paths:
        content, where = toml_read(path, exact=True), shown(path)
        for entry in content.get("markets", ()):
            found[entry["id"]] = checked(Market, entry, where)
        rows += [_rule(entry, where) for entry in content.get("rules", ())]
    if strange := {each.market for each in rows} - {EVERYWHERE, *found}:
        raise DefinitionError(f"rules of the market {min(strange)!r}, which is not defined")
    return found, tuple(rows)


def _rule(entry: dict[str, object], where: str) -> Rule:
    """Read one row: its value has the shape of its kind, and is absent if unknown."""
    value = entry.get("value")
    if isinstance(value, int) and not isinstance(value, bool):
        entry = {**entry, "value": Decimal(value)}
    row = checked(Rule, entry, where)
    place = f"{where}: {row.rule} of {row.market} from {row.from_year}"
    if row.rule not in _SHAPES:
        raise DefinitionError(f"{place} is no known kind of rule")
    if (row.value is None) != (row.status == "unknown"):
        raise DefinitionError(f"{place} has the value {row.value} and the status {row.status!r}")
    shape = _SHAPES[row.rule]
    is_fitting = isinstance(row.value, shape) if isinstance(shape, type) else row.value in shape
    if row.value is not None and not is_fitting:
        raise DefinitionError(f"{place} cannot be {row.value!r}")
    if isinstance(row.value, Decimal) and row.value < 0:
        raise DefinitionError(f"{place} is negative: {row.value}")
    return row
