"""Writing the ledger. The clock is an argument; one transaction for each call."""

from commonweal.kernel.ledger.entries import (
    Posted,
    TransferColumns,
    TransferEntry,
    TransferResult,
)
from commonweal.kernel.ledger.services.accounts import (
    AccountExistsError,
    account_open_many,
    asset_create,
)
from commonweal.kernel.ledger.services.appending import ClockError, UnbalancedError
from commonweal.kernel.ledger.services.posting import (
    KeyReusedError,
    RefusedBeforeError,
    transfers_post,
    transfers_post_columns,
)
from commonweal.kernel.ledger.services.resolving import (
    ResolvedError,
    ReversedError,
    lots_expire,
    pending_expire,
    pending_post,
    pending_void,
    transfer_reverse,
)
from commonweal.kernel.ledger.walk import FloorError

__all__ = [
    "AccountExistsError",
    "ClockError",
    "FloorError",
    "KeyReusedError",
    "Posted",
    "RefusedBeforeError",
    "ResolvedError",
    "ReversedError",
    "TransferColumns",
    "TransferEntry",
    "TransferResult",
    "UnbalancedError",
    "account_open_many",
    "asset_create",
    "lots_expire",
    "pending_expire",
    "pending_post",
    "pending_void",
    "transfer_reverse",
    "transfers_post",
    "transfers_post_columns",
]
