"""Sums that the catalogue knows: formulas that only add and subtract what has the same unit."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.catalogue import catalogue
from commonweal.catalogue.indicators import Formula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.catalogue.indicators import Indicator


@dataclass(frozen=True, slots=True)
class Sum:
    """A total and its parts, each added (1) or taken off (-1)."""

    indicator: str
    parts: tuple[tuple[str, int], ...]


def sums() -> tuple[Sum, ...]:
    """Return every sum of the catalogue, in order of its total."""
    indicators = catalogue().indicators
    found = (_sum(each) for each in indicators.values())
    return tuple(sorted((each for each in found if each), key=lambda each: each.indicator))


def _sum(indicator: Indicator) -> Sum | None:
    source, indicators = indicator.source, catalogue().indicators
    if not isinstance(source, Formula):
        return None
    try:
        terms = dict(_terms(source.tree, 1))
    except ValueError:
        return None
    for name in terms:
        entry = source.inputs[name]
        same = (entry.unit, indicators[entry.indicator].unit)
        if entry.at or same != (indicator.unit, indicator.unit):
            return None
    parts = tuple((source.inputs[name].indicator, sign) for name, sign in terms.items())
    return Sum(indicator.id, parts) if len({part for part, _ in parts}) == len(parts) > 1 else None


def _terms(node: ast.expr, sign: int) -> Iterator[tuple[str, int]]:
    """Yield names with their signs.

    Raises:
        ValueError: The expression is more than a sum.
    """
    match node:
        case ast.Name(id=name):
            yield name, sign
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield from _terms(operand, -sign)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _terms(left, sign)
            yield from _terms(right, sign)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            yield from _terms(left, sign)
            yield from _terms(right, -sign)
        case _:
            raise ValueError(ast.dump(node))
