"""Records of any type in any state, made from the type alone; and people made of roles."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import models

from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.programmes.models import Record, record_id_new
from commonweal.kernel.records.services import event_append
from tests.kernel.programmes.conftest import NOW

_VALUES = (
    (models.BooleanField, False),
    (models.DateTimeField, NOW),
    (models.DateField, date(2024, 3, 1)),
    (models.DecimalField, Decimal(1)),
    (models.IntegerField, 1),
    (models.FloatField, 1.0),
    (models.UUIDField, None),
    (models.CharField, "x"),
    (models.TextField, "x"),
)


def scope_with(name, role="", *nodes, user_id=None, also=()):
    """A person without an account: ``role`` at these nodes, and what others lend."""
    own = Principal(user_id, name, {role: frozenset(each.pk for each in nodes)} if role else {})
    return Scope(f"web:{name}", (own, *also))


def record_in(kind, state, node, *, maker="maker", **values):
    """A stored record in a state, with the event of its opening by ``maker``."""
    fields = {n: _value(c, kind, n, node) for n, c in kind.columns.items()}
    record = kind.model(
        id=record_id_new(),
        code=str(record_id_new())[-12:],
        node=node,
        state=state,
        start_date=date(2024, 3, 1),
        end_date=date(2024, 3, 2),
        opened_at=NOW - timedelta(days=1),
        changed_at=NOW,
        privacy="public",
        salt="00" * 16,
        **{**fields, **values},
    )
    record.save(force_insert=True)
    event_append(
        record_type=kind.id,
        record_key=str(record.pk),
        action="open",
        actor=f"web:{maker}",
        content={"version": 1, "code": record.code, "state": state, "fields": {}},
        now=NOW,
    )
    return record


def _value(column, kind, name, node):
    if column.null:
        return None
    if choices := kind.spec.fields[name].choices:
        return next(iter(choices))
    if isinstance(column, models.ForeignKey):
        return _referred(column.related_model, node)
    if column.unique and isinstance(column, models.CharField):
        return str(record_id_new())[-12:]
    return next(value for known, value in _VALUES if isinstance(column, known))


def _referred(model, node):
    from commonweal.kernel.programmes.registry import record_types  # noqa: PLC0415

    if issubclass(model, Record):
        kind = next(each for each in record_types().values() if each.model is model)
        return record_in(kind, kind.spec.initial.id, node)
    return node if isinstance(node, model) else model.objects.first()


def later(days):
    """An instant after ``NOW``."""
    return datetime.fromtimestamp(NOW.timestamp() + days * 86400, tz=NOW.tzinfo)
