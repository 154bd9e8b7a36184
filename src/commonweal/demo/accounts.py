"""The demo's login: may look at everything, also in the admin, and change nothing."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction

USER: Final = "demo"
PASSWORD: Final = "demo"  # noqa: S105 - shown on the login page; the account can change nothing
_GROUP: Final = "viewers"


def account_exists() -> bool:
    """Return whether the demo's login is there."""
    return User.objects.filter(username=USER).exists()


@transaction.atomic
def account_create() -> User:
    """Make the login ``demo`` in a group that may view whatever the product holds."""
    group, _ = Group.objects.get_or_create(name=_GROUP)
    group.permissions.set(
        Permission.objects.filter(codename__startswith="view_").exclude(
            content_type__app_label__in=("auth", "sessions", "contenttypes", "admin")
        )
    )
    user, is_new = User.objects.get_or_create(
        username=USER, defaults={"first_name": "Demo", "is_staff": True}
    )
    if is_new:
        user.set_password(PASSWORD)
        user.save()
    user.groups.add(group)
    return user
