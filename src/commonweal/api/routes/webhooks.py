"""Webhooks: who wants to be told of what, and what became of it."""

from http import HTTPStatus
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field, StringConstraints

from commonweal.api.callers import caller, needs
from commonweal.api.replies import json_answer, once
from commonweal.api.shapes import After, Instant, Limit, Number, Page, number_after, page_cut, plain
from commonweal.kernel.webhooks.jobs import schedule_ensure
from commonweal.kernel.webhooks.models import Subscription
from commonweal.kernel.webhooks.services import webhook_end, webhook_subscribe

router = Router(tags=["webhooks"])
_Type = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.*]{1,150}$")]


class WebhookIn(Schema):
    """An address, and the types of events that it is told of (`donations.donation.*`)."""

    url: str = Field(max_length=500, pattern=r"^https?://[!-~]+$")
    events: list[_Type] = Field(min_length=1, max_length=20)


class WebhookOut(Schema):
    """A subscription."""

    id: int
    url: str
    events: list[str]
    created_at: Instant
    failing_since: Instant | None
    ended_at: Instant | None
    end_reason: str


class WebhookNew(WebhookOut):
    """A new subscription with its secret (Standard Webhooks), which is shown this once."""

    secret: str


class DeliveryOut(Schema):
    """An event on its way."""

    id: int
    type: str
    sequence: int
    n_tries: int
    next_at: Instant | None
    arrived_at: Instant | None
    last_status: int | None
    last_error: str


class DeliveryPage(Page[DeliveryOut]):
    """A page of deliveries, in the order of the events."""


@router.get("/webhooks", response=list[WebhookOut], auth=needs("admin"))
def webhooks_list(request: HttpRequest) -> list[Subscription]:
    """Return one's own subscriptions that have not ended."""
    own = Subscription.objects.filter(user=caller(request).user, ended_at=None)
    return list(own.order_by("pk"))


@router.post("/webhooks", response={201: WebhookNew}, auth=needs("admin"))
def webhook_new(request: HttpRequest, body: WebhookIn) -> HttpResponse:
    """Let an address be told of events, as far as the caller may see them.

    A repeated request with the same idempotency key is answered without the secret.
    """
    asked = caller(request)
    shown = {}

    def do() -> HttpResponse:
        made = webhook_subscribe(body.url, body.events, scope=asked.scope, now=asked.now)
        schedule_ensure(now=asked.now)
        shown["secret"] = made.secret
        answer = json_answer({**_document(made), "secret": ""}, status=HTTPStatus.CREATED)
        answer["Location"] = f"{request.path}/{made.pk}"
        return answer

    answer = once(request, do)
    if "secret" not in shown:
        return answer
    return _with_secret(answer, shown["secret"])


@router.get("/webhooks/{number}", response=WebhookOut, auth=needs("admin"))
def webhook_get(request: HttpRequest, number: Number) -> Subscription:
    """Return one of one's own subscriptions."""
    return _own(request, number)


@router.delete("/webhooks/{number}", response={204: None}, auth=needs("admin"))
def webhook_drop(request: HttpRequest, number: Number) -> HttpResponse:
    """End a subscription."""
    asked = caller(request)
    webhook_end(_own(request, number), actor=asked.scope.actor, now=asked.now)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@router.get("/webhooks/{number}/deliveries", response=DeliveryPage, auth=needs("admin"))
def deliveries_list(
    request: HttpRequest, number: Number, limit: Limit, after: After
) -> dict[str, Any]:
    """Return what was told, or could not be, and when it is tried again."""
    rows = _own(request, number).deliveries.filter(pk__gt=number_after(after)).order_by("pk")
    found, following = page_cut(list(rows[: limit + 1]), limit)
    return {"items": found, "next": following}


def _own(request: HttpRequest, number: int) -> Subscription:
    found = Subscription.objects.filter(user=caller(request).user, pk=number).first()
    if found is None:
        raise Http404
    return found


def _document(made: Subscription) -> dict[str, Any]:
    document: dict[str, Any] = plain(
        {name: getattr(made, name) for name in WebhookOut.model_fields}
    )
    return document


def _with_secret(answer: HttpResponse, secret: str) -> HttpResponse:
    """Put in the secret after the answer was kept: it is kept nowhere but with its subscription."""
    answer.content = answer.content.replace(b'"secret":""', f'"secret":"{secret}"'.encode())
    return answer
