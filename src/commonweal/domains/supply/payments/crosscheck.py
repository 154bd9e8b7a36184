"""Two sources about the same payments: the invoices here, and the bank's register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from django.utils.translation import gettext as _

from commonweal.domains.supply.payments.models import Invoice
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.services.refusals import RefusedError
from commonweal.lake.query import query
from commonweal.lake.views import read

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.periods import Period

_SQL: Final = (Path(__file__).parent / "queries" / "crosscheck.sql").read_text("utf-8")
_TYPES: Final = (pa.int32(), pa.string(), pa.date32(), pa.decimal128(18, 2))
_COLUMNS: Final = ("node_id", "number", "paid_date", "amount_cny")


def crosscheck(period: Period, *, scope: Scope, as_of: datetime | None = None) -> pa.Table:
    """Return one row for each payment of a period about which the sources disagree.

    ``rule`` is ``not_in_register``, ``not_in_records``, ``amount_differs`` or ``date_differs``; day
    and amount stand beside it as told here and there. A payment is of the period by either source,
    and of the nodes that the scope reviews.

    Raises:
        RefusedError: The scope reviews no node; an empty answer would look like agreement.
    """
    nodes = scope.nodes_of(Role.REVIEWER)
    ids = list(Node.objects.values_list("pk", flat=True) if nodes is None else nodes)
    if not ids:
        raise RefusedError(_("the cross-check of payments is for reviewers"))
    paid = Invoice.objects.filter(state="paid", node_id__in=ids).values(*_COLUMNS)
    relations = {
        "here": pa.Table.from_pylist(
            list(paid), schema=pa.schema(zip(_COLUMNS, _TYPES, strict=True))
        ),
        "register": read("payment_register", as_of=as_of),
        "nodes": pa.table({"node_id": pa.array(ids, pa.int32())}),
        "asked": pa.table({"first_day": [period.start_date], "end_day": [period.end_date]}),
    }
    return query(_SQL, relations)
