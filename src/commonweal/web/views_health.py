"""For machines: does the process live, may it be sent readers, what does it count."""

from __future__ import annotations

import hmac
import os
import shutil
from functools import cache
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from commonweal.kernel.jobs.leases import workers_here
from commonweal.kernel.operation.measures import Measures

if TYPE_CHECKING:
    from django.http import HttpRequest

_FULL_BYTES: Final = 100_000_000


@never_cache
@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's contract
    """Tell that the process lives; asks nothing of the database."""
    return JsonResponse({"status": "ok"})


@never_cache
@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's contract
    """Tell whether readers may be sent: 503 where something is missing.

    A worker that is missing is told, and no reason to send readers away.
    """
    checks = {"database": _database(), "migrations": False, "lake": _lake(), "disk": _disk()}
    if checks["database"]:
        checks["migrations"] = _migrations()
    is_ready = all(checks.values())
    told: dict[str, object] = {name: "ok" if fine else "fail" for name, fine in checks.items()}
    told["worker"] = "ok" if workers_seen() else "none"
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"status": "ok" if is_ready else "fail", "checks": told}, status=status)


@never_cache
@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give what is counted, in Prometheus' text form, to this machine or the token's bearer."""
    if not _may_measure(request):
        return HttpResponse(
            "a bearer token is needed\n",
            status=HTTPStatus.UNAUTHORIZED,
            content_type="text/plain",
            headers={"WWW-Authenticate": "Bearer"},
        )
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    own = CollectorRegistry()
    own.register(Measures(timezone.now()))
    content = generate_latest(registry) + generate_latest(own)
    return HttpResponse(content, content_type=CONTENT_TYPE_LATEST)


def workers_seen() -> bool:
    """Return whether a worker lives on this machine."""
    try:
        return bool(workers_here(Path(settings.HOME) / "workers"))
    except DatabaseError:
        return False


def _may_measure(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN
    if expected and scheme.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), expected.encode())
    # A proxy of this machine is on the loopback, too: what it brings is not from here.
    if {"X-Forwarded-For", "Forwarded", "X-Real-IP"} & set(request.headers):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _migrations() -> bool:
    try:
        return _migrated()
    except _BehindError:
        return False


class _BehindError(Exception):
    """Steps are missing; not kept in the cache."""


@cache
def _migrated() -> bool:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _BehindError
    return True


def _lake() -> bool:
    lake = Path(settings.LAKE_ROOT)
    place = lake if lake.exists() else lake.parent
    return place.is_dir() and os.access(place, os.R_OK | os.W_OK)


def _disk() -> bool:
    return shutil.disk_usage(settings.HOME).free > _FULL_BYTES
