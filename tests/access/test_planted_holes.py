"""Holes planted in the access layer on purpose: the walk finds each of them."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.urls import get_resolver, path
from tests.access import test_walk as walk

from commonweal.kernel.accounts import scopes
from commonweal.kernel.accounts.roles import CLEARANCE, Privacy
from commonweal.kernel.accounts.scopes import Scope, owner_scope
from commonweal.web.access import ACCESS, SPACES, AccessMiddleware, Rule, Who
from commonweal.web.admin.programmes import RecordAdmin

WORK = "commonweal.web.views_work"


def unscoped(kind, pk, _scope) -> Model:
    return kind.model.objects.get(pk=pk)


def everywhere(_request):
    return owner_scope("hole")


def export_list(client, house):
    walk.test_lists_exports_and_search_tell_only_what_may_be_read(
        client, house, "/programmes/donations/donation/export.csv"
    )


def plain_list(client, house):
    walk.test_lists_exports_and_search_tell_only_what_may_be_read(
        client, house, "/programmes/donations/donation/"
    )


def search(client, house):
    walk.test_lists_exports_and_search_tell_only_what_may_be_read(client, house, "/search/?q=DN-")


def declared(_client, _house):
    walk.test_every_address_declares_who_may_ask()


def closed(_client, _house):
    walk.test_nothing_is_open_to_anybody_that_is_not_named_here()


found = walk.test_a_record_is_found_by_those_whom_its_node_and_privacy_let_read_it
done = walk.test_outside_nobody_does_anything_to_a_record
opened = walk.test_nobody_opens_a_record_at_a_node_of_others
staff = walk.test_the_administration_is_for_staff_alone
tables = walk.test_staff_without_permission_reads_no_table_of_the_administration
strangers = walk.test_strangers_are_sent_to_sign_in_from_every_page_of_the_house


def everybody_is_staff(patch):
    patch.setitem(SPACES, "admin", Rule(Who.ACCOUNT))
    patch.setattr(admin.site, "has_permission", lambda _request: True)


def nobody_is_asked(patch):
    patch.setattr(AccessMiddleware, "process_view", lambda *_: None)
    patch.setattr(
        "django.contrib.auth.middleware.LoginRequiredMiddleware.process_view", lambda *_: None
    )


HOLES = {
    "every record is visible": (
        lambda p: p.setattr(Scope, "visible", lambda _self, rows, **_: rows), found),
    "a list shows every record": (
        lambda p: p.setattr(f"{WORK}.lists.scope_now", everywhere), plain_list),
    "search looks everywhere": (
        lambda p: p.setattr(f"{WORK}.lists.scope_now", everywhere), search),
    "an export forgets whose it is": (
        lambda p: p.setattr(f"{WORK}.files.scope_now", everywhere), export_list),
    "a record's page forgets the scope": (
        lambda p: p.setattr(f"{WORK}.record.record_get", unscoped), found),
    "comments and files forget the scope": (
        lambda p: p.setattr(f"{WORK}.beside.record_get", unscoped), done),
    "acting forgets the scope": (
        lambda p: p.setattr(f"{WORK}.record.record_get", unscoped), done),
    "a role holds everywhere": (
        lambda p: p.setattr(scopes, "_subtrees",
                            lambda ids, org: dict.fromkeys(ids, frozenset(org.node_id.tolist()))),
        found),
    "a role that ended goes on": (
        lambda p: p.setattr(scopes, "_valid", lambda rows, _today: rows), found),
    "viewers read what is confidential": (
        lambda p: p.setitem(CLEARANCE, "viewer", frozenset(Privacy.values)), found),
    "reviewers read too little": (
        lambda p: p.setitem(CLEARANCE, "reviewer", frozenset({"internal"})), found),
    "no role is asked for opening": (
        lambda p: p.setattr(Scope, "principal", lambda self, *_, **__: self.principals[0]), opened),
    "the administration shows every record": (
        lambda p: p.setattr(RecordAdmin, "get_queryset",
                            lambda self, _request: self.model.objects.all()), tables),
    "everybody is staff": (everybody_is_staff, staff),
    "nobody is asked to sign in": (nobody_is_asked, strangers),
    "a page is declared for anybody": (
        lambda p: p.setitem(ACCESS, "fact", Rule(Who.ANYBODY)), closed),
    "a page without a declaration": (
        lambda p: p.setattr(get_resolver(), "url_patterns",
                            [*get_resolver().url_patterns, path("back-door/", print, name="back")]),
        declared),
}  # fmt: skip


@pytest.mark.parametrize("hole", HOLES)
def test_a_planted_hole_is_found(client, house, monkeypatch, hole):
    plant, found_by = HOLES[hole]
    plant(monkeypatch)
    client.raise_request_exception = False  # a page that breaks was not refused
    with pytest.raises(AssertionError):
        found_by(client, house)
