"""Formulas: + - * / and parentheses over named inputs and numbers, and nothing else.

A formula is proved once, by unit algebra: what is added has one and the same unit, and the result
has the dimension of its indicator. After that it is plain arithmetic on numbers or arrays. A
missing input or a division by zero gives no data (NaN), never 0.
"""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pint import PintError

from commonweal.errors import DefinitionError
from commonweal.units import canonical, registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_MAX_CHARACTERS: Final = 500  # keeps the tree shallow, so that no reader's stack overflows
_MAX_NUMBER: Final = 1e15  # integers are exact as floats up to here
_BINARY: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div)


def parse(formula: str) -> ast.expr:
    """Return the syntax tree of a formula.

    Raises:
        DefinitionError: It is too long, no arithmetic, or uses more than + - * / and parentheses.
    """
    if len(formula) > _MAX_CHARACTERS:
        raise DefinitionError(f"formula has {len(formula)} characters, more than {_MAX_CHARACTERS}")
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise DefinitionError(f"formula {formula!r} is no arithmetic: {fault}") from fault
    _allowed(tree)
    return tree


def _allowed(node: ast.expr) -> None:
    match node:
        case ast.BinOp(left, op, right) if isinstance(op, _BINARY):
            _allowed(left)
            _allowed(right)
        case ast.UnaryOp(ast.USub(), operand):
            _allowed(operand)
        case ast.Name():
            pass
        case ast.Constant(int() | float() as number) if _is_plain(number):
            pass
        case _:
            raise DefinitionError(
                f"formula part {ast.unparse(node)!r} is not allowed",
                hint="a formula has input names, numbers, + - * / and parentheses",
            )


def _is_plain(number: float) -> bool:
    return not isinstance(number, bool) and abs(number) <= _MAX_NUMBER


def names(node: ast.expr) -> frozenset[str]:
    """Return the input names that a formula uses."""
    return frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))


def is_additive(node: ast.expr) -> bool:
    """Return whether the formula of sums is the sum of formulas, as of ``a + b / 2``."""
    match node:
        case ast.Name():
            return True
        case ast.UnaryOp(_, operand):
            return is_additive(operand)
        case ast.BinOp(left, ast.Add() | ast.Sub(), right):
            return is_additive(left) and is_additive(right)
        case ast.BinOp(left, ast.Mult(), right):
            return (is_additive(left) and not names(right)) or (
                is_additive(right) and not names(left)
            )
        case ast.BinOp(left, ast.Div(), right):
            return is_additive(left) and not names(right)
    return False


def scale(node: ast.expr, units: Mapping[str, str], target: str) -> Fraction:
    """Return the exact number from the formula's own unit to ``target``.

    Args:
        node: A parsed formula.
        units: Unit of each input.
        target: Unit of the indicator.

    Raises:
        DefinitionError: Unlike units are added, or the dimension is not that of ``target``.
    """
    natural = _unit(node, units)
    try:
        return Fraction(
            registry().Quantity(Fraction(1), natural).to(canonical(target)[1]).magnitude
        )
    except PintError as fault:
        raise DefinitionError(
            f"formula {ast.unparse(node)!r} has the unit {natural or 'of a plain number'!s}, "
            f"which does not convert to {target!r}"
        ) from fault


def _unit(node: ast.expr, units: Mapping[str, str]) -> Any:  # noqa: ANN401 - pint's unit type is generic
    match node:
        case ast.Name(name):
            return registry().Unit(canonical(units[name])[1])
        case ast.UnaryOp(_, operand):
            return _unit(operand, units)
        case ast.BinOp(left, ast.Mult(), right):
            return _unit(left, units) * _unit(right, units)
        case ast.BinOp(left, ast.Div(), right):
            return _unit(left, units) / _unit(right, units)
        case ast.BinOp(left, _, right):
            first, second = _unit(left, units), _unit(right, units)
            if not _is_same(first, second):
                raise DefinitionError(
                    f"formula part {ast.unparse(node)!r} adds {first!s} and {second!s}",
                    hint="state both inputs in one unit",
                )
            return first
    return registry().Unit("dimensionless")


def _is_same(first: Any, second: Any) -> bool:  # noqa: ANN401 - as above
    if first.dimensionality != second.dimensionality:
        return False
    return bool(registry().Quantity(Fraction(1), first).to(second).magnitude == 1)


def evaluate(
    node: ast.expr, inputs: Mapping[str, float | NDArray[np.float64] | None]
) -> NDArray[np.float64]:
    """Compute a parsed formula; NaN where an input is missing or a divisor is 0."""
    match node:
        case ast.Name(name):
            given = inputs.get(name)
            return np.asarray(np.nan if given is None else given, dtype=np.float64)
        case ast.Constant(int() | float() as number):
            return np.asarray(number, dtype=np.float64)
        case ast.UnaryOp(_, operand):
            return -evaluate(operand, inputs)
        case ast.BinOp(left, op, right):
            return _combine(op, evaluate(left, inputs), evaluate(right, inputs))
    raise DefinitionError(f"formula part {ast.unparse(node)!r} is not allowed")


def _combine(
    op: ast.operator, left: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    with np.errstate(over="ignore", invalid="ignore"):
        match op:
            case ast.Add():
                found = left + right
            case ast.Sub():
                found = left - right
            case ast.Mult():
                found = left * right
            case _:
                found = left / np.where(right == 0, np.nan, right)
    return np.where(np.isfinite(found), found, np.nan)  # what overflows is no data either
