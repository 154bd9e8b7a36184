"""Why an action is refused, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.utils.translation import gettext as _

from commonweal.errors import StateError
from commonweal.kernel.accounts.roles import Role

if TYPE_CHECKING:
    from commonweal.kernel.org.models import Node


class RefusedError(StateError):
    """The action is not open: wrong state, wrong person, or something is missing first."""


class RoleError(RefusedError):
    """The person lacks the role at the node."""

    http_status = 403

    @classmethod
    def of(cls, role: str, node: Node, what: str) -> Self:
        """Say which role is lacking where, for what."""
        return cls(
            _("%(what)s: this needs the role of %(role)s for %(node)s")
            % {"what": what, "role": Role(role).label, "node": node.code},
            hint=_("ask an administrator for the role, or the person who holds it"),
        )
