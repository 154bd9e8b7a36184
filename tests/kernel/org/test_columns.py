"""Columns joined by the database are the rows' values, bit for bit."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.kernel.org.columns import integer_columns, mixed_columns, text_columns
from commonweal.kernel.org.models import Meter, Site

pytestmark = pytest.mark.django_db
FLOATS = ("multiplier", "rollover_at", "max_rate_per_h")
positive = st.floats(min_value=1e-9, max_value=1e12) | st.integers(1, 10**15).map(float)


@pytest.fixture
def site(db):
    return Site.objects.create(code="S-1", kind="macro", place="CN-GD")


def bits(value):
    """What tells two floats apart."""
    return struct.pack("d", value)


def install(site, number, **values):
    """Enter a meter as it is; columns are read whatever services would say."""
    usual = {"carrier": "electricity", "unit": "kWh", "max_rate_per_h": 1.0}
    Meter.objects.create(code=f"M-{number}", site=site, **usual | values)


@given(rows=st.lists(st.tuples(positive, positive, positive), max_size=6))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_floats_keep_every_bit(site, rows):
    Meter.objects.all().delete()
    for number, values in enumerate(rows):
        install(site, number, **dict(zip(FLOATS, values, strict=True)))
    found = mixed_columns(Meter.objects.all(), ("code", "installed_date"), FLOATS)
    assert found["installed_date"].to_pylist() == [None] * len(rows)
    told = zip(*(found[name].to_pylist() for name in ("code", *FLOATS)), strict=True)
    assert sorted((code, *map(bits, said)) for code, *said in told) == [
        (f"M-{number}", *map(bits, values)) for number, values in enumerate(rows)
    ]


def test_texts_and_days_come_with_their_nulls(site):
    install(site, 1, installed_date="2024-02-29")
    install(site, 2, carrier="heat", unit="GJ")
    columns = text_columns(Meter.objects.all(), ("code", "carrier", "installed_date"))
    rows = sorted(zip(*(column.to_pylist() for column in columns), strict=True))
    assert rows == [("M-1", "electricity", "2024-02-29"), ("M-2", "heat", None)]


def test_integers_come_as_one_array_and_none_as_an_empty_one(site):
    install(site, 1)
    install(site, 2)
    ids, sites = integer_columns(Meter.objects.all(), ("id", "site_id"))
    assert sorted(ids.tolist()) == list(Meter.objects.order_by("id").values_list("id", flat=True))
    assert set(sites.tolist()) == {site.pk}
    assert integer_columns(Meter.objects.none(), ("id", "site_id")).shape == (2, 0)


def test_a_value_with_a_control_character_is_an_error_and_not_another_row(site):
    install(site, 1, unit="k\x1fWh")
    carrier, unit = text_columns(Meter.objects.all(), ("carrier", "unit"))
    assert len(carrier) != len(unit)
