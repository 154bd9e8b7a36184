"""What becomes of a job when its function ends, and what a dead worker leaves behind."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from commonweal.errors import InputError
from commonweal.kernel.jobs.kinds import Kind, RetryLaterError
from commonweal.kernel.jobs.leases import (
    LEASE_S,
    LeaseLostError,
    Presence,
    Watch,
    is_dead,
    job_take,
    workers_here,
)
from commonweal.kernel.jobs.models import Job
from commonweal.kernel.jobs.run import Run
from commonweal.kernel.jobs.running import job_run
from commonweal.kernel.records.models import Event


def raising(*faults):
    """A kind that raises one after another, then succeeds."""
    left = list(faults)

    def work(run):
        if left:
            raise left.pop(0)
        return {"ok": True}

    return work


@pytest.mark.parametrize(
    "fault", [OperationalError("database is locked"), TimeoutError(), RetryLaterError("not yet")]
)
def test_what_goes_away_by_itself_is_tried_again_after_a_while(kind, ask, worker, clock, fault):
    kind(raising(fault))
    ask()

    assert worker().state == "queued"
    assert worker() is None
    clock.on(seconds=10)
    assert worker().result == {"ok": True}


def test_a_kind_may_say_how_long_to_wait(kind, ask, worker, clock):
    kind(raising(RetryLaterError("busy", after=timedelta(hours=2))))
    job = ask()

    waiting = worker()

    assert waiting.run_at == job.run_at + timedelta(hours=2)
    assert waiting.error == "busy"


def test_waits_double_up_to_an_hour():
    spec = Kind("work", "work", lambda _run: None)
    waits = [spec.wait(n).total_seconds() for n in (1, 2, 3, 9, 10, 60)]
    assert waits == [10, 20, 40, 2560, 3600, 3600]


def test_after_the_last_attempt_it_has_failed(kind, ask, worker, clock):
    kind(raising(*[TimeoutError()] * 3), most_attempts=3)
    ask()
    for _ in range(2):
        assert worker().state == "queued"
        clock.on(hours=1)

    done = worker()

    assert (done.state, done.attempts) == ("failed", 3)
    assert done.error == "unexpected: TimeoutError; the worker's log has more"


def test_an_input_error_is_told_and_not_tried_again(kind, ask, worker):
    kind(raising(InputError("no period '2O24'", hint="write 2024")))
    ask()

    done = worker()

    assert (done.state, done.error, done.hint) == ("failed", "no period '2O24'", "write 2024")


def test_a_bug_names_its_kind_and_place_and_no_value(kind, ask, worker):
    kind(raising(KeyError("Li Ming 13800138000")))
    ask()

    done = worker()

    assert done.error == "unexpected: KeyError; the worker's log has more"
    [line] = done.lines.all()
    assert line.text.startswith("KeyError in work:")
    assert "Li Ming" not in line.text


def test_progress_is_seen_and_its_lines_are_kept(kind, ask, worker):
    def work(run):
        run.progress(3, 3, "third")
        run.log("three of three")
        shown = Job.objects.get(pk=run.job.pk)
        return {"seen": [shown.n_done, shown.n_total, shown.step]}

    kind(work)
    ask()

    done = worker()

    assert done.result == {"seen": [3, 3, "third"]}
    assert [each.text for each in done.lines.all()] == ["three of three"]


def test_a_log_has_a_thousand_lines_at_most(kind, ask, worker):
    def work(run):
        for number in range(1002):
            run.log("x" * 3000 if number == 0 else str(number))

    kind(work)
    ask()

    lines = list(worker().lines.all())

    assert (len(lines), len(lines[0].text), lines[-1].text) == (1000, 2000, "999")


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite counts pages")
def test_a_full_disk_ends_the_log_and_not_the_work(kind, ask, worker):
    def work(run):
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        for _ in range(40):
            run.log("x" * 2000)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
        return {"ok": True}

    kind(work)
    ask()

    done = worker()

    assert (done.state, done.result) == ("done", {"ok": True})
    assert done.lines.count() < 40


def test_a_worker_that_is_told_to_stop_gives_its_job_back(kind, ask, worker):
    kind(lambda run: run.progress(1, 2))
    ask()

    back = worker(is_stopping=lambda: True)

    assert (back.state, back.attempts, back.worker) == ("queued", 0, "")
    assert worker().state == "done"


def test_a_dead_workers_job_is_taken_at_once(kind, ask, worker, tmp_path, clock):
    kind(lambda _run: {"ok": True})
    ask()
    dead = Presence(tmp_path / "workers")
    (tmp_path / "workers" / f"{dead.name}.lock").touch()  # left behind, and nobody holds it
    first = job_take(dead, Watch(), now=clock(), monotonic_s=0.0)

    done = worker()

    assert (done.pk, done.state, done.attempts) == (first.pk, "done", 2)


def test_a_living_workers_job_is_left_alone_whatever_the_clock_says(
    kind, ask, worker, tmp_path, clock
):
    kind(lambda _run: None)
    ask()
    with Presence(tmp_path / "workers") as living:
        job_take(living, Watch(), now=clock(), monotonic_s=0.0)
        clock.on(days=365)

        assert worker() is None
        clock.on(days=-700)
        assert worker() is None


def test_a_worker_elsewhere_is_dead_when_its_beats_stand_still(kind, ask, worker, tmp_path, clock):
    kind(lambda _run: {"ok": True})
    ask()
    elsewhere = Presence(tmp_path / "elsewhere")
    job_take(elsewhere, Watch(), now=clock(), monotonic_s=0.0)

    assert worker(monotonic_s=5.0) is None  # seen for the first time
    Job.objects.update(beats=7)
    assert worker(monotonic_s=LEASE_S + 6) is None  # it had beaten
    assert worker(monotonic_s=2 * LEASE_S + 5) is None
    assert worker(monotonic_s=2 * LEASE_S + 6).state == "done"


def test_a_worker_that_comes_back_writes_nothing(kind, ask, worker, tmp_path, clock):
    kind(lambda _run: {"by": "the second"})
    ask()
    stalled = Presence(tmp_path / "elsewhere")
    held = job_take(stalled, Watch(), now=clock(), monotonic_s=0.0)
    worker(monotonic_s=0.0)
    worker(monotonic_s=LEASE_S)

    held.result = {"by": "the first"}
    assert job_run(held, clock=clock) == ""

    run = Run(held, None, clock)
    with pytest.raises(LeaseLostError), run.fenced():
        Job.objects.update(error="must not be kept")
    now = Job.objects.get()
    assert (now.result, now.error) == ({"by": "the second"}, "")
    finished = Event.objects.filter(record_type="jobs.job", action="finish")
    assert finished.count() == 1


def test_a_job_that_kills_its_workers_fails_in_the_end(kind, ask, worker, tmp_path, clock):
    kind(lambda _run: {"ok": True}, most_attempts=2)
    ask()
    for _ in range(2):
        dead = Presence(tmp_path / "workers")
        (tmp_path / "workers" / f"{dead.name}.lock").touch()
        assert job_take(dead, Watch(), now=clock(), monotonic_s=0.0)

    done = worker()

    assert (done.state, done.error) == ("failed", "its worker died or gave up 2 times")


def test_who_lives_here_is_known_by_locks(tmp_path, db):
    with Presence(tmp_path) as one:
        (tmp_path / "gone-1-ab.lock").touch()
        assert is_dead(tmp_path, "gone-1-ab")
        assert not is_dead(tmp_path, one.name)
        assert workers_here(tmp_path) == [one.name]
    assert workers_here(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
