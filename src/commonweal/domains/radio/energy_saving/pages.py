"""The pages of energy saving, by the ids of ``programme.toml``."""

from commonweal.domains.radio.energy_saving.page_league import league
from commonweal.domains.radio.energy_saving.page_network import network
from commonweal.domains.radio.energy_saving.page_review import review
from commonweal.domains.radio.energy_saving.page_savings import savings
from commonweal.domains.radio.energy_saving.page_site import site

__all__ = ["league", "network", "review", "savings", "site"]
