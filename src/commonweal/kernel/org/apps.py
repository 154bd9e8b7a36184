"""Django application."""

from django.apps import AppConfig


class OrgConfig(AppConfig):
    """Registers the tables of ``kernel.org``."""

    name = "commonweal.kernel.org"
    label = "org"
