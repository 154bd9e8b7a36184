# ruff: noqa: B008, PLR0913, PLR0917 - a route's signature is what ninja reads
"""Records: read as lists and pages read them, written through the same services.

``If-Match`` carries the version that was read, as the record's ETag has it; ``Idempotency-Key``
makes a repeated POST harmless.
"""

import re
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID
from zlib import crc32

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.params.functions import Query
from pydantic import Field

from commonweal.api.callers import caller, needs
from commonweal.api.problems import ProblemError
from commonweal.api.replies import json_answer, once
from commonweal.api.shapes import After, Code, Instant, Limit, Page, Values, plain
from commonweal.errors import InputError
from commonweal.kernel.accounts.scopes import Scope
from commonweal.kernel.programmes.models import Record
from commonweal.kernel.programmes.reading import records_shown
from commonweal.kernel.programmes.registry import RecordType, record_types
from commonweal.kernel.programmes.selectors import record_timeline
from commonweal.kernel.programmes.selectors.asked import (
    OWN,
    asked_read,
    references,
    rows_asked,
    states_asked,
)
from commonweal.kernel.programmes.selectors.listed import MOST_COUNTED, records_listed
from commonweal.kernel.programmes.services import (
    Context,
    Outcome,
    comment_add,
    record_act,
    record_change,
    record_open,
    records_act,
)
from commonweal.kernel.programmes.services.acting import actions_open

router = Router(tags=["records"])
_PATH = "/records/{programme}/{model}"
_MOST = 500
"""Records of one call that acts on many."""
_PAGING = ("sort", "after", "limit")


class RecordOut(Schema):
    """A record: what every record has, and in `fields` what its type adds.

    Decimals are texts; a reference is the code of what it refers to.
    """

    id: UUID
    type: str
    code: str
    node: str
    state: str
    owner: str | None
    start_date: date
    end_date: date
    due_at: Instant | None
    opened_at: Instant
    changed_at: Instant
    closed_at: Instant | None
    privacy: str
    version: int
    fields: Values
    actions: list[str] | None = Field(None, description="Open to the caller; not in lists.")


class RecordPage(Page[RecordOut]):
    """A page of records; `n_found` is 1001 for any number beyond a thousand."""

    n_found: int


class RecordNew(Schema):
    """A record to be opened."""

    node: Code
    values: Values = Field({}, description="Fields by id, as /record-types names them.")
    privacy: Literal["", "public", "internal", "personal", "confidential"] = ""


class RecordChange(Schema):
    """Fields to be changed; those left out stay."""

    values: Values


class ActionIn(Schema):
    """What goes with an action."""

    values: Values = Field({}, description="Fields that the action asks for.")
    comment: str = Field("", max_length=4000)


class ChosenIn(Schema):
    """A record and the version that was read."""

    id: UUID
    version: int = Field(ge=1, le=2**31 - 1)


class BulkIn(ActionIn):
    """An action on many records: done for all of them, or for none."""

    records: list[ChosenIn] = Field(min_length=1, max_length=_MOST)


class OutcomeOut(Schema):
    """What became of an action: done, or waiting for more approvals."""

    id: UUID
    code: str
    state: str
    version: int
    is_done: bool
    n_approvals: int
    n_needed: int
    message: str


class CommentIn(Schema):
    """A word about a record."""

    comment: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class DifferenceOut(Schema):
    """One field before and after."""

    name: str
    old: Any
    new: Any


class EventOut(Schema):
    """Something that happened to a record."""

    sequence: int
    at: Instant
    who: str
    in_name_of: str
    action: str
    version: int
    state: str
    approval: str
    comment: str
    changes: list[DifferenceOut]


