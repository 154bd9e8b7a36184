"""Two sources about the same payments: the invoices here, and the bank's register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from commonweal.domains.supply.payments.models import Invoice
from commonweal.lake.query import query
from commonweal.lake.views import read

if TYPE_CHECKING:
    from datetime import datetime

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.periods import Period

_SQL: Final = (Path(__file__).parent / "queries" / "crosscheck.sql").read_text("utf-8")
_HERE: Final = pa.schema(
    {
        "node_id": pa.int32(),
        "number": pa.string(),
        "paid_date": pa.date32(),
        "amount_cny": pa.decimal128(18, 2),
    }
)


def crosscheck(period: Period, *, scope: Scope, as_of: datetime | None = None) -> pa.Table:
    """Return one row for each payment of a period about which the sources disagree.

    Args:
        period: Days of payment, by either source.
        scope: Who asks; for the whole, somebody who may read every invoice.
        as_of: State of the register; what is known now if None.

    Returns:
        Columns ``number``, ``rule`` (``not_in_register``, ``not_in_records``, ``amount_differs``,
        ``date_differs``), and day and amount as told here and there.
    """
    paid = scope.visible(Invoice.objects.filter(state="paid")).values(*_HERE.names)
    here = pa.Table.from_pylist(list(paid), schema=_HERE)
    asked = pa.table({"first_day": [period.start_date], "end_day": [period.end_date]})
    register = read("payment_register", as_of=as_of)
    return query(_SQL, {"here": here, "register": register, "asked": asked})
