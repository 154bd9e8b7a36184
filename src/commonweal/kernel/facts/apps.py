"""Django application."""

from django.apps import AppConfig


class FactsConfig(AppConfig):
    """Registers the tables of ``kernel.facts``."""

    name = "commonweal.kernel.facts"
    label = "facts"
