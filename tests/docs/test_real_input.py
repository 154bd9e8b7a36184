"""The how-to for a provincial table, done with a real one of 31 provinces."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commonweal.catalogue import catalogue

PRINTED = {"Tianjing": "Tianjin"}  # as the table spells it
CODES = {place.name["en"]: code for code, place in catalogue().places.items()}
REGISTER = {
    "nodes": "code,kind,place,parent,name_zh_hant,name_zh_hans,name_en,valid_from",
    "sites": "code,name,kind,place,longitude_deg,latitude_deg,node,valid_from",
    "meters": "code,site,carrier,unit,multiplier,rollover_at,max_rate_per_h,installed_date",
}


def register_lines(codes):
    """One node, one site and one meter for each province, under one group."""
    node = "{0},province,{0},all,{0},{0},{0},2021-01-01"
    site = "{0},{0},other,{0},104,36,{0},2021-01-01"
    meter = "{0},{0},electricity,kWh,1,,100000000,2021-01-01"
    lines = {"nodes": ["all,group,CN,,全國,全国,All,2021-01-01"], "sites": [], "meters": []}
    for table, line in (("nodes", node), ("sites", site), ("meters", meter)):
        lines[table] += [line.format(code) for code in codes]
    return lines


def mapping(provinces):
    values = ", ".join(f'"{name}" = "{code}"' for name, code in provinces.items())
    years = "".join(
        f'[[repeat]]\ncolumns = {{ quantity_kwh = {{ column = "energy_{y}", unit = "MWh" }} }}\n'
        f"constants = {{ start_date = {y}-01-01, end_date = {y + 1}-01-01 }}\n"
        for y in (2021, 2022, 2023)
    )
    return f'[columns]\nmeter_id = {{ column = "province", values = {{ {values} }} }}\n{years}'


@pytest.mark.shared
def test_a_table_of_31_provinces_becomes_facts_that_rank_and_add_up(shared_data, tmp_path):
    table = shared_data / "ran" / "china_province_bs_and_energy.csv"
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    provinces = {row["province"]: CODES[PRINTED.get(n := row["province"], n)] for row in rows}
    assert len(provinces) == 31
    for name, lines in register_lines(provinces.values()).items():
        text = "\n".join([REGISTER[name], *lines])
        (tmp_path / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    (tmp_path / "mapping.toml").write_text(mapping(provinces), encoding="utf-8")

    def commonweal(*words):
        program = Path(sys.executable).parent / "commonweal"
        environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
        environment["COMMONWEAL_HOME"] = str(tmp_path / "home")
        command = [program, *words]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    commonweal("init")
    commonweal("org", "import", "nodes.csv", "sites.csv", "meters.csv")
    boundary = ("org", "boundary", "operational", "--approach", "operational_control")
    commonweal(*boundary, "--from", "2021-01-01", "--share", "all=1")
    ingest = ("ingest", "electricity_bills", str(table), "--mapping", "mapping.toml", "--json")
    assert json.loads(commonweal(*ingest))["n_accepted"] == 93
    commonweal("compute", "2021", "2022", "2023")
    asked = ("facts", "list", "--indicator", "electricity_use", "--period", "2023", "--json")
    found = {fact["node"]: float(fact["value"]) for fact in json.loads(commonweal(*asked))["facts"]}
    ours = {provinces[row["province"]]: 1000 * float(row["energy_2023"]) for row in rows}
    total = found.pop("all")
    assert total == pytest.approx(sum(ours.values()), rel=1e-9)
    assert found == pytest.approx(ours, rel=1e-9)
    assert max(found, key=found.get) == max(ours, key=ours.get)
