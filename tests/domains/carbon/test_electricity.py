"""Electricity from readings and bills: what counts, and what is said about it."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from commonweal.domains.carbon.sources.electricity import metered_use
from commonweal.kernel.compute.activities import ActivityRequest
from commonweal.kernel.org.models import Site
from commonweal.periods import business_midnight, month_add

MONTHS = tuple(month_add(date(2024, 1, 1), i) for i in range(3))
HOURS = 24 * (31 + 29 + 31)


def send_readings(operator, meter, registers, *, every_h=1, skip=(), **kwargs):
    """Send registers read every few hours from the first instant of January."""
    start = business_midnight(MONTHS[0])
    rows = [
        f"{meter},{(start + timedelta(hours=i * every_h)).isoformat()},{value}"
        for i, value in enumerate(registers)
        if i not in skip
    ]
    return operator.send("meter_readings", "meter_id,read_at,register", *rows, **kwargs)


def use(**kwargs):
    """Quantities by (meter code's place in the register, month) as a nested dict."""
    found = metered_use(ActivityRequest(MONTHS, **kwargs))
    rows = zip(
        found.meters.meter_id[found.meter].tolist(), found.month.tolist(), found.quantity.tolist(),
        strict=True,
    )  # fmt: skip
    return found, {(meter, month - 24_288): quantity for meter, month, quantity in rows}


def noticed(found):
    """What was noticed about the meter that sends; the other one sends nothing."""
    return [rule for rule in found.findings.rule if rule != "meter_no_data"]


def test_hourly_registers_become_months(operator):
    send_readings(operator, "M-GD", 5_000 + np.arange(HOURS + 1) * 2.0)
    found, quantities = use()
    assert list(quantities.values()) == pytest.approx([31 * 48, 29 * 48, 31 * 48])
    assert found.is_read.all()
    assert noticed(found) == []


def test_a_rollover_costs_nothing_and_is_listed(operator):
    send_readings(operator, "M-GD", (99_000 + np.arange(HOURS + 1) * 2.0) % 100_000)
    found, quantities = use()
    assert sum(quantities.values()) == pytest.approx(HOURS * 2)
    assert noticed(found) == ["reading_rollover"]


def test_readings_win_over_the_bill_of_the_same_month(operator):
    send_readings(operator, "M-GD", np.arange(HOURS + 1) * 2.0)
    operator.bill("M-GD", "2024-01-01", "2024-02-01", 1_000)
    _, quantities = use()
    assert list(quantities.values()) == pytest.approx([31 * 48, 29 * 48, 31 * 48])


def test_a_bill_stands_in_where_readings_do_not_reach(operator):
    send_readings(operator, "M-GD", np.arange(24 * 40) * 2.0)  # until 9 February
    operator.bill("M-GD", "2024-02-01", "2024-03-01", 1_500)
    operator.bill("M-GD", "2024-03-01", "2024-04-01", 1_600)
    found, quantities = use()
    assert list(quantities.values()) == pytest.approx([31 * 48, 1_500, 1_600])
    assert found.is_read.tolist() == [True, False, False]


def test_a_month_that_ends_a_little_early_is_filled_and_counted_as_estimated(operator):
    send_readings(operator, "M-GD", np.arange(HOURS) * 2.0)  # the last hour of March is missing
    found, quantities = use()
    assert quantities.popitem()[1] == pytest.approx(31 * 48)
    assert found.estimated[-1] == pytest.approx(2.0)


def test_a_month_without_evidence_is_listed_and_not_invented(operator):
    send_readings(operator, "M-GD", np.arange(24 * 40) * 2.0)
    found, quantities = use()
    assert list(quantities.values()) == pytest.approx([31 * 48, 2 * (24 * 9 - 1)])
    assert noticed(found) == ["reading_partial"]


def test_a_late_correction_of_one_reading_counts_from_when_it_is_known(operator):
    first = datetime(2024, 4, 2, tzinfo=UTC)
    send_readings(operator, "M-GD", np.arange(HOURS + 1) * 2.0, now=first)
    boundary = business_midnight(MONTHS[1]).isoformat()
    operator.send(
        "meter_readings",
        "meter_id,read_at,register",
        f"M-GD,{boundary},{31 * 48 + 1}",
        now=first + timedelta(days=30),
    )
    _, before = use(as_of=first)
    _, after = use()
    assert list(before.values()) == pytest.approx([31 * 48, 29 * 48, 31 * 48])
    assert list(after.values()) == pytest.approx([31 * 48 + 1, 29 * 48 - 1, 31 * 48])


def test_asking_for_few_sites_gives_what_asking_for_all_gives(operator):
    rng = np.random.default_rng(7)
    skip = set(rng.choice(np.arange(5, HOURS - 5), 60, replace=False).tolist())
    registers = (99_000 + np.cumsum(rng.uniform(0, 4, HOURS + 1)).round(3)) % 100_000
    send_readings(operator, "M-GD", registers, skip=skip)
    send_readings(operator, "M-XZ", np.arange(HOURS + 1) * 2.0)
    _, everything = use()
    for site in Site.objects.all():
        _, alone = use(subject_ids=np.array([site.pk]))
        meter = site.meters.get().pk
        assert alone == {key: value for key, value in everything.items() if key[0] == meter}
