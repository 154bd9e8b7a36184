"""Expressions of virtual meters: sums of meters with numbers as factors, ``[M-1] - 0.5 * M2``.

A code that holds anything but letters, digits and ``_`` stands in square brackets, because a
hyphen alone is a minus.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from commonweal.catalogue.formulas import evaluate, is_additive, names, parse
from commonweal.errors import DefinitionError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_BRACKETED: Final = re.compile(r"\[([A-Za-z0-9_-]{1,64})\]")
_HINT: Final = "write a sum of meters, each times a number at most, as [M-1] + [M-2] - 0.5 * [M-3]"


def meter_terms(expression: str) -> Mapping[str, float]:
    """Return what each meter counts in an expression, by code.

    Raises:
        InputError: It is no sum of meters.

    >>> dict(meter_terms("[M-1] + M2 - [M-1] / 4"))
    {'M-1': 0.75, 'M2': 1.0}
    """
    codes: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        name = f"meter_{len(codes)}_"
        codes[name] = found[1]
        return name

    try:
        tree = parse(_BRACKETED.sub(named, expression))
    except DefinitionError as fault:
        raise InputError(f"expression {expression!r}: {fault}", hint=_HINT) from fault
    if not is_additive(tree):
        raise InputError(f"expression {expression!r} is no sum of meters", hint=_HINT)
    used = sorted(names(tree))
    terms: dict[str, float] = {}
    for name in used:
        code = codes.get(name, name)
        factor = float(evaluate(tree, {other: float(other == name) for other in used}))
        if not abs(factor) < float("inf"):
            raise InputError(f"expression {expression!r} divides by 0", hint=_HINT)
        terms[code] = terms.get(code, 0.0) + factor
    return terms
