"""``commonweal jobs``: what runs in the background, and a worker that runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.common import AsJson, clock, plain_errors, print_json, stderr, stdout
from commonweal.cli.records import As, scope_as
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.kernel.jobs.models import Job, Schedule

app = typer.Typer(no_args_is_help=True, help="Long runs in the background, and their schedules.")

Number = Annotated[str, typer.Argument(metavar="JOB", help="Number of the job, or its beginning.")]
Arguments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An argument, as JSON or text; repeatable."),
]
Node = Annotated[str, typer.Option(help="Organisation node; the whole operator if empty.")]


@app.command("list")
def list_(
    *,
    state: Annotated[
        str, typer.Option(help="Only queued, running, done, failed or cancelled ones.")
    ] = "",
    kind: Annotated[str, typer.Option(help="Only of this kind.")] = "",
    most: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 30,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest first.

    [bold]Example:[/bold] commonweal jobs list --state failed
    """
    from commonweal.kernel.jobs.models import JobState  # noqa: PLC0415 - --help stays quick
    from commonweal.kernel.jobs.services import jobs_visible  # noqa: PLC0415

    with plain_errors():
        rows = jobs_visible(scope_as(account)).select_related("node")
        if state:
            if state not in JobState.values:
                raise InputError(f"no state {state!r}", hint=", ".join(JobState.values))
            rows = rows.filter(state=state)
        found = list((rows.filter(kind=kind) if kind else rows).order_by("-id")[:most])
        if as_json:
            print_json({"jobs": [_document(each) for each in found]})
            return
        for each in found:
            share = f"{each.n_done}/{each.n_total}" if each.n_total else ""
            line = f"{each.pk}  {each.state:<9}  {each.kind:<18} {each.actor}  {share} {each.step}"
            stdout.print(line.rstrip(), markup=False, soft_wrap=True)
        stdout.print(f"{len(found)} jobs")


@app.command()
def show(number: Number, *, account: As = "", as_json: AsJson = False) -> None:
    """Show a job: what was asked, how far it is, what became of it.

    [bold]Example:[/bold] commonweal jobs show 0199c2d1
    """
    with plain_errors():
        document = _document(_job(number, account))
        if as_json:
            print_json(document)
            return
        for name, value in document.items():
            if value not in (None, "", {}):
                stdout.print(f"{name}: {value}", markup=False, soft_wrap=True)


@app.command()
def log(number: Number, *, account: As = "", as_json: AsJson = False) -> None:
    """Show the lines that a job wrote.

    [bold]Example:[/bold] commonweal jobs log 0199c2d1
    """
    with plain_errors():
        lines = [{"at": each.at, "text": each.text} for each in _job(number, account).lines.all()]
        if as_json:
            print_json({"lines": lines})
            return
        for line in lines:
            stdout.print(f"{line['at']:%Y-%m-%d %H:%M:%SZ}  {line['text']}", markup=False)


@app.command()
def ask(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="As compute; `jobs kinds` has all.")],
    arguments: Arguments = None,
    *,
    node: Node = "",
    key: Annotated[str, typer.Option(help="The same key gives the same job.")] = "",
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Ask for a job; a worker does it.

    [bold]Example:[/bold] commonweal jobs ask compute --set 'periods=["2024"]' --set by=month
    """
    from commonweal.kernel.jobs.services import job_enqueue  # noqa: PLC0415 - --help stays quick

    with plain_errors():
        job = job_enqueue(
            kind,
            arguments=_arguments(arguments),
            scope=scope_as(account),
            now=clock(),
            key=key,
            node=node,
        )
    _said(job, f"{kind} is queued as job {job.pk}", as_json=as_json)


@app.command("kinds")
def kinds_(*, as_json: AsJson = False) -> None:
    """List the kinds of jobs, and who may ask for them.

    [bold]Example:[/bold] commonweal jobs kinds
    """
    from commonweal.kernel.jobs.kinds import kinds  # noqa: PLC0415 - --help stays quick

    rows = [
        {
            "kind": each.name,
            "title": str(each.title),
            "roles": sorted(str(role) for role in each.roles),
            "what": " ".join((each.work.__doc__ or "").split("\n\n")[0].split()),
        }
        for each in kinds().values()
    ]
    if as_json:
        print_json({"kinds": rows})
        return
    for row in rows:
        stdout.print(f"{row['kind']:<18} {row['what']}", markup=False, soft_wrap=True)


@app.command()
def cancel(number: Number, *, account: As = "", as_json: AsJson = False) -> None:
    """Stop a job: at once if it waits, at its next step if it runs.

    [bold]Example:[/bold] commonweal jobs cancel 0199c2d1
    """
    from commonweal.kernel.jobs.services import job_cancel  # noqa: PLC0415 - --help stays quick

    with plain_errors():
        job = job_cancel(_job(number, account), scope=scope_as(account), now=clock())
    is_over = job.state == "cancelled"
    _said(job, "cancelled" if is_over else "it stops at its next step", as_json=as_json)


@app.command()
def retry(number: Number, *, account: As = "", as_json: AsJson = False) -> None:
    """Queue a failed or cancelled job again.

    [bold]Example:[/bold] commonweal jobs retry 0199c2d1
    """
    from commonweal.kernel.jobs.services import job_retry  # noqa: PLC0415 - --help stays quick

    with plain_errors():
        job = job_retry(_job(number, account), scope=scope_as(account), now=clock())
    _said(job, "queued again", as_json=as_json)


@app.command()
def run(
    *,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="Stop when nothing waits any more.")
    ] = False,
    lease_s: Annotated[
        float, typer.Option(min=1, help="Seconds without a beat that mean death elsewhere.")
    ] = 120.0,
    beside: Annotated[int, typer.Option(hidden=True, help="Stop when this process ends.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Work on jobs until interrupted; several workers may run, here and on other machines.

    A job that runs when the worker is told to stop goes back to those that wait.

    [bold]Example:[/bold] commonweal jobs run --until-empty
    """
    from commonweal.cli.jobs_worker import work  # noqa: PLC0415 - --help stays quick

    with plain_errors():
        n_ended = work(until_empty=until_empty, lease_s=lease_s, beside=beside)
    if as_json:
        print_json({"ended": n_ended})
    else:
        stderr.print(f"{n_ended} jobs ended")


