"""Whether an edition is still what it was frozen as: facts, texts, files, and their log."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from django.conf import settings

from commonweal.errors import DefinitionError, StateError
from commonweal.kernel.disclosure.editions.freezing import (
    digests_read,
    facts_digest,
    file_kept,
    frozen_build,
    ids_read,
)
from commonweal.kernel.disclosure.renderings.forms import Places, places
from commonweal.kernel.facts.selectors import Checkpoint, checkpoint_fault

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.editions.edition import Edition


def edition_faults(edition: Edition) -> list[str]:
    """Build an edition again from its freeze and return what differs; empty if nothing does.

    Raises:
        StateError: It was never frozen.
    """
    if edition.as_of is None:
        raise StateError(f"{edition.code} is a draft: nothing is frozen yet", hint="check it first")
    try:
        with TemporaryDirectory() as empty:  # so that every page is typeset again
            home = places(settings.HOME)
            again = frozen_build(edition, at=Places(home.fonts_folder, Path(empty)))
    except (DefinitionError, StateError) as fault:
        return [f"it cannot be built again: {fault}"]
    told = [*_log_faults(edition), *_kept_faults(edition)]
    if again.texts_sha256 != edition.texts_sha256:
        told.append(f"the texts of {edition.report} were changed since")
    ids = tuple(ids_read(edition.fact_ids))
    if lost := sorted(set(ids) ^ set(again.fact_ids)):
        told.append(f"{len(lost)} facts are not the same, the first is #{lost[0]}")
    if facts_digest(ids) != edition.facts_sha256:
        told.append("a fact is not what it was when the edition was frozen")
    for name, digest in digests_read(edition.digests).items():
        if again.digests.get(name) != digest:
            told.append(
                f"{name}: built again its SHA-256 is {again.digests.get(name, 'none')[:12]}…,"
                f" frozen as {digest[:12]}… by version {edition.program}"
            )
    return told


def _log_faults(edition: Edition) -> list[str]:
    if not edition.tree_size:
        return []
    fault = checkpoint_fault(Checkpoint(edition.tree_size, edition.root_hash, 0, "", edition.as_of))
    return [f"the log: {fault}"] if fault else []


def _kept_faults(edition: Edition) -> list[str]:
    told = []
    for name, digest in digests_read(edition.digests).items():
        try:
            file_kept(digest)
        except StateError as fault:
            told.append(f"{name}: {fault}")
    return told
