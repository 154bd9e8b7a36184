"""What `compute --dry-run` says: every fact that would be restated, with old and new value."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from commonweal.kernel.compute.preview import changes_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from commonweal.kernel.compute.evaluation import Computation
    from commonweal.kernel.compute.preview import Change

MOST_SHOWN = 40


def preview(done: Computation, node_kinds: Collection[str]) -> dict[str, Any]:
    """Return what recording would do, as one JSON object."""
    changes = changes_of(done, node_kinds=node_kinds)
    counts = Counter(_kind(each) for each in changes)
    return {
        "facts": 0,
        "indicators": len(done.values),
        "nodes": len(done.org.code),
        "restated": counts["restated"],
        "same_value": counts["same value"],
        "new": counts["new"],
        "locked": sum(bool(each.locked_by) for each in changes),
        "changes": [_document(each) for each in changes if each.old is not None],
    }


def preview_words(answer: Mapping[str, Any]) -> list[str]:
    """Return the lines that a person reads."""
    rows = answer["changes"]
    counts = (answer["restated"], answer["new"], answer["same_value"])
    words = (
        "{:,} facts would be restated, {:,} would be new; {:,} keep their value on other evidence"
    )
    lines = [
        f"{answer['indicators']} indicators for {answer['nodes']} nodes; nothing recorded",
        words.format(*counts),
    ]
    if answer["locked"]:
        lines.append(f"{answer['locked']:,} of them lie in a closed period and would be refused")
    lines += [
        f"  {row['indicator']}  {row['node']}  {row['period']}  {_number(row['old'])} → "
        f"{_number(row['new'])} {row['unit']}  {_percent(row['percent'])}"
        + (f"  closed by {row['locked_by']}" if row["locked_by"] else "")
        for row in rows[:MOST_SHOWN]
    ]
    if len(rows) > MOST_SHOWN:
        lines.append(f"  … and {len(rows) - MOST_SHOWN:,} more; --json lists all")
    return lines


def _document(change: Change) -> dict[str, Any]:
    new, old = change.new, change.old
    return {
        "indicator": new.indicator,
        "node": new.node,
        "period": str(new.period),
        "unit": new.unit,
        "old": None if old is None else old.value,
        "new": new.value,
        "percent": None if change.percent is None else round(change.percent, 4),
        "fact": old.pk if old else None,
        "factors_changed": change.n_factors_changed,
        "locked_by": change.locked_by,
    }


def _kind(change: Change) -> str:
    if change.old is None:
        return "new"
    return "restated" if change.is_value_changed else "same value"


def _number(value: Any) -> str:  # noqa: ANN401 - a decimal, or none
    return "no data" if value is None else f"{value.normalize():,f}"


def _percent(value: Any) -> str:  # noqa: ANN401 - a decimal, or none
    return "" if value is None else f"{value:+.2f} %"
