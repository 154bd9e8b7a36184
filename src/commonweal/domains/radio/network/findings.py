"""What is wrong with an inventory, or looks so: told, and planned around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonweal.domains.radio.network.grid import Grid
    from commonweal.engines.radio.sectors import Bools

NO_COVERAGE: Final = "no_coverage_layer"
ONE_OBJECT: Final = "one_object_for_two_cells"
UNKNOWN_UNIT: Final = "unknown_ru_model"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend in the inventory.

    ``rule`` is one of this module's constants, ``subject`` the code of what it is about, and
    ``message`` says it.
    """

    rule: str
    subject: str
    message: str


def findings_of(network: Grid) -> tuple[Finding, ...]:
    """Return what the cells alone tell, in the order of sectors and cells."""
    bare = np.flatnonzero(lacks_coverage(network))
    found = [
        Finding(NO_COVERAGE, name, f"sector {name} has no coverage layer: none of it sleeps")
        for name in network.sector_id[bare]
    ]
    return (*found, *_shared_objects(network))


def unknown_units(ru_models: Iterable[str]) -> tuple[Finding, ...]:
    """Return a finding for each radio unit that nobody described."""
    return tuple(
        Finding(
            UNKNOWN_UNIT,
            name,
            f"radio unit {name} is in no ru_models.csv: its layers stay on, and their power is a"
            " guess",
        )
        for name in ru_models
    )


def lacks_coverage(network: Grid) -> Bools:
    """Return which sectors have no coverage layer. Shape (sector,)."""
    return np.asarray(~(network.column("role") == "coverage").any(axis=1))


def _shared_objects(network: Grid) -> list[Finding]:
    """Counters name element and object: of two cells behind one name neither can be told."""
    cells = network.cells
    both = pc.binary_join_element_wise(cells["element_dn"], cells["cell_dn"], "|")
    named = pa.table({"named": both, "cell_id": cells["cell_id"]})
    counted = named.group_by("named", use_threads=False).aggregate(
        [("cell_id", "count"), ("cell_id", "min"), ("cell_id", "max")]
    )
    twice = counted.filter(pc.greater(counted["cell_id_count"], 1))
    return [
        Finding(
            ONE_OBJECT,
            row["cell_id_min"],
            f"cells {row['cell_id_min']} and {row['cell_id_max']} report under one name,"
            f" {row['named']}: what one counts cannot be told from the other",
        )
        for row in twice.to_pylist()
    ]
