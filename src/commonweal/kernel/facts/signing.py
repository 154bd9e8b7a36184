"""Checkpoints signed with the operator's own key, so that a copy says who published it.

The secret lies beside the lake, readable by its owner alone; the public key is published once, in
a report or a letter, and is what everything else rests on.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from commonweal.engines.ed25519 import public_key, signature_of
from commonweal.errors import StateError
from commonweal.kernel.records.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonweal.kernel.facts.selectors import Checkpoint

_BYTES: Final = 32


def secret_path() -> Path:
    """Return where the secret key lies."""
    return Path(settings.LAKE_ROOT).parent / "keys" / "checkpoints.ed25519"


def secret_key(*, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """Return the operator's secret key; the first call makes it.

    Args:
        random: Gives that many unpredictable bytes.

    Raises:
        StateError: The file is no key.
    """
    path = secret_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(random(_BYTES).hex() + "\n")
    try:
        secret = bytes.fromhex(path.read_text("ascii"))
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise StateError(
            f"{path.name} holds no key of {_BYTES} bytes", hint="restore it from a backup"
        )
    return secret


def checkpoint_signed(found: Checkpoint, secret: bytes) -> dict[str, Any]:
    """Return a checkpoint as a document with the public key and the signature over the rest.

    The signature is over the canonical JSON of the document without ``key`` and ``signature``.
    """
    told: dict[str, Any] = asdict(found)
    message = canonical_json(told)
    return {
        **told,
        "key": public_key(secret).hex(),
        "signature": signature_of(secret, message).hex(),
    }
