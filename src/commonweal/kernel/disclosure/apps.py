"""Django application."""

from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    """Registers the tables of ``kernel.disclosure``."""

    name = "commonweal.kernel.disclosure"
    label = "disclosure"
