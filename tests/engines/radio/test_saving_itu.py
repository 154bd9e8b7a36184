"""Savings planted in hours that real stations reported (ITU, 2023), and in none of them."""

import csv
from datetime import datetime

import numpy as np
import pytest

from tests.engines.radio.test_saving import trial

pytestmark = pytest.mark.shared
N_DAYS, SPLIT = 7, 5  # the eighth day has hardly an hour


@pytest.fixture(scope="module")
def hours():
    """A function that reads energy and load × bandwidth: station × hour without saving modes."""
    kept = {}

    def read(folder):
        if not kept:
            kept["it"] = _read(folder / "ran")
        return kept["it"]

    return read


def _read(folder):
    def rows(name):
        with (folder / name).open(newline="") as file:
            yield from csv.DictReader(file)

    def hour(row):
        at = datetime.strptime(row["Time"], "%m/%d/%Y %H:%M")  # noqa: DTZ007 - local, as written
        return (at.day - 1) * 24 + at.hour

    width = {(r["BS"], r["CellName"]): float(r["Bandwidth"]) for r in rows("itu5g_BSinfo.csv")}
    energies = list(rows("itu5g_ECdata.csv"))
    place = {name: at for at, name in enumerate(sorted({row["BS"] for row in energies}))}
    energy = np.full((len(place), N_DAYS * 24), np.nan)
    for row in energies:
        if (at := hour(row)) < energy.shape[1]:
            energy[place[row["BS"]], at] = float(row["Energy"])
    traffic, saving = np.zeros((2, *energy.shape))
    for row in rows("itu5g_CLdata.csv"):
        if row["BS"] in place and (at := hour(row)) < energy.shape[1]:
            key = place[row["BS"]], at
            traffic[key] += float(row["load"]) * width[row["BS"], row["CellName"]]
            saving[key] += sum(float(row[f"ESMode{mode}"]) for mode in (1, 2, 3))
    energy[saving > 0] = np.nan
    told = np.isfinite(energy)
    enough = (told[:, : SPLIT * 24].sum(1) >= 24) & (told[:, SPLIT * 24 :].sum(1) >= 12)
    return energy[enough], traffic[enough]


def repeats(hours, planted, *, n=200):
    """Twenty draws of stations and of hold-outs."""
    energy, traffic = hours
    rng = np.random.default_rng(1)
    day = np.repeat(np.arange(N_DAYS), 24)
    for seed in range(20):
        some = rng.choice(len(energy), n, replace=False)
        yield trial(energy[some], traffic[some], day, SPLIT, planted=planted, seed=str(seed))


def test_five_per_cent_of_200_real_stations_lie_within_the_interval(hours, shared_data):
    found = list(repeats(hours(shared_data), 0.05))
    inside = [saving.low_kwh <= truth <= saving.high_kwh for truth, saving in found]
    assert sum(inside) >= 18
    assert all(saving.is_significant for _, saving in found)


def test_no_saving_is_found_at_200_real_stations_that_saved_nothing(hours, shared_data):
    found = [saving for _, saving in repeats(hours(shared_data), 0.0)]
    assert sum(not saving.is_significant for saving in found) >= 19
