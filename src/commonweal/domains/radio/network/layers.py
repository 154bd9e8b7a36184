"""What every layer of a network may do, carry and draw: the arrays that plans are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Protocol

import numpy as np
from pydantic import Field

from commonweal.catalogue.reading import Strict
from commonweal.domains.radio.network.findings import lacks_coverage
from commonweal.engines.radio.sectors import N_MODES, Layers, Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from commonweal.domains.radio.network.grid import Grid
    from commonweal.engines.radio.sectors import Bools, Floats

    Doubles = NDArray[np.float64]
    Texts = NDArray[np.object_]

_FDD: Final = 1.0


class LayerPolicy(Strict):
    """How much of a layer may be used, and what it carries where nobody measured it.

    Attributes:
        rho_max: The highest load that a layer may be planned to.
        bit_s_hz: Spectral efficiency by ``rat`` and the least number of RF channels: ``nr-32``
            is NR with 32 channels or more. The most channels that fit decide.
        downlink_share: Share of time for the downlink by band, where one carrier serves both
            directions; 1 for other bands.
        rf_off_share: What is left of a layer's capacity with half of its channels off.
        rf_off_channels: Layers with fewer channels than this are never halved.
    """

    rho_max: Annotated[float, Field(gt=0, le=1)]
    bit_s_hz: dict[Annotated[str, Field(pattern=r"^(lte|nr)-\d+$")], Annotated[float, Field(gt=0)]]
    downlink_share: dict[str, Annotated[float, Field(gt=0, le=1)]]
    rf_off_share: Annotated[float, Field(ge=0, le=1)]
    rf_off_channels: Annotated[int, Field(ge=2)]


class Powers(Protocol):
    """What layers draw; a row for each that was asked about."""

    @property
    def base_w(self) -> Doubles:
        """Without traffic, at the supply's input. Shape (n, mode)."""

    @property
    def slope_w(self) -> Doubles:
        """What full load adds. Shape (n,)."""

    @property
    def switch_wh(self) -> Doubles:
        """What entering and leaving a mode costs each. Shape (n, mode)."""

    @property
    def modes(self) -> Bools:
        """Modes that the radio unit has. Shape (n, mode)."""


class PowerBook(Protocol):
    """What is known of the power of radio units and elements."""

    def unknown(self, ru_model: Texts) -> list[str]:
        """Return the models among these that nobody described; their layers stay on."""

    def powers(self, ru_model: Texts, bandwidth_mhz: Doubles, element_dn: Texts) -> Powers:
        """Return what such layers draw, each by the factor of its element."""


def full_load_mbit_s(network: Grid, policy: LayerPolicy, measured: Floats | None = None) -> Doubles:
    """Return what each layer carries with every resource block in use. Shape (sector, layer).

    The row of the inventory decides, then what was measured, then the policy's default.

    Args:
        network: The layers.
        policy: Defaults.
        measured: NaN where nothing was measured. Shape (sector, layer).
    """
    mhz = network.column("bandwidth_mhz", np.nan)
    share = _by_text(network.column("band"), policy.downlink_share, _FDD)
    stated = network.column("spectral_efficiency_bit_s_hz", np.nan) * mhz * share
    usual = _usual(network, policy) * mhz * share
    found = np.where(np.isnan(stated), usual, stated)
    if measured is not None:
        found = np.where(np.isnan(stated) & ~np.isnan(measured), measured, found)
    return np.where(network.present, found, 0.0)


def _usual(network: Grid, policy: LayerPolicy) -> Doubles:
    channels = network.column("channels", 0)
    rat = network.column("rat")
    found = np.full(channels.shape, np.nan)
    for named in sorted(policy.bit_s_hz, key=lambda each: int(each.rpartition("-")[2])):
        of_rat, _, least = named.rpartition("-")
        found[(rat == of_rat) & (channels >= int(least))] = policy.bit_s_hz[named]
    return found


def _by_text(texts: Texts, values: Mapping[str, float], otherwise: float) -> Doubles:
    found = np.full(texts.shape, otherwise)
    for text, value in values.items():
        found[texts == text] = value
    return found


def may_sleep(network: Grid, helped: Bools | None = None) -> Bools:
    """Return which layers may sleep at all. Shape (sector, layer).

    Coverage, protected cells, and those that a partner will not let sleep stay on, and so does
    every layer of a sector without coverage, unless a neighbour helps it.

    Args:
        network: The layers.
        helped: Which sectors a neighbour helps; None for none. Shape (sector,).
    """
    alone = lacks_coverage(network)
    if helped is not None:
        alone &= ~helped
    free = network.present & (network.column("role") == "booster")
    free &= network.column("protected") != "yes"
    free &= network.column("partner_sleep") != "vetoed"
    return np.asarray(free & ~alone[:, None])


def layers_of(
    network: Grid,
    power: PowerBook,
    policy: LayerPolicy,
    *,
    measured: Floats | None = None,
    helped: Bools | None = None,
) -> Layers:
    """Return what every layer of a network may do, carry and draw."""
    present = network.present
    full = full_load_mbit_s(network, policy, measured)
    capacity = np.zeros((*present.shape, N_MODES), np.float32)
    capacity[..., Mode.ON] = full * policy.rho_max
    is_halved = network.column("channels", 0) >= policy.rf_off_channels
    capacity[..., Mode.RF_OFF] = np.where(is_halved, full * policy.rho_max * policy.rf_off_share, 0)
    found = power.powers(
        network.column("ru_model")[present],
        network.column("bandwidth_mhz", np.nan)[present],
        network.element_dn[present],
    )
    base, switch, modes = (np.zeros(capacity.shape, np.float32) for _ in range(3))
    base[present], switch[present], modes[present] = found.base_w, found.switch_wh, found.modes
    slope = np.zeros(present.shape)
    slope[present] = found.slope_w / full[present]
    allowed = modes.astype(np.bool_) & may_sleep(network, helped)[..., None]
    allowed[..., Mode.RF_OFF] &= is_halved
    allowed[..., Mode.ON] = present
    return Layers(
        present=present,
        is_nr=network.is_nr,
        allowed=allowed,
        capacity_mbit_s=capacity,
        base_w=base,
        slope_w_per_mbit_s=slope.astype(np.float32),
        switch_wh=switch,
    )
