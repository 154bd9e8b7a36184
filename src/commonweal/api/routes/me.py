"""Who asks, and what they may."""

from django.http import HttpRequest
from ninja import Router, Schema

from commonweal.api.callers import caller, needs
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.org.models import Node

router = Router(tags=["me"])


class RoleOut(Schema):
    """A role, and for which nodes with all below them; null is everywhere."""

    role: str
    nodes: list[str] | None


class MeOut(Schema):
    """An account as the API knows it."""

    account: str
    name: str
    may: list[str]
    acts_for: list[str]
    roles: list[RoleOut]


@router.get("/me", response=MeOut, auth=needs("read"))
def me_get(request: HttpRequest) -> dict[str, object]:
    """Return whose token this is, what it is for, and which roles they hold."""
    asked = caller(request)
    scope = asked.scope
    nodes = {role: scope.nodes_of(role) for role in Role.values}
    ids = {pk for each in nodes.values() if each for pk in each}
    codes = dict(Node.objects.filter(pk__in=ids).values_list("pk", "code"))
    return {
        "account": asked.user.get_username(),
        "name": asked.user.get_full_name(),
        "may": sorted(asked.may),
        "acts_for": [each.name for each in scope.principals[1:]],
        "roles": [
            {"role": role, "nodes": None if held is None else sorted(codes[pk] for pk in held)}
            for role, held in nodes.items()
            if held is None or held
        ],
    }
