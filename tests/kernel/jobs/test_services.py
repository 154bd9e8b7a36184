"""Asking for jobs, stopping them, and who may."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.jobs import services
from commonweal.kernel.jobs.models import Job, JobState
from commonweal.kernel.jobs.services import JOB, job_cancel, job_get, job_retry, jobs_visible
from commonweal.kernel.records.models import Event


def actions(job):
    rows = Event.objects.filter(record_type=JOB, record_key=str(job.pk)).order_by("sequence")
    return list(rows.values_list("action", flat=True))


def test_the_same_key_gives_the_same_job_and_one_event(kind, ask):
    kind(lambda _run: None)

    first, second = ask(key="once"), ask(key="once")

    assert first.pk == second.pk
    assert Job.objects.count() == 1
    assert actions(first) == ["enqueue"]


def test_a_key_is_not_given_to_another_request(kind, ask, person):
    kind(lambda _run: None)
    ask(key="once", arguments={"year": 2024})

    with pytest.raises(InputError, match="was used for another request"):
        ask(key="once", arguments={"year": 2025})
    with pytest.raises(InputError, match="was used for another request"):
        ask(key="once", arguments={"year": 2024}, scope=person("li", programme_manager="group"))


def test_the_database_itself_refuses_a_second_job_of_a_key(kind, ask, clock):
    kind(lambda _run: None)
    ask(key="once")

    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(
            kind="work", key="once", arguments={}, actor="x", run_at=clock(), asked_at=clock()
        )


def test_nobody_fills_the_queue(kind, ask, monkeypatch, person):
    monkeypatch.setattr(services, "MOST_OPEN", 2)
    kind(lambda _run: None)
    first = ask(key="a")
    ask()
    with pytest.raises(StateError, match="at most 2 jobs that wait"):
        ask()
    assert ask(key="a") == first  # what was asked for before is no new one
    assert ask(scope=person("wu", programme_manager="group")).state == "queued"
    assert ask(scope=owner_scope("cli:root")).state == "queued"


def test_who_lacks_the_role_may_not_ask(kind, ask, person):
    kind(lambda _run: None)
    north = person("north", programme_manager="north")

    with pytest.raises(StateError, match="needs the role programme manager for the whole org"):
        ask(scope=north)
    with pytest.raises(StateError, match="for south"):
        ask(scope=north, node="south")
    assert ask(scope=north, node="north").state == JobState.QUEUED


def test_what_was_asked_is_in_the_log_as_a_digest_only(kind, ask):
    kind(lambda _run: None)

    job = ask(arguments={"name": "Li Ming"})

    content = Event.objects.get(record_type=JOB, record_key=str(job.pk)).content
    assert len(content["arguments_sha256"]) == 64
    assert "Li Ming" not in str(content)


def test_a_job_is_done_with_its_result(kind, ask, worker, clock):
    kind(lambda run: {"twice": run.arguments["n"] * 2})
    ask(arguments={"n": 21})
    clock.on(minutes=1)

    done = worker()

    assert (done.state, done.result, done.attempts) == ("done", {"twice": 42}, 1)
    assert done.ended_at == clock()
    assert actions(done) == ["enqueue", "finish"]
    assert worker() is None


def test_urgent_jobs_come_first_and_later_ones_wait(kind, ask, worker, clock):
    kind(lambda _run: None)
    later = ask(run_at=clock() + timedelta(hours=1), priority=9)
    plain, urgent = ask(), ask(priority=5)

    assert [worker().pk, worker().pk, worker()] == [urgent.pk, plain.pk, None]
    clock.on(hours=1)
    assert worker().pk == later.pk


def test_a_job_that_waits_is_cancelled_at_once(kind, ask, worker, manager, clock):
    kind(lambda _run: None)
    job = ask()

    assert job_cancel(job, scope=manager, now=clock()).state == "cancelled"
    assert worker() is None
    assert actions(job) == ["enqueue", "cancel"]
    with pytest.raises(StateError, match="the job has ended: cancelled"):
        job_cancel(job, scope=manager, now=clock())


def test_a_job_that_runs_stops_at_its_next_step(kind, ask, worker, manager, clock):
    steps = []

    def work(run):
        job_cancel(run.job, scope=manager, now=clock())
        for number in range(3):
            steps.append(number)
            run.progress(number, 3)

    kind(work)
    ask()

    done = worker()

    assert (done.state, steps) == ("cancelled", [0])
    assert actions(done) == ["enqueue", "cancel"]


def test_a_cancelled_job_may_be_tried_again_and_a_done_one_may_not(
    kind, ask, worker, manager, clock
):
    kind(lambda _run: {"ok": True})
    job = ask()
    job_cancel(job, scope=manager, now=clock())

    assert job_retry(job, scope=manager, now=clock()).state == "queued"
    assert worker().result == {"ok": True}
    with pytest.raises(StateError, match="this one is done"):
        job_retry(job, scope=manager, now=clock())


def test_jobs_are_seen_by_who_asked_and_by_administrators_of_the_node(kind, ask, person):
    kind(lambda _run: None, for_everyone=True)
    li, wang = person("li", data_owner="north"), person("wang", data_owner="north")
    admin = person("admin", administrator="north")
    job, whole = ask(scope=li, node="north"), ask(scope=li)

    assert set(jobs_visible(li)) == {job, whole}
    assert set(jobs_visible(wang)) == set()
    assert set(jobs_visible(admin)) == {job}
    assert set(jobs_visible(owner_scope("cli:root"))) == {job, whole}
    with pytest.raises(InputError, match="not yours to see"):
        job_get(job.pk, scope=wang)
    with pytest.raises(StateError, match="somebody else's"):
        job_cancel(job, scope=wang, now=job.asked_at)


def test_a_job_is_refused_when_its_account_was_closed_meanwhile(kind, ask, worker):
    kind(lambda _run: {"ok": True})
    ask()
    get_user_model().objects.filter(username="chen").update(is_active=False)

    done = worker()

    assert (done.state, done.error) == ("failed", "account chen is closed")
    assert done.hint == "somebody else must ask for this job"


def test_a_job_is_refused_when_the_role_was_taken_away_meanwhile(kind, ask, worker):
    kind(lambda _run: {"ok": True})
    ask()
    Grant.objects.all().delete()

    done = worker()

    assert done.state == "failed"
    assert "needs the role programme manager" in done.error


def test_a_job_goes_with_its_account_and_never_becomes_the_owners(kind, ask, worker):
    kind(lambda _run: {"ok": True})
    ask()
    Grant.objects.all().delete()

    get_user_model().objects.get(username="chen").delete()

    assert Job.objects.count() == 0
    assert worker() is None
