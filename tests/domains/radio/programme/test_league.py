"""A mode that meters say saves more than there is."""

from decimal import Decimal

from commonweal.domains.radio.energy_saving.page_league import _found


def test_the_picture_of_modes_ends_at_100_percent_and_its_table_tells_what_was_found():
    modes = [
        {"mode": "rf_off", "share": 0.5, "interval": [-0.1, 1.3]},
        {"mode": "deep_sleep", "share": 1.2, "interval": [1.1, 1.6]},
        {"mode": "carrier_off", "share": 0.4, "interval": None},
    ]
    drawn = _found({"modes": modes})
    assert drawn.series[0].values == (Decimal(50), Decimal(100))
    assert drawn.low == (Decimal(-10), Decimal(100))
    assert drawn.high == (Decimal(100), Decimal(100))
    told = [[cell.sort_key for cell in row][1:] for row in drawn.table.rows]
    assert told == [[50, -10, 130], [120, 110, 160]]
    assert _found({"modes": modes[2:]}) is None
