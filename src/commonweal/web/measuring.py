"""Every request has a number, is counted and timed by its route, and leaves one line in the log."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Final

from django.conf import settings
from prometheus_client import Counter, Histogram

from commonweal.settings.logs import request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("commonweal.requests")
HEADER: Final = "X-Request-ID"
_GIVEN: Final = re.compile(r"[0-9A-Za-z-]{8,64}")
_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Counter("commonweal_requests", "Requests answered.", ("route", "method", "status"))
LATENCY = Histogram("commonweal_request_seconds", "Time to answer.", ("route",), buckets=_BUCKETS_S)


class MeasuringMiddleware:
    """Stands first, so that what others refuse is counted, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and tell of it by route: an address may hold what is nobody else's business."""
        given = request.headers.get(HEADER, "") if settings.PROXIES else ""
        number = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        mark = request_id.set(number)
        began_s = time.perf_counter()
        try:
            response = self.get_response(request)
            took_s = time.perf_counter() - began_s
            match = request.resolver_match
            route = (match.view_name or match.route) if match else "none"
            method = request.method if request.method in _METHODS else "other"
            REQUESTS.labels(route, method, str(response.status_code)).inc()
            LATENCY.labels(route).observe(took_s)
            told = {
                "method": method,
                "route": route,
                "status": response.status_code,
                "ms": round(took_s * 1000, 1),
            }
            logger.info("%s %s %s", method, route, response.status_code, extra={"told": told})
        finally:
            request_id.reset(mark)
        response.headers[HEADER] = number
        return response


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
