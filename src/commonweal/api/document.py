"""The API's own description: ninja's, with what every answer has in common."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from commonweal.api.callers import needs
from commonweal.api.main import api
from commonweal.api.replies import json_answer
from commonweal.api.shapes import Problem

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

VERSION_PATH: Final = "v1"
_PLACE: Final = f"/api/{VERSION_PATH}"
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_PROBLEM: Final = {
    "description": "What went wrong (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 255, "pattern": "^[!-~]+$"},
    "required": False,
    "description": "The same request with the same key happens once.",
}
_MATCH: Final = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string", "pattern": '^"v[1-9][0-9]{0,8}(-[0-9a-f]{8})?"$'},
    "required": True,
    "description": "ETag of the version that was read.",
}


@api.get("/openapi.json", auth=needs("read"), include_in_schema=False, url_name="openapi_get")
def openapi_get(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - ninja's contract
    """Return the OpenAPI 3.1 document."""
    return json_answer(document())


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    made = dict(api.get_openapi_schema(path_prefix=_PLACE))
    made["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    made["paths"] = {
        path: {method: dict(operation) for method, operation in item.items()}
        for path, item in made["paths"].items()
    }
    for item in made["paths"].values():
        for method in _METHODS:
            if method in item:
                _complete(method, item[method])
    made["tags"] = [{"name": name} for name in _tags(made)]
    return made


def _complete(method: str, operation: dict[str, Any]) -> None:
    operation["responses"] = {
        str(status): each for status, each in operation["responses"].items()
    } | {"default": _PROBLEM}
    operation["parameters"] = list(operation.get("parameters", ()))
    if method == "post":
        operation["parameters"].append(_KEY)
    if method == "patch":
        operation["parameters"].append(_MATCH)
    if "summary" in operation:
        lines = operation.get("description", "").strip().splitlines()
        operation["summary"] = lines[0].rstrip(".") if lines else operation["summary"]
    operation.setdefault("security", []).sort(key=str, reverse=True)


def _tags(made: dict[str, Any]) -> list[str]:
    found = (
        tag
        for item in made["paths"].values()
        for operation in item.values()
        for tag in operation.get("tags", ())
    )
    return list(dict.fromkeys(found))
