"""Django application."""

from django.apps import AppConfig


class ComputeConfig(AppConfig):
    """Registers the tables of ``kernel.compute``."""

    name = "commonweal.kernel.compute"
    label = "compute"
