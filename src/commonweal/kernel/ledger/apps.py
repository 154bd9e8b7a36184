"""Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """Registers the tables of ``kernel.ledger``."""

    name = "commonweal.kernel.ledger"
    label = "ledger"
    verbose_name = _("Ledger")
