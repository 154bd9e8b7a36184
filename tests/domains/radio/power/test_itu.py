"""Files in the ITU's layout: bad rows are told, every question gets an answer or a reason."""

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from commonweal.cli.radio.fit import app
from commonweal.domains.radio.network.power.answering import (
    answered,
    errors,
    made_ready,
)
from commonweal.domains.radio.network.power.itu import stations_read
from commonweal.errors import InputError

HOURS = 60


def text(hour):
    return f"1/{1 + hour // 24}/2023 {hour % 24}:00"


def load_of(station, hour):
    return round(0.3 + 0.25 * np.sin(hour / 4 + station), 4)


def energy_of(station, hour):
    """The meter names an hour by its beginning, the counters by its end."""
    return round(20 + 2 * station + 30 * load_of(station, hour + 1), 3)


@pytest.fixture
def files(tmp_path):
    """Eight stations of two products; B_7 was never metered."""
    inventory = [
        ["BS", "CellName", "RUType", "Mode", "Frequency", "Bandwidth", "Antennas", "TXpower"]
    ]
    loads = [["Time", "BS", "CellName", "load", "ESMode1"]]
    meters = [["Time", "BS", "Energy"]]
    for station in range(8):
        kind = f"Type{station % 2 + 1}"
        inventory.append([f"B_{station}", "Cell0", kind, "Mode1", 365.0, 20, 4, 6.9])
        for hour in range(1, HOURS):
            loads.append([text(hour), f"B_{station}", "Cell0", load_of(station, hour), 0])
            if station < 7 and hour % 5:
                meters.append([text(hour), f"B_{station}", energy_of(station, hour)])
    questions = [["Time", "BS", "Energy", "w"]]
    questions += [[text(hour), "B_1", "", 1] for hour in range(5, HOURS, 5)]
    questions += [[text(6), "B_7", "", 5], [text(6), "B_9", "", 5], ["soon", "B_1", "", 1]]
    questions += [[text(6), "B_7", "", 5]]
    for name, rows in zip(
        ("inventory", "load", "energy", "test"), (inventory, loads, meters, questions), strict=True
    ):
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return tmp_path


def paths(folder):
    return [folder / f"{name}.csv" for name in ("inventory", "load", "energy", "test")]


def run(folder, *more):
    names = ("inventory", "load", "energy")
    asked = [part for name in names for part in (f"--{name}", str(folder / f"{name}.csv"))]
    return CliRunner().invoke(app, ["fit", *asked, *more])


def answer(folder):
    out = folder / "out.csv"
    done = run(folder, "--test", str(folder / "test.csv"), "--out", str(out), "--json")
    assert done.exit_code == 0, done.output
    with out.open(newline="") as file:
        return json.loads(done.stdout), list(csv.DictReader(file))


def test_every_question_is_answered_in_its_place_or_says_why_not(files):
    told, rows = answer(files)
    asked = list(csv.DictReader((files / "test.csv").read_text().splitlines()))
    assert [(row["Time"], row["BS"], row["w"]) for row in rows] == [
        (row["Time"], row["BS"], row["w"]) for row in asked
    ]
    hours = range(5, HOURS, 5)
    for row, hour in zip(rows[: len(hours) - 1], hours, strict=False):
        assert float(row["Energy"]) == pytest.approx(energy_of(1, hour), rel=0.02)
        assert row["model"] == "station"
    new, unknown, bad, again = rows[-4:]
    assert float(new["Energy"]) == pytest.approx(energy_of(7, 6), rel=0.5)
    assert new["model"].startswith("configuration")
    assert again["Energy"] == new["Energy"]
    assert (unknown["Energy"], bad["Energy"]) == ("", "")
    assert unknown["reason"] == "no load of this station was reported; not in the inventory"
    assert bad["reason"] == "the row cannot be read"
    assert told["offset_h"] == 1
    assert told["left_empty"] == 2
    assert told["not_in_inventory"] == {"n": 1, "first": ["B_9"]}


def test_bad_rows_are_told_with_their_lines_and_do_no_harm(files):
    with (files / "energy.csv").open("a") as file:
        file.write("13/1/2023 1:00,B_0,20\n1/1/2023 1:30,B_0,20\n1/1/2023 7:00,B_0,\n")
        file.write("1/1/2023 1:00,B_0,99\n")
    with (files / "load.csv").open("a") as file:
        file.write("1/1/2023 1:00,B_8,Cell0,1.5,0\n1/1/2023 1:00,B_8,Cell0,-1,0\n")
    told, rows = answer(files)
    said = {each["reason"]: each["n_rows"] for each in told["left_out"]}
    assert said == {
        "energy.csv: Time is no full hour as 1/31/2023 13:00": 1,
        "energy.csv: Time is no hour of the calendar": 1,
        "energy.csv: Energy is no number from 0 on": 1,
        "energy.csv: the same hour again": 1,
        "load.csv: load is above 1": 1,
        "load.csv: load is no number from 0 on": 1,
        "test.csv: Time is no full hour as 1/31/2023 13:00": 1,
    }
    assert float(rows[0]["Energy"]) == pytest.approx(energy_of(1, 5), rel=0.02)


