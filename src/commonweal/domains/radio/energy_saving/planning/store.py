"""Plans as they lie in the operator's home: ``radio/plans/<code>/``.

``plan.json`` says what was planned from what, with totals, and is written last: a folder without it
is a run that was cut off. Each province has one Parquet file, a row for each sector and day, which
appears whole or not at all and carries the digest of what it was made from.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from commonweal.errors import InputError, StateError
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.engines.radio.sectors import Modes

MANIFEST: Final = "plan.json"
INPUTS_KEY: Final = b"commonweal.inputs_sha256"
SUMMARY_KEY: Final = b"commonweal.summary"
LEARNED_KEY: Final = b"commonweal.learned"

FIGURES: Final = (
    "expected_wh",  # the saving expected, at the mean of the forecast
    "expected_at_quantile_wh",  # the same if all that was planned for comes
    "all_on_wh",  # at the mean of the forecast
    "cost_wh",  # the plan's objective, and what no plan can be below
    "bound_wh",
    "demand_mbit",  # planned for
    "unserved_mbit",  # of it, left uncarried
    "unserved_anyway_mbit",  # of that, what every layer together could not carry either
)
"""Null where there is no forecast: no data is not zero."""

SCHEMA: Final = pa.schema(
    [
        ("day", pa.date32()),
        ("site_id", pa.int32()),
        ("site_code", pa.string()),
        ("sector", pa.string()),
        ("node_id", pa.int64()),
        ("cell_ids", pa.list_(pa.string())),  # layers of the sector, coverage first
        ("modes", pa.list_(pa.int8())),  # layer × slot, one layer after the other
        *((name, pa.float64()) for name in FIGURES),
        ("changes", pa.int32()),
        ("is_holdout", pa.bool_()),
        ("kept_awake", pa.string()),  # why the whole sector stays awake; null if it is planned
        ("helped_by", pa.string()),  # site/sector of who carries while this sector sleeps
        ("helped_mbit_s", pa.float64()),  # the most that is set aside for it in a slot of the plan
        ("helped_w_per_mbit_s", pa.float64()),  # what the helper draws for it
        ("covered_share", pa.float64()),  # of its traffic, what the helper reaches
        ("lent", pa.list_(pa.bool_())),  # in which slots; null, as the four before, without help
    ]
)


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A finished plan.

    Attributes:
        code: Name of its folder.
        folder: Where it lies.
        document: What ``plan.json`` says.
    """

    code: str
    folder: Path
    document: Mapping[str, Any]

    @property
    def first_date(self) -> date:
        """The first day that is planned."""
        return date.fromisoformat(self.document["plan_date"])

    @property
    def days(self) -> int:
        """How many days are planned."""
        return int(self.document["days"])

    @property
    def dates(self) -> tuple[date, ...]:
        """Every day that is planned."""
        return tuple(self.first_date + timedelta(days=n) for n in range(self.days))

    @property
    def slots_a_day(self) -> int:
        """How many slots a day has."""
        return int(self.document["slots_a_day"])

    @property
    def slot_s(self) -> int:
        """Length of a slot, seconds."""
        return 86_400 // self.slots_a_day

    @property
    def start_at(self) -> datetime:
        """The instant at which the first slot begins, UTC."""
        return business_midnight(self.first_date)

    @property
    def sha256(self) -> str:
        """Digest of what is planned, the files of all provinces included."""
        return str(self.document["sha256"])

    @property
    def provinces(self) -> tuple[str, ...]:
        """Codes of the provinces that are planned."""
        return tuple(part["code"] for part in self.document["provinces"])

    def sectors(
        self,
        province: str | None = None,
        *,
        site: str | None = None,
        day: date | None = None,
        columns: list[str] | None = None,
    ) -> pa.Table:
        """Return rows of the plan, one for each sector and day, in their order.

        Args:
            province: Code of one province; all by default.
            site: Code of one site.
            day: One day.
            columns: What to read; everything by default.

        Raises:
            InputError: The plan has no such province.
            StateError: A file is missing.
        """
        if province is not None and province not in self.provinces:
            raise InputError(
                f"plan {self.code} has no province {province!r}",
                hint=f"it has {', '.join(self.provinces)}",
            )
        names = self.provinces if province is None else (province,)
        wanted = [("site_code", site), ("day", day)]
        filters = [(name, "==", value) for name, value in wanted if value is not None]
        parts = [self._read(name, columns, filters) for name in names]
        return pa.concat_tables(parts)

    def _read(self, province: str, columns: list[str] | None, filters: list[Any]) -> pa.Table:
        path = self.folder / f"{province}.parquet"
        try:
            return pq.read_table(path, columns=columns, filters=filters or None)
        except FileNotFoundError as fault:
            raise StateError(
                f"{path.name} of plan {self.code} is missing", hint="make the plan again"
            ) from fault

    def schema(self, province: str) -> pa.Schema:
        """Return the columns of a province's file: earlier versions wrote fewer."""
        return pq.read_schema(self.folder / f"{province}.parquet")

    def modes_of(self, row: Mapping[str, Any]) -> Modes:
        """Return what each layer of a row does. Shape (layer, slot)."""
        return np.array(row["modes"], np.int8).reshape(-1, self.slots_a_day)

    def spans(self, rows: pa.Table) -> Iterator[tuple[Mapping[str, Any], Modes]]:
        """Yield each sector's first row with its modes over all of its days: (layer, day × slot).

        Args:
            rows: Whole rows of whole sectors, as ``sectors`` gives them without a day.
        """
        for first in range(0, rows.num_rows, self.days):
            of_sector = rows.slice(first, self.days).to_pylist()
            yield of_sector[0], np.concatenate([self.modes_of(row) for row in of_sector], axis=1)

    def check(self) -> None:
        """Check that the files are what the plan says.

        Raises:
            StateError: One is missing or was changed.
        """
        for part in self.document["provinces"]:
            path = self.folder / f"{part['code']}.parquet"
            if not path.exists() or file_sha256(path) != part["file_sha256"]:
                raise StateError(
                    f"{path.name} of plan {self.code} is missing or was changed",
                    hint="restore it from a backup, or make a new plan",
                )
        if plan_digest(self.document) != self.sha256:
            raise StateError(f"{MANIFEST} of plan {self.code} was changed", hint="make a new plan")


