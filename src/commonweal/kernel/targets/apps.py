"""Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TargetsConfig(AppConfig):
    """Registers the tables of ``kernel.targets``."""

    name = "commonweal.kernel.targets"
    label = "targets"
    verbose_name = _("Targets")
