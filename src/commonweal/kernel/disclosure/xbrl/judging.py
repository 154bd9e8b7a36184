"""Runs Arelle on files, offline; a script that needs nothing else of this package.

Reads ``{"package": …, "files": […], "home": …}`` from standard input and prints a JSON line with
what Arelle says of each file, and the facts it read. It is a process of its own because Arelle
keeps state, a locale and a cache for the whole process it runs in.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARK: Final = "judged: "
_PLUGINS: Final = "loadFromOIM"
_FAULTS: Final = {"warning", "inconsistency", "error", "critical"}


def _judged(file: str, asked: Mapping[str, str]) -> dict[str, object]:
    from arelle.api.Session import Session  # noqa: PLC0415 - an extra: may not be installed
    from arelle.RuntimeOptions import RuntimeOptions  # noqa: PLC0415

    options = RuntimeOptions(
        entrypointFile=file,
        packages=[asked["package"]],
        plugins=_PLUGINS,
        internetConnectivity="offline",
        disablePersistentConfig=True,
        xdgConfigHome=asked["home"],
        validate=True,
        calcs="c11r",
        utrValidate=True,
        validateDuplicateFacts="inconsistent",
        logFile="logToBuffer",
        keepOpen=True,
    )
    with Session() as session:
        session.run(options)
        log = json.loads(session.get_logs("json"))["log"]
        facts = [_fact(fact) for model in session.get_models() for fact in _sound(model)]
    told = [
        {"level": each["level"], "code": each["code"], "text": each["message"]["text"]}
        for each in log
        if each["level"] in _FAULTS
    ]
    return {"file": file, "told": told, "facts": facts}


def _sound(model: Any) -> list[Any]:  # noqa: ANN401 - Arelle's own class
    """Return the facts that say of whom, when and in what; what is told says why others do not."""
    return [fact for fact in model.facts if fact.context is not None and fact.unit is not None]


def _fact(fact: Any) -> dict[str, object]:  # noqa: ANN401 - Arelle's own class
    context = fact.context
    return {
        "concept": fact.qname.localName,
        "entity": list(context.entityIdentifier),
        "start": "" if context.isInstantPeriod else context.startDatetime.date().isoformat(),
        "end": context.endDatetime.date().isoformat(),
        "unit": [sorted(str(measure) for measure in side) for side in fact.unit.measures],
        "dimensions": {
            name.localName: value.typedMember.stringValue
            for name, value in sorted(context.qnameDims.items())
        },
        "value": str(fact.xValue),
        "decimals": fact.decimals,
    }


def main() -> None:
    """Judge what is asked for on standard input."""
    asked = json.load(sys.stdin)
    judged = [_judged(file, asked) for file in asked["files"]]
    sys.stdout.write(f"\n{_MARK}{json.dumps(judged, ensure_ascii=False)}\n")


if __name__ == "__main__":
    main()
