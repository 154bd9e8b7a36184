"""Every address, asked by everybody: who is shown what stands in one table, and holds everywhere.

What is expected is written out here on its own; the site's table is held against it.
"""

import uuid

import pytest
from tests.access.addresses import address_of, admin_address, api_address, names, of_admin, of_site

from commonweal.web.access import ACCESS, Over, Who, rule_of

READS = {
    "viewer": {"internal"},
    "engineer": {"internal"},
    "board": {"internal"},
    "administrator": {"internal"},
    "data_owner": {"internal"},
    "reviewer": {"internal", "confidential"},
    "programme_manager": {"internal", "confidential"},
    "verifier": {"internal", "confidential"},
}
"""Which of the two records in the north a role there reads."""
ABOUT_ONE = {name for name in ACCESS if name.startswith("record_") or name == "record"}
ABOUT_ONE -= {"record_new"}
PUBLIC = {
    "login", "account_login", "logout", "account_logout", "account_inactive", "mfa_authenticate",
    "mfa_login_webauthn", "openid_connect_login", "openid_connect_callback", "theme", "public",
    "socialaccount_login_cancelled", "set_language", "receipts", "receipt_do", "open",
    "open_indicator", "open_indicator_table", "open_edition", "open_table",
}  # fmt: skip
"""Who adds an address for anybody adds it here, too."""
EMPTY = {"rows", "source"}
"""This small operator has no files, so nothing is there to be shown: but nobody is refused."""
OPERATION = {"health", "ready", "metrics", "livez", "readyz", "healthz"}


def reads(person, privacy="internal"):
    """Whether somebody reads a record of the north, by the table above."""
    side, _, role = person.partition("-")
    return person == "root" or (side == "inside" and privacy in READS[role])


def to_sign_in(answer):
    return answer.status_code == 302 and answer.url.startswith("/sign-in/?next=")


def status_of(client, address):
    answer = client.get(address)
    answer.close()  # a file that nobody reads would stay open
    return answer.status_code


def test_every_address_declares_who_may_ask():
    found = [name for name in names() if not name.endswith("None")]
    assert len(found) > 300
    assert sorted({name for name in found if rule_of(name) is None}) == []


def test_nothing_is_open_to_anybody_that_is_not_named_here():
    opened = {name for name in of_site() if rule_of(name).who is Who.ANYBODY}
    assert opened - OPERATION == PUBLIC


def test_no_rule_is_left_of_an_address_that_is_gone():
    assert set(ACCESS) - set(of_site()) <= OPERATION


def test_an_address_without_a_rule_stays_closed(client, house, monkeypatch):
    monkeypatch.delitem(ACCESS, "standards")
    client.force_login(house.people["root"])
    with pytest.raises(Exception, match="'standards' does not declare who may ask for it"):
        client.get("/standards/")


def test_strangers_are_sent_to_sign_in_from_every_page_of_the_house(client, house):
    for name in of_site():
        if rule_of(name).who in {Who.ACCOUNT, Who.SELF}:
            address = address_of(name, house.examples)
            for ask in (client.get, client.post):
                assert to_sign_in(ask(address)), (name, ask)


def test_strangers_are_answered_where_anybody_may_ask(client, house):
    for name in sorted(PUBLIC):
        answer = client.get(address_of(name, house.examples))
        assert not to_sign_in(answer), name
        assert answer.status_code in {200, 302, 404, 405}, name


def everybody(house):
    return [(name, user) for name, user in house.people.items() if name != "staff"]


def test_figures_are_for_every_account(client, house):
    for name in of_site():
        if rule_of(name).over is not Over.FIGURES:
            continue
        address = address_of(name, house.examples)
        for person in ("nobody", "outside-viewer", "inside-verifier", "root"):
            client.force_login(house.people[person])
            answer = client.get(address)
            allowed = {404} if name in EMPTY else {405} if name == "figures" else {200}
            assert answer.status_code in allowed, (name, person)


def test_a_record_is_found_by_those_whom_its_node_and_privacy_let_read_it(client, house):
    for name in sorted(ABOUT_ONE & set(of_site())):
        for privacy, record in (("internal", house.record), ("confidential", house.private)):
            given = {key: value | {"pk": record.pk} if "pk" in value else value
                     for key, value in house.examples.items()}  # fmt: skip
            address = address_of(name, given)
            for person, user in everybody(house):
                client.force_login(user)
                status = status_of(client, address)
                if reads(person, privacy):
                    found = {200, 302, 405}
                    if name == "record_file" and record == house.private:
                        found = {404}  # the file is the other record's
                    if name == "record_merge" and not reads(person, "confidential"):
                        found = {404}  # the other one of the two is not theirs to see
                    assert status in found, (name, person, privacy)
                else:
                    assert status == 404, (name, person, privacy)


