"""Performance files (TS 32.435) into the lake: values a second, beside two parsers alone.

Instance: generated files of one 15-minute period, each of 968 base stations with three cells of 20
counters and the energy of the station; half of the counters have a column, half are unknown.
Contenders, each in a process of its own, modules loaded and compiled before the clock starts:

- ``ours``: ``commonweal radio ingest`` with two jobs, from the hash of each file to rows that are
  checked, sorted, on the disk and listed in the register, with their event.
- ``lxml``: ``lxml.etree.iterparse`` that collects rows of texts and numbers, on one core, and
  forgets them.
- ``elementtree``: the same with the standard library.

The peers do nothing with what they read; whoever used them would have all the rest to do.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CONTENDERS = ("ours", "lxml", "elementtree")
VALUES_A_FILE = 60_000
N_COUNTERS, N_CELLS = 20, 3
COUNTERS = (
    "RRU.PrbTotDl",
    "RRU.PrbTotUl",
    "DRB.PdcpSduVolumeDL",
    "DRB.PdcpSduVolumeUL",
    "RRC.ConnMean",
    "DRB.UEThpDl",
    "RRC.ConnEstabAtt.Sum",
    "RRC.ConnEstabSucc.Sum",
    "MM.HoExeInterReq",
    "MM.HoExeInterSucc",
)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">\n'
    '<fileHeader fileFormatVersion="32.435 V10.0" vendorName="VendorA">'
    '<fileSender localDn="ManagedElement=omc"/>'
    '<measCollec beginTime="2026-03-01T10:00:00+08:00"/></fileHeader>\n'
)
PERIOD = '<granPeriod duration="PT900S" endTime="2026-03-01T10:15:00+08:00"/>'
TAIL = "<fileFooter/></measCollecFile>\n"


def main() -> None:
    """Run every contender at every size and print values a second and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    sizes = lambda text: [int(part) for part in text.split(",")]  # noqa: E731
    parser.add_argument("--sizes", type=sizes, default=[60_000, 600_000, 6_000_000], help="values")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--files", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        print(json.dumps(_contend(options.contender, sorted(options.files.iterdir()))))
        return
    results = [_measured(n) for n in options.sizes]
    if options.json:
        print(json.dumps({"benchmark": "radio_ingest", "results": results}, indent=2))
        return
    for result in results:
        ours = result["ours"]["values_per_s"]
        for name in CONTENDERS:
            found = result[name]
            print(
                f"{result['n_values']:>10,} values {result['n_mb']:>6,.0f} MB  {name:<12}"
                f"{found['seconds']:>7.2f} s {found['cpu_s']:>7.2f} cores' s"
                f" {found['values_per_s']:>11,.0f} values/s {found['peak_mb']:>6,.0f} MB"
                f"  ours ×{ours / found['values_per_s']:.2f}"
            )


