"""Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Registers the tables of ``kernel.accounts``."""

    name = "commonweal.kernel.accounts"
    label = "accounts"
    verbose_name = _("Roles")
