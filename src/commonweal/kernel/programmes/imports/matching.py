"""What the rows of a file meet in the register: records by code and id, nodes, unique columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import UniqueConstraint
from django.utils.translation import gettext as _

from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.imports.result import RowRefusedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from uuid import UUID

    from django.db.models import QuerySet

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType

_CHUNK: Final = 1000  # keys in one query


def records_of(kind: RecordType) -> QuerySet[Record]:
    """Return all records of a type; narrow it to a scope before anybody sees them."""
    return kind.model._default_manager.all()  # noqa: SLF001 - an abstract model has no `objects`


class Register:
    """The records that a file's rows may mean, as the scope may see them."""

    def __init__(self, kind: RecordType, scope: Scope) -> None:
        """Begin with nothing fetched."""
        self._kind, self._sees = kind, scope.seeing()
        self._nodes: dict[str, Node | None] = {}

    def find(self, codes: Iterable[str], ids: Iterable[UUID]) -> Found:
        """Return what there is under these codes and ids."""
        found = Found()
        for name, keys in (("code", list(codes)), ("pk", list(ids))):
            for some in _chunks(keys):
                among = {f"{name}__in": some}
                for record in records_of(self._kind).filter(**among):
                    if self._sees(record):
                        found.by_id[record.pk] = found.by_code[record.code] = record
                    else:
                        found.taken |= {record.pk, record.code}
        return found

    def nodes(self, codes: Collection[str]) -> Mapping[str, Node | None]:
        """Return nodes by code; None for a code that names none."""
        missing = [each for each in codes if each not in self._nodes]
        self._nodes.update(dict.fromkeys(missing))
        for some in _chunks(missing):
            self._nodes |= {each.code: each for each in Node.objects.filter(code__in=some)}
        return self._nodes


class Found:
    """Records under the keys asked for; ``taken`` has the keys of those that may not be seen."""

    def __init__(self) -> None:
        """Begin with none."""
        self.by_code: dict[str, Record] = {}
        self.by_id: dict[UUID, Record] = {}
        self.taken: set[Any] = set()


class Uniques:
    """The model's own unique columns, checked for many records in one query each."""

    def __init__(self, kind: RecordType) -> None:
        """Read what the model declares; a constraint with a condition is the database's alone."""
        self._kind = kind
        meta = kind.model._meta  # noqa: SLF001 - public _meta
        declared: list[tuple[str, ...]] = [tuple(each) for each in meta.unique_together]
        declared += [
            tuple(each.fields)
            for each in meta.constraints
            if isinstance(each, UniqueConstraint) and each.fields and each.condition is None
        ]
        declared += [(name,) for name, column in kind.columns.items() if column.unique]
        self._seen: dict[tuple[str, ...], dict[tuple[Any, ...], UUID]] = {
            names: {} for names in declared
        }

    def refused(self, records: Collection[Record]) -> dict[UUID, RowRefusedError]:
        """Return why some of these records cannot stand beside others."""
        found: dict[UUID, RowRefusedError] = {}
        for names, seen in self._seen.items():
            keys = {each.pk: self._key(each, names) for each in records}
            there = self._there(names, keys.values())
            for pk, key in keys.items():
                if key is not None and seen.setdefault(key, there.get(key, pk)) != pk:
                    shown = ", ".join(f"{n} {v}" for n, v in zip(names, key, strict=True))
                    found[pk] = RowRefusedError(
                        "unique",
                        _("there is a record with %(values)s already") % {"values": shown},
                        column=names[0],
                        hint=_("change that record, or mend this row"),
                    )
        return found

    def _key(self, record: Record, names: tuple[str, ...]) -> tuple[Any, ...] | None:
        key = tuple(_stored(record, name) for name in names)
        return None if None in key else key

    def _there(
        self, names: tuple[str, ...], keys: Iterable[tuple[Any, ...] | None]
    ) -> dict[tuple[Any, ...], UUID]:
        wanted = [key for key in keys if key is not None]
        found: dict[tuple[Any, ...], UUID] = {}
        for some in _chunks(wanted):
            among = {
                f"{name}__in": {key[place] for key in some} for place, name in enumerate(names)
            }
            rows = records_of(self._kind).filter(**among).values_list("pk", *names)
            found |= {key: pk for pk, *key_ in rows.iterator() if (key := tuple(key_))}
        return found


def _stored(record: Record, name: str) -> object:
    """Return a value as its column has it: a reference by its key."""
    return record.serializable_value(name)


def _chunks(keys: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
