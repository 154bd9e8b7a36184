"""Kinds of days, and the operator's events."""

from datetime import date

import numpy as np
import pytest

from commonweal.domains.radio.network.ahead import typical
from commonweal.domains.radio.network.calendar import day_kinds, events_read
from commonweal.domains.radio.network.inventory import network
from commonweal.domains.radio.network.traffic import History
from commonweal.engines.radio.forecast_walk import HOLIDAY, WORKED
from commonweal.errors import DefinitionError
from tests.domains.radio import world

DAY = date(2024, 12, 31)
HEADER = "from,until,node,site,place,level_factor,reason\n"


def test_days_are_weekdays_holidays_and_weekend_days_that_are_worked():
    # 2024: National Day is off from Tuesday 1 to Monday 7 October; Saturday 12 is worked.
    kinds = day_kinds(date(2024, 9, 30), 13)
    assert kinds.tolist() == [0, *[HOLIDAY] * 4, 5, 6, HOLIDAY, 1, 2, 3, 4, WORKED]


def test_holidays_that_are_not_published_stop_a_forecast():
    with pytest.raises(DefinitionError, match="holidays of 2050 are not known"):
        day_kinds(date(2050, 1, 3), 1)


@pytest.fixture
def events(tmp_path):
    def write(*rows):
        path = tmp_path / "events.csv"
        path.write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
        return events_read(path)

    return write


@pytest.fixture
def net(tmp_path):
    codes = world.organisation(GD=2, GX=1)
    world.cells(codes, tmp_path)
    return network(at_date=DAY)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("where", "touched"),
    [
        (",,", {"S-GD-000001", "S-GD-000002", "S-GX-000001"}),
        ("all,,", {"S-GD-000001", "S-GD-000002", "S-GX-000001"}),
        ("GD,,", {"S-GD-000001", "S-GD-000002"}),
        (",S-GD-000002,", {"S-GD-000002"}),
        (",,CN-GX", {"S-GX-000001"}),
        (",,CN-G", set()),
    ],
    ids=["everywhere", "the whole", "a province", "a site", "a place", "half a place"],
)
def test_an_event_multiplies_its_hours_where_it_is(events, net, where, touched):
    held = events(f"2024-12-31T18:30,2025-01-01T02:00,{where},3,New Year's Eve")
    factor = held.factor(net, DAY, 24)
    at = np.isin(net.site_code, sorted(touched))
    assert (factor[at][:, 18:] == 3).all()
    assert (factor[at][:, :18] == 1).all()
    assert (factor[~at] == 1).all()
    assert held.factor(net, date(2025, 1, 2), 24) is None


@pytest.mark.django_db
def test_what_an_event_made_of_a_day_teaches_nothing(events, net):
    held = events("2024-12-30T10:00,2024-12-30T12:00,GD,,,0.2,power cut")
    days = History(
        first_date=date(2024, 12, 29),
        total_mbit_s=np.ones((net.n_sectors, 2, 24), np.float32),
        nr_share=np.ones((net.n_sectors, 24), np.float32),
        known_share=np.ones(net.n_sectors, np.float32),
        sha256s=(),
    )
    found = np.isnan(typical(net, days, held))
    in_gd = np.char.startswith(net.site_code.astype(str), "S-GD")
    assert found[in_gd][:, 1, 10:12].all()
    assert found.sum() == 2 * in_gd.sum()
    calm = events()
    assert typical(net, days, calm) is days.total_mbit_s


def test_no_file_is_no_event(tmp_path):
    found = events_read(tmp_path / "events.csv")
    assert (found.rows, found.sha256) == ((), "")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("2024-12-31,2024-12-31,,,,2,x", "is empty"),
        ("yesterday,2024-12-31,,,,2,x", "events.csv line 2"),
        ("2024-12-30,2024-12-31,,,,-1,x", "level_factor"),
        ("2024-12-30,2024-12-31,,,,,x", "level_factor"),
    ],
)
def test_an_event_that_is_wrong_is_refused_with_its_line(events, row, sentence):
    with pytest.raises(DefinitionError, match=sentence):
        events(row)
