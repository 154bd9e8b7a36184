"""What happened is told where it may be, signed, until it is heard, and never inside."""

import http.server
import json
import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from tests.kernel.programmes.conftest import node_make
from tests.web.working import ROLES, gift_make

from commonweal.errors import InputError, StateError
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.scopes import owner_scope, scope_of
from commonweal.kernel.records.services import event_append
from commonweal.kernel.webhooks import sending
from commonweal.kernel.webhooks.addresses import is_outside, target_read, target_resolve
from commonweal.kernel.webhooks.models import Delivery
from commonweal.kernel.webhooks.sending import message_send, signature
from commonweal.kernel.webhooks.services import webhook_end, webhook_subscribe, webhooks_run

NOW = datetime(2025, 3, 18, 8, tzinfo=UTC)
SECRET = "whsec_" + "A" * 32
ALL = ["donations.donation.*", "lake.source.*"]


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it is told, and answers as the test says."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), json.loads(body), body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://169.254.169.254/")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver(settings):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.heard, server.status = [], 204
    server.url = f"http://127.0.0.1:{server.server_port}/in?x=1"
    settings.WEBHOOK_ALLOW = (f"127.0.0.1:{server.server_port}",)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def people(db, django_user_model):
    group = node_make("group", "group")
    nodes = {"group": group} | {n: node_make(n, "province", group) for n in ("north", "south")}
    made = {}
    for name, (role, node) in ROLES.items():
        made[name] = django_user_model.objects.create_user(name)
        Grant.objects.create(user=made[name], role=role, node=nodes[node], valid_from="2020-01-01")
    return made


def subscribed(people, name, url, events=ALL):
    return webhook_subscribe(url, events, scope=scope_of(people[name], now=NOW), now=NOW)


def test_what_happened_is_told_signed_and_once(people, receiver):
    subscription = subscribed(people, "manager", receiver.url)
    gift = gift_make(people)
    assert webhooks_run(now=NOW).n_arrived == 1
    assert webhooks_run(now=NOW + timedelta(days=1)).n_found == 0
    ((headers, told, body),) = receiver.heard
    assert told["type"] == "donations.donation.open"
    assert told["data"]["record_key"] == str(gift.pk)
    assert "recipient" not in body.decode()  # what it says is asked for, by who may
    expected = signature(
        subscription.secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body
    )
    assert headers["webhook-signature"] == expected


def test_nobody_is_told_of_what_they_may_not_see(people, receiver):
    subscribed(people, "stranger", receiver.url)
    gift_make(people)
    assert webhooks_run(now=NOW).n_found == 0
    assert receiver.heard == []


def test_only_what_was_asked_for_is_told(people, receiver):
    subscribed(people, "manager", receiver.url, ["donations.donation.approve", "lake.*"])
    gift_make(people)
    for kind in ("lake.source", "accounts.grant"):
        event_append(record_type=kind, record_key="x", action="y", actor="z", content={}, now=NOW)
    webhooks_run(now=NOW)
    assert [told["type"] for _h, told, _b in receiver.heard] == ["lake.source.y"]


def test_what_is_not_heard_is_told_again_later_and_later(people, receiver):
    subscribed(people, "manager", receiver.url)
    receiver.status = 503
    gift_make(people)
    at, waits = NOW, []
    for _ in range(4):
        assert webhooks_run(now=at).n_failed == 1
        row = Delivery.objects.get()
        waits.append((row.next_at - at).total_seconds())
        assert webhooks_run(now=row.next_at - timedelta(seconds=1)).n_failed == 0
        at = row.next_at
    assert waits == [30, 120, 480, 1920]
    assert (row.last_status, row.last_error) == (503, "it answered 503")
    receiver.status = 200
    assert webhooks_run(now=at).n_arrived == 1
    ids = {headers["webhook-id"] for headers, _t, _b in receiver.heard}
    assert (len(receiver.heard), len(ids)) == (5, 1)


def test_a_redirect_is_not_followed(people, receiver):
    subscribed(people, "manager", receiver.url)
    receiver.status = 302
    gift_make(people)
    webhooks_run(now=NOW)
    assert Delivery.objects.get().last_error == "it answered 302"
    assert len(receiver.heard) == 1


def test_who_is_deaf_for_days_is_told_no_more(people, receiver):
    subscription = subscribed(people, "manager", receiver.url)
    receiver.status = 500
    gift_make(people)
    webhooks_run(now=NOW)
    webhooks_run(now=NOW + timedelta(days=5))
    subscription.refresh_from_db()
    assert subscription.end_reason == "nothing arrived for 5 days"
    assert webhooks_run(now=NOW + timedelta(days=9)).n_failed == 0


def test_a_closed_account_is_told_no_more(people, receiver):
    subscription = subscribed(people, "manager", receiver.url)
    people["manager"].is_active = False
    people["manager"].save()
    gift_make(people)
    webhooks_run(now=NOW)
    subscription.refresh_from_db()
    assert (subscription.ended_at, receiver.heard) == (NOW, [])


