"""A small operator, built and fed through the public path."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from commonweal.kernel.org.services import (
    boundary_set,
    boundary_share_set,
    meter_install,
    node_create,
    site_create,
)
from commonweal.lake.ingest import ingest

THEN = datetime(2024, 1, 1, tzinfo=UTC)
START = date(2020, 1, 1)


def names(text):
    return {"zh-hant": text, "zh-hans": text, "en": text}


class Operator:
    """Two provinces, one unit each, one site and meter each; short words for the tests."""

    def __init__(self, folder):
        self.folder = folder
        self.told = {"actor": "test", "now": THEN}
        self.node("group", "group", "CN")
        for code, place in (("GD", "CN-GD"), ("XZ", "CN-XZ")):
            self.node(code, "province", place, "group")
            self.node(f"{code}-1", "unit", place, code)
            self.site(f"S-{code}", f"{code}-1")
        boundary_set(
            code="operational",
            approach="operational_control",
            names=names("operational control"),
            **self.told,
        )
        boundary_share_set(
            boundary="operational", node="group", share=Decimal(1), from_date=START, **self.told
        )

    def node(self, code, kind, place, parent=None):
        node_create(
            code=code,
            kind=kind,
            place=place,
            names=names(code),
            from_date=START,
            parent=parent,
            **self.told,
        )

    def site(self, code, node, **rules):
        site_create(code=code, kind="macro", node=node, from_date=START, **self.told)
        meter_install(
            code=f"M-{code[2:]}",
            site=code,
            carrier="electricity",
            unit="kWh",
            max_rate_per_h=rules.get("max_rate_per_h", 50.0),
            rollover_at=rules.get("rollover_at", 100_000.0),
            multiplier=rules.get("multiplier", 1.0),
            installed_date=START,
            **self.told,
        )

    def send(self, dataset, header, *rows, now=THEN):
        """Ingest rows as a CSV file."""
        path = self.folder / f"{dataset}-{len(list(self.folder.iterdir()))}.csv"
        path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
        return ingest(dataset, path, actor="test", now=now)

    def bill(self, meter, start, end, kwh, **kwargs):
        header = "meter_id,start_date,end_date,quantity_kwh"
        return self.send("electricity_bills", header, f"{meter},{start},{end},{kwh}", **kwargs)

    def traffic(self, node, start, end, tb):
        return self.send(
            "traffic", "node_id,start_date,end_date,traffic_tb", f"{node},{start},{end},{tb}"
        )


@pytest.fixture
def operator(tmp_path, db):
    folder = tmp_path / "files"
    folder.mkdir()
    return Operator(folder)
