"""What the doctor looks at: each check is a line with a verdict and what to do."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.checks import WARNING, run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from commonweal.errors import CommonwealError
from commonweal.kernel.disclosure.renderings.fonts import fonts_found, typefaces
from commonweal.kernel.jobs.leases import workers_here
from commonweal.kernel.jobs.models import Job, JobState
from commonweal.kernel.operation.backups import MARK
from commonweal.kernel.records.chain import event_hash
from commonweal.kernel.records.models import Event
from commonweal.lake.models import Segment
from commonweal.lake.segments_files import file_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SAMPLE: Final = 20
_EVENTS: Final = 1000
_LOW_BYTES: Final = 1_000_000_000
_FULL_BYTES: Final = 100_000_000
_AHEAD: Final = timedelta(minutes=5)
_BACKUP_DAYS: Final = 8
_LANGUAGES: Final = ("zh-hant", "zh-hans", "en")


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the doctor's."""

    check: str
    verdict: Verdict
    what: str
    hint: str = ""


def examine(*, now: datetime) -> Iterator[Line]:
    """Yield a line for everything that is looked at; a check that cannot run is one that failed."""
    for name, check in _CHECKS.items():
        try:
            yield check(name, now)
        except (DatabaseError, OSError, CommonwealError) as fault:
            hint = getattr(fault, "hint", "")
            said = (str(fault).splitlines() or [type(fault).__name__])[0]
            yield Line(name, Verdict.FAIL, said, hint)


def _configuration(name: str, now: datetime) -> Line:
    del now
    tags = ["security"] if settings.SECURE_SSL_REDIRECT or not settings.DEBUG else []
    faults = run_checks(tags=tags or None, include_deployment_checks=_is_production())
    grave = [each for each in faults if each.level >= WARNING]
    if (Path(settings.HOME) / MARK).exists():
        return Line(name, Verdict.FAIL, _("a restore was cut off here"), _("run the restore again"))
    if grave:
        hint = grave[0].hint or ""
        return Line(name, Verdict.WARN, f"{grave[0].id}: {grave[0].msg}".splitlines()[0], hint)
    return Line(name, Verdict.OK, str(settings.HOME))


def _is_production() -> bool:
    return bool(getattr(settings, "SESSION_COOKIE_SECURE", False))


def _database(name: str, now: datetime) -> Line:
    del now
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA quick_check(1)")
            [said] = cursor.fetchone()
            cursor.execute("PRAGMA journal_mode")
            [mode] = cursor.fetchone()
            if said != "ok":
                hint = _("restore a backup into a new home")
                return Line(name, Verdict.FAIL, said, hint)
            return Line(name, Verdict.OK, f"SQLite, {mode}")
        cursor.execute("SHOW server_version")
        return Line(name, Verdict.OK, f"PostgreSQL {cursor.fetchone()[0]}")


def _migrations(name: str, now: datetime) -> Line:
    del now
    executor = MigrationExecutor(connection)
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if steps:
        what = _("%(n)d steps are missing") % {"n": len(steps)}
        return Line(name, Verdict.FAIL, what, _("run `commonweal init`"))
    return Line(name, Verdict.OK, _("up to date"))


def _lake(name: str, now: datetime) -> Line:
    """Look at a sample of files, another one each day; `commonweal lake verify` looks at all."""
    root = Path(settings.LAKE_ROOT)
    entries = Segment.objects.filter(vacuumed_at=None).order_by("pk")
    n_files = entries.count()
    first = now.toordinal() * _SAMPLE % max(n_files, 1)
    for segment in [*entries[first : first + _SAMPLE]]:
        file = root / segment.path
        if not file.exists() or file_sha256(file) != segment.sha256:
            what = _("%(file)s is missing or was altered") % {"file": segment.path}
            return Line(name, Verdict.FAIL, what, _("`commonweal lake verify` looks at every file"))
    looked = min(_SAMPLE, n_files)
    what = _("%(n)d files, %(looked)d of them looked at") % {"n": n_files, "looked": looked}
    return Line(name, Verdict.OK, what)


