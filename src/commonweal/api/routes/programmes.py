# ruff: noqa: ARG001 - a route's signature is what ninja reads
"""Programmes and their types of record, as their definitions say."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from commonweal.api.callers import needs
from commonweal.api.shapes import Code, Names
from commonweal.kernel.programmes.registry import RecordType, programmes, record_types

router = Router(tags=["programmes"])


class ProgrammeOut(Schema):
    """A programme, with its types of record and the indicators of its board."""

    id: str
    domain: str
    name: Names
    about: Names
    record_types: list[str]
    indicators: list[str]


class FieldOut(Schema):
    """A field of a record."""

    id: str
    name: Names
    type: str
    unit: str
    required: bool
    choices: dict[str, dict[str, str]]
    refers_to: str
    is_personal: bool
    is_computed: bool


class StateOut(Schema):
    """A state of a record."""

    id: str
    name: Names
    editable: bool
    final: bool


class TransitionOut(Schema):
    """An action: from which states, to which, by whom, on what terms."""

    action: str
    name: Names
    start: list[str]
    to: str
    role: str
    asks: list[str]
    needs: list[str]
    evidence: list[str]
    approvals: int
    comment: bool


class RecordTypeOut(Schema):
    """A type of record: all that a program needs to fill one in."""

    id: str
    programme: str
    name: Names
    opened_by: str
    privacy: str
    fields: list[FieldOut]
    states: list[StateOut]
    transitions: list[TransitionOut]
    filters: list[str]


@router.get("/programmes", response=list[ProgrammeOut], auth=needs("read"))
def programmes_list(request: HttpRequest) -> list[dict[str, Any]]:
    """Return every programme."""
    return [
        {
            "id": each.id,
            "domain": each.domain,
            "name": each.spec.name,
            "about": each.spec.about,
            "record_types": list(each.types),
            "indicators": list(each.spec.indicators),
        }
        for each in programmes().values()
    ]


@router.get("/record-types", response=list[RecordTypeOut], auth=needs("read"))
def record_types_list(request: HttpRequest) -> list[dict[str, Any]]:
    """Return every type of record."""
    return [_document(each) for each in record_types().values()]


@router.get("/record-types/{type_id}", response=RecordTypeOut, auth=needs("read"))
def record_type_get(request: HttpRequest, type_id: Code) -> dict[str, Any]:
    """Return one type of record."""
    if type_id not in record_types():
        raise Http404
    return _document(record_types()[type_id])


def _document(kind: RecordType) -> dict[str, Any]:
    spec = kind.spec
    return {
        "id": kind.id,
        "programme": kind.programme.id,
        "name": spec.name,
        "opened_by": spec.opened_by,
        "privacy": spec.privacy,
        "fields": [_field(kind, name) for name in spec.fields],
        "states": [each.model_dump() for each in spec.states],
        "transitions": [
            {**each.model_dump(), "start": list(each.start), "role": str(each.role)}
            for each in spec.transitions
        ],
        "filters": list(spec.filters),
    }


def _field(kind: RecordType, name: str) -> dict[str, Any]:
    spec, column = kind.spec.fields[name], kind.columns[name]
    target = column.related_model
    return {
        "id": name,
        "name": spec.name,
        "type": "reference" if target else column.get_internal_type(),
        "unit": spec.unit,
        "required": not column.blank and not column.null and not spec.is_computed,
        "choices": spec.choices,
        "refers_to": target._meta.label_lower if target else "",  # noqa: SLF001 - public _meta
        "is_personal": spec.is_personal,
        "is_computed": spec.is_computed,
    }
