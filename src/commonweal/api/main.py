"""The API, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ninja import NinjaAPI

from commonweal.api.problems import handlers_add
from commonweal.api.routes import (
    facts,
    findings,
    indicators,
    ingesting,
    me,
    organisation,
    programmes,
    records,
    reports,
    sources,
    webhooks,
)

if TYPE_CHECKING:
    from ninja.operation import Operation

VERSION: Final = "1.0.0"
"""Of the interface: what is added raises the middle number; what breaks has another address."""
_ABOUT: Final = """\
The records, figures and files of an operator, for programs.

* Ask with a token (`Authorization: Bearer cw_…`, issued at /account/tokens/ or by `commonweal
  tokens issue`), or with the session of the pages. Either sees and does what its person may.
* Lists come in pages: `next` is the `after` of the page that follows.
* Decimals are texts as they were recorded; instants are in UTC; null is no data, never 0.
* A POST with an `Idempotency-Key` happens once. A change names the version that was read: the
  record's ETag as `If-Match`.
* Whatever is refused is told as `application/problem+json` (RFC 9457), in the reader's language.
"""


class _Api(NinjaAPI):
    """Names its operations as their functions: clients are written from them."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the name of an operation."""
        return operation.view_func.__name__


def api_make() -> NinjaAPI:
    """Return the API with all its routes."""
    made = _Api(
        title="Commonweal",
        version=VERSION,
        description=_ABOUT,
        urls_namespace="api",
        openapi_url=None,
        docs_url=None,
        openapi_extra={"info": {"license": {"name": "Apache-2.0"}}},
    )
    handlers_add(made)
    parts: tuple[Any, ...] = (
        me,
        organisation,
        indicators,
        facts,
        findings,
        programmes,
        records,
        sources,
        ingesting,
        reports,
        webhooks,
    )
    for part in parts:
        made.add_router("", part.router)
    return made


api: Final = api_make()
