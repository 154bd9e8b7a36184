"""Where people work: forms, records, lists and the queue, in the reader's words and scope."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.web.working import LIST, TYPED, gift_make, hidden, scope

from commonweal.domains.giving.donations.models import Donation
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.scopes import scope_of
from commonweal.kernel.jobs.leases import Presence, Watch, job_take
from commonweal.kernel.jobs.models import Job
from commonweal.kernel.jobs.running import job_run
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_change, record_open
from commonweal.kernel.records.models import Event
from commonweal.web.pages.work import importing


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans", "en"])
@pytest.mark.parametrize(
    "address", ["/my-work/", "/programmes/", LIST, f"{LIST}new/", "{record}", "{record}edit/"]
)
def test_every_page_of_work_is_shown_in_every_language(sign_in, gift, address, language):
    record = f"{LIST}{gift.pk}/"
    answer = sign_in("owner").get(
        address.format(record=record), headers={"accept-language": language}
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.count("<h1") == 1
    assert "<script>" not in html
    assert " style=" not in html


def test_a_form_opens_a_record_and_leads_to_it(sign_in):
    client = sign_in("owner")
    form = hidden(client.get(f"{LIST}new/").content.decode())
    answer = client.post(f"{LIST}new/", form | TYPED, follow=True)
    gift = Donation.objects.get()
    assert answer.redirect_chain == [(f"{LIST}{gift.pk}/", 302)]
    assert (gift.project, str(gift.amount_cny), gift.state) == (
        "School library",
        "53000.00",
        "draft",
    )
    assert f"{gift.code} is opened" in answer.content.decode()


def test_a_form_sent_twice_opens_one_record(sign_in):
    client = sign_in("owner")
    form = hidden(client.get(f"{LIST}new/").content.decode()) | TYPED
    first, second = (client.post(f"{LIST}new/", form) for _ in range(2))
    assert first.url == second.url
    assert Donation.objects.count() == 1


def test_a_refused_form_says_why_at_the_field_and_keeps_what_was_typed(sign_in):
    client = sign_in("owner")
    form = hidden(client.get(f"{LIST}new/").content.decode())
    answer = client.post(f"{LIST}new/", form | TYPED | {"amount_cny": "much", "recipient": ""})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="much"' in html
    assert 'value="School library"' in html
    field = html[html.index('id="f-amount_cny"') : html.index('id="f-pledge_date"')]
    assert 'aria-invalid="true" aria-describedby="f-amount_cny-said"' in field
    assert "must be a decimal number" in field
    assert Donation.objects.count() == 0


def test_who_may_open_nothing_is_told_which_role_is_lacking(sign_in):
    client = sign_in("first")
    answer = client.get(f"{LIST}new/")
    assert answer.status_code == 403
    assert "you need the role of data owner" in answer.content.decode()
    answer = client.post(f"{LIST}new/", TYPED)
    assert answer.status_code == 403
    assert Donation.objects.count() == 0


def test_what_may_not_be_seen_is_not_there(sign_in, gift):
    client = sign_in("stranger")
    for address in ("", "edit/"):
        assert client.get(f"{LIST}{gift.pk}/{address}").status_code == 404
    assert client.post(f"{LIST}{gift.pk}/act/pledge/", {"version": 1}).status_code == 404
    assert gift.code not in client.get(LIST).content.decode()
    assert gift.code not in client.get("/search/?q=library").content.decode()
    assert gift.code.encode() not in b"".join(client.get(f"{LIST}export.csv"))


@pytest.mark.parametrize(
    "address",
    [
        "/programmes/ghosts/ghost/",
        f"{LIST}?state=lost",
        f"{LIST}?sort=up",
        f"{LIST}?after=x",
        f"{LIST}?sort=due&after=9999-12-31T23:59:59-12:00~0190a0b0-0000-7000-8000-000000000000",
        f"{LIST}?period=9999-12-31",
    ],
)
def test_what_there_is_not_is_not_found(sign_in, address):
    assert sign_in("owner").get(address).status_code == 404


def test_buttons_are_those_that_this_person_may_press(sign_in, people, gift):
    def buttons(name):
        html = sign_in(name).get(f"{LIST}{gift.pk}/").content.decode()
        return re.findall(r"/act/(\w+)/", html)

    assert buttons("owner") == ["pledge", "withdraw"]
    record_act(gift, "pledge", scope=scope(people, "owner"), now=timezone.now())
    assert buttons("owner") == ["withdraw"]
    assert buttons("first") == ["approve", "return"]
    record_act(gift, "approve", scope=scope(people, "first"), now=timezone.now())
    assert buttons("first") == ["return"]
    assert buttons("second") == ["approve", "return"]
    assert buttons("manager") == []


def test_the_page_says_who_is_next(sign_in, people, gift):
    record_act(gift, "pledge", scope=scope(people, "owner"), now=timezone.now())
    html = sign_in("owner").get(f"{LIST}{gift.pk}/").content.decode()
    assert "2 people as reviewer, none of whom had a hand in it" in html
    assert re.search(r'<li class="here" aria-current="step"><span>pledged</span>', html)


def test_an_action_asks_for_what_it_needs_and_keeps_what_was_typed(sign_in, people, gift):
    record_act(gift, "pledge", scope=scope(people, "owner"), now=timezone.now())
    for name in ("first", "second"):
        record_act(gift, "approve", scope=scope(people, name), now=timezone.now())
    client, address = sign_in("manager"), f"{LIST}{gift.pk}/act/pay/"
    form = hidden(client.get(f"{LIST}{gift.pk}/").content.decode())
    answer = client.post(address, form | {"payment_date": "2024-02-01", "comment": "by bank"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "must not lie before the pledge" in html
    assert "<details open>" in html
    assert 'value="2024-02-01"' in html
    assert ">by bank</textarea>" in html
    answer = client.post(address, form | {"payment_date": "2024-04-15", "comment": "by bank"})
    gift.refresh_from_db()
    assert (answer.status_code, gift.state) == (302, "paid")
    assert "by bank" in client.get(f"{LIST}{gift.pk}/").content.decode()


def test_a_button_pressed_twice_acts_once(sign_in, gift):
    client, address = sign_in("owner"), f"{LIST}{gift.pk}/act/pledge/"
    form = hidden(client.get(f"{LIST}{gift.pk}/").content.decode())
    assert [client.post(address, form).status_code for _ in range(2)] == [302, 302]
    assert Event.objects.filter(record_key=str(gift.pk)).count() == 2


def test_who_edits_at_the_same_time_loses_nothing(sign_in, people, gift):
    client, address = sign_in("owner"), f"{LIST}{gift.pk}/edit/"
    form = hidden(client.get(address).content.decode())
    was = {name.removeprefix("was-"): v for name, v in form.items() if name.startswith("was-")}
    theirs = {"recipient": "Red Cross", "amount_cny": "60000"}
    record_change(
        gift, values=theirs, version=1, scope=scope(people, "manager"), now=timezone.now()
    )
    mine = form | was | {"recipient": "Girls' School", "project": "Books"}
    answer = client.post(address, mine)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "web:manager changed" in html
    assert 'value="Girls&#x27; School"' in html
    assert "Meanwhile it was changed to: Red Cross" in html
    assert html.count("Meanwhile it was changed") == 1
    again = hidden(html) | {"recipient": "Girls' School", "project": "Books"}
    now = {n.removeprefix("was-"): v for n, v in again.items() if n.startswith("was-")}
    assert client.post(address, now | again).status_code == 302
    gift.refresh_from_db()
    assert (gift.recipient, gift.project) == ("Girls' School", "Books")
    assert str(gift.amount_cny) == "60000.00"  # theirs: nobody here touched it


def test_a_void_approval_is_struck_through(sign_in, people, gift):
    record_act(gift, "pledge", scope=scope(people, "owner"), now=timezone.now())
    record_act(gift, "approve", scope=scope(people, "first"), now=timezone.now())
    html = sign_in("owner").get(f"{LIST}{gift.pk}/").content.decode()
    assert "void" not in html
    record_act(gift, "return", scope=scope(people, "second"), now=timezone.now(), comment="why?")
    record_act(gift, "pledge", scope=scope(people, "owner"), now=timezone.now())
    html = sign_in("owner").get(f"{LIST}{gift.pk}/").content.decode()
    assert "<s>Approve: first</s>" in html
    assert "void: the record changed afterwards" in html


def test_a_table_comes_in_by_preview_and_goes_out_again(sign_in, gift, settings, tmp_path):
    settings.HOME = tmp_path
    client = sign_in("owner")
    assert b"PK" in b"".join(client.get(f"{LIST}template.xlsx"))[:4]
    rows = [
        "code,node,purpose,recipient,project,amount_cny,pledge_date",
        f"{gift.code},north,border,Red Cross,School library,53000,2024-03-01",
        "X-1,north,border,A,B,100,2024-03-01",
        "X-2,nowhere,border,A,B,100,2024-03-01",
    ]
    file = SimpleUploadedFile("gifts.csv", "\n".join(rows).encode())
    step = client.post(f"{LIST}import/", {"file": file}).url
    html = client.get(step).content.decode()
    assert re.findall(r'<p class="value[^"]*">(\d+)</p>', html) == ["1", "1", "0", "1"]
    assert "<ins>Red Cross</ins>" in html
    assert "there is no node" in html
    assert Donation.objects.count() == 1  # only a preview
    assert [client.post(step).status_code for _ in range(2)] == [302, 302]
    html = client.get(step).content.decode()
    assert re.findall(r'<p class="value[^"]*">(\d+)</p>', html) == ["1", "1", "0", "1"]
    assert Donation.objects.count() == 2
    assert b"X-2" in b"".join(client.get(f"{step}rejects/"))
    assert sign_in("first").get(step).status_code == 404  # somebody else's file
    assert b"Red Cross" in b"".join(sign_in("owner").get(f"{LIST}export.csv?q=library"))


def test_a_large_table_is_tried_and_taken_in_the_background(
    sign_in, people, settings, tmp_path, monkeypatch
):
    settings.HOME = tmp_path
    monkeypatch.setattr(importing, "LARGE_BYTES", 10)
    client = sign_in("owner")
    rows = [
        "code,node,purpose,recipient,project,amount_cny,pledge_date",
        "X-1,north,border,A,B,100,2024-03-01",
        "X-2,nowhere,border,A,B,100,2024-03-01",
    ]
    file = SimpleUploadedFile("gifts.csv", "\n".join(rows).encode())
    step = client.post(f"{LIST}import/", {"file": file}).url
    assert "read in the background" in client.get(step).content.decode()

    tried = [client.post(step, {"is_tried": "1"}).url for _ in range(2)]
    assert len({*tried}) == 1
    with Presence(tmp_path / "workers") as presence:
        while job := job_take(presence, Watch(), now=timezone.now(), monotonic_s=0.0):
            assert job_run(job, clock=timezone.now) == "done"
        assert Donation.objects.count() == 0
        assert Job.objects.get().result["refused"] == 1
        taken = client.post(step).url
        job_run(
            job_take(presence, Watch(), now=timezone.now(), monotonic_s=0.0), clock=timezone.now
        )
    assert Donation.objects.get().owner.username == "owner"
    assert "rejects.csv" in client.get(taken).content.decode()
    assert b"X-2" in b"".join(client.get(f"{taken}files/rejects.csv"))


def test_a_file_that_is_no_table_is_refused(sign_in):
    client = sign_in("owner")
    answer = client.post(f"{LIST}import/", {"file": SimpleUploadedFile("a.exe", b"MZ")})
    assert answer.status_code == 422
    assert "a.exe is no table" in answer.content.decode()
    assert client.post(f"{LIST}import/").status_code == 422
    assert client.get(f"{LIST}import/{'0' * 32}/").status_code == 404
    assert client.get(f"{LIST}import/dots/").status_code == 404


def test_a_word_said_twice_is_told_once(sign_in, gift):
    client, address = sign_in("first"), f"{LIST}{gift.pk}/comment/"
    form = {"request_key": "k" * 32, "comment": "Who signs <b>this</b>?"}
    assert [client.post(address, form).status_code for _ in range(2)] == [302, 302]
    html = client.get(f"{LIST}{gift.pk}/").content.decode()
    assert html.count("<blockquote>Who signs &lt;b&gt;this&lt;/b&gt;?</blockquote>") == 1
    refused = client.post(address, {"request_key": "l" * 32, "comment": " "})
    assert refused.status_code == 422
    assert "1 to 4000 characters" in refused.content.decode()
    assert client.get(address).url == f"{LIST}{gift.pk}/"


def test_a_file_is_attached_and_saved_never_shown(sign_in, gift):
    client, address = sign_in("owner"), f"{LIST}{gift.pk}/files/"
    bad = SimpleUploadedFile("../page.html", b"<script>alert(1)</script>", "text/html")
    assert client.post(address, {"request_key": "k" * 32, "file": bad}).status_code == 302
    html = client.get(f"{LIST}{gift.pk}/").content.decode()
    found = re.search(rf'href="({address}\d+/)" download>page.html</a>', html)
    answer = client.get(found[1])
    assert b"".join(answer) == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert sign_in("stranger").get(found[1]).status_code == 404
    assert sign_in("owner").post(address, {"request_key": "l" * 32}).status_code == 422


def test_what_was_entered_twice_is_compared_and_merged(sign_in, people, gift):
    twin = gift_make(people, project="School library, 2nd")
    client = sign_in("owner")
    html = client.get(f"{LIST}{gift.pk}/").content.decode()
    address = f"{LIST}{gift.pk}/merge/{twin.pk}/"
    assert f'href="{address}"' in html
    page = client.get(address).content.decode()
    assert "School library, 2nd" in page
    form = hidden(page) | {"take": "project", "comment": "same gift"}
    assert [client.post(address, form).status_code for _ in range(2)] == [302, 302]
    gift.refresh_from_db()
    assert gift.project == "School library, 2nd"
    html = client.get(f"{LIST}{twin.pk}/").content.decode()
    assert "This record was merged into another:" in html
    assert client.post(f"{LIST}{twin.pk}/unmerge/", {"request_key": "u" * 32}).status_code == 302
    twin.refresh_from_db()
    assert twin.state == "draft"


def test_the_fields_go_back_to_an_earlier_version(sign_in, people, gift):
    by = {"scope": scope(people, "owner"), "now": timezone.now()}
    record_change(gift, values={"recipient": "Red Cross"}, version=1, **by)
    client = sign_in("owner")
    html = client.get(f"{LIST}{gift.pk}/").content.decode()
    assert html.count("Set the fields back") == 1  # to the first version, not to the present one
    form = {"version": 2, "to_version": 1, "request_key": "k" * 32}
    assert client.post(f"{LIST}{gift.pk}/restore/", form).status_code == 302
    gift.refresh_from_db()
    assert (gift.recipient, gift.version) == ("Youth Foundation", 3)
    assert client.post(f"{LIST}{gift.pk}/restore/", form).status_code == 302
    stale = form | {"request_key": "l" * 32}
    assert client.post(f"{LIST}{gift.pk}/restore/", stale).status_code == 409


def test_a_record_is_handed_over(sign_in, people, gift):
    client, address = sign_in("owner"), f"{LIST}{gift.pk}/owner/"
    assert client.post(address, {"owner": "ghost", "request_key": "k"}).status_code == 422
    assert client.post(address, {"owner": "manager", "request_key": "l"}).status_code == 302
    gift.refresh_from_db()
    assert gift.owner == people["manager"]
    assert sign_in("first").post(address, {"owner": "first"}).status_code == 403


def test_filters_are_kept_under_a_name(sign_in, gift):
    client = sign_in("owner")
    form = {"name": "Border", "query": "purpose=border"}
    assert client.post(f"{LIST}views/", form).url == f"{LIST}?purpose=border"
    html = client.get(f"{LIST}?purpose=border").content.decode()
    assert '<a href="?purpose=border" aria-current="true">Border</a>' in html
    drop = re.search(rf'action="({LIST}views/\d+/drop/)"', html)[1]
    assert "Border</a>" not in sign_in("first").get(LIST).content.decode()
    assert sign_in("first").post(drop).status_code == 409
    assert sign_in("owner").post(drop).status_code == 302
    assert "Border</a>" not in client.get(LIST).content.decode()
    shared = sign_in("owner").post(f"{LIST}views/", form | {"is_shared": "1"}, follow=True)
    assert "a programme manager shares views" in shared.content.decode()


@pytest.mark.parametrize("address", ["/my-work/", "/programmes/", LIST, f"{LIST}new/"])
def test_a_stranger_to_the_house_is_asked_to_sign_in(client, db, address):
    assert client.get(address).url.startswith("/sign-in/")


def test_who_has_work_begins_with_it(client, people):
    for user in people.values():
        user.set_password("pass-word-1")
        user.save()
    entry = {"username": "first", "password": "pass-word-1"}
    assert client.post("/sign-in/", entry).url == "/my-work/"


def test_who_asks_anonymously_is_neither_shown_nor_kept(client, nodes):
    user = get_user_model().objects.create_user("hidden-hand")
    Grant.objects.create(user=user, role="viewer", node=nodes["north"], valid_from="2020-01-01")
    client.force_login(user)
    chief = get_user_model().objects.create_superuser("chief", "", "x")
    by = {"scope": scope_of(chief, now=timezone.now()), "now": timezone.now()}
    session = {"theme": "Vans", "held_date": "2024-03-06", "place": "Hall", "leader": "Head"}
    hearing = record_open(
        record_type("general_manager.hearing"), node="north", values=session, **by
    )
    kind = record_type("general_manager.issue")
    address = "/programmes/general_manager/issue/"
    form = hidden(client.get(f"{address}new/").content.decode())
    typed = {name: spec.example for name, spec in kind.spec.fields.items() if spec.example}
    typed |= {name: next(iter(s.choices)) for name, s in kind.spec.fields.items() if s.choices}
    typed |= {kind.spec.anonymous: "1", "node": "north", "hearing": hearing.code}
    answer = client.post(f"{address}new/", form | typed, follow=True)
    assert "is opened" in answer.content.decode()
    issue = kind.model.objects.get()
    assert issue.owner is None
    told = Event.objects.get(record_key=str(issue.pk))
    assert (told.actor, "hidden-hand" in str(told.content)) == ("anonymous", False)
    client.force_login(chief)
    html = client.get(f"{address}{issue.pk}/").content.decode()
    assert "hidden-hand" not in html
    assert "anonymous" in html
