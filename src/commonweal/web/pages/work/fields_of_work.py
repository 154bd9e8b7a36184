"""Every programme, by field of work: its registers and its pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.catalogue import catalogue
from commonweal.kernel.programmes.registry import programmes
from commonweal.kernel.programmes.values import named
from commonweal.web.pages.brought import Link, links
from commonweal.web.pages.work.kinds import Start, start_of

if TYPE_CHECKING:
    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.registry import Programme


@dataclass(frozen=True, slots=True)
class ProgrammeCard:
    """One programme as a card."""

    id: str
    name: str
    about: str
    types: tuple[Start, ...]
    pages: tuple[Link, ...]
    """Those of its own that this person may see."""
    is_public: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A field of work and its programmes."""

    id: str
    name: str
    cards: tuple[ProgrammeCard, ...]


def programme_fields(scope: Scope) -> tuple[Field, ...]:
    """Return every programme by field of work, both in the order of the menu."""
    found: dict[str, list[ProgrammeCard]] = {}
    for each in programmes().values():
        found.setdefault(each.domain, []).append(_card(each, scope))
    domains = sorted(catalogue().domains.values(), key=lambda domain: (domain.menu, domain.id))
    return tuple(
        Field(domain.id, named(domain.name), tuple(found[domain.id]))
        for domain in domains
        if domain.id in found
    )


def _card(programme: Programme, scope: Scope) -> ProgrammeCard:
    kinds = tuple(programme.types.values())
    return ProgrammeCard(
        programme.id,
        named(programme.spec.name),
        named(programme.spec.about),
        tuple(start_of(kind) for kind in kinds),
        links(programme, scope),
        programme.spec.public,
    )