def _log(name: str, now: datetime) -> Line:
    """Look at the newest events; `commonweal facts verify` looks at all."""
    del now
    newest = list(Event.objects.order_by("-sequence")[: _EVENTS + 1])
    for event, before in pairwise(newest):
        fits = event.previous_hash == before.hash and event.sequence == before.sequence + 1
        if not fits or event_hash(event) != event.hash:
            what = _("event %(n)d does not fit the chain") % {"n": event.sequence}
            return Line(name, Verdict.FAIL, what, _("ask for the job `log_verify`; keep a copy"))
    height = newest[0].sequence + 1 if newest else 0
    return Line(name, Verdict.OK, _("%(n)d events") % {"n": height})


def _clock(name: str, now: datetime) -> Line:
    newest = Event.objects.order_by("-sequence").first()
    if newest is not None and newest.happened_at > now + _AHEAD:
        what = _("the log's newest event lies after now: %(at)s") % {
            "at": newest.happened_at.isoformat()
        }
        return Line(name, Verdict.WARN, what, _("set the clock by a time server"))
    return Line(name, Verdict.OK, now.isoformat(timespec="seconds"))


def _disk(name: str, now: datetime) -> Line:
    del now
    places = {Path(settings.HOME), Path(settings.LAKE_ROOT)}
    free = min(shutil.disk_usage(each).free for each in places if each.exists())
    what = _("%(n)s MB free") % {"n": f"{free // 1_000_000:,}"}
    if free < _FULL_BYTES:
        return Line(name, Verdict.FAIL, what, _("make room: nothing can be written soon"))
    verdict = Verdict.WARN if free < _LOW_BYTES else Verdict.OK
    return Line(name, verdict, what, _("make room") if verdict is Verdict.WARN else "")


def _fonts(name: str, now: datetime) -> Line:
    del now
    folder = Path(settings.HOME) / "fonts"
    try:
        for language in _LANGUAGES:
            typefaces(language, fonts_found(folder), folder)
    except CommonwealError as fault:
        return Line(name, Verdict.WARN, str(fault), fault.hint)
    return Line(name, Verdict.OK, _("there for three languages"))


def _workers(name: str, now: datetime) -> Line:
    waiting = Job.objects.filter(state=JobState.QUEUED, run_at__lte=now - _AHEAD).count()
    here = workers_here(Path(settings.HOME) / "workers")
    recent = Job.objects.filter(state=JobState.RUNNING, beat_at__gt=now - _AHEAD).exists()
    if not here and not recent:
        what = _("no worker; %(n)d jobs wait") % {"n": waiting}
        hint = _("`commonweal serve` has one, `commonweal jobs run` is one")
        return Line(name, Verdict.WARN, what, hint)
    what = _("%(n)d here; %(waiting)d jobs wait longer than five minutes") % {
        "n": len(here),
        "waiting": waiting,
    }
    return Line(name, Verdict.WARN if waiting else Verdict.OK, what)


def _mail(name: str, now: datetime) -> Line:
    del now
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        hint = _("name a server under [mail] in commonweal.toml")
        return Line(name, Verdict.WARN, _("messages are printed and go nowhere"), hint)
    return Line(name, Verdict.OK, str(getattr(settings, "EMAIL_HOST", "")))


def _backups(name: str, now: datetime) -> Line:
    found = sorted((Path(settings.HOME) / "backups").glob("commonweal-*.tar"))
    hint = _("`commonweal jobs schedule nightly --kind backup --at 'daily 01:00'`")
    if not found:
        return Line(name, Verdict.WARN, _("none in the home folder"), hint)
    made_at = datetime.fromtimestamp(found[-1].stat().st_mtime, UTC)
    old = now - made_at > timedelta(days=_BACKUP_DAYS)
    return Line(name, Verdict.WARN if old else Verdict.OK, found[-1].name, hint if old else "")


_CHECKS: Final[dict[str, Callable[[str, datetime], Line]]] = {
    "configuration": _configuration,
    "database": _database,
    "migrations": _migrations,
    "lake": _lake,
    "log": _log,
    "clock": _clock,
    "disk": _disk,
    "fonts": _fonts,
    "workers": _workers,
    "mail": _mail,
    "backups": _backups,
}
