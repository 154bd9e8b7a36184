"""Django application."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the tables of ``api``: answers that are given again, and quotas."""

    name = "commonweal.api"
    label = "api"
