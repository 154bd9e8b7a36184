"""People, a clock that tests set, kinds of jobs that only tests have."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.jobs import kinds as jobs_kinds
from commonweal.kernel.jobs.leases import Presence, Watch, job_take
from commonweal.kernel.jobs.models import Job
from commonweal.kernel.jobs.running import job_run
from commonweal.kernel.jobs.services import job_enqueue
from tests.kernel.programmes.conftest import node_make

NOW = datetime(2025, 3, 18, 8, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self):
        self.at = NOW

    def __call__(self):
        return self.at

    def on(self, **span):
        self.at += timedelta(**span)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def nodes(db):
    group = node_make("group", "group")
    return {"group": group} | {n: node_make(n, "province", group) for n in ("north", "south")}


@pytest.fixture
def person(nodes):
    def make(name, **roles):
        user, _ = get_user_model().objects.get_or_create(username=name)
        for role, code in roles.items():
            Grant.objects.get_or_create(
                user=user, role=role, node=nodes[code], valid_from=date(2020, 1, 1)
            )
        return scope_of(user, now=NOW)

    return make


@pytest.fixture
def manager(person):
    return person("chen", programme_manager="group")


@pytest.fixture
def kind(monkeypatch):
    """Announce a function as a kind for the length of a test."""
    monkeypatch.setattr(jobs_kinds, "_KINDS", dict(jobs_kinds._KINDS))

    def announce(work, name="work", **words):
        words.setdefault("roles", {"programme_manager"})
        jobs_kinds.job_kind(name, **words)(work)
        return name

    return announce


@pytest.fixture
def worker(tmp_path, clock, db):
    """Take and run the next job as a worker would, in this process."""
    with Presence(tmp_path / "workers") as presence:
        watch = Watch()

        def one(*, is_stopping=lambda: False, monotonic_s=0.0):
            job = job_take(presence, watch, now=clock(), monotonic_s=monotonic_s)
            if job is None:
                return None
            job_run(job, clock=clock, is_stopping=is_stopping)
            return Job.objects.get(pk=job.pk)

        yield one


@pytest.fixture
def ask(manager, clock):
    def enqueue(kind="work", scope=None, **words):
        words.setdefault("arguments", {})
        return job_enqueue(kind, scope=scope or manager, now=clock(), **words)

    return enqueue
