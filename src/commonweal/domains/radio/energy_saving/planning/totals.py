"""What a plan comes to in all: sums of provinces, shares of sums."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def totals_of(
    summaries: Sequence[Mapping[str, Any]], *, unserved_w_per_mbit_s: float
) -> dict[str, Any]:
    """Return the totals of a plan.

    Args:
        summaries: Of its provinces.
        unserved_w_per_mbit_s: Price of demand that nothing carries. What nothing could carry
            anyway is in the objective of every plan: the gap is told as a share of the rest.

    Returns:
        ``n_sites n_sectors kept_awake findings``; ``expected_kwh``, the saving at the mean of the
        forecast at the meters of elements, with ``expected_at_quantile_kwh`` if all that was
        planned for comes and ``expected_at_grid_kwh`` before rectifiers and cooling; shares of
        sums, None where there is nothing to divide by; ``n_helped``, sector-days on which a
        neighbour carries for a sector without coverage, and ``helped_kwh``, their part of the
        saving; ``safety``, a row for each quantile.
    """
    sums: Counter[str] = Counter()
    for each in summaries:
        sums.update(each["sums"])
    anyway_wh = sums["unserved_anyway_mbit"] * unserved_w_per_mbit_s / 3600
    return {
        "n_sites": sum(each["n_sites"] for each in summaries),
        "n_sectors": sum(each["n_sectors"] for each in summaries),
        "kept_awake": _counted(summaries, "kept_awake"),
        "findings": _counted(summaries, "findings"),
        "expected_kwh": sums["expected_wh"] / 1000,
        "expected_at_quantile_kwh": sums["expected_at_quantile_wh"] / 1000,
        "expected_at_grid_kwh": sum(each["grid_wh"] for each in summaries) / 1000,
        "all_on_kwh": sums["all_on_wh"] / 1000,
        "saving_share": _share(sums["expected_wh"], sums["all_on_wh"]),
        "gap_share": _share(sums["cost_wh"] - sums["bound_wh"], sums["cost_wh"] - anyway_wh),
        "unserved_share": _share(sums["unserved_mbit"], sums["demand_mbit"]),
        "unserved_anyway_share": _share(sums["unserved_anyway_mbit"], sums["demand_mbit"]),
        "changes": int(sums["changes"]),
        "n_helped": sum(each["n_helped"] for each in summaries),
        "helped_kwh": sum(each["helped_wh"] for each in summaries) / 1000,
        "safety": _safety([(each["n_sectors"], each["safety"]) for each in summaries]),
    }


def _counted(summaries: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for each in summaries:
        found.update(each[name])
    return dict(found.most_common())


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _safety(samples: Sequence[tuple[int, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Weigh each province's sample by the sectors that it stands for."""
    weighed = [(n / each["n"], each) for n, each in samples if each["n"]]
    asked = sum(weight * each["demand_mbit"] for weight, each in weighed)
    rows = []
    for at, quantile in enumerate(weighed[0][1]["quantiles"] if weighed else ()):
        expected, all_on, unserved = (
            sum(weight * each[name][at] for weight, each in weighed)
            for name in ("expected_wh", "all_on_wh", "unserved_mbit")
        )
        row = {"quantile": quantile, "saving_share": _share(expected, all_on)}
        rows.append(row | {"unserved_share_at_q99": _share(unserved, asked)})
    return rows