@app.command()
def schedule(
    name: Annotated[str, typer.Argument(metavar="NAME", help="All are listed without.")] = "",
    *,
    kind: Annotated[str, typer.Option(help="Kind of job to enqueue.")] = "",
    rule: Annotated[
        str,
        typer.Option(
            "--at", help="daily 02:30, weekly mon 06:00, monthly workday 3 06:00, every 15 minutes."
        ),
    ] = "",
    arguments: Arguments = None,
    node: Node = "",
    drop: Annotated[bool, typer.Option("--drop", help="Enqueue nothing more.")] = False,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """List schedules, set one, or drop one. Times are those of the business calendar.

    [bold]Example:[/bold] commonweal jobs schedule nightly --kind log_verify --at 'daily 02:30'
    """
    from commonweal.kernel.jobs.models import Schedule  # noqa: PLC0415 - --help stays quick
    from commonweal.kernel.jobs.schedules import schedule_drop, schedule_set  # noqa: PLC0415

    with plain_errors():
        scope = scope_as(account)
        if drop:
            schedule_drop(name, scope=scope, now=clock())
        elif name and not kind and not rule:
            raise InputError("a schedule needs --kind and --at", hint="or --drop")
        elif name:
            schedule_set(
                name, kind=kind, rule=rule, arguments=_arguments(arguments),
                scope=scope, now=clock(), node=node,
            )  # fmt: skip
        rows = [_schedule_document(each) for each in Schedule.objects.order_by("name")]
    if as_json:
        print_json({"schedules": rows})
        return
    for row in rows:
        stdout.print(
            f"{row['name']}: {row['kind']} {row['rule']}, next {row['next_at']:%Y-%m-%d %H:%MZ}"
            f"{'' if row['is_active'] else ' (put aside)'}",
            markup=False,
            soft_wrap=True,
        )
    if not rows:
        stdout.print("no schedules")


def _job(number: str, account: str) -> Job:
    from commonweal.kernel.jobs.services import jobs_visible  # noqa: PLC0415 - --help stays quick

    rows = jobs_visible(scope_as(account))
    plain = number.replace("-", "").lower()
    if not 1 <= len(plain) <= 32 or not plain.isalnum():  # noqa: PLR2004 - digits of a UUID
        raise InputError(f"{number!r} is no number of a job")
    try:
        first, last = (f"{plain:{fill}<32}" for fill in "0f")
        found = list(rows.filter(pk__gte=first, pk__lte=last).select_related("node")[:2])
    except ValueError as fault:
        raise InputError(f"{number!r} is no number of a job") from fault
    if len(found) != 1:
        raise InputError(
            f"{'several jobs begin' if found else 'no job begins'} with {number!r}",
            hint="`commonweal jobs list` shows their numbers",
        )
    return found[0]


def _arguments(pairs: list[str] | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"--set {pair!r} is not NAME=VALUE")
        try:
            found[name] = json.loads(value)
        except json.JSONDecodeError:
            found[name] = value
    return found


def _said(job: Job, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(job))
    else:
        stdout.print(sentence, markup=False, soft_wrap=True)


def _document(job: Job) -> dict[str, Any]:
    names = "kind state key arguments actor priority run_at asked_at started_at ended_at attempts"
    return {
        "id": str(job.pk),
        **{name: getattr(job, name) for name in names.split()},
        "node": job.node.code if job.node else "",
        "progress": {"done": job.n_done, "total": job.n_total, "step": job.step},
        "result": job.result,
        "error": job.error,
        "hint": job.hint,
    }


def _schedule_document(schedule: Schedule) -> dict[str, Any]:
    names = "name kind rule arguments actor is_active next_at last_at"
    return {name: getattr(schedule, name) for name in names.split()}
