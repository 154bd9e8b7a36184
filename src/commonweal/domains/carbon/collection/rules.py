"""What must hold before a campaign or a statement moves on, and what follows when it does.

Statements and their items open in nobody's name but the manager's: whoever owns data at the node
fills them in, so nobody is made their owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.domains.carbon.collection.checking import empty_items, unexplained_items
from commonweal.domains.carbon.collection.models import Item
from commonweal.domains.carbon.collection.preparing import statements_open
from commonweal.domains.carbon.collection.taking import (
    content_sha256,
    period_lock_found,
    statement_file_attach,
    statement_take_in,
)
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open
from commonweal.kernel.programmes.services.checking import hands_in
from commonweal.kernel.programmes.services.telling import record_tell
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.carbon.collection.models import Campaign, Statement

_SETTLED = ("approved", "locked", "superseded", "waived", "merged")
_COPIED = (
    "indicator",
    "is_declared",
    "value",
    "value_unit",
    "method",
    "reason",
    "evidence",
    "previous_amount",
    "computed_amount",
)


def statements_make(campaigns: Sequence[Campaign], context: Context) -> None:
    """Open a statement with its items for every unit that is asked."""
    for campaign in campaigns:
        campaign.n_statements = statements_open(campaign, context)


def every_statement_is_settled(campaign: Campaign, _context: Context) -> bool:
    """Whether each statement was approved or waived."""
    return not campaign.statements.exclude(state__in=_SETTLED).exists()


def every_item_is_filled(statement: Statement, _context: Context) -> bool:
    """Whether there are items, and each has a value."""
    return statement.items.exists() and not empty_items(statement)


def odd_values_have_reasons(statement: Statement, _context: Context) -> bool:
    """Whether each odd value is explained; peers have come in since they were entered."""
    _check_again(statement)
    return not unexplained_items(statement)


def is_as_submitted(statement: Statement, _context: Context) -> bool:
    """Whether the items are those that were put forward."""
    return content_sha256(statement, _items(statement)) == statement.content_sha256


def period_is_open(statement: Statement, _context: Context) -> bool:
    """Whether no lock lies on the statement's period, and none can come before it is taken in."""
    return period_lock_found(statement.span) is None


def older_one_is_unlocked(statement: Statement, _context: Context) -> bool:
    """Whether the statement that this one corrects still stands and may give way."""
    return statement.replaces is None or statement.replaces.state == "approved"


def no_correction_is_under_way(statement: Statement, _context: Context) -> bool:
    """Whether nobody else corrects the statement."""
    return not statement.corrections.exclude(state__in=("waived", "merged")).exists()


def has_a_reviewed_correction(statement: Statement, _context: Context) -> bool:
    """Whether a correction stands before its approval, or after it."""
    return statement.corrections.filter(state__in=("reviewed", "approved", "locked")).exists()


def items_freeze(statements: Sequence[Statement], context: Context) -> None:
    """Put the items forward with their statement, and tell who had a hand in them."""
    kind = record_type("collection.item")
    for statement in statements:
        items = _items(statement)
        records_act(kind, [each.pk for each in items], "freeze", context=_as_is(context))
        hands = sorted(frozenset().union(*(hands_in(kind, each) for each in items)))
        content = {"hands": hands, "n_items": len(items)}
        of = record_type("collection.statement")
        record_tell(
            of, statement, action="collect", scope=context.scope, now=context.now, content=content
        )
        today = business_date(context.now)
        statement.n_items, statement.submitted_date = len(items), today
        statement.n_odd = sum(each.is_odd for each in items)
        statement.is_late = bool(statement.due_date and today > statement.due_date)
        statement.content_sha256 = content_sha256(statement, items)


def items_thaw(statements: Sequence[Statement], context: Context) -> None:
    """Let the items of a returned statement change again."""
    _items_act(statements, "thaw", context)
    for statement in statements:
        statement.content_sha256 = ""


def figures_take_in(statements: Sequence[Statement], context: Context) -> None:
    """Make rows of the lake of what was declared, in this transaction; keep the signed file.

    A statement that this one corrects gives way: its rows have the same keys, and stay readable as
    what was known then.
    """
    kind = record_type("collection.statement")
    for statement in statements:
        items = _items(statement)
        statement_take_in(statement, items, actor=context.scope.actor, now=context.now)
        statement_file_attach(statement, items, scope=context.scope, now=context.now)
    older = [each.replaces_id for each in statements if each.replaces_id]
    if older:
        records_act(kind, older, "supersede", context=_as_is(context))
    _items_act(statements, "accept", context)


def correction_open(statements: Sequence[Statement], context: Context) -> None:
    """Open the next revision with what was said before, to be changed where it was wrong."""
    scope = owner_scope(context.scope.actor)
    for statement in statements:
        values = {
            "campaign": statement.campaign,
            "revision": statement.campaign.statements.filter(node=statement.node).count() + 1,
            "replaces": statement,
            "why": context.comment,
            "due_date": business_date(context.now),
        }
        opening = Opening(node=statement.node, values=values)
        kind = record_type("collection.statement")
        (new,) = records_open(kind, [opening], scope=scope, now=context.now)
        copied = [
            Opening(
                node=statement.node,
                values={"statement": new, **{name: getattr(each, name) for name in _COPIED}},
            )
            for each in _items(statement)
        ]
        records_open(record_type("collection.item"), copied, scope=scope, now=context.now)


def _check_again(statement: Statement) -> None:
    for item in statement.items.filter(state="due"):
        before = item.odd
        item.clean()
        if item.odd != before:
            Item.objects.filter(pk=item.pk).update(odd=item.odd, is_odd=item.is_odd)


def _items_act(statements: Sequence[Statement], action: str, context: Context) -> None:
    kind = record_type("collection.item")
    ids = [item.pk for each in statements for item in _items(each)]
    if ids:
        records_act(kind, ids, action, context=_as_is(context))


def _as_is(context: Context) -> Context:
    """Return the context for what follows an action: nothing of it is asked for."""
    return Context(context.scope, context.now, context.comment)


def _items(statement: Statement) -> list[Item]:
    return list(statement.items.exclude(state="merged").order_by("pk"))
