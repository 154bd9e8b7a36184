"""The evidence pack: one ZIP from which an engagement is checked without this program.

Same records, same log, same bytes: files are sorted, stored, and bear no time. The manifest has
the SHA-256 of every file and is signed; ``check.py`` inside does the checking.
"""

from __future__ import annotations

import csv
import io
import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.carbon.assurance.check_pack import archive_of
from commonweal.domains.carbon.assurance.recompute import recompute, rows_behind, tolerance_of
from commonweal.domains.carbon.assurance.rules import CONFIDENCE, population_of, unit_of
from commonweal.engines.ed25519 import public_key, signature_of
from commonweal.errors import StateError
from commonweal.kernel.disclosure.lineage import facts_with_inputs
from commonweal.kernel.facts.offline import script_alone
from commonweal.kernel.facts.proofs import proof_write
from commonweal.kernel.facts.selectors import checkpoint, inclusion_proof
from commonweal.kernel.facts.signing import checkpoint_signed
from commonweal.kernel.programmes.models import Attachment
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.services.attaching import attachment_open
from commonweal.kernel.records.canonical import canonical_json, instant, spell
from commonweal.kernel.records.models import Event
from commonweal.lake.models import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from commonweal.domains.carbon.assurance.models import Engagement, Finding, Item
    from commonweal.domains.carbon.assurance.population import Population, Unit
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.facts.models import Batch, Fact
    from commonweal.kernel.programmes.models import Record

_HERE: Final = Path(__file__).parent
_OPEN: Final = "planned"


def pack_build(engagement: Engagement, *, scope: Scope, secret: bytes) -> bytes:
    """Return the evidence pack of an engagement whose total is frozen.

    Args:
        engagement: Its items may be recomputed or not; the pack recomputes them all.
        scope: Who asks; attachments that are not theirs to see are left out, and named so.
        secret: Key that signs manifest and checkpoint.

    Raises:
        StateError: Nothing was frozen yet.
    """
    if engagement.state == _OPEN:
        raise StateError(
            f"{engagement.code} has no frozen total yet", hint="start it, then draw the sample"
        )
    found = population_of(engagement)
    items = list(engagement.items.exclude(state="merged").order_by("code"))
    findings = list(engagement.findings.order_by("code"))
    files: dict[str, bytes] = {
        "README.md": (_HERE / "pack.md").read_bytes(),
        "check.py": script_alone(_HERE / "check_pack.py"),
        "engagement.json": _pretty(_about(engagement, found)),
        "population.csv": _table(_unit_row(unit) for unit in found.units),
        "checkpoint.json": _pretty(checkpoint_signed(checkpoint(), secret)),
        "findings.json": _pretty([_record(each) for each in findings]),
    }
    files |= _item_files(items)
    facts = _facts_of(found, findings)
    files |= {f"facts/{fact.pk}.json": _proof(fact) for fact in facts}
    records: list[Record] = [engagement, *items, *findings]
    files |= _evidence_files(records, scope)
    files["events.json"] = _pretty(_events(records, {fact.batch for fact in facts}))
    return _signed(files, secret)


def _signed(files: dict[str, bytes], secret: bytes) -> bytes:
    named = {name: sha256(content).hexdigest() for name, content in files.items()}
    manifest = _pretty({"form": "commonweal evidence pack 1", "files": named})
    signature = {"key": public_key(secret).hex(), "signature": signature_of(secret, manifest).hex()}
    return archive_of(
        {**files, "manifest.json": manifest, "signature.json": spell(signature) + b"\n"}
    )


def _about(engagement: Engagement, found: Population) -> dict[str, Any]:
    fields = {name: getattr(engagement, name) for name in type_of(engagement).spec.fields}
    return {
        **_plain(fields),
        "code": engagement.code,
        "node": engagement.node.code,
        "state": engagement.state,
        "confidence": CONFIDENCE[engagement.level],
        "total": str(found.total.value),
        "total_fact": found.total.pk,
        "unexplained": repr(found.unexplained),
    }


def _unit_row(unit: Unit) -> dict[str, str]:
    fact = unit.fact
    return {
        "key": unit.key,
        "amount": repr(unit.amount),
        "fact": str(fact.pk),
        "value": format(fact.value or 0, "f"),
        "below": repr(unit.below),
        "unit": fact.unit,
        "scale": repr(unit.scale),
        "leaf_index": str(fact.leaf_index),
    }


