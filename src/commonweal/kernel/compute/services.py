"""One use-case: compute everything for some periods and record it as facts."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import transaction

from commonweal import __version__
from commonweal.catalogue import Formula, catalogue
from commonweal.errors import InputError
from commonweal.kernel.compute.activities import Findings, month_number
from commonweal.kernel.compute.evaluation import evaluate
from commonweal.kernel.compute.findings import findings_record
from commonweal.kernel.compute.gaps import gaps_widened
from commonweal.kernel.compute.lineage import activity_lineage, formula_lineage
from commonweal.kernel.compute.twice import told_twice
from commonweal.kernel.compute.values import activity_of, kept_places, out_of_bounds
from commonweal.kernel.facts.models import Fact, Method
from commonweal.kernel.facts.services import FactBatch, FactRow, facts_record
from commonweal.kernel.org.models import NodeKind
from commonweal.periods import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from commonweal.catalogue import Indicator
    from commonweal.kernel.compute.evaluation import Computation
    from commonweal.kernel.facts.models import Batch
    from commonweal.periods import Period

ENGINE: Final = "commonweal.kernel.compute"
_SHARE_PLACES: Final = 6


def compute(  # noqa: PLR0913 - one use-case, all by keyword
    periods: Sequence[Period],
    *,
    boundary: str,
    actor: str,
    now: datetime,
    snapshot: datetime | None = None,
    node_kinds: Collection[str] = tuple(NodeKind.values),
    indicators: Collection[str] = (),
    reason: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> Batch | None:
    """Compute every indicator for every node and period, and record what is new as facts.

    Args:
        periods: What to compute; a point in time is refused.
        boundary: Code of the reporting boundary.
        actor: Who asks.
        now: When; facts are known from this instant.
        snapshot: Data, factors and organisation as known at this instant; ``now`` by default.
        node_kinds: Kinds of nodes whose facts are recorded (all are computed).
        indicators: Only these, with what their formulas need; everything by default. What rules
            notice is judged, and cleared, only where everything is computed.
        reason: Why published values change; needed if any does.
        progress: Told what is being done.

    Returns:
        The batch, or None if every fact already stands.

    Raises:
        InputError: A period splits a month, or the snapshot lies in the future.
        MissingFactorError: A quantity has no factor and no declared fallback.
        ReasonRequiredError: Facts would be restated and no reason is given.
        PeriodLockedError: A period is closed.
    """
    snapshot = snapshot or now
    if snapshot > now:
        raise InputError(
            f"snapshot {snapshot.isoformat()} lies after {now.isoformat()}: what will be known then"
            " may differ",
            hint="leave the snapshot out for what is known now",
        )
    done = evaluate(
        periods, boundary=boundary, snapshot=snapshot, indicators=indicators, progress=progress
    )
    noticed = _impossible(done)
    if PeriodKind.YEAR in noticed:
        noticed[PeriodKind.YEAR] += gaps_widened(done)
        noticed[PeriodKind.YEAR] += told_twice(done, PeriodKind.YEAR)
    progress("recording facts")
    batch = _batch(done, node_kinds, indicators, reason)
    with transaction.atomic():
        recorded = facts_record(batch, actor=actor, now=now)
        if not indicators:
            _findings_keep(done, noticed, now)
    return recorded


def facts_drafted(done: Computation, node_kinds: Collection[str]) -> FactBatch:
    """Return the facts that a computation would record, without those out of their bounds."""
    _impossible(done)
    return _batch(done, node_kinds)


def _batch(
    done: Computation,
    node_kinds: Collection[str],
    indicators: Collection[str] = (),
    reason: str = "",
) -> FactBatch:
    return FactBatch(
        engine=ENGINE,
        version=__version__,
        parameters={
            "periods": [str(p) for p in done.asked],
            "boundary": done.boundary,
            "snapshot": done.snapshot.isoformat(),
            "node_kinds": sorted(node_kinds),
            **({"indicators": sorted(indicators)} if indicators else {}),
        },
        inputs=done.inputs,
        rows=list(_fact_rows(done, node_kinds)),
        reason=reason,
    )


def _findings_keep(done: Computation, noticed: Mapping[str, Findings], now: datetime) -> None:
    for name, part in done.cubes.items():
        findings_record(name, part.findings, done.months, now=now)
    for kind, found in noticed.items():
        findings_record(f"facts-{kind}", found, done.months, now=now)


def _impossible(done: Computation) -> dict[str, Findings]:
    """Take values outside their indicator's bounds out, and list them by kind of period.

    One node's nonsense must not keep a nation's facts from being recorded, nor become a fact. A
    year that is in order says nothing about its months, so each kind has a list of its own.
    """
    found = {span.kind.value: Findings() for span in done.asked}
    for indicator_id, values in done.values.items():
        entry = catalogue().indicators[indicator_id]
        is_out = out_of_bounds(entry, values.value)
        for p, span in enumerate(done.asked):
            node = np.flatnonzero(is_out[:, p])
            found[span.kind.value] += Findings.of(
                "node",
                f"out_of_bounds {indicator_id}",
                done.org.node_id[node],
                np.full(len(node), month_number(span.start_date)),
                values.value[node, p],
            )
            found[span.kind.value] += _withheld(done, indicator_id, p)
        values.value[is_out] = np.nan
    return found


def _withheld(done: Computation, indicator_id: str, p: int) -> Findings:
    """List nodes that use something for which no factor was known; formulas follow from it."""
    if isinstance(catalogue().indicators[indicator_id].source, Formula):
        return Findings()
    node = np.flatnonzero(done.values[indicator_id].withheld[:, p])
    month = np.full(len(node), month_number(done.asked[p].start_date))
    none = np.full(len(node), np.nan)
    rule = f"no_factor {indicator_id}"
    return Findings.of("node", rule, done.org.node_id[node], month, none)


def _fact_rows(done: Computation, node_kinds: Collection[str]) -> Iterator[FactRow]:
    """Yield a row for every value, and a null one where a published value has lost its data."""
    book, standing = catalogue(), _standing(done)
    nodes = [(i, code) for i, code in enumerate(done.org.code) if done.org.kind[i] in node_kinds]
    for indicator_id, values in done.values.items():
        is_told = ~np.isnan(values.value)
        for p, span in enumerate(done.asked):
            has_data = is_told[:, p].tolist()
            for node, code in nodes:
                if (
                    has_data[node]
                    or (indicator_id, code, span.start_date, span.end_date) in standing
                ):
                    yield _fact_row(done, book.indicators[indicator_id], node, p)


def _fact_row(done: Computation, entry: Indicator, node: int, p: int) -> FactRow:
    number = float(done.values[entry.id].value[node, p])
    rough = float(done.values[entry.id].estimated_share[node, p])
    return FactRow(
        indicator=entry.id,
        node=done.org.code[node],
        boundary=done.boundary,
        period=done.periods[p],
        value=None if np.isnan(number) else _decimal(number, kept_places(entry)),
        unit=entry.unit,
        decimals=entry.decimals,
        method=_method(entry, rough),
        estimated_share=None if np.isnan(rough) else _decimal(rough, _SHARE_PLACES),
        lineage=_lineage(done, entry, node, done.periods[p]),
    )


def _standing(done: Computation) -> set[tuple[str, str, date, date]]:
    rows = Fact.objects.filter(
        boundary=done.boundary,
        superseded_at=None,
        value__isnull=False,
        start_date__in=[span.start_date for span in done.asked],
    )
    return set(rows.values_list("indicator", "node", "start_date", "end_date"))


def _lineage(done: Computation, entry: Indicator, node: int, span: Period) -> dict[str, Any]:
    if isinstance(entry.source, Formula):
        return formula_lineage(entry.source, done.values, done.periods, node, span)
    part, found = done.cubes[activity_of(entry)], done.weights[entry.id]
    return activity_lineage(entry, part, found, done.months, node=node, span=span)


def _method(entry: Indicator, estimated_share: float) -> str:
    if entry.source.kind == "submission":
        return Method.DECLARED
    if estimated_share > 0.5:  # noqa: PLR2004 - more than half
        return Method.ESTIMATED
    if entry.source.kind == "activity" and not entry.source.factor:
        return Method.MEASURED
    return Method.CALCULATED


def _decimal(number: float, places: int) -> Decimal:
    exact = Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return exact or abs(exact)  # there is no negative nothing
