"""Gases that leaked, as they were topped up, by site and month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.kernel.compute.activities import Activities, activity_source
from commonweal.kernel.compute.dated import dated_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.kernel.compute.activities import ActivityRequest


@activity_source("refrigerants")
def refrigerants(request: ActivityRequest) -> Sequence[Activities]:
    """Return gases put in by site, kg; a month without a top-up has no row."""
    rows, month, hashes = dated_rows("refrigerants", "site_id, gas, quantity_kg", request)
    gas = rows["gas"].combine_chunks().dictionary_encode()
    return [
        Activities(
            subject="site",
            subject_id=rows["site_id"].to_numpy().astype(np.int64),
            month=month,
            carriers=tuple(gas.dictionary.to_pylist()),
            carrier=np.asarray(gas.indices.cast(pa.int64())),
            quantity=rows["quantity_kg"].to_numpy(),
            estimated=np.zeros(len(rows)),
            inputs={"refrigerants": hashes},
        )
    ]
