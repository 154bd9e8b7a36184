"""What of a list is asked for, read from its address and offered again as a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import BooleanField
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commonweal.kernel.programmes.definitions import MERGED
from commonweal.kernel.programmes.values import named
from commonweal.web.pages.scope import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.kernel.programmes.registry import RecordType


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter as offered: a choice, or a text."""

    name: str
    label: str
    value: str
    options: tuple[Choice, ...] = ()
    example: str = ""


def filters(
    kind: RecordType, asked: Mapping[str, str], nodes: tuple[Choice, ...]
) -> tuple[Filter, ...]:
    """Return the filters of a type's list, with what is asked for."""
    return tuple(_filters(kind, asked, nodes))


def _filters(
    kind: RecordType, asked: Mapping[str, str], nodes: tuple[Choice, ...]
) -> Iterator[Filter]:
    def of(name: str, label: str, options: tuple[Choice, ...] = (), example: str = "") -> Filter:
        return Filter(name, label, asked.get(name, ""), options, example)

    states = [Choice(each.id, named(each.name)) for each in kind.spec.states]
    states.insert(0, Choice("open", _("not closed")))
    if kind.spec.duplicates_on:
        states.append(Choice(MERGED, named(kind.spec.state(MERGED).name)))
    yield of("q", _("Search"), example=_("code or words"))
    yield of("state", pgettext("of a record", "State"), tuple(states))
    for name in kind.spec.filters:
        spec = kind.spec.fields[name]
        options = tuple(Choice(value, named(names)) for value, names in spec.choices.items())
        if isinstance(kind.columns[name], BooleanField):
            options = (Choice("1", _("yes")), Choice("0", _("no")))
        yield of(name, named(spec.name), options)
    if len(nodes) > 1:
        yield of("node", pgettext("organisation node of a record", "For"), nodes)
    yield of(
        "owner",
        pgettext("of a record", "Owner"),
        (Choice("me", _("me")), Choice("none", _("nobody"))),
    )
    yield of(
        "due",
        pgettext("when", "Due"),
        (
            Choice("overdue", _("overdue")),
            Choice("week", _("within a week")),
            Choice("month", _("within a month")),
        ),
    )
    yield of("period", _("Period"), example="2024-03")
