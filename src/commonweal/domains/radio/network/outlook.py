"""Forecasts for whoever asks, of a site, a node or the nation; and how forecasts have fared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.radio.network.ahead import demand_forecast, learned, sample_of, typical
from commonweal.domains.radio.network.calendar import day_kinds, events_read
from commonweal.domains.radio.network.grid import CLASSES
from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.places import provinces
from commonweal.domains.radio.network.traffic import history
from commonweal.engines.radio.forecast_scoring import backtest, score
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from commonweal.domains.radio.network.ahead import Ahead
    from commonweal.domains.radio.network.grid import Grid
    from commonweal.domains.radio.network.inventory import Network
    from commonweal.engines.radio.forecast_scoring import Score

N_DAYS: Final = 28
_BLOCK: Final = 8192
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked about.

    Attributes:
        day: The day ahead; reports from it on do not count.
        node: Code of an organisation node; empty is everything.
        site: Code of a site; empty is all of them.
        n_days: How many days before it count.
        slots_a_day: 24 or 96.
        as_of: What was known then; None is now.
        today: The business day of the question, which is not over.
    """

    day: date
    today: date
    node: str = ""
    site: str = ""
    n_days: int = N_DAYS
    slots_a_day: int = 24
    as_of: datetime | None = None

    @property
    def until_date(self) -> date:
        """The first day whose reports do not count."""
        return min(self.day, self.today)


def outlooks(asking: Asking, *, quantile: float) -> Iterator[tuple[Grid, Ahead]]:
    """Yield blocks of sectors with what they are expected to be asked.

    Raises:
        InputError: No such node or site, or no cell there.
    """
    events, n_found = events_read(), 0
    for whole in _provinces(asking):
        calibration = learned(
            whole,
            until_date=asking.until_date,
            n_days=asking.n_days,
            as_of=asking.as_of,
            quantiles=(quantile,),
        )
        asked = _of_site(whole, asking.site)
        for first in range(0, asked.n_sectors, _BLOCK):
            block = asked[first : first + _BLOCK]
            past = history(
                block, until_date=asking.until_date, n_days=asking.n_days, as_of=asking.as_of
            )
            n_found += block.n_sectors
            yield (
                block,
                demand_forecast(
                    block,
                    asking.day,
                    past=past,
                    calibration=calibration,
                    quantiles=(quantile,),
                    events=events,
                    slots_a_day=asking.slots_a_day,
                    n_threads=2,
                ),
            )
    _refuse_nothing(asking, n_found)


def fared(asking: Asking, *, n_tested: int) -> dict[str, Score]:
    """Return how forecasts of the last days fared, by class of sectors and for all.

    Each day is forecast from the ``n_days`` before it alone, over a sample of every province.

    Raises:
        InputError: No such node or site, no cell there, or too little was reported.
    """
    tested, classes = [], []
    for whole in _provinces(asking):
        asked = _of_site(whole, asking.site)
        if not asked.n_sectors:
            continue
        some = asked.take(sample_of(asked))
        past = history(
            some,
            until_date=asking.until_date,
            n_days=asking.n_days + n_tested,
            as_of=asking.as_of,
        )
        tested.append(typical(some, past, events_read()))
        classes.append(some.sector_class)
    _refuse_nothing(asking, len(tested))
    of = np.concatenate(classes)
    first = asking.until_date - timedelta(asking.n_days + n_tested)
    found = backtest(
        np.concatenate(tested),
        day_kinds(first, asking.n_days + n_tested),
        n_tested=n_tested,
        n_days=asking.n_days,
        classes=of,
        n_classes=len(CLASSES),
    )
    scores = {ALL: score(found)}
    for n, name in enumerate(CLASSES):
        part = found.of(of == n)
        if np.isfinite(part.mean * part.actual).any() and np.nansum(part.actual):
            scores[name] = score(part)
    return scores


def _provinces(asking: Asking) -> Iterator[Network]:
    for part in provinces(asking.until_date, as_of=asking.as_of, node=asking.node):
        whole = network(at_date=asking.until_date, as_of=asking.as_of, node_ids=part.node_ids)
        if whole.n_sectors and (not asking.site or asking.site in whole.site_code):
            yield whole


def _of_site(whole: Network, site: str) -> Network:
    if not site:
        return whole
    return whole.take(np.flatnonzero(whole.site_code == site))


def _refuse_nothing(asking: Asking, n_found: int) -> None:
    if not n_found:
        where = asking.site or asking.node or "the operator's sites"
        raise InputError(
            f"no cell stands at {where} on {asking.until_date}",
            hint="bring cells in with `commonweal ingest radio_cells FILE`",
        )
