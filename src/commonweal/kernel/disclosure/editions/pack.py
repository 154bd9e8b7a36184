"""The verification pack: one ZIP from which anybody checks an edition, offline, without us.

``python3 PACK.zip`` runs the check that lies inside. Same edition, same log, same bytes: entries
are sorted, stored, and bear no time. The manifest has the SHA-256 of every file and is signed.
"""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from commonweal.engines.ed25519 import public_key, signature_of
from commonweal.errors import StateError
from commonweal.kernel.disclosure.editions.freezing import digests_read, file_kept, ids_read
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.offline import script_alone
from commonweal.kernel.facts.proofs import proof_write
from commonweal.kernel.facts.selectors import checkpoint, inclusion_proof
from commonweal.kernel.facts.signing import checkpoint_signed
from commonweal.kernel.records.canonical import canonical_json, instant, plain
from commonweal.kernel.records.selectors import record_history

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonweal.kernel.disclosure.editions.edition import Edition

_HERE: Final = Path(__file__).parent
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


_TOLD: Final = (
    "code", "title", "state", "report", "period_text", "boundary", "languages", "as_of",
    "published_at", "program", "texts_sha256", "n_facts", "fact_ids", "facts_sha256", "tree_size",
    "root_hash",
)  # fmt: skip


class Told(NamedTuple):
    """A record whose history belongs in the pack: its code, type and key."""

    code: str
    record_type: str
    record_key: str


def pack_build(edition: Edition, *, secret: bytes, records: Iterable[Told]) -> bytes:
    """Return the verification pack of a frozen edition.

    Args:
        edition: Checked or further on.
        secret: Key that signs manifest and checkpoint.
        records: Whose history is told: the edition's own, and the sign-offs'.

    Raises:
        StateError: Nothing is frozen yet, or a file of it is gone.
    """
    if edition.as_of is None:
        raise StateError(f"{edition.code} is a draft: nothing is frozen yet", hint="check it first")
    files = {
        "__main__.py": script_alone(_HERE / "check_pack.py"),
        "README.md": (_HERE / "pack.md").read_bytes(),
        "edition.json": _pretty(_about(edition)),
        "checkpoint.json": _pretty(checkpoint_signed(checkpoint(), secret)),
        "events.json": _pretty([_events(each) for each in records]),
    }
    for name, digest in digests_read(edition.digests).items():
        files[f"files/{name}"] = file_kept(digest)
    rows = Fact.objects.select_related("batch", "supersedes").filter(
        pk__in=list(ids_read(edition.fact_ids))
    )
    proofs = [proof_write(inclusion_proof(fact)) for fact in rows.order_by("leaf_index")]
    files["proofs.jsonl"] = b"".join(canonical_json(each) + b"\n" for each in proofs)
    named = {name: sha256(content).hexdigest() for name, content in files.items()}
    manifest = _pretty({"form": "commonweal edition pack 1", "files": named})
    signature = {"key": public_key(secret).hex(), "signature": signature_of(secret, manifest).hex()}
    return _archive({**files, "manifest.json": manifest, "signature.json": _pretty(signature)})


def _archive(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return target.getvalue()


def _about(edition: Edition) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(edition, name) for name in _TOLD}
    return {**told, "node": edition.node.code, "digests": digests_read(edition.digests)}


def _events(record: Told) -> dict[str, Any]:
    return {
        "record": record.code,
        "type": record.record_type,
        "events": [
            {
                "sequence": event.sequence,
                "action": event.action,
                "actor": event.actor,
                "happened_at": instant(event.happened_at),
                "hash": event.hash,
            }
            for event in record_history(record.record_type, record.record_key).order_by("sequence")
        ],
    }


def _pretty(document: object) -> bytes:
    return (
        json.dumps(plain(document), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    ).encode()
