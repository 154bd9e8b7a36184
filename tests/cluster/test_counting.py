"""Figures are counted alike on both engines."""

from datetime import date
from decimal import Decimal

import pyarrow as pa

from commonweal.kernel.programmes.counting import count_all
from tests.kernel.programmes.test_counting import MONTHS, QUESTIONS, SCHEMA, question


def test_every_way_of_counting_gives_the_same_on_spark_connect(sail):
    told = [
        {
            "node_id": i % 3,
            "day": date(2023, 9 + i % 4, 1 + i % 28),
            "until": date(2024, 1 + i % 3, 1) if i % 5 else None,
            "who": "abc"[i % 3 - i % 2],
            "amount": Decimal(i) / 100,
            "good": bool(i % 7),
        }
        for i in range(200)
    ]
    table = pa.Table.from_pylist(told, schema=SCHEMA)
    asked = {name: question(*how) for name, how in QUESTIONS.items()}
    here = count_all(asked, table, MONTHS, engine="duckdb")
    there = count_all(asked, table, MONTHS, engine=sail)
    for name in asked:
        assert here[name].value.size
        for column in ("node_id", "month", "value"):
            assert getattr(here[name], column).tolist() == getattr(there[name], column).tolist()
