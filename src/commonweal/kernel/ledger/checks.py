"""What an entry must satisfy whatever the balances are; and turning columns into a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from commonweal.errors import CommonwealError, InputError
from commonweal.kernel.ledger.drafts import Draft
from commonweal.kernel.ledger.entries import spread
from commonweal.kernel.ledger.models import State, Transfer
from commonweal.kernel.ledger.table import account_ids
from commonweal.kernel.ledger.walk import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from commonweal.kernel.ledger.entries import TransferColumns
    from commonweal.kernel.ledger.walk import Holding

OWN_KEYS: Final = "ledger/"
"""Keys that begin so are the ledger's own: expiries and time-outs."""
_TEXTS: Final = {"key": 1, "code": 1, "record_type": 0, "record_key": 0}

Faults = dict[int, CommonwealError]


def draft_of(columns: TransferColumns, *, now: datetime) -> tuple[Draft, Faults]:
    """Return what is asked as a draft of the same length, and what is wrong by place.

    Accounts that do not exist have number 0 in the draft.

    Raises:
        InputError: A column has another length, or holds what is no text, number or instant.
    """
    n = len(columns.key)
    given = {
        name: spread(getattr(columns, name), n, name)
        for name in (*_TEXTS, "amount", "occurred_at", "pending_until")
    }
    faults: Faults = {}
    for place, what, hint in _rule_breaks(given, now):
        faults.setdefault(place, InputError(what, hint=hint))
    sides = {}
    for name in ("debit", "credit"):
        numbers, unknown = _numbers(getattr(columns, name), n, name)
        sides[name] = numbers
        for place, code in unknown.items():
            faults.setdefault(place, _unknown(code))
    none = [None] * n
    columns_of_draft: dict[str, Any] = {**given, **sides}
    columns_of_draft["state"] = [
        str(State.PENDING if until else State.POSTED) for until in given["pending_until"]
    ]
    columns_of_draft["timed"] = [at is not None for at in given["occurred_at"]]
    columns_of_draft["occurred_at"] = [at or now for at in given["occurred_at"]]
    columns_of_draft |= {"expires_at": [*none], "resolves": none, "reverses": none}
    return Draft(**columns_of_draft, released=[0] * n), faults


def sides_check(draft: Draft, holdings: Mapping[int, Holding], faults: Faults) -> None:
    """Add to the faults where accounts are unknown, the same, or of different assets."""
    asset = {number: held.asset for number, held in holdings.items()}.get
    sides = enumerate(zip(draft.debit, draft.credit, strict=True))
    for place in [i for i, (d, c) in sides if d == c or asset(d) is None or asset(d) != asset(c)]:
        debit, credit = draft.debit[place], draft.credit[place]
        giver, taker = holdings.get(debit), holdings.get(credit)
        if giver is None or taker is None:
            fault = _unknown(debit if giver is None else credit)
        elif giver is taker:
            fault = InputError(f"{giver.code} gives to itself")
        else:
            fault = InputError(f"{giver.code} and {taker.code} hold different assets")
        faults.setdefault(place, fault)


def timeouts_check(draft: Draft, places: Sequence[int], now: datetime, faults: Faults) -> None:
    """Add to the faults what would be pending until an instant that has passed.

    Only for what is new: a repeated key gets its first answer, its time up or not.
    """
    for place in places:
        until = draft.pending_until[place]
        if until is not None and until <= now:
            said = f"pending_until {until.isoformat()} must lie after {now.isoformat()}"
            faults[place] = InputError(said)


def _unknown(code: object) -> InputError:
    return InputError(f"there is no account {code!r}", hint="open it first")


def _numbers(column: object, n_rows: int, name: str) -> tuple[list[int], dict[int, str]]:
    """Return numbers of accounts (0 where unknown), and unknown codes by place."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "iu":
        return cast("list[int]", spread(column, n_rows, name)), {}
    codes = cast("list[str]", spread(column, n_rows, name))
    known = account_ids(codes)
    numbers = [known.get(code, 0) for code in codes]
    unknown = {i: codes[i] for i, number in enumerate(numbers) if not number}
    return numbers, unknown


def _rule_breaks(
    given: Mapping[str, Sequence[Any]], now: datetime
) -> Iterator[tuple[int, str, str]]:
    """Yield place, what is wrong and what to do."""
    for name, least in _TEXTS.items():
        yield from _text_breaks(name, given[name], least)
    for place, key in enumerate(given["key"]):
        if key.startswith(OWN_KEYS):
            yield place, f"key {key!r} begins with {OWN_KEYS}, as only the ledger's own do", ""
    amounts = given["amount"]
    plain = set(map(type, amounts)) <= {int} and min(amounts, default=1) > 0
    for place, amount in enumerate(() if plain and max(amounts, default=1) <= LARGEST else amounts):
        if type(amount) is not int or not 0 < amount <= LARGEST:
            rule = f"amount {amount!r} must be a whole number from 1 to {LARGEST:,}"
            yield place, rule, "turn the two accounts round for what goes the other way"
    yield from _instant_breaks(given, now)


def _text_breaks(name: str, texts: Sequence[str], least: int) -> Iterator[tuple[int, str, str]]:
    longest = text_longest(name)
    wrong = {text for text in set(texts) if not least <= len(text) <= longest}
    rule = f"must have {least} to {longest} characters"
    if not wrong and not _is_kept("".join(set(texts))):
        wrong = {text for text in set(texts) if not _is_kept(text)}
        rule = "is no text that a database keeps"
    for place, text in enumerate(texts if wrong else ()):
        if text in wrong:
            yield place, f"{name} {text!r} {rule}", ""


def text_longest(name: str) -> int:
    """Return how many characters a column of transfers keeps."""
    return cast("int", getattr(Transfer._meta.get_field(name), "max_length", 0))  # noqa: SLF001


def _is_kept(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _instant_breaks(
    given: Mapping[str, Sequence[Any]], now: datetime
) -> Iterator[tuple[int, str, str]]:
    for name in ("occurred_at", "pending_until"):
        naive = {at for at in set(given[name]) - {None} if at.tzinfo is None}
        for place, at in enumerate(given[name] if naive else ()):
            if at in naive:
                yield place, f"{name} {at.isoformat()} has no time zone", "give it with one"
    told = set(given["occurred_at"]) - {None}
    late = {at for at in told if at.tzinfo is not None and at > now}
    for place, at in enumerate(given["occurred_at"] if late else ()):
        if at in late:
            said = f"occurred_at {at.isoformat()} lies after {now.isoformat()}, the present"
            yield place, said, "post it when it has happened"