def test_energies_in_the_test_file_are_scored_and_never_used(files):
    _, blank = answer(files)
    written = (files / "test.csv").read_text().splitlines()
    hours = list(range(5, HOURS, 5))
    for line, hour in enumerate(hours, start=1):
        written[line] = f"{text(hour)},B_1,{energy_of(1, hour)},1"
    (files / "test.csv").write_text("\n".join(written) + "\n")
    told, rows = answer(files)
    assert [row["Energy"] for row in rows] == [row["Energy"] for row in blank]
    assert told["score"]["n_rows"] == len(hours)
    assert told["score"]["mape_share"] < 0.02


def test_without_a_test_file_errors_are_told_by_split(files):
    done = run(files, "--physics-only", "--json")
    assert done.exit_code == 0, done.output
    found = {(each["split"], each["model"]): each for each in json.loads(done.stdout)["errors"]}
    assert ("random rows", "physics") in found
    assert ("random rows", "physics, interpolating") in found
    assert (
        found["new station", "physics"]["mape_share"]
        > found["random rows", "physics"]["mape_share"]
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("load", "Time,BS,CellName\n", "load.csv lacks the column load"),
        ("energy", "Time,BS,Energy\n1/1/2023 1:30,B_0,1\n", "energy.csv has no row"),
        ("energy", "Time,BS,Energy\n1/1/2021 1:00,B_0,1\n", "the files span"),
        ("inventory", "", "cannot be read"),
    ],
)
def test_a_file_that_says_nothing_is_refused(files, name, content, message):
    (files / f"{name}.csv").write_text(content)
    with pytest.raises(InputError, match=message):
        stations_read(*paths(files)[:3])


def test_a_station_without_any_load_gets_the_median_of_its_meter(files):
    kept = [line for line in (files / "load.csv").read_text().splitlines() if ",B_1," not in line]
    (files / "load.csv").write_text("\n".join(kept) + "\n")
    _, rows = answer(files)
    assert rows[0]["reason"] == "no load of this station was reported: median of its meter"
    assert 15 < float(rows[0]["Energy"]) < 45


def test_a_file_that_asks_nothing_is_answered_with_nothing(files):
    (files / "test.csv").write_text("Time,BS\n")
    told, rows = answer(files)
    assert (told["answered"], told["left_empty"], rows) == (0, 0, [])


def test_questions_of_which_none_can_be_read_are_refused(files):
    (files / "test.csv").write_text("Time,BS,Energy,w\n2023-01-01 05:00:00,B_1,,1\n")
    with pytest.raises(InputError, match=r"test\.csv has no row that can be read"):
        stations_read(*paths(files))


def test_counters_that_know_no_sleep_mode_are_enough(files):
    lines = (files / "load.csv").read_text().splitlines()
    (files / "load.csv").write_text("\n".join(line.rsplit(",", 1)[0] for line in lines) + "\n")
    told, rows = answer(files)
    assert told["modes"] == []
    assert float(rows[0]["Energy"]) == pytest.approx(energy_of(1, 5), rel=0.02)


def test_errors_of_nothing_are_no_data():
    none = np.empty(0)
    assert errors(none, none, none) == {"mape_share": None, "wmape_share": None, "n_rows": 0}


@pytest.mark.shared
def test_on_the_real_files_holes_and_metered_stations_are_answered_within_three_percent(
    shared_data,
):
    names = ("BSinfo", "CLdata", "ECdata")
    stations, _ = stations_read(*(shared_data / "ran" / f"itu5g_{name}.csv" for name in names))
    ready = made_ready(stations)
    assert ready.offset.hours == 1
    assert ready.offset.agreed_share > 0.95
    energy = ready.panel.energy
    held = ~np.isnan(energy) & (np.random.default_rng(0).random(energy.shape) < 0.2)
    known = type(ready)(
        ready.panel.metered(np.where(held, np.nan, energy)),
        *(ready.how, ready.offset, ready.attributes, ready.quantum),
    )
    for interpolating in (False, True):
        said = answered(known, interpolating=interpolating, with_boosted=False).energy
        found = errors(energy[held], said[held], np.ones(int(held.sum())))
        assert found["n_rows"] > 10_000
        assert found["mape_share"] < 0.03


@pytest.mark.shared
def test_on_the_real_files_new_stations_and_then_twelve_hours(shared_data):
    names = ("BSinfo", "CLdata", "ECdata")
    stations, _ = stations_read(*(shared_data / "ran" / f"itu5g_{name}.csv" for name in names))
    ready = made_ready(stations)
    energy = ready.panel.energy
    labelled = ~np.isnan(energy)
    rng = np.random.default_rng(0)
    new = (rng.permutation(len(energy)) % 5 == 0)[:, None] & labelled
    rank = np.argsort(np.argsort(np.where(labelled, rng.random(energy.shape), 2.0), axis=1), axis=1)
    wrong = {}
    for n_hours in (0, 12):
        held = new & (rank >= n_hours)
        known = type(ready)(
            ready.panel.metered(np.where(held, np.nan, energy)),
            *(ready.how, ready.offset, ready.attributes, ready.quantum),
        )
        said = answered(known, interpolating=False, with_boosted=False).energy
        wrong[n_hours] = errors(energy[held], said[held], np.ones(int(held.sum())))["mape_share"]
    assert wrong[0] < 0.11
    assert wrong[12] < 0.04
