"""Pictures of spans: states over time, and values with the intervals in which they lie."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from commonweal.errors import InputError
from commonweal.kernel.disclosure.picture_tables import (
    number_cell,
    table,
    with_unit,
    word,
    words_cell,
)
from commonweal.kernel.disclosure.tree import Chart, Series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def timeline(
    id: str,  # noqa: A002 - the contract's name
    *,
    title: str,
    categories: Sequence[str],
    states: Sequence[str],
    rows: Mapping[str, Sequence[int | None]],
    language: str,
) -> Chart:
    """Return what state each row is in, slot by slot; its table tells each span once.

    Args:
        id: Its id on the page.
        title: What it shows.
        categories: When each slot begins, and at last when the last one ends.
        states: Names of the states; the first is the usual one and drawn pale.
        rows: For each row the state of every slot by its place in ``states``, None if not known.
        language: Of the table's own words.

    Raises:
        InputError: A row has not one state for each slot, or a state that has no name.
    """
    for name, slots in rows.items():
        if len(slots) != len(categories) - 1:
            raise InputError(f"chart {id}: {name} has {len(slots)} slots of {len(categories) - 1}")
        if strange := {slot for slot in slots if slot is not None} - set(range(len(states))):
            raise InputError(f"chart {id}: {name} is in state {min(strange)}, which has no name")
    head = (word(name, language) for name in ("row", "since", "until", "state"))
    told = [
        tuple(map(words_cell, (name, categories[first], categories[end], states[state])))
        for name, slots in rows.items()
        for first, end, state in _runs(slots)
    ]
    return Chart(
        id=id,
        form="states",
        title=title,
        unit="",
        decimals=0,
        categories=tuple(categories),
        series=tuple(
            Series(name, tuple(None if slot is None else Decimal(slot) for slot in slots))
            for name, slots in rows.items()
        ),
        states=tuple(states),
        table=table(title, tuple(head), told, n_words=4),
    )


def _runs(slots: Sequence[int | None]) -> Iterator[tuple[int, int, int]]:
    """Yield first slot, the slot after the last, and state of each span that is known."""
    end = 0
    for state, some in groupby(slots):
        first, end = end, end + len(list(some))
        if state is not None:
            yield first, end, state


def intervals(  # noqa: PLR0913 - the parts of a picture
    id: str,  # noqa: A002 - the contract's name
    *,
    title: str,
    unit: str,
    decimals: int,
    categories: Sequence[str],
    values: Series,
    low: Sequence[Decimal | None],
    high: Sequence[Decimal | None],
    language: str,
    reference: Series | None = None,
) -> Chart:
    """Return a value with its interval for each category, beside a reference if there is one.

    Raises:
        InputError: A column has not one value (or None) for each category.
    """
    series = (values, *([reference] if reference else []))
    columns = [*(each.values for each in series), low, high]
    for column in columns:
        if len(column) != len(categories):
            raise InputError(
                f"chart {id}: {len(column)} values for {len(categories)} categories",
                hint="give None where there is no value",
            )
    names = [with_unit(each.name, unit) for each in series]
    head = (word("part", language), *names, word("low", language), word("high", language))
    rows = [
        (words_cell(name), *(number_cell(column[at], decimals, language) for column in columns))
        for at, name in enumerate(categories)
    ]
    return Chart(
        id=id,
        form="intervals",
        title=title,
        unit=unit,
        decimals=decimals,
        categories=tuple(categories),
        series=series,
        low=tuple(low),
        high=tuple(high),
        table=table(title, head, rows),
    )
