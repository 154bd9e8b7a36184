"""Radio units have priors with a source, an operator's own replace them, meters adjust them."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from commonweal.domains.radio.network.power import power_now
from commonweal.domains.radio.network.power.book import power_folder, power_write
from commonweal.domains.radio.network.power.units import units_read
from commonweal.engines.radio.power import RelativePower, earth
from commonweal.engines.radio.sectors import Mode
from commonweal.errors import DefinitionError, StateError

MODEL = np.array(["nr-3500-64t", "made-up"], object)
MHZ = np.array([100.0, 20.0])
ELEMENT = np.array(["ManagedElement=a", "ManagedElement=b"], object)
JUNE, JULY, AUGUST = (datetime(2024, month, 1, tzinfo=UTC) for month in (6, 7, 8))


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.HOME = tmp_path / "home"
    return settings.HOME


def calibrate(factor, *, now, modes=()):
    factors = pa.table({"element_dn": ["ManagedElement=a"], "factor": [factor]})
    return power_write(factors, {"modes": list(modes)}, now=now)


def test_published_units_are_what_the_publications_say():
    rows = {unit.ru_model: unit for unit in units_read().rows}
    macro = earth(n_trx=6, p0_w=130.0, slope=4.7, output_w=20.0, sleep_w=75.0)
    assert rows["earth-macro"].on_w == macro.base_w[Mode.ON]
    assert rows["earth-macro"].carrier_off_w == macro.base_w[Mode.CARRIER_OFF]
    assert rows["earth-macro"].full_w == pytest.approx(macro.full_w)
    slow = RelativePower(1, 2.1, 5.5, 32, 17000, 1088).scaled(560.0)
    assert rows["tr38864-64t-100mhz"].base_w() == pytest.approx(slow.base_w, abs=0.1)
    assert rows["tr38864-64t-100mhz"].full_w == pytest.approx(slow.full_w, abs=0.1)
    assert all(unit.source for unit in rows.values())


def test_without_a_meter_units_draw_what_their_model_says():
    found = power_now().powers(MODEL[:1], MHZ[:1], ELEMENT[:1])
    assert found.base_w[0].tolist() == [560, 380, 250, 15]
    assert found.slope_w[0] == pytest.approx(490)
    assert found.modes.all()


def test_a_model_that_nobody_described_draws_as_a_macro_station_and_stays_on():
    book = power_now()
    found = book.powers(MODEL, MHZ, ELEMENT)
    assert found.base_w[1, Mode.ON] == 780
    assert found.modes[1].tolist() == [True, False, False, False]
    assert book.unknown(MODEL) == ["made-up"]


def test_half_of_the_bandwidth_takes_less_than_all_and_more_than_half():
    full, half = (
        power_now().powers(MODEL[:1], np.array([mhz]), ELEMENT[:1]).slope_w[0]
        for mhz in (100.0, 50.0)
    )
    assert half == pytest.approx(0.7 * full)


def test_a_calibration_counts_from_its_instant_on_and_for_its_elements():
    before = power_now().sha256
    calibrate(1.1, now=JUNE)
    calibrate(1.2, now=AUGUST)
    books = [power_now(at) for at in (datetime(2024, 5, 1, tzinfo=UTC), JULY, None)]
    assert [book.factor_of(ELEMENT).tolist() for book in books] == [[1, 1], [1.1, 1], [1.2, 1]]
    assert len({before, *(book.sha256 for book in books)}) == 3
    assert books[1].powers(MODEL, MHZ, ELEMENT).base_w[0, Mode.ON] == pytest.approx(616)


def test_a_mode_without_a_saving_is_not_counted_on():
    told = [{"mode": "deep_sleep", "share": 0.0}, {"mode": "carrier_off", "share": 0.5}]
    calibrate(1.0, now=JUNE, modes=told)
    base = power_now().powers(MODEL[:1], MHZ[:1], ELEMENT[:1]).base_w[0]
    assert base.tolist() == [560, 380, 405, 560]


def test_a_calibration_that_somebody_changed_is_refused():
    path = calibrate(1.1, now=JUNE).with_suffix(".parquet")
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(StateError, match="not the calibration that was written"):
        power_now()
    assert power_folder() == path.parent


def own(home, text):
    path = Path(home) / "radio" / "ru_models.csv"
    path.parent.mkdir(parents=True)
    header = "ru_model,rat,channels,bandwidth_mhz,output_w,on_w,deep_sleep_w,full_w,status,source\n"
    path.write_text(header + text)


def test_an_operators_own_unit_replaces_ours(home):
    own(home, "nr-3500-64t,nr,64,100,240,500,12,900,measured,our laboratory\n")
    found = power_now().powers(MODEL[:1], MHZ[:1], ELEMENT[:1])
    assert found.base_w[0, Mode.ON] == 500
    assert found.modes[0].tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x,nr,64,100,240,500,600,900,measured,us\n", "a deeper mode draws more"),
        ("x,nr,64,100,240,-5,1,900,measured,us\n", "on_w"),
        ("x,nr,64,100,240,500,1,900,guessed,us\n", "status"),
    ],
)
def test_a_unit_that_cannot_be_is_refused_with_its_place(home, row, message):
    own(home, row)
    with pytest.raises(DefinitionError, match=message):
        power_now()
