"""Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    """Registers the tables of ``kernel.records``."""

    name = "commonweal.kernel.records"
    label = "records"
    verbose_name = _("Event log")
