"""What every page about one type of record says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from commonweal.kernel.programmes.registry import RecordType


@dataclass(frozen=True, slots=True)
class OfKind:
    """A page about records of one type."""

    kind: RecordType

    @property
    def programme(self) -> str:
        """Id of the programme, as in addresses."""
        return self.kind.programme.id

    @property
    def model(self) -> str:
        """Name of the table, as in addresses."""
        return self.kind.id.partition(".")[2]

    @property
    def programme_name(self) -> str:
        """The programme in the reader's language."""
        return named(self.kind.programme.spec.name)

    @property
    def type_name(self) -> str:
        """The type in the reader's language."""
        return named(self.kind.spec.name)


@dataclass(frozen=True, slots=True)
class Start:
    """Something that the reader may open."""

    programme: str
    model: str
    name: str
    programme_name: str


def start_of(kind: RecordType) -> Start:
    """Name a type of record, with its programme."""
    return Start(
        kind.programme.id,
        kind.id.partition(".")[2],
        named(kind.spec.name),
        named(kind.programme.spec.name),
    )
