"""Fuels as they are bought and counted."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from commonweal.domains.carbon.sources import energy
from commonweal.kernel.compute.activities import ActivityRequest

BOUGHT = "site_id,carrier,delivered_date,delivery_number,quantity,unit"
COUNTED = "site_id,carrier,counted_date,quantity,unit"
YEAR = tuple(date(2024, number, 1) for number in range(1, 13))


def diesel(months=YEAR, **kwargs):
    """Use by month number, and the estimated part of all."""
    total, rough = {}, 0.0
    for part in energy(ActivityRequest(months, **kwargs)):
        is_diesel = np.array([name == "diesel" for name in part.carriers], np.bool_)
        for i in np.flatnonzero(is_diesel[part.carrier] if part.carriers else []):
            month = int(part.month[i]) - 24_287
            total[month] = total.get(month, 0.0) + float(part.quantity[i])
            rough += float(part.estimated[i])
    return total, rough


def test_two_deliveries_of_one_day_count_twice_and_one_sent_again_once(operator):
    rows = ["S-GD,diesel,2024-03-05,A,100,kg", "S-GD,diesel,2024-03-05,B,0.05,t"]
    operator.send("fuel_purchases", BOUGHT, *rows)
    operator.send(
        "fuel_purchases", BOUGHT, rows[0], "S-GD,diesel,2024-06-01,C,1,kg",
        now=datetime(2024, 7, 1, tzinfo=UTC),
    )  # fmt: skip
    assert diesel()[0] == pytest.approx({3: 150, 6: 1})


def test_a_closing_count_corrects_what_purchases_said_and_the_past_stays_as_known(operator):
    operator.send("fuel_stock", COUNTED, "S-GD,diesel,2024-01-01,40,kg")
    operator.send("fuel_purchases", BOUGHT, "S-GD,diesel,2024-01-10,A,100,kg")
    assert diesel() == ({1: pytest.approx(100)}, pytest.approx(100))
    then, later = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC)
    operator.send("fuel_stock", COUNTED, "S-GD,diesel,2024-03-01,80,kg", now=later)
    assert diesel() == ({1: pytest.approx(31), 2: pytest.approx(29)}, 0.0)
    assert diesel(as_of=then)[0] == pytest.approx({1: 100})
    assert diesel(YEAR[:1])[0] == pytest.approx({1: 31})


def test_a_purchase_in_a_unit_of_another_kind_is_refused(operator):
    result = operator.send("fuel_purchases", BOUGHT, "S-GD,diesel,2024-03-05,A,100,m3")
    assert (result.n_accepted, result.n_rejected) == (0, 1)


def test_fuel_that_is_told_as_used_and_as_bought_is_noticed(operator):
    operator.send("fuel_purchases", BOUGHT, "S-GD,diesel,2024-03-05,A,100,kg")
    used = "site_id,start_date,end_date,carrier,quantity,unit"
    rows = [f"S-GD,2024-{month}-01,2024-{month}-20,diesel,70,kg" for month in ("03", "05")]
    operator.send("fuel_use", used, *rows, "S-XZ,2024-03-01,2024-03-20,diesel,70,kg")
    found = [
        (int(month) - 24_287, quantity)
        for part in energy(ActivityRequest(YEAR))
        for rule, month, quantity in zip(
            part.findings.rule, part.findings.month, part.findings.quantity, strict=True
        )
        if rule == "fuel_told_twice"
    ]
    assert found == [(3, pytest.approx(70))]
