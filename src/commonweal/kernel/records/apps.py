"""Django application."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Registers the tables of ``kernel.records``."""

    name = "commonweal.kernel.records"
    label = "records"
