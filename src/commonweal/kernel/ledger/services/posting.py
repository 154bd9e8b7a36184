"""Posting transfers: many at once, all or nothing or one by one, each key once."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from django.db import transaction

from commonweal.errors import StateError
from commonweal.kernel.ledger.checks import Faults, draft_of, sides_check, timeouts_check
from commonweal.kernel.ledger.entries import Posted, TransferResult, columns_of
from commonweal.kernel.ledger.models import Refusal, State
from commonweal.kernel.ledger.services.appending import draft_append, ledger_time
from commonweal.kernel.ledger.table import Standing, holdings_read, rows_among, standing_by
from commonweal.kernel.records.canonical import spell
from commonweal.kernel.records.services import event_append

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from commonweal.kernel.ledger.drafts import Draft
    from commonweal.kernel.ledger.entries import TransferColumns, TransferEntry
    from commonweal.kernel.ledger.walk import FloorError


class KeyReusedError(StateError):
    """An idempotency key comes again with another content."""


class RefusedBeforeError(StateError):
    """An entry was refused before, and its key gives the same answer."""


def transfers_post(
    entries: Sequence[TransferEntry], *, actor: str, now: datetime, each: bool = False
) -> tuple[TransferResult, ...]:
    """Post transfers in one transaction, in their order; see ``transfers_post_columns``."""
    if not entries:
        return ()
    posted = transfers_post_columns(columns_of(entries), actor=actor, now=now, each=each)
    numbers, replayed = posted.ids.tolist(), set(posted.replayed.tolist())
    return tuple(
        TransferResult(entry.key, number or None, place in replayed, posted.refusals.get(place, ""))
        for place, (entry, number) in enumerate(zip(entries, numbers, strict=True))
    )


@transaction.atomic
def transfers_post_columns(
    columns: TransferColumns, *, actor: str, now: datetime, each: bool = False
) -> Posted:
    """Post transfers in one transaction, in their order: a later one may spend an earlier one's.

    A key that is known replays its first answer if the content is the same, a first refusal
    included. Floors hold after every single transfer. One event of the log holds the digest of
    the batch.

    Args:
        columns: What is asked; any number of rows.
        actor: Who asks.
        now: When; timezone-aware.
        each: Answer refusals one by one and keep the rest. A floor's refusal is kept and replayed;
            a malformed entry may be mended and sent again under its key.

    Returns:
        Numbers of the transfers; always all of them unless ``each``.

    Raises:
        InputError: An entry is malformed or names no account.
        FloorError: An account would fall below its floor.
        KeyReusedError: A key comes again with another content.
        RefusedBeforeError: An entry was refused before.
        ClockError: ``now`` lies well before the newest transfer.
        UnbalancedError: Debits and credits differ after all.
    """
    at = ledger_time(now)
    draft, faults = draft_of(columns, now=at)
    holdings = holdings_read({*draft.debit, *draft.credit})
    sides_check(draft, holdings, faults)
    known, twice = _known(draft, faults)
    settled = faults.keys() | known.keys() | twice.keys()
    timeouts_check(draft, [i for i in range(len(draft)) if i not in settled], at, faults)
    if faults and not each:
        place = min(faults)
        raise type(faults[place])(
            f"{faults[place]}; entry {place + 1}, key {draft.key[place]!r}",
            hint=faults[place].hint,
        )
    settled = faults.keys() | known.keys() | twice.keys()
    fresh = [i for i in range(len(draft)) if i not in settled] if settled else range(len(draft))
    asked = draft.take(fresh) if settled else draft
    if settled:
        holdings = {n: holdings[n] for n in {*asked.debit, *asked.credit}}
    numbers, refused = draft_append(asked, holdings, actor=actor, now=at, each=each)
    _refusals_keep(asked, refused, actor=actor, now=at)
    ids = np.zeros(len(draft), np.int64)
    ids[list(known)] = list(known.values())
    ids[fresh] = numbers
    told = {place: str(fault) for place, fault in faults.items()}
    told |= {fresh[place]: str(error) for place, error in refused.items()}
    for place, first in twice.items():
        ids[place] = ids[first]
        told |= {place: told[first]} if first in told else {}
    replayed = np.array(sorted({*known, *twice}), np.int64)
    return Posted(ids, replayed, told)


def _known(draft: Draft, faults: Faults) -> tuple[dict[int, int], dict[int, int]]:
    """Return what is answered already: numbers by place, and the first place of a repeated key."""
    first: dict[str, int] = {}
    twice: dict[int, int] = {}
    if len(set(draft.key)) < len(draft):
        for place, key in enumerate(draft.key):
            before = first.setdefault(key, place)
            if before != place and place not in faults and before not in faults:
                if _content(draft, before) == _content(draft, place):
                    twice[place] = before
                else:
                    faults[place] = _reused(key)
    places = first or {key: place for place, key in enumerate(draft.key)}
    known = {}
    for standing in standing_by("key", draft.key):
        place = places[standing.key]
        if place in faults:
            continue
        if _is_same(draft, place, standing):
            known[place] = standing.id
        else:
            faults[place] = _reused(standing.key)
    sql = "SELECT key, sha256, reason FROM ledger_refusal WHERE {among}"
    for key, digest, reason in rows_among(sql, "key", draft.key):
        place = places[key]
        same = digest == _content_sha256(draft, place)
        faults.setdefault(place, RefusedBeforeError(reason) if same else _reused(key))
    return known, twice


def _reused(key: str) -> KeyReusedError:
    return KeyReusedError(
        f"key {key!r} stands for another transfer already",
        hint="a new transfer needs a new key; the same one is sent again unchanged",
    )


def _content(draft: Draft, place: int) -> tuple[object, ...]:
    """Return what makes an entry the same; an instant that was left open stays open."""
    return (
        *(draft.debit[place], draft.credit[place], draft.amount[place], draft.code[place]),
        *(draft.record_type[place], draft.record_key[place], draft.pending_until[place]),
        draft.occurred_at[place] if draft.timed[place] else None,
    )


def _is_same(draft: Draft, place: int, standing: Standing) -> bool:
    *content, occurred_at = _content(draft, place)
    recorded = [
        *(standing.debit, standing.credit, standing.amount, standing.code),
        *(standing.record_type, standing.record_key, standing.pending_until),
    ]
    return (
        content == recorded
        and occurred_at in (None, standing.occurred_at)
        and standing.state in (State.POSTED, State.PENDING)
        and not (standing.resolves or standing.reverses)
    )


def _content_sha256(draft: Draft, place: int) -> str:
    content = [str(part) for part in _content(draft, place)]
    return sha256(spell(content)).hexdigest()


def _refusals_keep(
    asked: Draft, refused: dict[int, FloorError], *, actor: str, now: datetime
) -> None:
    """Keep refusals, so that their keys give the same answer again."""
    if not refused:
        return
    kept = [
        Refusal(
            key=asked.key[place],
            sha256=_content_sha256(asked, place),
            reason=str(error),
            recorded_at=now,
        )
        for place, error in refused.items()
    ]
    Refusal.objects.bulk_create(kept, batch_size=500)
    told = [[refusal.key, refusal.sha256, refusal.reason] for refusal in kept]
    event_append(
        record_type="ledger.refusals",
        record_key=kept[0].key,
        action="recorded",
        actor=actor,
        content={"n": len(kept), "sha256": sha256(spell(told)).hexdigest()},
        now=now,
    )
