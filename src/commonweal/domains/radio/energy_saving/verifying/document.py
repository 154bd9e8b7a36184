"""The frozen counterfactual as a document: named by its own digest, so that it cannot change."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.conf import settings

from commonweal.domains.radio.energy_saving.verifying.measured import N_KINDS
from commonweal.engines.radio.counterfactual import Acceptance, Counterfactual
from commonweal.errors import InputError, StateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.engines.radio.sectors import Doubles

FORMAT: Final = "commonweal.radio.counterfactual/1"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A counterfactual as it was frozen.

    Attributes:
        sha256: Its digest and name.
        document: What it says.
        model: The models of its groups.
        names: Groups. Shape (group,).
        usual_mbit: What each group carried by kind of hour. Shape (group, kind).
    """

    sha256: str
    document: Mapping[str, Any]
    model: Counterfactual
    names: tuple[str, ...]
    usual_mbit: Doubles

    @property
    def frozen_at(self) -> datetime:
        """When it was frozen."""
        return datetime.fromisoformat(self.document["frozen_at"])

    @property
    def baseline(self) -> tuple[date, date]:
        """First and last day that it was fitted on."""
        first, last = self.document["baseline"]
        return date.fromisoformat(first), date.fromisoformat(last)


def folder() -> Path:
    """Return where counterfactuals lie."""
    return Path(settings.HOME) / "radio" / "counterfactuals"


def document_write(document: Mapping[str, Any]) -> str:
    """Store a document and return its digest; the same one again changes nothing."""
    content = json.dumps(document, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / f"{sha256}.json"
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
    return sha256


def document_read(sha256: str) -> Frozen:
    """Return a frozen counterfactual.

    Raises:
        InputError: There is none with this digest.
        StateError: The file is not what its name says.
    """
    path = folder() / f"{sha256}.json"
    if not sha256.isalnum() or not path.exists():
        raise InputError(
            f"no counterfactual {sha256!r} is stored",
            hint="one is frozen when a plan is activated; restore it from a backup if it was",
        )
    content = path.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise StateError(
            f"{path.name} was changed: its digest is {found[:12]}…",
            hint="restore it from a backup; nothing can be verified against another document",
        )
    document = json.loads(content)
    return Frozen(
        sha256,
        document,
        _model(document),
        tuple(document["groups"]["name"]),
        _numbers(document["groups"]["usual_mbit"]).reshape(-1, N_KINDS),
    )


def model_told(model: Counterfactual) -> dict[str, Any]:
    """Return the fleet's part of a model, as the document has it."""
    seen = model.acceptance
    return {
        **{
            name: _nine(getattr(model, name))
            for name in ("group_share", "day_share", "fleet_share")
        },
        "acceptance": {name: _nine(getattr(seen, name)) for name in seen.__slots__},
    }


def plain(values: Doubles) -> list[Any]:
    """Return numbers as JSON has them: nine digits, null for none."""
    if values.ndim > 1:
        return [plain(row) for row in values]
    return [_nine(each) for each in values.tolist()]


def _nine(value: float) -> float | None:
    """Return nine digits: what comes after depends on the order in which rows were added."""
    if isinstance(value, int):
        return value
    return float(f"{value:.9g}") if np.isfinite(value) else None


def _model(document: Mapping[str, Any]) -> Counterfactual:
    groups, fleet = document["groups"], document["model"]
    return Counterfactual(
        _numbers(groups["coefficients"]).reshape(-1, 3),
        _numbers(groups["scale"]),
        np.array(groups["n_hours"], np.int64),
        fleet["group_share"],
        fleet["day_share"],
        fleet["fleet_share"],
        Acceptance(**fleet["acceptance"]),
    )


def _numbers(values: list[Any]) -> Doubles:
    return np.array(values, np.float64)  # null becomes NaN
