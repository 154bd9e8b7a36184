import calendar
import hashlib
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.demo.files import files_write, manifest_read
from commonweal.demo.streams import MONTHS, Options
from commonweal.errors import StateError
from commonweal.periods import BUSINESS_ZONE
from tests.demo.conftest import SMALL

ROLLOVER = 100_000_000  # hundredths
# Of every CSV with measurements. When the generator changes on purpose, raise VERSION
# in commonweal.demo.streams and write the new digest here.
EXPECTED = "332b06beed9997d82620ce9d7960058e69cc363ac1e6b2587aabbf7b2d41b943"


def digest_of(folder, pattern):
    whole = hashlib.sha256()
    for path in sorted(each for each in folder.glob(pattern) if each.is_file()):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


def bills_of(table):
    return {f"{m:%Y-%m}": table(f"electricity_bills-{m:%Y-%m}.csv") for m in MONTHS}


def hundredths(text):
    return round(float(text) * 100)


def test_the_same_options_give_the_same_bytes(folder, tmp_path):
    files_write(SMALL, tmp_path)
    assert digest_of(tmp_path, "*") == digest_of(folder, "*")


def test_the_bytes_are_those_that_every_machine_gives(folder):
    assert digest_of(folder, "*-20*.csv") == EXPECTED


def test_another_seed_gives_another_operator(folder, tmp_path):
    files_write(Options(sites=60, hourly_meters=10, seed=2), tmp_path)
    name = "electricity_bills-2023-01.csv"
    assert (tmp_path / name).read_bytes() != (folder / name).read_bytes()


def test_complete_files_are_left_alone(folder):
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert files_write(SMALL, folder) == manifest_read(folder)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_folder_with_another_demo_is_refused(folder):
    with pytest.raises(StateError, match="holds a demo operator made with"):
        files_write(Options(sites=61, hourly_meters=10), folder)


def test_the_manifest_names_each_file_with_its_hash_in_order_of_arrival(folder):
    files = manifest_read(folder).files
    assert len(files) == 24 + 3 * 8 + 2
    for file in files:
        sha256 = hashlib.sha256((folder / file.name).read_bytes()).hexdigest()
        assert file.sha256 == sha256
    instants = [file.known_at for file in files]
    assert instants == sorted(set(instants))
    assert files[-1].name == "electricity_bills-2024-01-correction.csv"
    assert files[-1].known_at.isoformat() == "2025-03-20T01:00:00+00:00"


def test_every_kind_of_fault_is_planted_and_counted(planted):
    kinds = Counter(fault["kind"] for fault in planted["faults"])
    assert kinds == planted["counts"]
    assert set(kinds) == {
        "duplicate_row",
        "gap",
        "late_correction",
        "missing_bill",
        "naive_timestamp",
        "negative_value",
        "no_such_day",
        "rollover",
        "spike",
        "unit_slip",
        "unit_slip_no_register",
        "unknown_meter",
    }
    assert planted["rejected"] == sum(fault["rejected"] for fault in planted["faults"])


def test_each_listed_row_of_a_bill_is_wrong_as_listed(planted, table):
    checks = {
        "negative_value": lambda row, _: float(row["quantity_kwh"]) < 0,
        "no_such_day": lambda row, _: row["end_date"].endswith("-02-31"),
        "unknown_meter": lambda row, _: row["meter_id"].startswith("X-"),
        "duplicate_row": lambda row, rows: rows.count(row) == 2,
        "rollover": lambda row, _: float(row["register_end"]) < float(row["register_start"]),
        "unit_slip_no_register": lambda row, _: row["register_start"] == "",
    }
    seen = Counter()
    for fault in planted["faults"]:
        if fault["dataset"] == "electricity_bills" and fault["kind"] in checks:
            rows = table(fault["file"])
            row = rows[fault["row"] - 2]
            assert row["meter_id"] == fault["code"]
            assert checks[fault["kind"]](row, rows), fault
            seen[fault["kind"]] += 1
    assert set(seen) == set(checks)


def test_missing_bills_are_not_in_their_file(planted, table):
    missing = [fault for fault in planted["faults"] if fault["kind"] == "missing_bill"]
    assert missing
    for fault in missing:
        assert fault["code"] not in {row["meter_id"] for row in table(fault["file"])}


def test_every_other_bill_agrees_with_its_registers(planted, table):
    wrong = defaultdict(set)
    for fault in planted["faults"]:
        if fault["kind"] not in {"rollover", "duplicate_row", "late_correction"}:
            wrong[fault["month"]].add(fault["code"])
    multiplier = {row["code"]: int(row["multiplier"]) for row in table("meters.csv")}
    n_checked = 0
    for month, rows in bills_of(table).items():
        for row in rows:
            if row["meter_id"] in wrong[month]:
                continue
            rise = hundredths(row["register_end"]) - hundredths(row["register_start"])
            used = rise % ROLLOVER * multiplier[row["meter_id"]]
            assert hundredths(row["quantity_kwh"]) == used
            n_checked += 1
    assert n_checked > 24 * 60


