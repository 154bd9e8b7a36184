"""Django application: loads the activity sources that domains announce."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ComputeConfig(AppConfig):
    """Registers findings and every ``sources`` module."""

    name = "commonweal.kernel.compute"
    label = "compute"

    def ready(self) -> None:
        """Import ``sources`` of every installed application; each announces its activities."""
        autodiscover_modules("sources")