def plans_folder() -> Path:
    """Return where plans lie."""
    return Path(settings.HOME) / "radio" / "plans"


def plan_read(code: str) -> StoredPlan:
    """Return a finished plan by its code in the store.

    Raises:
        InputError: There is none.
    """
    folder = plans_folder() / code
    if not code or Path(code).name != code or not (folder / MANIFEST).exists():
        raise InputError(f"no plan {code!r} is stored", hint="see `commonweal radio plans`")
    return StoredPlan(code, folder, json.loads((folder / MANIFEST).read_text("utf-8")))


def plans_stored() -> tuple[StoredPlan, ...]:
    """Return all finished plans, by code."""
    found = sorted(plans_folder().glob(f"*/{MANIFEST}"))
    return tuple(plan_read(path.parent.name) for path in found)


def plan_digest(document: Mapping[str, Any]) -> str:
    """Return the digest of what is planned: equal inputs give equal digests on any day."""
    planned = ("plan_date", "days", "slots_a_day", "node", "policy")
    said: dict[str, Any] = {name: document[name] for name in planned}
    named = ("code", "inputs_sha256", "file_sha256")
    said["provinces"] = [{name: part[name] for name in named} for part in document["provinces"]]
    text = json.dumps(said, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inputs_of(path: Path) -> str:
    """Return the digest of what a province's file was made from, empty if there is no file."""
    return footer_read(path, INPUTS_KEY) if path.exists() else ""


def footer_read(path: Path, key: bytes) -> str:
    """Return a text from the footer of a province's file, empty if it has none."""
    found: bytes = (pq.read_metadata(path).metadata or {}).get(key, b"")
    return found.decode()
