from datetime import UTC, date, datetime

import numpy as np
import pytest

from commonweal.catalogue.calendars import Calendar, calendars_read, days_after
from commonweal.catalogue.reading import PACKAGE
from commonweal.errors import DefinitionError

HOUR_US = 3_600_000_000
CALENDARS = calendars_read(PACKAGE / "catalogue" / "definitions" / "calendars")
NAMES = {"zh-hant": "甲", "zh-hans": "甲", "en": "A"}


def hours(calendar, first, last, **known):
    found = calendar.working_time(first, last, **known)
    return float(np.sum(found.closes_at - found.opens_at) / HOUR_US)


def row(opening, valid, known):
    return {"valid_from": valid, "known_from": known, "weekly": {"mon": [opening]}}


def test_national_day_is_closed_and_its_make_up_saturday_is_open():
    office = CALENDARS["office"]
    assert hours(office, date(2024, 10, 1), date(2024, 10, 7)) == 0
    assert hours(office, date(2024, 10, 12), date(2024, 10, 12)) == 7.5


def test_a_year_without_published_holidays_is_an_error_not_an_ordinary_week():
    with pytest.raises(DefinitionError, match="holidays of 2040 are not known") as fault:
        CALENDARS["office"].working_time(date(2040, 1, 1), date(2040, 1, 2))
    assert "chinese-calendar" in fault.value.hint


def test_days_count_by_calendar_or_by_working_day():
    assert days_after(date(2024, 1, 1), 60, CALENDARS["calendar_days"]) == date(2024, 3, 1)
    assert days_after(date(2024, 9, 30), 1, CALENDARS["workdays"]) == date(2024, 10, 8)


def test_later_hours_change_neither_earlier_days_nor_what_was_known():
    rows = [
        row("09:00-12:00", date(2024, 1, 1), date(2024, 1, 1)),
        row("09:00-11:00", date(2024, 1, 8), date(2024, 3, 1)),
    ]
    calendar = Calendar.model_validate({"id": "a", "name": NAMES, "timezone": "UTC", "rows": rows})
    assert hours(calendar, date(2024, 1, 1), date(2024, 1, 8)) == 5
    before = datetime(2024, 2, 1, tzinfo=UTC)
    assert hours(calendar, date(2024, 1, 1), date(2024, 1, 8), known_at=before) == 6


@pytest.mark.parametrize(("day", "expected"), [(date(2024, 3, 31), 23), (date(2024, 10, 27), 25)])
def test_a_day_of_clock_change_in_berlin_is_as_long_as_it_was(day, expected):
    content = CALENDARS["always"].model_dump() | {"timezone": "Europe/Berlin"}
    assert hours(Calendar.model_validate(content), day, day) == expected
