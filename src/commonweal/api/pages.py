"""The one page of the API: its description, for people. No script, nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from commonweal.api.document import document
from commonweal.api.problems import not_found

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest, HttpResponse


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show every route, by subject."""
    made = document()
    context = {"info": made["info"], "groups": list(_groups(made)), "schemas": list(_schemas(made))}
    return render(request, "api/docs.html", context)


@csrf_exempt
@login_not_required
def missing(_request: HttpRequest) -> HttpResponse:
    """Say that there is no such address, as a problem."""
    return not_found()


def _groups(made: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for tag in made["tags"]:
        routes = [
            _route(path, method, operation)
            for path, item in made["paths"].items()
            for method, operation in item.items()
            if tag["name"] in operation.get("tags", ())
        ]
        yield tag["name"], routes


def _route(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"],
        "path": path,
        "method": method.upper(),
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": [
            {**each, "type": _type(each.get("schema", {}))} for each in operation["parameters"]
        ],
        "body": [(form, _type(each.get("schema", {}))) for form, each in body.items()],
        "answers": [
            (status, each.get("description", ""), _answer_type(each))
            for status, each in operation["responses"].items()
        ],
    }


def _schemas(made: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, schema in sorted(made["components"]["schemas"].items()):
        required = set(schema.get("required", ()))
        yield {
            "name": name,
            "about": schema.get("description", ""),
            "fields": [
                (each, _type(field), each in required, field.get("description", ""))
                for each, field in schema.get("properties", {}).items()
            ],
        }


def _answer_type(answer: Mapping[str, Any]) -> str:
    return ", ".join(_type(each.get("schema", {})) for each in answer.get("content", {}).values())


def _type(schema: Mapping[str, Any]) -> str:
    """Write a type in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if several := schema.get("anyOf") or schema.get("allOf"):
        return " | ".join(dict.fromkeys(_type(each) for each in several))
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type", "any"))