def test_outside_nobody_does_anything_to_a_record(client, house):
    before = type(house.record).objects.values_list("version", "state").get(pk=house.record.pk)
    for name in sorted(ABOUT_ONE & set(of_site())):
        address = address_of(name, house.examples)
        for person, user in everybody(house):
            if not reads(person):
                client.force_login(user)
                typed = {"version": house.record.version, "comment": "x", "node": "north"}
                assert client.post(address, typed).status_code == 404, (name, person)
    after = type(house.record).objects.values_list("version", "state").get(pk=house.record.pk)
    assert before == after


@pytest.mark.parametrize("address", [
    "/programmes/donations/donation/", "/programmes/donations/donation/export.csv",
    "/my-work/?q=DN-", "/search/?q=DN-", "/programmes/donations/donation/?q=DN-",
    "/programmes/donations/donation/?state=open&sort=old",
])  # fmt: skip
def test_lists_exports_and_search_tell_only_what_may_be_read(client, house, address):
    seen = 0
    for person, user in everybody(house):
        client.force_login(user)
        answer = client.get(address)
        told = b"".join(answer).decode() if answer.streaming else answer.content.decode()
        for privacy, record in (("internal", house.record), ("confidential", house.private)):
            if "export" in address or "/donation/" in address:
                assert (record.code in told) == reads(person, privacy), (person, privacy)
                seen += record.code in told
            elif not reads(person, privacy):
                assert record.code not in told, (person, privacy)
            else:
                seen += record.code in told
    assert seen >= 3


def test_nobody_opens_a_record_at_a_node_of_others(client, house):
    address = address_of("record_new", house.examples)
    typed = {"node": "north", "purpose": "border", "recipient": "X", "project": "Y",
             "amount_cny": "5.00", "pledge_date": "2024-03-01"}  # fmt: skip
    count = type(house.record).objects.count()
    for person, user in everybody(house):
        if person.startswith(("outside", "former", "nobody")):
            client.force_login(user)
            typed["request_key"] = uuid.uuid4().hex
            assert client.post(address, typed).status_code in {409, 422, 403}, person
    assert type(house.record).objects.count() == count


def test_the_administration_is_for_staff_alone(client, house):
    for name in of_admin():
        address = admin_address(name, house.record.pk)
        assert to_sign_in(client.get(address)), name
    client.force_login(house.people["inside-administrator"])
    for name in of_admin():
        assert client.get(admin_address(name, house.record.pk)).status_code == 403, name


def test_staff_without_permission_reads_no_table_of_the_administration(client, house):
    client.force_login(house.people["staff"])
    shown = set()
    for name in of_admin():
        answer = client.get(admin_address(name, house.record.pk))
        if answer.status_code == 200:
            shown.add(name)
            assert house.record.code not in answer.content.decode(), name
    records = {name for name in shown if name.endswith("_changelist")}
    own = {"admin:index", "admin:jsi18n", "admin:password_change", "admin:password_change_done"}
    assert shown - records == own


def test_the_api_tells_nothing_without_a_token_or_a_session(client, house):
    free = {"api:openapi_get", "api:docs", "api:missing"}
    asked = sorted({name for name in names() if name.startswith("api:")} - free)
    assert len(asked) > 20
    for name in asked:
        address = api_address(name, house)
        for ask in (client.get, client.post):
            assert ask(address).status_code in {401, 405}, (name, ask)


def test_the_api_finds_a_record_for_those_whom_the_site_shows_it(client, house):
    for name in ("api:record_get", "api:record_events"):
        for privacy, record in (("internal", house.record), ("confidential", house.private)):
            address = api_address(name, house).replace(str(house.record.pk), str(record.pk))
            for person, user in everybody(house):
                client.force_login(user)
                status = 200 if reads(person, privacy) else 404
                assert status_of(client, address) == status, (name, person, privacy)


def test_lists_of_the_api_tell_only_what_may_be_read(client, house):
    for person, user in everybody(house):
        client.force_login(user)
        told = client.get(api_address("api:records_list", house)).content.decode()
        for privacy, record in (("internal", house.record), ("confidential", house.private)):
            assert (record.code in told) == reads(person, privacy), (person, privacy)
