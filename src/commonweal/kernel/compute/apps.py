"""Django application: loads the activity sources that domains announce."""

from __future__ import annotations

import gc
from typing import Final

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

# Collections for every so many objects made. A register of a nation's meters comes as millions of
# tuples, none of them in a cycle: by Python's own 700 a third of a computation went into looking.
_COLLECTOR: Final = (50_000, 20, 20)


class ComputeConfig(AppConfig):
    """Registers findings and every ``sources`` module."""

    name = "commonweal.kernel.compute"
    label = "compute"

    def ready(self) -> None:
        """Import ``sources`` of every installed application; each announces its activities."""
        gc.set_threshold(*_COLLECTOR)
        autodiscover_modules("sources")
