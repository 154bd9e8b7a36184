"""All that one printed number rests on: formula, facts, factors, rows, people, proof."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from django.utils import translation

from commonweal.kernel.compute.selectors import datasets_about, snapshot_of, subject_rows
from commonweal.kernel.disclosure.editions.freezing import ids_read
from commonweal.kernel.disclosure.lineage import entry_build, facts_with_inputs, nodes_by_code
from commonweal.kernel.disclosure.wording import instant_text
from commonweal.kernel.facts.proofs import proof_write
from commonweal.kernel.facts.selectors import checkpoint, fact_get, inclusion_proof
from commonweal.kernel.facts.signing import checkpoint_signed
from commonweal.kernel.org.models import Membership, Meter, Node, Site
from commonweal.kernel.org.selectors import site_nodes
from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.records.selectors import record_history
from commonweal.lake.models import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonweal.kernel.disclosure.tree import Entry
    from commonweal.kernel.disclosure.wording import Language
    from commonweal.kernel.facts.models import Fact
    from commonweal.kernel.records.models import Event
    from commonweal.lake.datasets import Dataset

_N_SITES: Final = 3
_N_ROWS: Final = 4
_N_FILES: Final = 40
_DECIDING: Final = ("check", "sign", "return", "approve", "publish", "correct", "withdraw")


@dataclass(frozen=True, slots=True)
class SampleTable:
    """Rows of files about one site or meter, as they were received."""

    dataset: str
    subject: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did to what carries the number."""

    record: str
    action: str
    actor: str
    happened: str
    hash: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the file shows; ``entries`` begin with the fact itself."""

    entries: tuple[Entry, ...]
    numbers: str
    """The formula with the numbers put in; empty where there is none."""
    samples: tuple[SampleTable, ...]
    files: tuple[Source, ...]
    n_files: int
    deeds: tuple[Deed, ...]
    proof: dict[str, Any]
    checkpoint: dict[str, Any]


def evidence_gather(fact_id: int, *, language: Language, secret: bytes) -> Evidence:
    """Gather what one fact rests on.

    Args:
        fact_id: Which.
        language: For names and numbers.
        secret: Key that signs the checkpoint.

    Raises:
        InputError: There is no such fact.
    """
    with translation.override(language):  # words of models follow the file, not the reader
        return _gathered(fact_get(fact_id), language, secret)


def _gathered(fact: Fact, language: Language, secret: bytes) -> Evidence:
    facts, inputs = facts_with_inputs([fact.pk])
    nodes = nodes_by_code(each.node for each in facts.values())
    order = [fact, *(each for each in facts.values() if each.pk != fact.pk)]
    entries = tuple(
        entry_build(each, inputs=inputs.get(each.pk, {}), nodes=nodes, language=language)
        for each in order
    )
    used = Source.objects.filter(
        dataset__in=sorted({name for each in order for name in each.batch.inputs}),
        known_at__lte=_snapshot(fact),
    ).order_by("dataset", "known_at", "pk")
    return Evidence(
        entries=entries,
        numbers=_numbers(fact, inputs.get(fact.pk, {})),
        samples=tuple(_samples(fact, language)),
        files=tuple(used[:_N_FILES]),
        n_files=used.count(),
        deeds=tuple(_deeds(fact, language)),
        proof=proof_write(inclusion_proof(fact)),
        checkpoint=checkpoint_signed(checkpoint(), secret),
    )


def _snapshot(fact: Fact) -> Any:  # noqa: ANN401 - an instant
    return snapshot_of(fact) if "snapshot" in fact.batch.parameters else fact.recorded_at


def _numbers(fact: Fact, inputs: dict[str, Fact]) -> str:
    """Put each input's exact value in the place of its name."""
    words = str(fact.lineage.get("formula", "")).replace("(", " ( ").replace(")", " ) ").split()
    told = [
        format(inputs[word].value.normalize(), "f")
        if word in inputs and inputs[word].value is not None
        else word
        for word in words
    ]
    return " ".join(told)


def _samples(fact: Fact, language: Language) -> Iterator[SampleTable]:
    """Yield rows of a few sites below the fact's node, drawn by the fact's own leaf hash.

    Whoever has the fact and the list of sites draws the same ones.
    """
    months = fact.period.months
    if not months or "snapshot" not in fact.batch.parameters:
        return
    as_of = snapshot_of(fact)
    for site in _sites_drawn(fact):
        meters = Meter.objects.filter(site=site).order_by("code").values_list("code", flat=True)
        asked = [("meter", code) for code in meters[:2]] + [("site", site.code)]
        for kind, code in asked:
            for dataset in datasets_about(kind):
                if dataset.id in fact.batch.inputs:
                    rows = subject_rows(dataset.id, kind, code, months[0], as_of)
                    if len(rows):
                        yield _table(dataset, code, rows.slice(0, _N_ROWS).to_pylist(), language)


def _sites_drawn(fact: Fact) -> list[Site]:
    snapshot = snapshot_of(fact)
    owners = site_nodes(fact.period.months[:1], snapshot)
    below = _nodes_below(fact.node)
    mine = [
        int(site)
        for site, node in zip(owners.site_id, owners.node_id[:, 0], strict=True)
        if int(node) in below
    ]
    seed = bytes(fact.leaf_hash)
    mine.sort(key=lambda site: sha256(seed + str(site).encode()).digest())
    found = Site.objects.in_bulk(mine[:_N_SITES])
    return [found[each] for each in mine[:_N_SITES]]


def _nodes_below(code: str) -> set[int]:
    """Return a node and all that ever belonged to it; whose sites they were, the month says."""
    level = set(Node.objects.filter(code=code).values_list("pk", flat=True))
    found = set(level)
    while level:
        rows = Membership.objects.filter(parent__in=level).values_list("node_id", flat=True)
        level = set(rows) - found
        found |= level
    return found


def _table(
    dataset: Dataset, subject: str, rows: Sequence[dict[str, Any]], language: Language
) -> SampleTable:
    shown = [each for each in dataset.columns if not each.references]
    told = tuple(
        (
            *("" if row[each.name] is None else str(row[each.name]) for each in shown),
            str(row["source_name"]),
            str(row["source_row"]),
            str(row["source_sha256"]),
        )
        for row in rows
    )
    return SampleTable(
        dataset.names[language], subject, tuple(each.names[language] for each in shown), told
    )


def _deeds(fact: Fact, language: Language) -> Iterator[Deed]:
    """Yield who recorded the fact, and who decided on the editions that carry it."""
    for event in record_history("facts.batch", str(fact.batch.pk)):
        yield _deed(f"batch {fact.batch.pk}", event, language)
    kind = record_types().get("editions.edition")
    rows: Any = kind.model.objects.exclude(state="merged").order_by("pk") if kind else ()
    for edition in rows:
        if fact.pk not in ids_read(edition.fact_ids):
            continue
        signed = edition.signoffs.exclude(state__in=("void", "merged")).order_by("code")
        told = [(edition.code, "editions.edition", edition.pk)]
        told += [(f"{edition.code} {each.heading}", "editions.signoff", each.pk) for each in signed]
        for code, record_type, pk in told:
            for event in record_history(record_type, str(pk)).order_by("sequence"):
                if event.action in _DECIDING:
                    yield _deed(code, event, language)


def _deed(record: str, event: Event, language: Language) -> Deed:
    happened = instant_text(event.happened_at, language)
    return Deed(record, event.action, event.actor, happened, event.hash)
