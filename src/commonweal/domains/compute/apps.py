"""Django application; its label leaves ``compute`` to the kernel."""

from django.apps import AppConfig


class ComputingConfig(AppConfig):
    """The field of computing: data centres, racks, pools."""

    name = "commonweal.domains.compute"
    label = "computing"