def test_an_ended_webhook_is_told_no_more(people, receiver):
    subscription = subscribed(people, "manager", receiver.url)
    gift_make(people)
    webhook_end(subscription, actor="web:manager", now=NOW)
    assert webhooks_run(now=NOW).n_found == 0


def test_the_signature_is_that_of_the_standard():
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


INSIDE = [
    "0.0.0.0",  # noqa: S104 - it is refused
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2001:0:7f00:1::",
    "2002:7f00:1::",
    "fc00::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_never_sent_to(address):
    assert not is_outside(address)
    host = f"[{address.partition('%')[0]}]" if ":" in address else address
    with pytest.raises(InputError, match="leads inside"):
        target_resolve(f"https://{host}/", allowed=())


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2001:4860:4860::8888"])
def test_an_address_outside_is_sent_to(address):
    assert is_outside(address)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1", "017700000001"])
def test_other_spellings_of_this_machine_lead_inside(host):
    with pytest.raises(InputError, match=r"leads inside|is unknown"):
        target_resolve(f"https://{host}/", allowed=())


def test_the_connection_goes_to_the_address_that_was_checked(receiver, monkeypatch):
    """A name that resolves to another place the second time leads nowhere else."""
    host, port = f"hook.example:{receiver.server_port}", receiver.server_port
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    real = socket.getaddrinfo

    def changing(name, *args, **kwargs):
        if name == "hook.example":
            return real(next(answers)[0], *args, **kwargs)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    answer = message_send(
        f"http://{host}/", b"{}", secret=SECRET, message_id="m", now=NOW, allowed=(host,)
    )
    assert (answer.status, answer.error) == (204, "")
    assert receiver.heard[0][0]["Host"] == f"hook.example:{port}"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://hook.example/", "messages go to https:// alone"),
        ("ftp://hook.example/", "is no web address"),
        ("https://", "is no web address"),
        ("https://a:b@hook.example/", "no name or password"),
        ("https://hook.example:port/", "is no web address"),
        ("https://hook.example/a b", "is no web address"),
        ("https://hook.example/\r\nX: y", "is no web address"),
    ],
)
def test_an_odd_address_is_refused(people, url, sentence):
    with pytest.raises(InputError, match=sentence):
        target_read(url, allowed=())
    with pytest.raises(InputError, match=sentence):
        subscribed(people, "manager", url)


@pytest.mark.parametrize("events", [[], ["accounts.grant.*"], ["donations.gift.open"], ["x"]])
def test_there_is_nothing_to_tell_of_other_events(people, events):
    with pytest.raises(InputError, match=r"there are no events|names 1 to 20"):
        subscribed(people, "manager", "https://hook.example/", events)


def test_webhooks_belong_to_an_account(db):
    with pytest.raises(StateError, match="belong to an account"):
        webhook_subscribe("https://a.example/", ALL, scope=owner_scope("cli:root"), now=NOW)


def _hang_up(server):
    server.accept()[0].close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_never_ends_is_cut_off(monkeypatch, scheme):
    """One goes on speaking, so that no silence is ever long; one never answers the handshake."""
    monkeypatch.setattr(sending, "_MOST_S", 0.3)
    is_over = threading.Event()

    def chatter(server):
        with server.accept()[0] as peer, suppress(OSError):
            while not is_over.wait(0.02):
                peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" if scheme == "http" else b"")

    with socket.create_server(("127.0.0.1", 0)) as server:
        speaking = threading.Thread(target=chatter, args=(server,), daemon=True)
        speaking.start()
        place, began_s = f"127.0.0.1:{server.getsockname()[1]}", time.monotonic()
        by = {"secret": SECRET, "message_id": "m", "now": NOW, "allowed": (place,)}
        answer = message_send(f"{scheme}://{place}/", b"{}", **by)
        assert time.monotonic() - began_s < 5.0
        is_over.set()
        speaking.join()
    assert answer.status is None
    assert answer.error


def test_one_who_is_not_there_keeps_nobody_waiting(people, receiver, settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = f"127.0.0.1:{server.getsockname()[1]}"
    settings.WEBHOOK_ALLOW += (nobody,)
    deaf = subscribed(people, "manager", f"http://{nobody}/")
    subscribed(people, "manager", receiver.url)
    for _ in range(3):
        gift_make(people)
    done = webhooks_run(now=NOW)
    assert (done.n_found, done.n_arrived, done.n_failed) == (6, 3, 1)
    assert sorted(deaf.deliveries.values_list("n_tries", flat=True)) == [0, 0, 1]
    assert webhooks_run(now=NOW + timedelta(minutes=5)).n_failed == 1


@pytest.mark.parametrize("port", ["closed", "silent"])
def test_a_receiver_that_does_not_answer_is_an_error_of_the_delivery(port):
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        if port == "closed":
            server.close()
        else:
            threading.Thread(target=_hang_up, args=(server,), daemon=True).start()
        place = f"127.0.0.1:{number}"
        answer = message_send(
            f"http://{place}/",
            b"{}",
            secret=SECRET,
            message_id="m",
            now=NOW,
            allowed=(place,),
        )
    assert answer.status is None
    assert answer.error
