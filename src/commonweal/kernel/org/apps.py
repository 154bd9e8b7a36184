"""Django application: announces the registers of nodes, sites and meters to the lake."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from commonweal.lake.references import register_announce


class OrgConfig(AppConfig):
    """Registers the tables of ``kernel.org``."""

    name = "commonweal.kernel.org"
    label = "org"
    verbose_name = _("Organisation")

    def ready(self) -> None:
        """Let a code in a file be found as a meter, a site or a node."""
        from commonweal.kernel.org import selectors  # noqa: PLC0415 - tables exist only now

        register_announce("meter", selectors.meter_codes)
        register_announce("site", selectors.site_codes)
        register_announce("node", selectors.node_codes)
