"""Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    """Registers the tables of ``kernel.webhooks``."""

    name = "commonweal.kernel.webhooks"
    label = "webhooks"
    verbose_name = _("Webhooks")
