"""The operator's guards: our limits, replaced key by key by ``<home>/radio/guard.toml``."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any, Final

from django.conf import settings
from pydantic import Field

from commonweal.catalogue.reading import Strict, checked, toml_read
from commonweal.domains.radio.energy_saving.acting.steps import Manner
from commonweal.engines.radio.guard import Limits

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1, le=100)]
_OURS: Final = Limits()
_OUR_MANNER: Final = Manner()


class Guards(Strict):
    """When guards trip and what follows; ``engines.radio.guard.Limits`` and ``Manner`` say more."""

    load_share: Share = _OURS.load_share
    load_s: Positive = _OURS.load_s
    overload_share: Share = _OURS.overload_share
    setup_success_floor: Share = _OURS.setup_success_floor
    abnormal_release_ceiling: Share = _OURS.abnormal_release_ceiling
    handover_success_floor: Share = _OURS.handover_success_floor
    ue_throughput_floor_kbit_s: Annotated[float, Field(ge=0)] = _OURS.ue_throughput_floor_kbit_s
    margin_share: Share = _OURS.margin_share
    throughput_fall_share: Share = _OURS.throughput_fall_share
    n_periods: Count = _OURS.n_periods
    n_silent: Count = _OURS.n_silent
    doubt_share: Annotated[float, Field(gt=0, lt=1)] = _OURS.doubt_share
    stay_on_s: Annotated[int, Field(ge=0)] = _OUR_MANNER.stay_on_s
    hold_h: Annotated[int, Field(ge=1, le=720)] = _OUR_MANNER.hold_h
    n_tries: Count = _OUR_MANNER.n_tries

    def manner(self, period_s: float) -> Manner:
        """Return how carefully we act on reports of periods of this length."""
        said = self.model_dump()
        named = {each.name for each in fields(Limits)}
        limits = {name: value for name, value in said.items() if name in named}
        rest = {name: value for name, value in said.items() if name not in named}
        return Manner(limits=Limits(period_s=period_s, **limits), **rest)


def guards_path() -> Path:
    """Return where the operator's own guards are stated."""
    return Path(settings.HOME) / "radio" / "guard.toml"


def guards_read() -> Guards:
    """Return the guards in force.

    Raises:
        DefinitionError: The file has a key that is none, or a value out of range.
    """
    path = guards_path()
    return checked(Guards, toml_read(path) if path.exists() else {}, str(path))


def guards_told() -> dict[str, dict[str, Any]]:
    """Return every guard with its ``value``, ours (``default``), and ``is_own``: stated by them."""
    found = guards_read()
    ours = asdict(_OURS) | asdict(_OUR_MANNER)
    return {
        name: {
            "value": getattr(found, name),
            "default": ours[name],
            "is_own": name in found.model_fields_set,
        }
        for name in Guards.model_fields
    }