@router.get(_PATH, response=RecordPage, auth=needs("read"))
def records_list(
    request: HttpRequest,
    programme: Code,
    model: Code,
    limit: Limit,
    after: After,
    sort: Literal["new", "old", "due", "changed"] = Query("new"),
    state: Code | None = Query(None, description="A state, or `open` for all that are not final."),
    node: Code | None = Query(None, description="This node and all below it."),
    owner: str | None = Query(None, max_length=150, description="An account, `me` or `none`."),
    due: Literal["overdue", "week", "month"] | None = Query(None),
    period: str | None = Query(None, max_length=32, description="As 2024-03."),
    q: str | None = Query(None, max_length=100, description="Beginning of a code, or words."),
) -> dict[str, Any]:
    """Return the records that the caller may read; a type's own filters go by their ids, too."""
    del state, node, owner, due, period, q  # read below, as pages read them
    kind, asked_by = _kind(programme, model), caller(request)
    given = request.GET.dict()
    if strange := set(given) - {*OWN, *kind.spec.filters, *_PAGING}:
        raise InputError(
            _("%(kind)s has no filter %(name)r") % {"kind": kind.id, "name": min(strange)},
            hint=", ".join((*OWN, *kind.spec.filters)),
        )
    if any("\0" in value for value in given.values()):
        raise InputError(_("a filter holds a NUL character"))
    asked = asked_read(kind, given)
    found = records_listed(
        partial(rows_asked, kind, asked, scope=asked_by.scope, now=asked_by.now),
        sort=sort,
        after=after,
        size=limit,
        states=states_asked(kind, asked),
    )
    records_shown(kind, found.rows, scope=asked_by.scope, now=asked_by.now)
    items = [_document(kind, each) for each in found.rows]
    return {
        "items": items,
        "next": found.after or None,
        "n_found": min(found.n_found, MOST_COUNTED + 1),
    }


@router.post(_PATH, response={201: RecordOut}, auth=needs("write"))
def record_new(request: HttpRequest, programme: Code, model: Code, body: RecordNew) -> HttpResponse:
    """Open a record."""
    kind, asked = _kind(programme, model), caller(request)
    _open_to_api(kind)

    def do() -> HttpResponse:
        made = record_open(
            kind,
            node=body.node,
            values=body.values,
            privacy=body.privacy,
            scope=asked.scope,
            now=asked.now,
        )
        answer = _answer(kind, _record(kind, made.pk, asked.scope), asked.scope, status=201)
        answer["Location"] = f"{request.path}/{made.pk}"
        return answer

    return once(request, do)


@router.post(f"{_PATH}/actions/{{action}}", response=list[OutcomeOut], auth=needs("write"))
def records_do(
    request: HttpRequest, programme: Code, model: Code, action: Code, body: BulkIn
) -> HttpResponse:
    """Do an action on many records: on all of them or on none."""
    kind, asked = _kind(programme, model), caller(request)
    versions = {each.id: each.version for each in body.records}
    context = Context(asked.scope, asked.now, body.comment, body.values)

    def do() -> HttpResponse:
        _all_visible(kind, versions, asked.scope)
        done = records_act(kind, sorted(versions), action, context=context, versions=versions)
        return json_answer([_outcome(each) for each in done])

    return once(request, do)


@router.get(f"{_PATH}/{{uuid:record_id}}", response=RecordOut, auth=needs("read"))
def record_get(request: HttpRequest, programme: Code, model: Code, record_id: UUID) -> HttpResponse:
    """Return a record, with the actions that are open to the caller; its ETag has its version."""
    kind, asked = _kind(programme, model), caller(request)
    record = _record(kind, record_id, asked.scope)
    records_shown(kind, [record], scope=asked.scope, now=asked.now)
    return _answer(kind, record, asked.scope)


@router.patch(f"{_PATH}/{{uuid:record_id}}", response=RecordOut, auth=needs("write"))
def record_edit(
    request: HttpRequest, programme: Code, model: Code, record_id: UUID, body: RecordChange
) -> HttpResponse:
    """Change fields, if nobody else did since the version in `If-Match` was read."""
    kind, asked = _kind(programme, model), caller(request)
    record, version = _record(kind, record_id, asked.scope), _version(request)
    if version is None:
        raise ProblemError(
            HTTPStatus.PRECONDITION_REQUIRED,
            "version",
            _("the request does not say which version was read"),
            hint=_("send the record's ETag as If-Match"),
        )

    def do() -> HttpResponse:
        record_change(record, values=body.values, version=version, scope=asked.scope, now=asked.now)
        records_shown(kind, [record], scope=asked.scope, now=asked.now)
        return _answer(kind, _record(kind, record_id, asked.scope), asked.scope)

    return once(request, do)


@router.post(
    f"{_PATH}/{{uuid:record_id}}/actions/{{action}}", response=OutcomeOut, auth=needs("write")
)
def record_do(
    request: HttpRequest,
    programme: Code,
    model: Code,
    record_id: UUID,
    action: Code,
    body: ActionIn,
) -> HttpResponse:
    """Do an action on a record; with `If-Match`, only if it still has that version."""
    kind, asked = _kind(programme, model), caller(request)
    record, version = _record(kind, record_id, asked.scope), _version(request)

    def do() -> HttpResponse:
        done = record_act(
            record,
            action,
            scope=asked.scope,
            now=asked.now,
            version=version,
            values=body.values,
            comment=body.comment,
        )
        return json_answer(_outcome(done))

    return once(request, do)


