"""Hours cut into shorter slots, for plans that are finer than the reports behind them.

Axes: … × slot. What happened within an hour was not reported and cannot be known: the mean keeps
its hour, and a quantile stays as high as the hour's on its own and rises early towards a higher
neighbour. Peaks shorter than the hour are above both; finer reports are the remedy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.engines.radio.forecast import Forecast
    from commonweal.engines.radio.sectors import Floats


def finer(forecast: Forecast, n_parts: int) -> Forecast:
    """Return a forecast of which each slot is cut into equal parts.

    Raises:
        InputError: ``n_parts`` is not above 0.
    """
    if n_parts < 1:
        raise InputError(f"a slot cannot be cut into {n_parts} parts")
    if n_parts == 1:
        return forecast
    return replace(
        forecast,
        mean=keeping(forecast.mean, n_parts),
        quantile=enveloping(forecast.quantile, n_parts),
    )


def keeping(values: Floats, n_parts: int) -> Floats:
    """Return parts that follow the slots beside and keep the mean of each slot.

    >>> keeping(np.array([3.0, 5.0, 5.0], np.float32), 2).reshape(3, 2).mean(axis=1).tolist()
    [3.0, 5.0, 5.0]
    """
    lines = _lines(values, n_parts)
    mean = lines.mean(axis=-1)
    lines *= np.divide(values, mean, out=np.ones_like(mean), where=mean != 0)[..., None]
    return lines.reshape(*values.shape[:-1], -1)


def enveloping(values: Floats, n_parts: int) -> Floats:
    """Return parts that follow the slots beside and are nowhere below their own slot.

    >>> enveloping(np.array([2.0, 4.0, 4.0], np.float32), 2).tolist()
    [2.0, 2.5, 4.0, 4.0, 4.0, 4.0]
    """
    lines = _lines(values, n_parts)
    np.maximum(lines, values[..., None], out=lines)
    return lines.reshape(*values.shape[:-1], -1)


def _lines(values: Floats, n_parts: int) -> Floats:
    """Join the middles of slots by straight lines, flat at both ends. Shape (…, slot, part)."""
    found = np.empty((*values.shape, n_parts), np.float32)
    step = np.diff(values, axis=-1)
    for part in range(n_parts):
        beyond = np.float32((part + 0.5) / n_parts - 0.5)  # of the middle, in slots
        lines = found[..., part]
        lines[...] = values
        if beyond > 0:
            lines[..., :-1] += beyond * step
        else:
            lines[..., 1:] += beyond * step
    return found
