"""Pages of jobs: asked for, seen by their owner, stopped, tried again, downloaded."""

import pytest
from django.conf import settings
from tests.web.working import hidden, scope

from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.jobs.files import job_folder
from commonweal.kernel.jobs.models import Job
from commonweal.kernel.jobs.services import job_enqueue

FORM = {"period": "2024", "reason": "", "by_month": "1"}


@pytest.fixture
def waiting(people, now):
    return job_enqueue(
        "compute", arguments={"periods": ["2024"]}, scope=scope(people, "manager"), now=now
    )


def test_a_manager_asks_for_a_computation_and_the_same_form_twice_is_one_job(sign_in):
    client = sign_in("manager")
    page = client.get("/jobs/?ask=compute").content.decode()
    typed = FORM | {"request_key": hidden(page)["request_key"]}

    first = client.post("/jobs/ask/compute/", typed)
    second = client.post("/jobs/ask/compute/", typed)

    job = Job.objects.get()
    assert first.url == second.url == f"/jobs/{job.pk}/"
    assert job.arguments == {"periods": ["2024"], "reason": "", "by": "month"}
    shown = client.get(first.url).content.decode()
    assert "Compute figures" in shown
    assert "waiting" in shown


def test_who_may_not_compute_sees_no_form_and_is_refused_with_what_was_typed(sign_in):
    client = sign_in("owner")

    assert "/jobs/ask/compute/" not in client.get("/jobs/").content.decode()
    refused = client.post("/jobs/ask/compute/", FORM)

    assert refused.status_code == 409
    assert "needs the role" in refused.content.decode()
    assert Job.objects.count() == 0


def test_a_kind_without_a_form_is_not_asked_for_here(sign_in):
    assert sign_in("manager").post("/jobs/ask/jobs_tidy/", {}).status_code == 404


def test_a_job_is_its_owners_alone(sign_in, waiting):
    client = sign_in("first")

    assert str(waiting.pk) not in client.get("/jobs/").content.decode()
    assert client.get(f"/jobs/{waiting.pk}/").status_code == 404
    assert client.post(f"/jobs/{waiting.pk}/cancel/").status_code in {404, 422}
    assert client.get(f"/jobs/live.json?job={waiting.pk}").json() == {"jobs": []}
    assert Job.objects.get().state == "queued"


def test_a_job_is_stopped_and_tried_again(sign_in, waiting):
    client = sign_in("manager")

    client.post(f"/jobs/{waiting.pk}/cancel/")
    assert Job.objects.get().state == "cancelled"
    assert "Try again" in client.get(f"/jobs/{waiting.pk}/").content.decode()
    client.post(f"/jobs/{waiting.pk}/retry/")
    assert Job.objects.get().state == "queued"
    assert client.post(f"/jobs/{waiting.pk}/burn/").status_code == 404


def test_progress_is_told_to_the_pages_script(sign_in, waiting):
    Job.objects.update(state="running", n_done=1, n_total=4, step="reading")

    [told] = sign_in("manager").get(f"/jobs/live.json?job={waiting.pk}").json()["jobs"]

    assert told == {
        "id": str(waiting.pk), "state": "running", "name": "running",
        "share": 25, "step": "reading", "is_open": True,
    }  # fmt: skip


def test_only_files_that_the_result_names_are_given(sign_in, waiting):
    folder = settings.HOME / "jobs" / str(waiting.pk)
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("figures", "utf-8")
    (folder / "other.html").write_text("secret", "utf-8")
    Job.objects.update(state="done", result={"files": [{"name": "report.html", "bytes": 7}]})
    client = sign_in("manager")

    given = client.get(f"/jobs/{waiting.pk}/files/report.html")

    assert b"".join(given.streaming_content) == b"figures"
    for name in ("other.html", "..%2F..%2Fsecret_key", "none.html"):
        assert client.get(f"/jobs/{waiting.pk}/files/{name}").status_code == 404
    given.close()


def test_files_of_what_everyone_may_ask_for_are_the_askers_alone(sign_in, people, now):
    chief = Grant.objects.get(user=people["manager"])
    Grant.objects.create(
        user=people["first"], role="administrator", node=chief.node, valid_from="2020-01-01"
    )
    job = job_enqueue(
        "records_import", arguments={"type": "donations.donation", "file": "gifts.csv"},
        scope=scope(people, "owner"), now=now, node=chief.node.code,
    )  # fmt: skip
    folder = job_folder(job)
    (folder / "rejects.csv").write_text("a person's name", "utf-8")
    Job.objects.update(state="failed", result={"files": [{"name": "rejects.csv", "bytes": 15}]})

    administrator = sign_in("first")
    page = administrator.get(f"/jobs/{job.pk}/")
    assert page.status_code == 200
    assert "rejects.csv" not in page.content.decode()
    assert administrator.get(f"/jobs/{job.pk}/files/rejects.csv").status_code == 404
    administrator.post(f"/jobs/{job.pk}/retry/")  # it would be done in the asker's name
    assert Job.objects.get().state == "failed"
    given = sign_in("owner").get(f"/jobs/{job.pk}/files/rejects.csv")
    assert b"".join(given.streaming_content) == b"a person's name"
    given.close()
    assert folder.stat().st_mode & 0o077 == 0


def test_a_form_takes_no_key_of_a_schedule(sign_in):
    sign_in("manager").post("/jobs/ask/compute/", FORM | {"request_key": "nightly@2025-01-01"})
    assert Job.objects.get().key == "web:nightly@2025-01-01"


def test_a_number_that_is_none_is_not_found(sign_in):
    assert sign_in("manager").get("/jobs/live.json?job=none").status_code == 404


def test_the_list_costs_as_many_queries_for_one_job_as_for_thirty(
    sign_in, people, now, django_assert_max_num_queries
):
    for number in range(30):
        job_enqueue(
            "compute", arguments={"periods": [str(1990 + number)]},
            scope=scope(people, "manager"), now=now,
        )  # fmt: skip
    client = sign_in("manager")

    with django_assert_max_num_queries(15):
        page = client.get("/jobs/").content.decode()

    assert page.count("data-job=") == 30


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hant", "後台任務"), ("zh-hans", "后台任务"), ("en", "Jobs")]
)
def test_the_pages_speak_three_languages(sign_in, waiting, language, words):
    client = sign_in("manager")
    client.cookies["django_language"] = language
    for address in ("/jobs/", f"/jobs/{waiting.pk}/"):
        assert words in client.get(address).content.decode()
