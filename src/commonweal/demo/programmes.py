"""What people did in each programme: its own ``demo.py`` does it again, through the services."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from django.db import transaction

from commonweal.demo.accounts import scopes
from commonweal.demo.organisation import GROUP
from commonweal.errors import InputError
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.registry import programmes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path
    from types import ModuleType

    from commonweal.kernel.programmes.registry import Programme


def demos(chosen: Collection[str] | None = None) -> Iterator[tuple[Programme, ModuleType]]:
    """Yield every programme that has a demo, or those chosen, with its module.

    Raises:
        InputError: One of those chosen has none.
    """
    found = [each for each in programmes().values() if (each.folder / "demo.py").exists()]
    if chosen is not None and (unknown := set(chosen) - {each.id for each in found}):
        raise InputError(
            f"no programme {min(unknown)!r} has a demo",
            hint=f"there are: {', '.join(each.id for each in found)}",
        )
    for programme in found:
        if chosen is None or programme.id in chosen:
            yield programme, import_module(f"{programme.package}.demo")


def is_built(programme: Programme) -> bool:
    """Return whether the programme has any record."""
    return any(kind.model.objects.exists() for kind in programme.types.values())


@transaction.atomic
def programme_build(module: ModuleType, folder: Path) -> None:
    """Let a programme's demo do what its people did: all of it, or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    known_at: datetime = module.KNOWN_AT
    module.build(scopes=scopes(known_at), nodes=_nodes(), folder=folder)


def _nodes() -> Mapping[str, Node]:
    """Return every node by code; the operator as a whole also as ``group``."""
    found = {node.code: node for node in Node.objects.all()}
    return {**found, "group": found[GROUP]}
