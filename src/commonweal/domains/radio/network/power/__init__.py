"""Power of radio units, stations and elements: priors by model, calibrated by meters."""

from commonweal.domains.radio.network.power.book import LayerPowers, PowerBook, power_now
from commonweal.domains.radio.network.power.units import layer_power

__all__ = ["LayerPowers", "PowerBook", "layer_power", "power_now"]
