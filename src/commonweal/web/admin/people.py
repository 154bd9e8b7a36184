"""The administration has no sign-in of its own, and shows no table of the sign-in library."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.apps import apps
from django.contrib import admin


def sign_in_close() -> None:
    """Send the administration's sign-in to the site's, and hide what nobody edits there."""
    admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
    for config in apps.get_app_configs():
        if config.name.startswith("allauth"):
            for model in config.get_models():
                if admin.site.is_registered(model):
                    admin.site.unregister(model)
