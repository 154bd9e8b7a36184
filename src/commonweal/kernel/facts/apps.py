"""Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FactsConfig(AppConfig):
    """Registers the tables of ``kernel.facts``."""

    name = "commonweal.kernel.facts"
    label = "facts"
    verbose_name = _("Facts")
