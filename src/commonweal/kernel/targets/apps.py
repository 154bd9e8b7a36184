"""Django application."""

from django.apps import AppConfig


class TargetsConfig(AppConfig):
    """Registers the tables of ``kernel.targets``."""

    name = "commonweal.kernel.targets"
    label = "targets"
