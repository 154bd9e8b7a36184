"""How forecasts fared: counted by hand on little, and on real traffic."""

import csv
from datetime import datetime

import numpy as np
import pytest

from commonweal.engines.radio.forecast_calibration import QUANTILES
from commonweal.engines.radio.forecast_scoring import Backtest, backtest, score
from commonweal.errors import InputError

HOURS = 24


def test_a_score_is_what_one_counts_by_hand():
    actual = np.array([[[1.0, 2.0, 3.0, np.nan]]], np.float32)
    mean = np.array([[[2.0, 2.0, 2.0, 9.0]]], np.float32)
    quantile = np.stack([mean, mean + 1])
    found = score(Backtest((0.5, 0.9), mean, quantile, actual))
    assert found.n_judged == 3
    assert found.error_share == pytest.approx(2 / 6)
    assert found.bias_share == pytest.approx(0)
    assert found.coverage_share == pytest.approx((2 / 3, 1.0))
    assert found.pinball_share == pytest.approx((1.0 / 6, 0.1 * (2 + 1 + 0) / 6))


def test_sectors_without_a_forecast_are_not_judged_and_nothing_to_judge_is_refused():
    actual = np.ones((2, 1, 24), np.float32)
    mean = actual.copy()
    mean[0] = np.nan
    tested = Backtest((0.9,), mean, mean[None], actual)
    assert score(tested).n_judged == 24
    with pytest.raises(InputError, match="no slot with traffic"):
        score(tested.of(np.array([True, False])))


def test_more_days_than_there_are_cannot_be_tested():
    with pytest.raises(InputError, match="30 days cannot test 5 forecasts from 28 days"):
        backtest(np.ones((1, 30, 24), np.float32), np.zeros(30, np.int64), n_tested=5)


def beams(folder):
    """Hourly traffic of 5G beams, whole days; nothing is known of the weekday of the first."""
    with (folder / "ran" / "beams5g_hourly.csv").open() as file:
        rows = np.array([row[1:] for row in list(csv.reader(file))[1:]], np.float32)
    rows = rows[2:]  # the first hours are empty
    n_days = len(rows) // HOURS
    return rows[: n_days * HOURS].T.reshape(-1, n_days, HOURS)


def sums(single, n_sums=100):
    rng = np.random.default_rng(0)
    drawn = [rng.choice(len(single), 10, replace=False) for _ in range(n_sums)]
    return np.stack([single[each].sum(axis=0) for each in drawn])


def lte(folder, n_days=56):
    found = {}
    with (folder / "ran" / "lte_3cells_hourly_1y.csv").open() as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["t"])
            day = (at - datetime(2017, 10, 23)).days  # noqa: DTZ001 - the file has no zone
            found[row["cell"], day, at.hour] = float(row["Traffic"])
    cells = sorted({cell for cell, _, _ in found})
    whole = np.full((len(cells), 364, HOURS), np.nan, np.float32)
    for (cell, day, hour), value in found.items():
        if day < whole.shape[1]:
            whole[cells.index(cell), day, hour] = value
    return whole[:, -n_days:]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("make", "n_tested", "most_error"),
    [
        (beams, 10, 0.44),
        (lambda folder: sums(beams(folder)), 10, 0.21),
        (lte, 28, 0.40),
    ],
    ids=["beams", "sums of ten", "lte"],
)
def test_real_traffic_stays_below_quantiles_as_often_as_they_say(
    make, n_tested, most_error, shared_data
):
    history = make(shared_data)
    tested = backtest(history, np.arange(history.shape[1]) % 7, n_tested=n_tested)
    found = score(tested)
    assert found.n_judged > 0.98 * tested.actual.size
    assert found.error_share < most_error
    assert found.coverage_share[1:] == pytest.approx(QUANTILES[1:], abs=0.02)
    assert found.coverage_peak_share[1:] == pytest.approx(QUANTILES[1:], abs=0.03)