def test_registers_telescope_to_the_true_total(planted, table, truth):
    bills = bills_of(table)
    first = {row["meter_id"]: row["register_start"] for row in bills["2023-01"]}
    last = {row["meter_id"]: row["register_end"] for row in bills["2024-12"]}
    rolled = Counter(
        fault["code"]
        for fault in planted["faults"]
        if fault["kind"] == "rollover" and fault["dataset"] == "electricity_bills"
    )
    used, incomplete = Counter(), set()
    for row in table("meters.csv"):
        code, place = row["code"], "CN-" + row["code"].split("-")[1]
        if not first.get(code) or not last.get(code):
            incomplete.add(place)
            continue
        rise = hundredths(last[code]) - hundredths(first[code]) + ROLLOVER * rolled[code]
        used[place] += rise * int(row["multiplier"])
    compared = set(used) - incomplete
    assert len(compared) >= 25
    true_use = truth["electricity_kwh_hundredths"]
    assert {place: used[place] for place in compared} == {
        place: sum(true_use[place]) for place in compared
    }


def test_the_correction_lowers_what_january_overstated(table):
    before = {row["meter_id"]: row for row in table("electricity_bills-2024-01.csv")}
    corrected = table("electricity_bills-2024-01-correction.csv")
    assert corrected
    for row in corrected:
        ratio = float(before[row["meter_id"]]["quantity_kwh"]) / float(row["quantity_kwh"])
        assert ratio == pytest.approx(1.15, abs=0.01)


def test_hourly_readings_pass_through_the_registers_of_the_bills(folder, table, planted):
    spoilt = {f["code"] for f in planted["faults"] if f["kind"] in {"gap", "spike"}}
    months = (("2023-Q1", "2023-02", "2023-01-31"), ("2024-Q4", "2024-12", "2024-11-30"))
    for quarter, month, day_before in months:
        rows = pq.read_table(folder / f"meter_readings-{quarter}.parquet").to_pylist()
        by_hour = {(row["meter_id"], row["read_at"].isoformat()): row["register"] for row in rows}
        n_compared = 0
        for bill in bills_of(table)[month]:
            key = bill["meter_id"], f"{day_before}T16:00:00+00:00"
            if key in by_hour and bill["meter_id"] not in spoilt and bill["register_start"]:
                assert by_hour[key] == float(bill["register_start"])
                n_compared += 1
        assert n_compared >= 5


def test_the_last_hourly_reading_ends_the_last_day(folder):
    rows = pq.read_table(folder / "meter_readings-2024-Q4.parquet")
    assert max(rows["read_at"].to_pylist()).isoformat() == "2024-12-31T16:00:00+00:00"


def test_fuels_and_traffic_add_up_to_the_truth(table, truth):
    fuel, traffic = Counter(), Counter()
    for quarter in (f"{year}-Q{q}" for year in (2023, 2024) for q in (1, 2, 3, 4)):
        for row in table(f"fuel_use-{quarter}.csv"):
            scale = 1000 if row["unit"] == "t" else 1
            fuel[row["carrier"]] += round(float(row["quantity"]) * scale * 100)
        for row in table(f"traffic-{quarter}.csv"):
            traffic[row["start_date"][:7]] += round(float(row["traffic_tb"]) * 1000)
    true_fuel = {name: sum(months) for name, months in truth["fuel_hundredths"].items()}
    assert fuel == {name: total for name, total in true_fuel.items() if total}
    assert dict(traffic) == dict(zip(truth["months"], truth["traffic_gb"], strict=True))


def test_electricity_for_each_terabyte_falls_by_some_fifteen_percent(truth):
    by_province = truth["electricity_kwh_hundredths"].values()
    use = [sum(month) / 100 for month in zip(*by_province, strict=True)]
    traffic_tb = [gigabytes / 1000 for gigabytes in truth["traffic_gb"]]
    per_tb = [sum(use[s]) / sum(traffic_tb[s]) for s in (slice(0, 12), slice(12, 24))]
    assert 1 - per_tb[1] / per_tb[0] == pytest.approx(0.157, abs=0.01)
    assert json.dumps(truth)  # integers throughout, so that nothing is lost in writing
    assert all(type(value) is int for value in truth["traffic_gb"])


def test_listed_gaps_are_the_hours_without_a_reading(folder, planted):
    rows = pa.concat_tables(pq.read_table(path) for path in sorted(folder.glob("*.parquet")))
    hours = defaultdict(set)
    for code, read_at in zip(*(rows[c].to_pylist() for c in ("meter_id", "read_at")), strict=True):
        hours[code].add(read_at)
    whole = max(len(found) for found in hours.values())
    gaps = {
        f["code"]: int(f["note"].removesuffix(" h"))
        for f in planted["faults"]
        if f["kind"] == "gap"
    }
    assert whole == 731 * 24 + 1
    assert {code: whole - len(found) for code, found in hours.items() if len(found) < whole} == gaps
    for fault in planted["faults"]:
        if fault["kind"] == "gap":
            month = datetime.fromisoformat(f"{fault['month']}-01").replace(tzinfo=BUSINESS_ZONE)
            days = calendar.monthrange(month.year, month.month)[1]
            of_month = {month.astimezone(UTC) + timedelta(hours=h) for h in range(days * 24)}
            assert of_month - hours[fault["code"]]
