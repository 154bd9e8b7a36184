"""Django application: announces the backup as a kind of job."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationConfig(AppConfig):
    """Has no tables."""

    name = "commonweal.kernel.operation"
    label = "operation"
    verbose_name = _("Operation")