def _measured(n_values: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="commonweal-pm-") as folder:
        files = Path(folder) / "files"
        files.mkdir()
        n_written = sum(
            _write(files / f"A{number:05}.xml", number)
            for number in range(-(-n_values // VALUES_A_FILE))
        )
        n_bytes = sum(path.stat().st_size for path in files.iterdir())
        env = os.environ | {
            "COMMONWEAL_HOME": str(Path(folder) / "home"),
            "DJANGO_SETTINGS_MODULE": "commonweal.settings",
        }
        result: dict[str, Any] = {"n_values": n_written, "n_mb": n_bytes / 1e6}
        for name in CONTENDERS:
            command = [sys.executable, "-m", "benchmarks.radio_ingest", "--contender", name]
            done = subprocess.run(  # noqa: S603 - ours
                [*command, "--files", str(files)], env=env, check=True, capture_output=True
            )
            result[name] = json.loads(done.stdout)
            if result[name]["n_values"] != n_written:
                raise SystemExit(f"{name} read {result[name]['n_values']} of {n_written} values")
        return result


def _write(path: Path, number: int) -> int:
    """Write one file and return how many values it has."""
    names = [*COUNTERS, *(f"VS.Vendor{each}" for each in range(N_COUNTERS - len(COUNTERS)))]
    types = "".join(f'<measType p="{p}">{name}</measType>\n' for p, name in enumerate(names, 1))
    n_stations = VALUES_A_FILE // (N_CELLS * N_COUNTERS + 2)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for station in range(n_stations):
            dn = f"ManagedElement=gnb-{number:05}-{station:04}"
            file.write(f'<measData><managedElement localDn="{dn}" swVersion="R2026A"/>\n')
            file.write(f'<measInfo measInfoId="NRCellDU"><job jobId="es"/>{PERIOD}\n{types}')
            for cell in range(1, N_CELLS + 1):
                values = (
                    f'<r p="{p}">{(station * 7 + p * 13 + cell) % 100}</r>'
                    if p % 3
                    else f'<r p="{p}">{(station * 31 + p) % 100}.{cell}5</r>'
                    for p in range(1, N_COUNTERS + 1)
                )
                file.write(f'<measValue measObjLdn="GNBDUFunction=1,NRCellDU={cell}">')
                file.write("".join(values) + "</measValue>\n")
            file.write(f'</measInfo>\n<measInfo measInfoId="PEE">{PERIOD}\n')
            file.write(
                '<measType p="1">PEE.AvgPower</measType><measType p="2">PEE.Energy</measType>'
            )
            file.write(f'<measValue measObjLdn="{dn}"><r p="1">812.4</r><r p="2">0.2031</r>')
            file.write("</measValue></measInfo></measData>\n")
        file.write(TAIL)
    return n_stations * (N_CELLS * N_COUNTERS + 2)


def _contend(name: str, files: list[Path]) -> dict[str, float]:
    run = {"ours": _ours, "lxml": _lxml, "elementtree": _elementtree}[name]
    run(files[:1], warm=True)
    started, cpu = time.perf_counter(), time.process_time()
    n_values = run(files, warm=False)
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "n_values": n_values,
        "seconds": round(seconds, 3),
        "cpu_s": round(cpu_s, 3),
        "values_per_s": round(n_values / seconds),
        "peak_mb": round(peak_mb),
    }


def _ours(files: list[Path], *, warm: bool) -> int:
    import django

    django.setup()
    from datetime import UTC, datetime

    from django.core.management import call_command

    from commonweal.domains.radio.network.pm.counters import counter_mapping
    from commonweal.domains.radio.network.pm.ingesting import pm_ingest

    if warm:
        call_command("migrate", verbosity=0)
    told = pm_ingest(
        files, mapping=counter_mapping(), actor="bench", now=datetime.now(UTC), dry_run=warm
    )
    if (
        not warm
        and told.n_rows["cell_counters"] * N_COUNTERS + 2 * told.n_rows["element_power"]
        != told.n_values
    ):
        raise SystemExit(f"rows do not hold the values: {told.n_rows}")
    return told.n_values


def _lxml(files: list[Path], *, warm: bool) -> int:  # noqa: ARG001 - as its rivals
    from lxml import etree

    return sum(_collected(etree.iterparse(str(path), events=("end",))) for path in files)


def _elementtree(files: list[Path], *, warm: bool) -> int:  # noqa: ARG001 - as its rivals
    from xml.etree import ElementTree as ET

    return sum(_collected(ET.iterparse(path, events=("end",))) for path in files)  # noqa: S314


def _collected(events: Any) -> int:  # noqa: ANN401 - of either library
    """Collect a row for each object, with its numbers by counter; return how many numbers."""
    types: dict[str, str] = {}
    rows: list[tuple[str, dict[str, float]]] = []
    for _, element in events:
        tag = element.tag.rpartition("}")[2]
        if tag == "measType":
            types[element.get("p")] = element.text
        elif tag == "measValue":
            values = {types[r.get("p")]: float(r.text) for r in element if r.text != "NIL"}
            rows.append((element.get("measObjLdn"), values))
        elif tag == "measInfo":
            types = {}
            element.clear()
    return sum(len(values) for _, values in rows)


if __name__ == "__main__":
    main()