@router.post(
    f"{_PATH}/{{uuid:record_id}}/comments", response={201: list[EventOut]}, auth=needs("write")
)
def record_comment(
    request: HttpRequest, programme: Code, model: Code, record_id: UUID, body: CommentIn
) -> HttpResponse:
    """Say something about a record, and return all that happened to it."""
    kind, asked = _kind(programme, model), caller(request)
    record = _record(kind, record_id, asked.scope)

    def do() -> HttpResponse:
        comment_add(record, body.comment, scope=asked.scope, now=asked.now)
        return json_answer(_events(record), status=HTTPStatus.CREATED)

    return once(request, do)


@router.get(f"{_PATH}/{{uuid:record_id}}/timeline", response=list[EventOut], auth=needs("read"))
def record_events(
    request: HttpRequest, programme: Code, model: Code, record_id: UUID
) -> list[dict[str, Any]]:
    """Return everything that happened to a record, oldest first."""
    kind = _kind(programme, model)
    return _events(_record(kind, record_id, caller(request).scope))


def _kind(programme: str, model: str) -> RecordType:
    found = record_types().get(f"{programme}.{model}")
    if found is None:
        raise Http404
    return found


def _record(kind: RecordType, pk: UUID, scope: Scope) -> Record:
    rows = kind.model.objects.select_related("node", "owner", *references(kind))
    found = scope.visible(rows).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _all_visible(kind: RecordType, versions: dict[UUID, int], scope: Scope) -> None:
    rows = scope.visible(kind.model.objects.filter(pk__in=list(versions)))
    if rows.count() != len(versions):
        raise Http404


def _open_to_api(kind: RecordType) -> None:
    """Refuse what is opened anonymously: its receipt is shown by a page, and a token is a name."""
    if kind.spec.anonymous:
        detail = _("records of this type are opened in the pages alone")
        raise ProblemError(HTTPStatus.FORBIDDEN, "anonymous", detail)


def _version(request: HttpRequest) -> int | None:
    """Return the version in ``If-Match``; None if there is none.

    Raises:
        ProblemError: It is no ETag of a record.
    """
    written = request.headers.get("If-Match", "").strip()
    if not written:
        return None
    found = re.fullmatch(r'(?:W/)?"v([1-9][0-9]{0,8})(?:-[0-9a-f]*)?"', written)
    if found is None:
        raise ProblemError(
            HTTPStatus.PRECONDITION_FAILED,
            "version",
            _("If-Match is no ETag of a record"),
            hint='"v3"',
        )
    return int(found[1])


def _answer(kind: RecordType, record: Record, scope: Scope, *, status: int = 200) -> HttpResponse:
    document = _document(kind, record)
    document["actions"] = [each.action for each in actions_open(kind, record, scope)]
    answer = json_answer(document, status=status)
    # The version alone would hide that other actions are open now.
    digest = f"{crc32(repr(document).encode()):08x}"
    answer["ETag"] = f'"v{record.version}-{digest}"'
    return answer


def _document(kind: RecordType, record: Record) -> dict[str, Any]:
    document: dict[str, Any] = plain(
        {
            "id": str(record.pk),
            "type": kind.id,
            "code": record.code,
            "node": record.node.code,
            "state": record.state,
            "owner": record.owner.get_username() if record.owner else None,
            "start_date": record.start_date,
            "end_date": record.end_date,
            "due_at": record.due_at,
            "opened_at": record.opened_at,
            "changed_at": record.changed_at,
            "closed_at": record.closed_at,
            "privacy": record.privacy,
            "version": record.version,
            "fields": {name: getattr(record, name) for name in kind.columns},
        }
    )
    return document


def _outcome(done: Outcome) -> dict[str, Any]:
    record = done.record
    return {
        "id": str(record.pk),
        "code": record.code,
        "state": record.state,
        "version": record.version,
        "is_done": done.is_done,
        "n_approvals": done.n_approvals,
        "n_needed": done.n_needed,
        "message": str(done.message),
    }


def _events(record: Record) -> list[dict[str, Any]]:
    return [
        plain(
            {
                "sequence": each.sequence,
                "at": each.at,
                "who": each.who,
                "in_name_of": each.in_name_of,
                "action": each.action,
                "version": each.version,
                "state": each.state,
                "approval": each.approval,
                "comment": each.comment,
                "changes": [{"name": d.name, "old": d.old, "new": d.new} for d in each.differences],
            }
        )
        for each in record_timeline(record)
    ]
