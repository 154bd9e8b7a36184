"""Django application."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages; listens to what happens to accounts."""

    name = "commonweal.web"

    def ready(self) -> None:
        """Start listening once every application is there."""
        import_module("commonweal.web.people.told")
