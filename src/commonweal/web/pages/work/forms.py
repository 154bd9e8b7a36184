"""The form of a record: a new one, or one that is changed while others may change it, too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.programmes.services.refusals import RoleError
from commonweal.kernel.programmes.values import named
from commonweal.periods import business_date
from commonweal.web.pages.scope import Choice
from commonweal.web.pages.work.fields import Input, errors_top, fields_entered, inputs
from commonweal.web.pages.work.kinds import OfKind
from commonweal.web.pages.work.path import Ahead, Step, ahead, steps
from commonweal.web.pages.work.texts import record_title

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType
    from commonweal.web.pages.work.record import Refusal


@dataclass(frozen=True, slots=True)
class FormPage(OfKind):
    """Everything that the form of a record shows; without a record it opens one."""

    record: Record | None
    title: str
    node: str
    """The code of the node chosen, or the name of the record's."""
    node_error: str
    nodes: tuple[Choice, ...]
    inputs: tuple[Input, ...]
    errors: tuple[str, ...]
    message: str
    hint: str
    version: int
    is_conflict: bool
    steps: tuple[Step, ...]
    ahead: tuple[Ahead, ...]
    request_key: str


def new_page(
    kind: RecordType,
    *,
    scope: Scope,
    now: datetime,
    language: str,
    request_key: str,
    refusal: Refusal | None = None,
    start: Mapping[str, str] | None = None,
) -> FormPage:
    """Build the form that opens a record, at the nodes where the scope may; ``start`` prefills.

    Raises:
        RoleError: The scope may nowhere.
    """
    nodes = nodes_open(kind, scope, now, language)
    if not nodes:
        raise RoleError(
            _("%(what)s: to open one you need the role of %(role)s somewhere")
            % {"what": named(kind.spec.name), "role": Role(kind.spec.opened_by).label},
            hint=_("ask an administrator for the role, or the person who holds it"),
        )
    typed = refusal.typed if refusal else start or {}
    chosen = typed.get("node", "") or nodes[0].value
    page = _page(kind, None, scope, language, request_key, refusal, nodes=nodes, node=chosen)
    begun = tuple(replace(each, value=typed.get(each.name, each.value)) for each in page.inputs)
    return replace(page, inputs=begun)


def edit_page(
    kind: RecordType,
    record: Record,
    *,
    scope: Scope,
    language: str,
    request_key: str,
    refusal: Refusal | None = None,
    is_conflict: bool = False,
) -> FormPage:
    """Build the form that changes a record.

    In a conflict it shows, beside what was typed, what the others made of a field meanwhile.
    """
    node = node_name(record.node, language_of(language))
    return _page(
        kind, record, scope, language, request_key, refusal, node=node, is_conflict=is_conflict
    )


def _page(  # noqa: PLR0913, PLR0917 - keywords
    kind: RecordType,
    record: Record | None,
    scope: Scope,
    language: str,
    request_key: str,
    refusal: Refusal | None,
    *,
    node: str,
    nodes: tuple[Choice, ...] = (),
    is_conflict: bool = False,
) -> FormPage:
    names = fields_entered(kind)
    errors = refusal.fields if refusal else {}
    state = record.state if record else kind.spec.initial.id
    is_plain = refusal is not None and not errors
    return FormPage(
        kind=kind,
        record=record,
        title=record_title(kind, record, language) if record else "",
        node=node,
        node_error=errors.get("node", ""),
        nodes=nodes,
        inputs=inputs(
            kind,
            names,
            record=record,
            typed=refusal.typed if refusal else None,
            errors=errors,
            language=language,
            scope=scope,
            is_conflict=is_conflict,
        ),
        errors=tuple(errors_top(kind, errors, (*names, "node"))),
        message=refusal.message if refusal and is_plain else "",
        hint=refusal.hint if refusal and is_plain else "",
        version=record.version if record else 0,
        is_conflict=is_conflict,
        steps=steps(kind, state),
        ahead=ahead(kind, state, set()),
        request_key=request_key,
    )


def nodes_open(kind: RecordType, scope: Scope, now: datetime, language: str) -> tuple[Choice, ...]:
    """Return the nodes at which the scope may open records, parents before children."""
    may = scope.nodes_of(kind.spec.opened_by)
    if may is not None and not may:
        return ()
    org = tree(business_date(now))
    place = {int(node_id): i for i, node_id in enumerate(org.node_id)}
    rows = Node.objects.all() if may is None else Node.objects.filter(pk__in=sorted(may))
    found = sorted((each for each in rows if each.pk in place), key=lambda each: place[each.pk])
    top = min((int(org.depth[place[each.pk]]) for each in found), default=0)
    return tuple(
        Choice(
            each.code,
            "\u2003" * (int(org.depth[place[each.pk]]) - top)
            + node_name(each, language_of(language)),
        )
        for each in found
    )
