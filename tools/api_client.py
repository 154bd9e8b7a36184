"""Writes the Python client from the API's description: types of what it tells, a method a route.

python -m tools.api_client          writes clients/python/commonweal_client.py
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final

from tools.files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

DESCRIPTION: Final = ROOT / "tests" / "golden" / "openapi.json"
CLIENT: Final = ROOT / "clients" / "python" / "commonweal_client.py"
_PLAIN: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_WIDTH: Final = 80
_HEAD: Final = '''# ruff: noqa: INP001, PLR0913 - a folder to copy; routes have many filters
"""Client of the Commonweal API {version}; written by tools/api_client.py."""

from __future__ import annotations

from typing import IO, Any, Literal, NotRequired, TypedDict, cast

from asking import Asking
'''
_CLASS: Final = '''class Client(Asking):
    """One method for each route; refusals are ``ProblemError``."""
'''


def main() -> None:
    """Write the client."""
    CLIENT.write_text(written(json.loads(DESCRIPTION.read_text("utf-8"))), "utf-8")


def written(made: dict[str, Any]) -> str:
    """Return the client's text, formatted."""
    parts = [
        _HEAD.format(version=made["info"]["version"]),
        *(_typed(name, each) for name, each in sorted(made["components"]["schemas"].items())),
        _CLASS,
        *(
            _method(path, method, operation)
            for path, item in made["paths"].items()
            for method, operation in item.items()
        ),
    ]
    return _formatted("\n\n".join(parts))


def _typed(name: str, schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return f"{name} = Literal[{', '.join(json.dumps(each) for each in schema['enum'])}]"
    needed = set(schema.get("required", ()))
    lines = [f"class {name}(TypedDict):", f'    """{_sentence(schema)}"""', ""]
    for field, each in schema.get("properties", {}).items():
        kind = _type(each)
        lines.append(f"    {field}: {kind if field in needed else f'NotRequired[{kind}]'}")
    return "\n".join(lines)


def _method(path: str, method: str, operation: dict[str, Any]) -> str:
    name = operation["operationId"]
    given: dict[str, list[dict[str, Any]]] = {}
    for each in operation["parameters"]:
        given.setdefault(each["in"], []).append(each)
    places = [f"{each['name']}: str | int" for each in given.get("path", ())]
    named = [
        f"{_own(each['name'])}: {_type(each['schema'])}"
        + ("" if each["required"] else f"{_or_none(each['schema'])} = None")
        for where in ("query", "header")
        for each in given.get(where, ())
    ]
    named.sort(key=lambda text: "= None" in text)
    content = operation.get("requestBody", {}).get("content", {})
    body, sent = "", "None"
    if "application/json" in content:
        body, sent = f"body: {_type(content['application/json']['schema'])}", "body"
    elif content:
        body, sent = "rows: bytes | IO[bytes], form: str", "rows, form"
    result = _result(operation)
    own = [*places, *([body] if body else []), *(["*", *named] if named else [])]
    arguments = ", ".join(["self", *own])
    query = _mapped(given.get("query", ()))
    headers = _mapped(given.get("header", ()))
    address = re.sub(r"{(\w+)}", r"{self.quoted(\1)}", path)
    mark = "f" if places else ""
    call = f'self.ask("{method.upper()}", {mark}"{address}", {query}, {headers}, {sent})'
    answer = call if result == "None" else f'return cast("{result}", {call})'
    lines = [f"    def {name}({arguments}) -> {result}:", f'        """{_sentence(operation)}"""']
    return "\n".join([*lines, f"        {answer}"])


def _result(operation: dict[str, Any]) -> str:
    for status, each in operation["responses"].items():
        if status.startswith("2"):
            content = each.get("content", {})
            if len(content) == 1 and "application/json" in content:
                return _type(content["application/json"]["schema"])
            return "bytes" if content else "None"
    return "None"


def _mapped(parameters: Iterable[dict[str, Any]]) -> str:
    return "{" + ", ".join(f'"{each["name"]}": {_own(each["name"])}' for each in parameters) + "}"


def _own(name: str) -> str:
    return name.lower().replace("-", "_")


def _or_none(schema: dict[str, Any]) -> str:
    return "" if "None" in _type(schema) else " | None"


def _sentence(each: dict[str, Any]) -> str:
    lines = str(each.get("description") or each.get("summary") or "What is sent.").splitlines()
    return f"{shorten(lines[0].strip().rstrip('.'), _WIDTH, placeholder=' …')}."


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if several := schema.get("anyOf"):
        return " | ".join(dict.fromkeys(_type(each) for each in several))
    kind = schema.get("type")
    if kind == "array":
        return f"list[{_type(schema.get('items', {}))}]"
    if kind == "object":
        inside = schema.get("additionalProperties")
        return f"dict[str, {_type(inside) if isinstance(inside, dict) else 'Any'}]"
    if kind == "null":
        return "None"
    return _PLAIN.get(str(kind), "Any")


def _formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(CLIENT), "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    main()
