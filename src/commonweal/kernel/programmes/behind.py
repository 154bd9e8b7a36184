"""From a fact to the records counted: which, where, when, and what each contributes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - a field
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Q

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.activities import month_number
from commonweal.kernel.compute.cube import organisation
from commonweal.kernel.compute.selectors import snapshot_of
from commonweal.kernel.programmes.asof import Head, columns_read, head_at
from commonweal.kernel.programmes.columns import column_of
from commonweal.kernel.programmes.counting import ROWS, rows_sql
from commonweal.kernel.programmes.figures import figure_compile
from commonweal.kernel.programmes.registry import RecordType
from commonweal.kernel.programmes.sources import record_rows
from commonweal.lake.query import query
from commonweal.periods import Period, PeriodKind, business_midnight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.facts.models import Fact
    from commonweal.kernel.programmes.figures import Figure

PAGE_ROWS: Final = 50
_MANY: Final = 20_000
"""Of more records than that the first are read alone, and added up only where it is asked for."""
_AHEAD: Final = 1000
_EXACT: Final = Context(prec=60)
_HALF_A_STEP: Final = Decimal("0.5")  # of the last decimal that a fact keeps
_FLOATING: Final = Fraction(1, 10**14)  # facts are computed with fifteen digits


@dataclass(frozen=True, slots=True)
class Counted:
    """One record behind a fact."""

    record_id: str
    code: str
    node: str
    day: date
    contribution: Decimal
    """In the fact's unit, by the boundary's share of its node."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The records behind a fact: those of one page that may be read, and what all add up to."""

    kind: RecordType
    rows: tuple[Counted, ...]
    next_offset: int | None
    """Where the next page begins, None after the last."""
    head: Head
    """The last event of the log that counted."""
    offset: int
    sum: Sum | None
    """None where there are very many and only the first were read."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What all records behind a fact add up to, whoever may read them."""

    n_visible: int
    n_hidden: int
    """Counted, too, but not for this reader to see."""
    total: Decimal
    agrees: bool
    """Whether the sum of all contributions is the fact's value."""


def records_behind(
    fact: Fact, *, scope: Scope, offset: int = 0, limit: int = PAGE_ROWS, summed: bool = False
) -> Behind | None:
    """Return the records that a fact counts, as they were known for it, in order of their day.

    Args:
        fact: Which.
        scope: Who reads.
        offset: How many of those that may be read to pass over.
        limit: How many to return.
        summed: Whether to add up all of them though they be very many, which takes seconds.

    Returns:
        None if it counts no records: a formula's inputs are facts, a dataset's rows stand in files.
    """
    entry = catalogue().indicators.get(fact.indicator)
    if entry is None or entry.source.kind != "records" or "snapshot" not in fact.batch.parameters:
        return None
    figure = figure_compile(entry)
    if not isinstance(figure.counted, RecordType):
        return None
    kind, head = figure.counted, head_of(fact)
    found = None if summed else _first(fact, figure, kind, head, scope, offset + limit)
    is_whole = found is None
    if found is None:
        found = _counted(fact, figure, kind, head)
    visible = _visible(kind, found["id"], scope)
    places = np.flatnonzero(visible)
    following = offset + limit
    return Behind(
        kind=kind,
        rows=tuple(_row(found, figure, i) for i in places[offset:following].tolist()),
        next_offset=following if following < len(places) else None,
        head=head,
        offset=offset,
        sum=_sum(fact, figure, found, visible) if is_whole else None,
    )


def _sum(fact: Fact, figure: Figure, found: pa.Table, visible: NDArray[np.bool_]) -> Sum:
    total = _total(found, figure)
    return Sum(
        n_visible=int(visible.sum()),
        n_hidden=int((~visible).sum()),
        total=_decimal(total),
        agrees=fact.value is not None and _agree(fact.value, total),
    )


def _first(  # noqa: PLR0917 - what one page is made of
    fact: Fact, figure: Figure, kind: RecordType, head: Head, scope: Scope, n_wanted: int
) -> pa.Table | None:
    """Return the first of very many records, with more readable ones among them than wanted.

    None where there are not so many, or where whether a record counts depends on others, or on
    more of its history than a day.
    """
    day, within = figure.plain_day, _within(figure, _span(fact))
    if day is None or day[1] or within is None or figure.count.is_distinct or figure.clock:
        return None
    rows = kind.model._default_manager.filter(within)  # noqa: SLF001 - public _meta
    if rows[: _MANY + 1].count() <= _MANY:
        return None
    n_read = 2 * n_wanted + _AHEAD
    while ends := rows.order_by(day[0], "code").values_list(day[0], "code")[n_read:][:1]:
        until, code = ends[0]
        before = Q(**{f"{day[0]}__lt": until}) | Q(**{day[0]: until, "code__lt": code})
        found = _counted(fact, figure, kind, head, before)
        is_before = (pc.field("day") < until) | (
            (pc.field("day") == until) & (pc.field("code") < code)
        )
        found = found.filter(is_before)  # what changed since is read whatever its day
        if _visible(kind, found["id"], scope).sum() > n_wanted:
            return found
        n_read *= 8
    return None


def head_of(fact: Fact) -> Head:
    """Return the place in the event log that a fact was computed at, as its batch keeps it."""
    for written in fact.batch.inputs.get("events", ()):
        sequence, _, digest = written.partition(":")
        return Head(int(sequence), digest)
    return head_at(snapshot_of(fact))


def _span(fact: Fact) -> Period:
    return Period(fact.start_date, fact.end_date, PeriodKind(fact.period_kind))


