"""Least absolute errors with a ridge, for millions of small regressions at once.

Iteratively re-weighted least squares: an hour that is missed by much pulls no harder than one that
is missed by little. Some coefficients may not be negative; one that would be is held at 0.

Source: P. W. Holland, R. E. Welsch, "Robust regression using iteratively reweighted least-squares",
Comm. Stat. A6 (1977), doi:10.1080/03610927708827533.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numba import prange

from commonweal.engines.compiling import kept

if TYPE_CHECKING:
    from commonweal.engines.radio.sectors import Doubles

_N_ROUNDS: Final = 12
_HELD: Final = 1e9


@partial(kept, parallel=True)
def least_absolute(  # noqa: C901, PLR0917 - loops that are compiled
    rows: Doubles, values: Doubles, prior: Doubles, ridge: Doubles, floor: Doubles, n_load: int
) -> Doubles:
    """Return the coefficients of each regression: least Σ|miss| + Σ ridge·(coefficient - prior)²/2.

    Args:
        rows: Terms. Shape (regression, observation, term).
        values: NaN leaves an observation out. Shape (regression, observation).
        prior: Where the ridge draws to. Shape (regression, term).
        ridge: Its strength. Shape (term,).
        floor: Misses below it count as it. Shape (regression,).
        n_load: Terms 1 to ``n_load`` - 1 are never negative.
    """
    n, t, n_terms = rows.shape
    out = prior.copy()
    for s in prange(n):
        found = prior[s].copy()
        barred = np.zeros(n_terms, np.bool_)
        for _ in range(_N_ROUNDS):
            normal = np.zeros((n_terms, n_terms))
            right = np.zeros(n_terms)
            for i in range(n_terms):
                normal[i, i] = _HELD if barred[i] else ridge[i]
                right[i] = 0.0 if barred[i] else ridge[i] * prior[s, i]
            for h in range(t):
                if np.isnan(values[s, h]):
                    continue
                miss = values[s, h]
                for i in range(n_terms):
                    miss -= rows[s, h, i] * found[i]
                weight = 1.0 / max(abs(miss), floor[s])
                for i in range(n_terms):
                    x = weight * rows[s, h, i]
                    if x != 0.0:
                        right[i] += x * values[s, h]
                        for j in range(i + 1):
                            normal[i, j] += x * rows[s, h, j]
            _solve(normal, right)
            found[:] = right
            for i in range(1, n_load):
                if found[i] < 0.0:
                    barred[i] = True
                    found[i] = 0.0
        out[s] = found
    return out


@kept
def _solve(normal: Doubles, right: Doubles) -> None:
    """Solve in place by Cholesky; ``normal`` is its lower half, ``right`` becomes the answer."""
    n = right.size
    for i in range(n):
        for j in range(i + 1):
            total = normal[i, j]
            for k in range(j):
                total -= normal[i, k] * normal[j, k]
            normal[i, j] = np.sqrt(max(total, 1e-12)) if i == j else total / normal[j, j]
    for i in range(n):
        for k in range(i):
            right[i] -= normal[i, k] * right[k]
        right[i] /= normal[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            right[i] -= normal[k, i] * right[k]
        right[i] /= normal[i, i]
