"""The demo's people: one login that looks at everything, and one for each role of a programme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction

from commonweal.demo.organisation import GROUP
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Scope, scope_of
from commonweal.kernel.org.models import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

USER: Final = "demo"
PASSWORD: Final = "demo"  # noqa: S105 - shown on the login page of a synthetic operator
_GROUP: Final = "viewers"
_SINCE: Final = date(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo: login, given name, role, and the name programmes know them by."""

    key: str
    user: str
    first_name: str
    role: Role


PEOPLE: Final = (
    Person("staff", USER, "Demo", Role.VIEWER),
    Person("data_owner", "lin", "Lin", Role.DATA_OWNER),
    Person("reviewer", "wang", "Wang", Role.REVIEWER),
    Person("second_reviewer", "zhao", "Zhao", Role.REVIEWER),
    Person("programme_manager", "chen", "Chen", Role.PROGRAMME_MANAGER),
    Person("engineer", "sun", "Sun", Role.ENGINEER),
    Person("verifier", "gao", "Gao", Role.VERIFIER),
    Person("board", "luo", "Luo", Role.BOARD),
    Person("administrator", "admin", "Admin", Role.ADMINISTRATOR),
)


def accounts_exist() -> bool:
    """Return whether the demo's people are there."""
    return User.objects.filter(username__in=[each.user for each in PEOPLE]).count() == len(PEOPLE)


@transaction.atomic
def accounts_create() -> None:
    """Make every login, with its role for the whole group; ``demo`` only looks."""
    viewers, _ = Group.objects.get_or_create(name=_GROUP)
    viewers.permissions.set(
        Permission.objects.filter(codename__startswith="view_").exclude(
            content_type__app_label__in=("auth", "sessions", "contenttypes", "admin")
        )
    )
    top = Node.objects.get(code=GROUP)
    for person in PEOPLE:
        user, is_new = User.objects.get_or_create(
            username=person.user, defaults={"first_name": person.first_name, "is_staff": True}
        )
        if is_new:
            user.set_password(PASSWORD)
            user.save()
        user.groups.add(viewers)
        Grant.objects.get_or_create(user=user, role=person.role, node=top, valid_from=_SINCE)


def scopes(now: datetime) -> Mapping[str, Scope]:
    """Return the scope of each of the demo's people, by the name that programmes know them by."""
    users = {user.username: user for user in User.objects.all()}
    return {each.key: scope_of(users[each.user], now=now, interface="demo") for each in PEOPLE}
