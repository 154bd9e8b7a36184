"""Django application: loads the datasets that domains declare."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class LakeConfig(AppConfig):
    """Registers the manifest's tables and every ``schemas`` module."""

    name = "commonweal.lake"
    label = "lake"
    verbose_name = _("Data lake")

    def ready(self) -> None:
        """Import ``schemas`` of every installed application; each registers its datasets."""
        autodiscover_modules("schemas")
