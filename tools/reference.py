"""The reference pages, made from what they describe: commands, keys, datasets and so on.

Django must be set up before a page is made, so what needs it is imported inside.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import ast
import inspect
import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import django
from typer.main import get_command

from tools.markdown import names, page, table
from tools.reference_programmes import programmes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def pages() -> dict[str, str]:
    """Return every generated page by its path below ``docs``."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonweal.settings")
    django.setup()
    made = {
        "commands": commands,
        "configuration": configuration,
        "datasets": datasets,
        "indicators": indicators,
        "lint-rules": lint_rules,
        "programmes": programmes,
    }
    return {f"reference/{name}.md": made_by() for name, made_by in made.items()}


# --- rules of the linter ------------------------------------------------------------------------
def lint_rules() -> str:
    """Describe every rule of the linter with the lines that are its tests."""
    from commonweal.catalogue.claim_rules import claim_rules

    head = (
        "# Rules of the linter\n\nWhat `commonweal lint` looks for. An error cannot be true as it"
        " is printed, a warning asks somebody to look, an info is worth knowing."
    )
    return page(head, *(_rule(rule_id, rule) for rule_id, rule in claim_rules().items()))


def _rule(rule_id: str, rule: Any) -> str:  # noqa: ANN401 - a ClaimRule, imported as needed
    lines = [
        f"* {kind}: `{line}`".replace("\n", " ⏎ ").replace("\t", " ⇥ ")
        for kind, lines in (("passes", rule.good), ("is found", rule.bad))
        for line in lines
    ]
    needs = "; needs a ledger" if rule.needs == "ledger" else ""
    told = f"{names(rule.name)} ({rule.severity}{needs}). What to do: {rule.suggestion['en']}."
    return page(f"## `{rule_id}`", told, "\n".join(lines))


# --- commands -----------------------------------------------------------------------------------
def commands() -> str:
    """Describe every command from the same objects that parse the command line."""
    from commonweal.cli.main import application

    root = get_command(application())
    head = "# Commands\n\nEvery command takes `--help`. Results go to stdout, all else to stderr."
    return page(head, *(_command(path, command) for path, command in walk(root, "commonweal")))


def walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - click's objects
    """Yield every command below one that runs something, with its path."""
    below: Mapping[str, Any] = getattr(command, "commands", {})
    if not below:
        yield path, command
    for name, child in sorted(below.items()):
        yield from walk(child, f"{path} {name}")


def _command(path: str, command: Any) -> str:  # noqa: ANN401 - click's object
    text = inspect.cleandoc(command.help or "").replace("[bold]", "`").replace("[/bold]", "`")
    rows = [_parameter(one) for one in command.params if "--help" not in one.opts]
    return page(f"## {path}", text, table("argument, meaning", rows))


def _parameter(parameter: Any) -> tuple[str, str]:  # noqa: ANN401 - click's object
    meaning = " ".join((getattr(parameter, "help", None) or "").split())
    if parameter.param_type_name != "option":
        return f"`{parameter.name.upper()}`", meaning
    default = parameter.default
    if isinstance(default, str | int) and default not in ("", False):
        meaning += f" Default: `{default}`."
    return f"`{', '.join(parameter.opts)}`", meaning.strip()


# --- configuration ------------------------------------------------------------------------------
def configuration() -> str:
    """Describe the keys of ``commonweal.toml`` from the class that reads them."""
    from commonweal.settings.config import Config, Mail, SingleSignOn

    return page(
        "# Configuration",
        "Keys of `commonweal.toml` in the home folder; a variable goes before the file. The home "
        "folder is `COMMONWEAL_HOME`, `./var` without it.",
        table("key, default, meaning", _keys(Config)),
        "A key is also the variable `COMMONWEAL_<KEY>` in capitals; several values are joined by "
        "commas. These tables stand in the file alone.",
        *(
            page(f"## `[{name}]`", table("key, default, meaning", _keys(model)))
            for name, model in (("mail", Mail), ("sso", SingleSignOn))
        ),
    )


def _keys(model: Any) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401 - a pydantic model
    meanings = _attribute_texts(inspect.getsource(model))
    for key, field in model.model_fields.items():
        if key != "home":
            default = "needed" if field.is_required() else str(field.default or "")
            yield f"`{key}`", default, meanings.get(key, "")


def _attribute_texts(source: str) -> dict[str, str]:
    """Return the text that stands under each attribute of a class."""
    body = next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)).body
    texts = {}
    for statement, following in pairwise(body):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(value=str(text))
            ):
                texts[name] = " ".join(text.split()).replace("``", "`")
    return texts


# --- datasets -----------------------------------------------------------------------------------
def datasets() -> str:
    """Describe every dataset that a domain declares."""
    from commonweal.lake.datasets import datasets as declared

    head = "Files for `commonweal ingest`; `commonweal template DATASET` writes an empty one."
    return page("# Datasets", head, *(_dataset(dataset) for dataset in declared().values()))


def _dataset(dataset: Any) -> str:  # noqa: ANN401 - a Dataset, imported once Django is set up
    known_by = ", ".join(f"`{name}`" for name in dataset.key)
    rules = (f"A row must keep: {rule.sentence} ({rule.hint})." for rule in dataset.rules)
    return page(
        f"## {dataset.id}",
        f"{names(dataset.names)}. A row is known by {known_by} and belongs to the month of "
        f"`{dataset.month_of}`.",
        table("column, name, kind, unit, rule, example", map(_column, dataset.columns)),
        *rules,
    )


def _column(column: Any) -> tuple[str, ...]:  # noqa: ANN401 - a Column
    rules = {
        "required": column.required,
        f"code of a {column.references}": column.references,
        f"at least {column.minimum}": column.minimum is not None,
        f"at most {column.maximum}": column.maximum is not None,
        f"one of {', '.join(column.choices)}": column.choices,
    }
    kept = "; ".join(rule for rule, holds in rules.items() if holds)
    name = names(column.names)
    return f"`{column.name}`", name, str(column.kind), column.unit, kept, column.example


# --- indicators ---------------------------------------------------------------------------------
def indicators() -> str:
    """Describe every indicator of the catalogue, the computed before the planned."""
    from commonweal.catalogue import catalogue

    entries = sorted(catalogue().indicators.values(), key=lambda entry: (entry.domain, entry.id))
    sections = []
    for status in ("computed", "planned"):
        rows = [
            (f"`{entry.id}`", names(entry.name), str(entry.unit), str(entry.kind), entry.domain)
            for entry in entries
            if entry.status == status
        ]
        head = f"## {status.capitalize()}: {len(rows)}"
        sections.append(page(head, table("id, name, unit, kind, domain", rows)))
    return page("# Indicators", "`commonweal catalogue show ID` says more of each.", *sections)
