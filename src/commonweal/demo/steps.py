"""The steps that bring the demo operator in, in the order in which things became known.

Each step is done in one transaction and can tell from the database whether it was: a build that
was killed goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final

from commonweal.demo.accounts import accounts_create, accounts_exist
from commonweal.demo.events import MERGER_DATE, MERGER_KNOWN_AT, TRANSFER_DATE, TRANSFER_KNOWN_AT
from commonweal.demo.organisation import GROUP
from commonweal.demo.programmes import demos, is_built, programme_build
from commonweal.demo.streams import FIRST_MONTH
from commonweal.errors import StateError
from commonweal.kernel.org.imports import org_import
from commonweal.kernel.org.models import (
    Approach,
    BoundaryShare,
    Membership,
    Meter,
    Node,
    Site,
    SiteOwnership,
)
from commonweal.kernel.org.services import (
    boundary_set,
    boundary_share_set,
    node_merge,
    site_transfer,
)
from commonweal.kernel.records.intake import source_ingest
from commonweal.kernel.targets.models import Target
from commonweal.kernel.targets.services import target_set
from commonweal.lake.models import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from commonweal.demo.files import DemoFile, Manifest

ACTOR: Final = "demo"
BOUNDARY: Final = "operational"
TARGET: Final = "demo-energy-per-traffic"
_FOUNDED_AT: Final = datetime(2022, 12, 20, 1, 0, tzinfo=UTC)
_TARGET_SET_AT: Final = datetime(2024, 1, 15, 1, 0, tzinfo=UTC)
_REASON: Final = "demo operator"
_BOUNDARY_NAMES: Final = {
    "zh-hant": "運營控制權",
    "zh-hans": "运营控制权",
    "en": "Operational control",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: when it became known, whether it is done, how it is done."""

    title: str
    known_at: datetime
    is_done: Callable[[], bool]
    run: Callable[[], object]


def steps(
    manifest: Manifest, folder: Path, *, programmes: Collection[str] | None = None
) -> list[Step]:
    """Return every step in chronological order; people and what they did come last."""
    taken = set(Source.objects.filter(actor=ACTOR).values_list("dataset", "sha256"))
    found = [
        Step(
            "organisation, sites and meters",
            _FOUNDED_AT,
            partial(_register_is_complete, manifest),
            partial(_register_import, folder),
        ),
        Step(
            "reporting boundary",
            _FOUNDED_AT,
            BoundaryShare.objects.filter(boundary__code=BOUNDARY).exists,
            _boundary_make,
        ),
        Step(
            "target",
            _TARGET_SET_AT,
            Target.objects.filter(code=TARGET).exists,
            _target_make,
        ),
        Step(
            "transfer of sites",
            TRANSFER_KNOWN_AT,
            SiteOwnership.objects.filter(
                site__code=manifest.transfer.sites[0], valid_from=TRANSFER_DATE
            ).exists,
            partial(_transfer, manifest),
        ),
        Step(
            "merger of two areas",
            MERGER_KNOWN_AT,
            Membership.objects.filter(
                node__code=manifest.merger.area, valid_to=MERGER_DATE, superseded_at=None
            ).exists,
            partial(_merge, manifest),
        ),
    ]
    found += [
        Step(
            file.name,
            file.known_at,
            partial(taken.__contains__, (file.dataset, file.sha256)),
            partial(_ingest, file, folder),
        )
        for file in manifest.files
    ]
    found.sort(key=lambda step: step.known_at)
    people = Step("people", found[-1].known_at, accounts_exist, accounts_create)
    return [*found, people, *_programme_steps(folder, programmes)]


def _programme_steps(folder: Path, programmes: Collection[str] | None) -> list[Step]:
    return [
        Step(
            f"programme {programme.id}",
            module.KNOWN_AT,
            partial(is_built, programme),
            partial(programme_build, module, folder / programme.id),
        )
        for programme, module in demos(programmes)
    ]


def home_check(manifest: Manifest) -> None:
    """Refuse to mix the demo with an operator of flesh and blood.

    Raises:
        StateError: The register holds nodes or the lake holds files that are not the demo's.
    """
    groups = Node.objects.filter(kind="group").exclude(code=GROUP).values_list("code", flat=True)
    hint = "build the demo in a home folder of its own: set COMMONWEAL_HOME"
    if other := list(groups[:1]):
        raise StateError(f"this home already holds the operator {other[0]}", hint=hint)
    hashes = {file.sha256 for file in manifest.files}
    sources = Source.objects.filter(actor=ACTOR).values_list("name", "sha256")
    if strange := [name for name, sha256 in sources if sha256 not in hashes]:
        raise StateError(f"this home already holds another demo's {strange[0]}", hint=hint)


def _register_is_complete(manifest: Manifest) -> bool:
    counts = (Node.objects.count(), Site.objects.count(), Meter.objects.count())
    return all(n >= wanted for n, wanted in zip(counts, manifest.register_rows, strict=True))


def _register_import(folder: Path) -> None:
    result = org_import(
        nodes=folder / "nodes.csv",
        sites=folder / "sites.csv",
        meters=folder / "meters.csv",
        actor=ACTOR,
        now=_FOUNDED_AT,
    )
    if result.rejects:
        first = result.rejects[0]
        raise StateError(
            f"{first.file}, row {first.row}: {first.sentence}",
            hint="build the demo in a home folder of its own: set COMMONWEAL_HOME",
        )


def _boundary_make() -> None:
    boundary_set(
        code=BOUNDARY,
        approach=Approach.OPERATIONAL_CONTROL,
        names=_BOUNDARY_NAMES,
        actor=ACTOR,
        now=_FOUNDED_AT,
    )
    boundary_share_set(
        boundary=BOUNDARY,
        node=GROUP,
        share=Decimal(1),
        from_date=FIRST_MONTH,
        actor=ACTOR,
        now=_FOUNDED_AT,
        reason=_REASON,
    )


def _target_make() -> None:
    target_set(
        Target(
            code=TARGET,
            indicator="energy_per_traffic",
            node=GROUP,
            boundary=BOUNDARY,
            base_period="2023",
            target_period="2025",
            change_share=Decimal("-0.2"),
            source="demo operator (synthetic)",
        ),
        actor=ACTOR,
        now=_TARGET_SET_AT,
    )


def _transfer(manifest: Manifest) -> None:
    site_transfer(
        sites=manifest.transfer.sites,
        node=manifest.transfer.unit,
        from_date=TRANSFER_DATE,
        actor=ACTOR,
        now=TRANSFER_KNOWN_AT,
        reason=_REASON,
    )


def _merge(manifest: Manifest) -> None:
    node_merge(
        node=manifest.merger.area,
        into=manifest.merger.into,
        from_date=MERGER_DATE,
        actor=ACTOR,
        now=MERGER_KNOWN_AT,
        reason=_REASON,
    )


def _ingest(file: DemoFile, folder: Path) -> None:
    source_ingest(file.dataset, folder / file.name, actor=ACTOR, now=file.known_at)
