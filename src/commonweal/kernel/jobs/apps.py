"""Django application: loads the kinds of jobs that other applications announce."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """Registers the tables of jobs and every ``jobs`` module."""

    name = "commonweal.kernel.jobs"
    label = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """Import ``jobs`` of every installed application; each announces its kinds."""
        autodiscover_modules("jobs")
