"""Replacing a meter with both registers: the register of meters and the readings, or neither."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from django.db import transaction

from commonweal.errors import InputError
from commonweal.kernel.org.services import meter_exchange
from commonweal.kernel.records.intake import source_ingest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from commonweal.kernel.org.models import MeterReplacement


@transaction.atomic
def meter_replace_read(  # noqa: PLR0913 - a replacement has this many independent parts
    *,
    meter: str,
    new_code: str,
    replaced_at: datetime,
    final_register: float,
    first_register: float,
    folder: Path,
    actor: str,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
) -> MeterReplacement:
    """Replace a meter at an instant and take both registers in as readings of that instant.

    Args:
        meter: Code of the meter that goes.
        new_code: Code of the one that comes.
        replaced_at: The instant; timezone-aware.
        final_register: What the old one shows.
        first_register: What the new one shows.
        folder: Where the two readings are written as a file, before they come in.
        actor: Who does it.
        now: When it is recorded.
        changes: Fields in which the new meter differs.

    Raises:
        InputError: A value breaks its rule; nothing is kept.
        StateError: The old one is removed already, or the code is taken.
    """
    done = meter_exchange(
        meter=meter,
        new_code=new_code,
        replaced_at=replaced_at,
        final_register=final_register,
        first_register=first_register,
        actor=actor,
        now=now,
        changes=changes,
    )
    path = folder / f"meter_readings-{new_code}-replaces-{meter}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("meter_id", "read_at", "register"))
        rows.writerow((meter, replaced_at.isoformat(), repr(final_register)))
        rows.writerow((new_code, replaced_at.isoformat(), repr(first_register)))
    taken = source_ingest("meter_readings", path, actor=actor, now=now)
    if taken.n_rejected:
        raise InputError(
            f"{taken.n_rejected} of the two registers of {meter} and {new_code} were refused",
            hint=f"see {taken.rejects_path}",
        )
    return done
