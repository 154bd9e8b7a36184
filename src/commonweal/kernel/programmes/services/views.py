"""Saved views: a list's filters under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext as _

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.programmes.models import SavedView
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.kernel.programmes.values import ValuesError

if TYPE_CHECKING:
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.registry import RecordType

_LONGEST: Final = {"name": 64, "query": 1024}


@transaction.atomic
def view_save(
    kind: RecordType, name: str, *, query: str, scope: Scope, is_shared: bool = False
) -> SavedView:
    """Keep a list's filters under a name of one's own; the same name again is overwritten.

    Raises:
        RefusedError: The scope has no account, or shares without managing the programme anywhere.
        ValuesError: The name or the filters are empty or too long.
    """
    if scope.user_id is None:
        raise RefusedError(_("views are saved by accounts"), hint=_("use --as"))
    for field, value in (("name", name.strip()), ("query", query)):
        if len(value) > _LONGEST[field] or not (value or field == "query"):
            raise ValuesError({field: _("1 to %(most)d characters") % {"most": _LONGEST[field]}})
    if is_shared and scope.nodes_of(Role.PROGRAMME_MANAGER) == frozenset():
        raise RefusedError(_("a programme manager shares views with others"))
    found, _is_new = SavedView.objects.update_or_create(
        record_type=kind.id,
        owner_id=scope.user_id,
        name=name.strip(),
        defaults={"query": query, "is_shared": is_shared},
    )
    return found


def view_remove(view: SavedView, *, scope: Scope) -> None:
    """Drop a view of one's own.

    Raises:
        RefusedError: It is somebody else's.
    """
    if scope.user_id is None or view.owner_id != scope.user_id:
        raise RefusedError(_("“%(name)s” is somebody else's view") % {"name": view.name})
    view.delete()
