"""The installed programmes: each folder's definitions joined to its models and rules."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps

from commonweal.catalogue.reading import checked, shown, toml_read
from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.programmes.definitions import PageSpec, ProgrammeSpec, RecordSpec
from commonweal.kernel.programmes.models import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from django.apps import AppConfig
    from django.db.models import Field

ENVELOPE: Final = frozenset(each.name for each in Record._meta.get_fields())  # noqa: SLF001 - public _meta


@dataclass(frozen=True)
class RecordType:
    """One type of record: its definition, its table and its rules."""

    id: str
    """``<programme>.<model>``, as in the event log and in addresses: ``donations.donation``."""
    programme: Programme = field(repr=False)
    spec: RecordSpec = field(repr=False)
    model: type[Record] = field(repr=False)
    file: str = field(repr=False)

    @cached_property
    def columns(self) -> Mapping[str, Field[Any, Any]]:
        """The programme's own columns by name, in the order of the definition."""
        return {name: self.model._meta.get_field(name) for name in self.spec.fields}  # type: ignore[misc]  # noqa: SLF001 - public _meta

    def rule(self, name: str) -> Callable[..., Any]:
        """Return a guard or effect of ``rules.py``.

        Raises:
            DefinitionError: There is none of that name.
        """
        found = getattr(self.programme.rules, name, None)
        if found is None:
            raise DefinitionError(f"{self.file}: {self.programme.id}/rules.py has no {name!r}")
        return found  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Programme:
    """One programme, with its types of record by id."""

    spec: ProgrammeSpec
    domain: str
    folder: Path = field(repr=False)
    package: str = field(repr=False)
    types: Mapping[str, RecordType] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """Its id, which is also the label of its application."""
        return self.spec.id

    @cached_property
    def rules(self) -> ModuleType | None:
        """Its module of guards and effects, if it has one."""
        name = f"{self.package}.rules"
        return import_module(name) if (self.folder / "rules.py").exists() else sys.modules.get(name)

    def page(self, page_id: str) -> PageSpec:
        """Return one of the pages that it brings.

        Raises:
            InputError: There is none of that id.
        """
        for each in self.spec.pages:
            if each.id == page_id:
                return each
        raise InputError(f"programme {self.id} has no page {page_id!r}")

    def page_builder(self, page_id: str) -> Callable[..., Any]:
        """Return the function of ``pages.py`` that builds a page.

        Raises:
            DefinitionError: There is none of that name.
        """
        name = f"{self.package}.pages"
        pages = import_module(name) if (self.folder / "pages.py").exists() else None
        found = getattr(pages, page_id, None)
        if found is None:
            raise DefinitionError(f"{self.id}/pages.py has no {page_id!r}, named in programme.toml")
        return found  # type: ignore[no-any-return]


@cache
def programmes() -> Mapping[str, Programme]:
    """Return every installed programme by id, in the order of the menu.

    Raises:
        DefinitionError: A definition is wrong, or does not fit its models or rules.
    """
    found = [_programme(app) for app in apps.get_app_configs() if _file(app).exists()]
    found.sort(key=lambda each: (each.spec.menu, each.id))
    return {each.id: each for each in found}


def programme_get(programme_id: str) -> Programme:
    """Return a programme.

    Raises:
        InputError: There is none of that id.
    """
    if programme_id not in programmes():
        raise InputError(
            f"no programme {programme_id!r}", hint=f"there are: {', '.join(programmes()) or 'none'}"
        )
    return programmes()[programme_id]


@cache
def record_types() -> Mapping[str, RecordType]:
    """Return every type of record by id."""
    return {name: kind for each in programmes().values() for name, kind in each.types.items()}


def record_type(type_id: str) -> RecordType:
    """Return a type of record.

    Raises:
        InputError: There is none of that id.
    """
    if type_id not in record_types():
        known = ", ".join(record_types()) or "none"
        raise InputError(f"no type of record {type_id!r}", hint=f"there are: {known}")
    return record_types()[type_id]


def type_of(record: Record) -> RecordType:
    """Return the type of a record."""
    return record_type(record._meta.label_lower)  # noqa: SLF001 - public _meta


def _file(app: AppConfig) -> Path:
    return Path(app.path) / "programme.toml"


def _programme(app: AppConfig) -> Programme:
    folder, path = Path(app.path), _file(app)
    spec = checked(ProgrammeSpec, toml_read(path), shown(path))
    if spec.id != app.label:
        raise DefinitionError(f"{shown(path)}: id {spec.id!r} is not the name of its folder")
    types: dict[str, RecordType] = {}
    found = Programme(spec, folder.parent.name, folder, app.name, types)
    for model in app.get_models():
        if issubclass(model, Record):
            kind = _record_type(found, model)
            types[kind.id] = kind
    return found


def _record_type(programme: Programme, model: type[Record]) -> RecordType:
    path = programme.folder / "records" / f"{model._meta.model_name}.toml"  # noqa: SLF001
    if not path.exists():
        raise DefinitionError(f"model {model.__name__} has no definition {shown(path)}")
    spec = checked(RecordSpec, toml_read(path), shown(path))
    kind = RecordType(model._meta.label_lower, programme, spec, model, shown(path))  # noqa: SLF001
    own = {each.name for each in model._meta.concrete_fields} - ENVELOPE  # noqa: SLF001
    if own != set(spec.fields):
        odd = min(own ^ set(spec.fields))
        where = "the model" if odd in spec.fields else "[fields]"
        raise DefinitionError(f"{shown(path)}: {where} lacks the field {odd!r}")
    for each in spec.transitions:
        for name in (*each.guards, *each.effects):
            kind.rule(name)
    return kind
