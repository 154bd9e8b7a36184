"""Energy of stations beside LightGBM and a linear regression for each product, split by split.

Instance: the ITU's power modelling files, or others in their layout (``--folder``). Every contender
sees the same hours and answers the same ones that were held back. The peers get the hours as the
files name them and, once more, with clocks matched by ours, so that both parts of the gain show.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "ran"
FOLDS = 5
METERED_H = 12
_WITHOUT = {  # the same answers as without the word behind the comma
    "ours, interpolating": ("new", "metered", "product"),
    "ours, and trees for new stations": ("random", "last", "metered"),
}
HELD_SHARE, LAST_H, LEAST_ROWS = 0.2, 48, 200


def main() -> None:
    """Run every contender on every split and print errors and seconds of the processor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="with itu5g_*.csv")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--splits", default="random,last,new,metered,product")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not (options.folder / "itu5g_ECdata.csv").exists():
        sys.exit(f"there is no itu5g_ECdata.csv in {options.folder}: name the folder by --folder")
    rows = list(_results(options.folder, options.seed, options.splits.split(",")))
    told = {"benchmark": "radio_power", "results": rows}
    print(json.dumps(told, indent=2) if options.json else _table(rows))


def _results(folder: Path, seed: int, splits: list[str]) -> Iterator[dict[str, Any]]:
    from commonweal.domains.radio.network.power.answering import errors, made_ready
    from commonweal.domains.radio.network.power.itu import stations_read
    from commonweal.engines.radio.fitting import fit
    from commonweal.engines.radio.panel import gaps_filled

    names = ("BSinfo", "CLdata", "ECdata")
    stations, _ = stations_read(*(folder / f"itu5g_{name}.csv" for name in names))
    ready = made_ready(stations)
    fit(ready.panel)  # compiled once, for everybody
    plain, _ = gaps_filled(stations.panel)
    known = ~np.isnan(ready.panel.energy)
    for split, helds in _splits(ready.panel, known, seed).items():
        if split not in splits:
            continue
        for name, answer in _contenders(ready).items():
            if split in _WITHOUT.get(name, ()):
                continue
            # A peer on the files as they are answers the same hours under the meters' names.
            panel, moved = (
                (plain, -ready.offset.hours) if "as they are" in name else (ready.panel, 0)
            )
            truth, said, spent = [], [], 0.0
            for held in helds:
                hidden = np.roll(held, moved, axis=1)
                began = time.process_time()
                found = answer(panel.metered(np.where(hidden, np.nan, panel.energy)), hidden)
                spent += time.process_time() - began
                truth.append(panel.energy[hidden])
                said.append(found[hidden])
            each = errors(*map(np.concatenate, (truth, said)), np.ones(sum(map(len, truth))))
            yield {"split": split, "contender": name, "cpu_s": round(spent, 2)} | each


def _splits(panel: Any, known: np.ndarray, seed: int) -> dict[str, list[np.ndarray]]:  # noqa: ANN401
    rng = np.random.default_rng(seed)
    draw = rng.random(known.shape)
    fold = rng.permutation(len(known)) % FOLDS
    rank = np.argsort(np.argsort(np.where(known, draw, 2.0), axis=1), axis=1)
    new = [known & (fold == each)[:, None] for each in range(FOLDS)]
    last = np.flatnonzero(known.any(axis=0))[-1]
    products = [known & (panel.product == each)[:, None] for each in np.unique(panel.product)]
    return {
        "random": [known & (draw < HELD_SHARE)],
        "last": [known & (np.arange(known.shape[1]) > last - LAST_H)],
        "new": new,
        "metered": [held & (rank >= METERED_H) for held in new],
        "product": [held for held in products if held.sum() >= LEAST_ROWS],
    }


def _contenders(ready: Any) -> dict[str, Callable[..., np.ndarray]]:  # noqa: ANN401
    from commonweal.domains.radio.network.power.answering import Ready, answered
    from commonweal.engines.radio.boosted import boosted

    def ours(panel: Any, _: np.ndarray, **ways: bool) -> np.ndarray:  # noqa: ANN401
        known = Ready(panel, ready.how, ready.offset, ready.attributes, ready.quantum)
        return answered(known, **({"interpolating": False, "with_boosted": False} | ways)).energy

    def trees(panel: Any, held: np.ndarray) -> np.ndarray:  # noqa: ANN401
        of = held.any(axis=1)
        number = np.arange(len(of), dtype=float)  # of the station: it may learn each by heart
        out = np.full(held.shape, np.nan)
        out[of] = boosted(panel, np.column_stack([ready.attributes, number]), of=of)
        return out

    return {
        "linear by product, as they are": _linear,
        "linear by product, clocks matched": _linear,
        "LightGBM, as they are": trees,
        "LightGBM, clocks matched": trees,
        "ours": ours,
        "ours, interpolating": lambda panel, held: ours(panel, held, interpolating=True),
        "ours, and trees for new stations": lambda panel, held: ours(
            panel, held, with_boosted=True
        ),
    }


def _linear(panel: Any, held: np.ndarray) -> np.ndarray:  # noqa: ANN401
    """Least squares of load and modes for each product; all of them for one never metered."""
    n, _, t = panel.load.shape
    share = np.nan_to_num(panel.share).transpose(0, 2, 1)
    load = np.nan_to_num(panel.mean_load)
    rows = np.concatenate([np.ones((n, t, 1)), load[..., None], share], axis=2)
    known = ~np.isnan(panel.energy)
    out = np.full(held.shape, np.nan)
    for each in np.unique(panel.product[held.any(axis=1)]):
        alike = (panel.product == each)[:, None] & known
        learnt = alike if alike.any() else known
        weights, *_ = np.linalg.lstsq(rows[learnt], panel.energy[learnt], rcond=None)
        of = panel.product == each
        out[of] = rows[of] @ weights
    return out


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'split':<9} {'contender':<36} {'MAPE':>7} {'WMAPE':>7} {'rows':>8} {'CPU s':>7}"]
    lines += [
        f"{row['split']:<9} {row['contender']:<36} {row['mape_share']:7.2%}"
        f" {row['wmape_share']:7.2%} {row['n_rows']:8,} {row['cpu_s']:7.2f}"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