def _counted(
    fact: Fact, figure: Figure, kind: RecordType, head: Head, also: Q | None = None
) -> pa.Table:
    """Return what fits and counts within the fact's period, node and boundary.

    ``id code node day value share``; what a row contributes is value × scale × share. ``also``
    limits which records are read.
    """
    span = _span(fact)
    numbers = range(month_number(span.months[0]), month_number(span.months[-1]) + 1)
    within = _within(figure, span)
    if within is not None and also is not None:
        within &= also
    rows = record_rows(kind, [figure], head, "code", "id", within=within)
    found = query(_sql(figure, numbers), {ROWS: rows}, engine="duckdb")
    org = organisation(span.months, fact.boundary, snapshot_of(fact))
    is_flow = figure.count.span == "flow"
    month = found["begins"].to_numpy() - numbers[0] if is_flow else len(numbers) - 1
    node = np.searchsorted(org.node_id, found["node_id"].to_numpy())
    mine = _under(org.code.index(fact.node), org.parent, org.exists)[node, month]
    mine &= org.share[node, month] > 0
    share = np.broadcast_to(org.share[node, month], node.shape)
    codes = pa.array(org.code).take(pa.array(node))
    found = found.append_column("node", codes).append_column("share", pa.array(share))
    return found.filter(pa.array(mine))


def _within(figure: Figure, span: Period) -> Q | None:
    """Return which records may count in a period, by the day that decides about it."""
    if not figure.plain_day:
        return None
    first, after = span.start_date, span.end_date
    if figure.count.is_distinct:
        first = first.replace(month=1, day=1)
    name, is_instant = figure.plain_day
    edges = (business_midnight(first), business_midnight(after)) if is_instant else (first, after)
    until = Q(**{f"{name}__lt": edges[1]})
    return until & Q(**{f"{name}__gte": edges[0]}) if figure.count.span == "flow" else until


def _total(found: pa.Table, figure: Figure) -> Fraction:
    total = Fraction(0)
    for share in pc.unique(found["share"]).to_pylist():
        part = pc.sum(found["value"].filter(pc.equal(found["share"], share))).as_py()
        total += Fraction(part or 0) * Fraction(share) * figure.count.scale
    return total


def _sql(figure: Figure, months: range) -> str:
    """Return what fits and counts as rows of (id, code, node_id, begins, day, value)."""
    what = figure.count
    rows = rows_sql(what, months, "id", "code", f"{what.first_day} AS day")
    if what.is_distinct:
        once = {"flow": "value, FLOOR(begins / 12)", "cumulative": "value", "stock": "value"}
        where = "fits AND value IS NOT NULL"
        if what.span == "stock":
            where += f" AND (ends IS NULL OR ends > {months[-1]})"
        order = "node_id, id" if what.span == "stock" else "begins, node_id, id"
        rows = f"""
    SELECT id, code, node_id, begins, ends, day, fits, 1 AS value, ROW_NUMBER() OVER (
        PARTITION BY {once[what.span]} ORDER BY {order}) AS place
    FROM ({rows}) AS every WHERE {where}"""  # noqa: S608 - ours
        rows = f"SELECT * FROM ({rows}) AS placed WHERE place = 1"  # noqa: S608
    where = "fits"
    if what.span == "flow":
        where += f" AND begins >= {months[0]}"
    if what.span == "stock":
        where += f" AND (ends IS NULL OR ends > {months[-1]})"
    return f"""
    SELECT id, code, node_id, begins, day, value FROM ({rows}) AS fitting
    WHERE {where} ORDER BY day, code"""  # noqa: S608


def _under(top: int, parent: NDArray[np.int32], exists: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which nodes are the top one or below it, by (node, month)."""
    found = np.zeros(parent.shape, dtype=np.bool_)
    found[top] = exists[top]
    while True:
        above = np.take_along_axis(found, np.maximum(parent, 0), axis=0)
        grown = found | (above & (parent >= 0) & exists)
        if (grown == found).all():
            return found
        found = grown


def _visible(kind: RecordType, ids: pa.ChunkedArray, scope: Scope) -> NDArray[np.bool_]:
    """Return which of these records the scope may read, in one query."""
    everything = kind.model._default_manager.all()  # noqa: SLF001 - public _meta
    readable = scope.visible(everything)
    if readable is everything:
        return np.ones(len(ids), dtype=np.bool_)
    key = column_of(kind, "id")
    if len(ids) <= _MANY:
        readable = readable.filter(pk__in=ids.to_pylist())
    return np.asarray(pc.is_in(ids, columns_read(readable, [key])["id"]), dtype=np.bool_)


def _row(found: pa.Table, figure: Figure, i: int) -> Counted:
    row = found.slice(i, 1).to_pylist()[0]
    exact = Fraction(row["value"] or 0) * Fraction(row["share"]) * figure.count.scale
    return Counted(row["id"], row["code"], row["node"], row["day"], _decimal(exact))


def _decimal(exact: Fraction) -> Decimal:
    """Return a fraction as printed: its digits without zeros behind, twelve at most."""
    found = _EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return Decimal(f"{round(found, 12).normalize():f}")


def _agree(value: Decimal, total: Fraction) -> bool:
    """Return whether they are the same to the last digit kept, or the fourteenth of a large one."""
    step = Decimal(1).scaleb(int(value.as_tuple().exponent))
    return abs(Fraction(value) - total) <= max(
        Fraction(step * _HALF_A_STEP), abs(total) * _FLOATING
    )
