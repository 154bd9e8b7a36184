"""Indicators: what a number is called, where it comes from, how it adds up, how it is printed."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from commonweal.catalogue import formulas
from commonweal.catalogue.reading import Identifier, Names, Strict, Texts, Unit
from commonweal.errors import InputError
from commonweal.periods import period

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from numpy.typing import NDArray

Kind = Literal["flow", "stock", "ratio", "cumulative", "target", "derived"]
Aggregate = Literal["sum", "last", "recompute", "none"]

# How a kind adds up over organisation and over time, unless an entry says otherwise. Ratios are
# never averaged: their inputs are added, then divided.
_ROLLUPS: Final[dict[str, tuple[Aggregate, Aggregate]]] = {
    "flow": ("sum", "sum"),
    "stock": ("sum", "last"),
    "cumulative": ("sum", "last"),
    "target": ("none", "last"),
    "ratio": ("recompute", "recompute"),
    "derived": ("recompute", "recompute"),
}


class Rollup(Strict):
    """How values add up over the organisation tree and over months."""

    over_org: Aggregate
    over_time: Aggregate


class Activity(Strict):
    """Quantities of a registered activity source, times a factor where one is named.

    Attributes:
        activity: Name of the source.
        carriers: What of it is counted.
        factor: What it is multiplied by.
        missing: What becomes of a quantity that has no factor and no fallback: ``refuse`` stops the
            computation; ``withhold`` leaves the value, and all that is computed from it, without
            data and lists it. It is never 0.
    """

    kind: Literal["activity"] = "activity"
    activity: Identifier
    carriers: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    factor: Identifier | None = None
    missing: Literal["refuse", "withhold"] = "refuse"


class FormulaInput(Strict):
    """Another indicator, in a stated unit, at the same period, a year before, or a written period.

    ``optional``: a unit may have none of it (an office burns no fuel); it then counts 0, as long as
    any other input has data. Without the mark, a missing input means no data.
    """

    indicator: Identifier
    unit: Unit
    at: str = ""
    optional: bool = False

    @field_validator("at")
    @classmethod
    def _is_period(cls, at: str) -> str:
        if at not in {"", "year_before"}:
            period(at)
        return at


class Formula(Strict):
    """Arithmetic over other indicators."""

    kind: Literal["formula"] = "formula"
    formula: str
    inputs: Annotated[dict[Identifier, FormulaInput], Field(min_length=1)]

    @cached_property
    def tree(self) -> ast.expr:
        """The parsed formula."""
        return formulas.parse(self.formula)

    @property
    def units(self) -> dict[str, str]:
        """Unit of each input."""
        return {name: item.unit for name, item in self.inputs.items()}


class Submission(Strict):
    """A value that a unit declares, with evidence, through a collection form."""

    kind: Literal["submission"] = "submission"


class Records(Strict):
    """A count or sum over a programme's records, or over the rows of a dataset.

    Attributes:
        of: Type of record (``donations.donation``) or id of a dataset; empty while planned.
        aggregate: ``count``, ``sum`` of a field, or ``distinct`` values of a field, each counted at
            its first occurrence in the calendar year, so that months still add up; at the node with
            the lowest id if it occurs at several in that month, so that nodes do.
        field: What is summed or told apart.
        unit: Unit of the field, or of one thing counted; what the field's definition says, or
            else the indicator's own, if empty.
        date: Field whose day decides the month of a flow; the record's period if empty.
        during: Two fields: a stock counts what lies between them on a month's last day, the second
            day excluded; where that is empty or left out, it lasts. Days may be added:
            ``due_date+1``.
        states: States in which a record counts; all but merged ones if empty.
        where: Accepted values by field; ``true``/``false`` for boolean ones, and for others whether
            they are filled in; a comparison (``">= 3"``) for numbers and days.
        clock: A clock that must have stopped; ``within_budget`` says how.
        within_budget: Whether the clock stopped within its budget.

    What decides between 0 and no data: a node and month in which no record of this kind exists at
    all (before ``states``, ``where`` and ``clock`` are asked) has no data; if there are some and
    none fits, the value is 0. Of a stock or cumulative figure, all records up to the month count as
    there. Records merged into others never do.
    """

    kind: Literal["records"] = "records"
    of: str = ""
    aggregate: Literal["count", "sum", "distinct"] = "count"
    field: str = ""
    unit: str = ""
    date: str = ""
    during: Annotated[tuple[str, ...], Field(strict=False, max_length=2)] = ()
    states: Texts = ()
    where: dict[str, bool | str | list[str]] = Field(default_factory=dict)
    clock: str = ""
    within_budget: bool | None = None


Source = Annotated[Activity | Formula | Submission | Records, Field(discriminator="kind")]


class Gap(Strict):
    """A difference that should not grow: between women and men, between town and country.

    It is noticed where the distance to ``to`` in a calendar year is more than that of the year
    before, by more than ``more_than`` in the unit of both.
    """

    to: Identifier
    more_than: float = Field(default=0.0, ge=0)


class Example(Strict):
    """A worked example; every one is recomputed when the catalogue compiles."""

    note: str
    inputs: dict[str, float]
    value: float | Literal["no data"]


class IndicatorEntry(Strict):
    """One indicator as its file states it."""

    id: Identifier
    name: Names
    unit: Unit
    kind: Kind
    decimals: int = Field(ge=0, le=6)
    status: Literal["computed", "planned"]
    better: Literal["lower", "higher", "neither"] = "neither"
    bounds: Annotated[tuple[float, float], Field(strict=False)] = (0.0, inf)
    source: Source = Records()
    rollup: Rollup
    frameworks: dict[Literal["gri", "hkex", "ifrs_s2", "gsma", "sse"], Texts] = Field(
        default_factory=dict
    )
    examples: Annotated[tuple[Example, ...], Field(strict=False)] = ()
    gap: Gap | None = None
    apart_from: Texts = ()
    """Of what is declared or recorded: computed ones that may tell of the same; both is noticed."""
    reported: bool = False
    """Whether the reference report prints this figure; coverage counts these apart."""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, content: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        """Fill what the kind decides: the roll-up, and bounds for what may be negative."""
        if not isinstance(content, dict) or content.get("kind") not in _ROLLUPS:
            return content
        over_org, over_time = _ROLLUPS[content["kind"]]
        rollup = {"over_org": over_org, "over_time": over_time} | dict(content.get("rollup", {}))
        bounds = (-inf, inf) if content["kind"] == "derived" else (0.0, inf)
        return {"bounds": bounds, **content, "rollup": rollup}


class Indicator(IndicatorEntry):
    """A compiled indicator: its dimension is proved, its multipliers are known."""

    domain: str
    file: str
    scale: Fraction = Fraction(1)
    """From the formula's own unit to the indicator's."""
    multipliers: dict[str, Fraction] = Field(default_factory=dict)

    def multiplier(self, carrier: str) -> Fraction:
        """Return the exact number with value = quantity × factor × multiplier.

        The quantity is in the carrier's unit, the factor in its rows' unit, the value in this
        indicator's unit; without a factor, value = quantity × multiplier.

        Raises:
            InputError: This indicator does not count the carrier.
        """
        if carrier not in self.multipliers:
            raise InputError(f"indicator {self.id!r} does not count carrier {carrier!r}")
        return self.multipliers[carrier]

    def evaluate(
        self, inputs: Mapping[str, float | NDArray[np.float64] | None]
    ) -> float | NDArray[np.float64]:
        """Compute a formula indicator from inputs in their declared units.

        Numbers give a number, arrays of one shape give an array; NaN where an input is missing
        (absent, None or NaN) or a divisor is 0.

        Raises:
            InputError: This indicator has no formula, or an input is not one of its inputs.
        """
        if not isinstance(self.source, Formula):
            raise InputError(
                f"indicator {self.id!r} has no formula, its source is {self.source.kind}"
            )
        if unknown := set(inputs) - set(self.source.inputs):
            raise InputError(f"indicator {self.id!r} has no input {min(unknown)!r}")
        value = formulas.evaluate(self.source.tree, self._filled_inputs(self.source, inputs))
        value = value * float(self.scale)
        return value if np.ndim(value) else float(value)

    @staticmethod
    def _filled_inputs(source: Formula, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return inputs with NaN for what is missing, 0 for what is optional, unless all are."""
        given = {
            name: np.asarray(np.nan if inputs.get(name) is None else inputs[name], dtype=np.float64)
            for name in source.inputs
        }
        is_empty = np.all(
            np.broadcast_arrays(*(np.isnan(value) for value in given.values())), axis=0
        )
        return {
            name: np.where(np.isnan(value) & ~is_empty, 0.0, value)
            if source.inputs[name].optional
            else value
            for name, value in given.items()
        }
