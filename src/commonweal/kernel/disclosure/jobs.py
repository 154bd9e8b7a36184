"""Reports as files, in the background."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commonweal.errors import InputError
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.disclosure.known import period_asked
from commonweal.kernel.disclosure.renderings.forms import FORMS, Form, places, report_render
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.disclosure.wording import LANGUAGES
from commonweal.kernel.jobs.files import job_folder
from commonweal.kernel.jobs.kinds import job_kind

if TYPE_CHECKING:
    from commonweal.kernel.jobs.run import Run


@job_kind("report", title=_("Build a report"), roles={Role.VIEWER})
def report_job(run: Run) -> dict[str, Any]:
    """Write ``report`` of a ``period`` in ``languages`` and ``forms``, as known when asked.

    The instant is that of the request, so a second attempt writes the same bytes.
    """
    asked = run.arguments
    languages = [each for each in LANGUAGES if each in (asked.get("languages") or LANGUAGES)]
    forms: list[Form] = [each for each in get_args(Form) if each in (asked.get("forms") or FORMS)]
    if not languages or not forms:
        raise InputError("no language or no form is asked for", hint=", ".join(FORMS))
    as_of = datetime.fromisoformat(asked["as_of"]) if asked.get("as_of") else run.job.asked_at
    node, boundary = asked.get("node", ""), asked.get("boundary", "")
    span = period_asked(asked.get("period", ""), node=node, boundary=boundary, as_of=as_of)
    folder = job_folder(run.job)
    files: list[dict[str, Any]] = []
    total = len(languages) * len(forms)
    for language in languages:
        report = report_build(
            asked["report"], span, language=language, as_of=as_of, node=node, boundary=boundary
        )
        for form in forms:
            run.progress(len(files), total, f"{language} {form}")
            content = report_render(report, form, at=places(settings.HOME))
            name = f"{report.id}.{report.node}.{span}.{language}.{form}"
            (folder / name).write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            files.append({"name": name, "bytes": len(content), "sha256": digest})
    run.progress(total, total)
    return {"report": asked["report"], "period": str(span), "files": files}
