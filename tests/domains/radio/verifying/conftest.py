"""Generated sites with three weeks of reports, a plan of a week, and what they did in it."""

from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from commonweal.domains.radio.energy_saving.models import Plan
from commonweal.domains.radio.energy_saving.planning.policy import policy_read
from commonweal.domains.radio.energy_saving.planning.recording import plan_open
from commonweal.domains.radio.energy_saving.planning.store import (
    SCHEMA,
    file_sha256,
    plan_digest,
    plan_read,
    plans_folder,
)
from commonweal.domains.radio.energy_saving.planning.writing import ProvinceWriter, manifest_write
from commonweal.domains.radio.energy_saving.verifying import counterfactual_freeze
from commonweal.domains.radio.network import synthetic
from commonweal.engines.radio.holdout import is_holdout
from commonweal.engines.radio.sectors import Demand, Mode, Rules
from commonweal.periods import business_midnight
from tests.domains.radio import world

FIRST = date(2024, 11, 20)
PLANNED = date(2024, 12, 11)
HISTORY_DAYS, DAYS = 21, 7
SECTORS = 3  # of each generated site
LAST = PLANNED + timedelta(DAYS - 1)
BEFORE = business_midnight(PLANNED) - timedelta(hours=6)
AFTER = datetime(2024, 12, 19, 2, 0, tzinfo=BEFORE.tzinfo)
NIGHT = slice(0, 6)
RULES = Rules(slot_h=1.0)


@pytest.fixture
def home(tmp_path, settings):
    """The operator's home is the test's own."""
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    return settings.HOME


class World:
    """Sites, their true demand, and a plan in which boosters sleep at night."""

    def __init__(self, folder, *, n_sites, share, seed):
        self.folder, self.share, self.seed = folder, share, seed
        self.codes = world.organisation(GD=n_sites)
        self.rows = world.cells(self.codes, folder)
        self.layers = synthetic.true_layers(self.rows, seed=world.SEED)
        days = synthetic.demand(
            self.layers.n_sectors, HISTORY_DAYS + DAYS, 24, seed=world.SEED, first_weekday=2
        )
        self.demand = [each.reshape(self.layers.n_sectors, -1) for each in days]
        shape = (*self.layers.present.shape, HISTORY_DAYS * 24)
        self.report(FIRST, np.zeros(shape, np.int8))

    def of_days(self, first, n_hours):
        begin = (first - FIRST).days * 24
        return Demand(*(each[:, begin : begin + n_hours] for each in self.demand))

    def reports(self, first, modes):
        """Rows of what would be reported."""
        return synthetic.reports(
            synthetic.sectors(self.rows),
            self.layers,
            self.of_days(first, modes.shape[2]),
            modes,
            RULES,
            start_at=business_midnight(first),
            seed=(first - FIRST).days,
        )

    def report(self, first, modes, change=lambda counters, power: (counters, power)):
        """Take in what is reported while layers do this."""
        counters, power = change(*self.reports(first, modes))
        world.take("cell_counters", counters, self.folder)
        world.take("element_power", power, self.folder)

    def nightly(self, *, holdout=True):
        """Boosters of every site asleep at night, but for those left alone."""
        modes = np.zeros((*self.layers.present.shape, DAYS, 24), np.int8)
        may = self.layers.allowed[..., Mode.DEEP_SLEEP]
        modes[..., NIGHT] = np.where(may, Mode.DEEP_SLEEP, Mode.ON)[..., None, None]
        if holdout:
            held = np.repeat(self.held(), SECTORS, axis=0)
            modes[np.broadcast_to(held[:, None], modes.shape[:3])] = Mode.ON
        return modes

    def held(self):
        days = (PLANNED + timedelta(n) for n in range(DAYS))
        found = [is_holdout(self.codes, d, seed=self.seed, share=self.share) for d in days]
        return np.stack(found, axis=1)

    def true_saving_kwh(self, modes):
        """What the meters lack because of sleep, noise apart."""
        flat = modes.reshape(*modes.shape[:2], -1)
        asleep, awake = (
            sum(self.reports(PLANNED, each)[1]["energy_kwh"].to_pylist())
            for each in (flat, np.zeros_like(flat))
        )
        return awake - asleep

    def plan(self, modes, *, at=BEFORE, name="20241211-all-x-1"):
        """Store a plan of these modes and open its record, active; nothing is frozen yet."""
        policy = policy_read(
            slots_a_day=24,
            history_days=HISTORY_DAYS,
            holdout_share=self.share,
            holdout_seed=self.seed,
        )
        folder = plans_folder() / name
        rows = self._rows(modes)
        with ProvinceWriter(folder / "GD.parquet", inputs_sha256="") as writer:
            writer.add(rows)
        part = {"code": "GD", "place": "CN-GD", "file_sha256": file_sha256(folder / "GD.parquet")}
        kwh = sum(rows["expected_wh"].to_pylist()) / 1000
        document = {
            "made_at": at.isoformat(),
            "as_of": at.isoformat(),
            "plan_date": PLANNED.isoformat(),
            "days": DAYS,
            "node": "all",
            "slots_a_day": 24,
            "policy": policy.model_dump(mode="json", by_alias=True),
            "provinces": [part | {"inputs_sha256": ""}],
            "totals": {
                "n_sites": len(self.codes),
                "n_sectors": self.layers.n_sectors,
                "expected_kwh": kwh,
                "all_on_kwh": 10 * kwh + 1,
                "gap_share": 0,
                "unserved_share": 0,
            },
        }
        manifest_write(folder, document | {"sha256": plan_digest(document)})
        record = plan_open(plan_read(folder.name), scope=world.scope(), now=at)
        Plan.objects.filter(pk=record.pk).update(state="active")
        return Plan.objects.get(pk=record.pk)

    def _rows(self, modes):
        names = synthetic.sectors(self.rows)
        base = self.layers.base_w.astype(float)
        drop = base[..., [0]] - base
        held = self.held()
        rows = []
        for sector in range(self.layers.n_sectors):
            kept = names.row[sector] >= 0
            cells = names.cell_id[sector][kept].tolist()
            site = self.codes[sector // SECTORS]
            for day in range(DAYS):
                mode = modes[sector, kept, day]
                saved = np.take_along_axis(drop[sector, kept], mode.astype(int), axis=1).sum()
                rows.append(
                    dict.fromkeys(SCHEMA.names)
                    | {
                        "day": PLANNED + timedelta(day),
                        "site_code": site,
                        "sector": str(sector % SECTORS + 1),
                        "cell_ids": cells,
                        "modes": mode.ravel().tolist(),
                        "expected_wh": float(saved),
                        "is_holdout": bool(held[sector // SECTORS, day]),
                    }
                )
        return pa.Table.from_pylist(rows, SCHEMA)


@pytest.fixture
def build(db, home, tmp_path):
    """A function that builds the world: sites, and the share of site-days left alone."""

    def make(n_sites=12, share=0.1, seed="test"):
        return World(tmp_path, n_sites=n_sites, share=share, seed=seed)

    return make


@pytest.fixture
def frozen(build):
    """A world whose plan was frozen and acted on; ``change`` alters what is reported."""

    def make(*, change=lambda counters, power: (counters, power), acts=None, **given):
        made = build(**given)
        modes = made.nightly()
        plan = made.plan(modes)
        plan.counterfactual_sha256 = counterfactual_freeze(plan, BEFORE)
        plan.save(update_fields=["counterfactual_sha256"])
        acted = modes if acts is None else acts(made, modes)
        made.report(PLANNED, acted.reshape(*acted.shape[:2], -1), change)
        made.acted = acted
        return made, plan

    return make
