"""Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammesConfig(AppConfig):
    """Registers the tables that all programmes share, and their records as a source of figures."""

    name = "commonweal.kernel.programmes"
    label = "programmes"
    verbose_name = _("Programmes")
