"""What the generated network of a test reports, and what its users truly asked."""

from datetime import timedelta

import numpy as np

from commonweal.domains.radio.network import synthetic
from commonweal.engines.radio.sectors import Demand, Rules
from commonweal.periods import business_midnight
from tests.domains.radio import world


def reported(net, folder, n_days, *, until_date):
    """Let the generated network report some days up to a date; return what users truly asked."""
    table = synthetic.cells(sorted(set(net.site_code)), seed=world.SEED, from_date=world.BEGAN)
    lte, nr = synthetic.demand(
        net.n_sectors,
        n_days + 1,
        24,
        seed=world.SEED,
        first_weekday=(until_date.weekday() - n_days) % 7,
    )
    layers = synthetic.true_layers(table, seed=world.SEED)
    names = synthetic.sectors(table)
    asked = [each[:, :-1].reshape(net.n_sectors, -1) for each in (lte, nr)]
    mode = np.zeros((*layers.present.shape, n_days * 24), np.int8)
    counters, _ = synthetic.reports(
        names,
        layers,
        Demand(*asked),
        mode,
        Rules(slot_h=1.0),
        start_at=business_midnight(until_date - timedelta(n_days)),
        seed=world.SEED,
    )
    world.take("cell_counters", counters, folder)
    return lte, nr