def _item_files(items: Sequence[Item]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    rows: list[dict[str, str]] = []
    factors: dict[str, Mapping[str, Any]] = {}
    sources: set[str] = set()
    for item in items:
        unit = unit_of(item)
        again = recompute(unit)
        folder = f"items/{item.code}"
        amount = again.value * unit.scale
        rows.append(
            {
                "code": item.code,
                "key": item.unit_key,
                "stratum": item.stratum,
                "hits": str(item.hits),
                "weight": repr(item.weight),
                "stated": str(item.stated),
                "recomputed": repr(amount),
                "difference": str(item.difference) if item.difference else "0",
                "tolerance": repr(3 * tolerance_of(unit.fact) * abs(unit.scale)),
                "scale": repr(unit.scale),
                "below": repr(unit.below),
                "state": item.state,
            }
        )
        factors |= again.factors
        files[f"{folder}/lines.json"] = _pretty(again.documents())
        files[f"{folder}/proof.json"] = _proof(unit.fact)
        for dataset, table in rows_behind(again, unit.fact).items():
            files[f"{folder}/rows-{dataset}.csv"] = _table_of(table)
            sources |= set(table["source_sha256"].to_pylist())
    files["sample.csv"] = _table(rows)
    files["factors.json"] = _pretty(factors)
    told = Source.objects.filter(sha256__in=sources).order_by("dataset", "sha256", "pk")
    files["sources.json"] = _pretty(
        [
            {
                "dataset": each.dataset,
                "name": each.name,
                "sha256": each.sha256,
                "mapping": each.mapping,
                "n_accepted": each.n_accepted,
                "n_rejected": each.n_rejected,
                "actor": each.actor,
                "known_at": instant(each.known_at),
            }
            for each in told
        ]
    )
    return files


def _facts_of(found: Population, findings: Iterable[Finding]) -> list[Fact]:
    """Return the total with all that its formula is made of, and the facts that corrected it."""
    asked = [found.total.pk, *(f.corrected_fact for f in findings if f.corrected_fact)]
    facts, _ = facts_with_inputs(asked)
    return sorted(facts.values(), key=lambda fact: fact.pk)


def _proof(fact: Fact) -> bytes:
    return _pretty(proof_write(inclusion_proof(fact)))


def _evidence_files(records: Sequence[Record], scope: Scope) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    rows = []
    for record in records:
        attached = Attachment.objects.filter(record_type=type_of(record).id, record_id=record.pk)
        for each in attached.order_by("sha256", "kind"):
            with attachment_open(each, scope=scope) as file:
                files[f"evidence/{each.sha256}"] = file.read()
            rows.append(
                {"record": record.code, "name": each.name, "kind": each.kind, "sha256": each.sha256}
            )
    files["evidence.json"] = _pretty(rows)
    return files


def _events(records: Sequence[Record], batches: Iterable[Batch]) -> list[dict[str, Any]]:
    """Return the events of these records and batches, and the newest of all."""
    keys = [(type_of(each).id, str(each.pk)) for each in records]
    keys += [("facts.batch", str(batch.pk)) for batch in batches]
    found: dict[int, Event] = {}
    for kind in sorted({kind for kind, _ in keys}):
        of_kind = [key for other, key in keys if other == kind]
        for event in Event.objects.filter(record_type=kind, record_key__in=of_kind):
            found[event.sequence] = event
    if newest := Event.objects.order_by("-sequence").first():
        found[newest.sequence] = newest
    told = ("sequence", "record_type", "record_key", "action", "actor", "content")
    names = (*told, "previous_hash", "record_previous_hash", "hash")
    return [
        {
            **{name: getattr(event, name) for name in names},
            "happened_at": instant(event.happened_at),
        }
        for _, event in sorted(found.items())
    ]


def _record(record: Record) -> dict[str, Any]:
    fields = {name: getattr(record, name) for name in type_of(record).spec.fields}
    return {"code": record.code, "state": record.state, **_plain(fields)}


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        if value is None or isinstance(value, str | int | float)
        else instant(value)
        if hasattr(value, "tzinfo")
        else str(value)
        for name, value in fields.items()
    }


def _pretty(document: object) -> bytes:
    """Write canonical JSON, but on lines: people read it, too."""
    plain = json.loads(canonical_json(document))
    return (json.dumps(plain, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def _table(rows: Iterable[Mapping[str, str]]) -> bytes:
    listed = list(rows)
    target = io.StringIO()
    writer = csv.DictWriter(target, list(listed[0]) if listed else ["key"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return target.getvalue().encode()


def _table_of(table: pa.Table) -> bytes:
    rows = table.to_pylist()
    return _table({n: "" if v is None else str(v) for n, v in row.items()} for row in rows)
