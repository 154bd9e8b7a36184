"""Beside the flow: comments, attachments, owners, earlier versions, duplicates, forgetting."""

from datetime import timedelta
from io import BytesIO
from time import perf_counter

import pytest

from commonweal.errors import InputError, StateError
from commonweal.kernel.programmes.models import Attachment
from commonweal.kernel.programmes.registry import record_types
from commonweal.kernel.programmes.selectors import (
    duplicates_list,
    duplicates_of,
    record_at,
    record_diff,
    record_timeline,
)
from commonweal.kernel.programmes.services import (
    ConflictError,
    RefusedError,
    RoleError,
    attachment_add,
    attachment_open,
    comment_add,
    personal_erase,
    record_act,
    record_assign,
    record_change,
    record_merge,
    record_open,
    record_restore,
    record_unmerge,
    view_remove,
    view_save,
)
from commonweal.kernel.programmes.services.attaching import attachments_root
from commonweal.kernel.programmes.values import ValuesError
from commonweal.kernel.records.selectors import chain_verify, record_history
from tests.kernel.programmes.conftest import NOW, VALUES
from tests.kernel.programmes.generated import record_in


@pytest.fixture
def owner(person):
    return person("owner", data_owner="north")


@pytest.fixture
def gift(owner, donation):
    return record_open(donation, node="north", values=VALUES, scope=owner, now=NOW)


@pytest.fixture
def twin(owner, donation):
    values = {**VALUES, "project": "Library of two floors"}
    return record_open(donation, node="north", values=values, scope=owner, now=NOW)


def events(record):
    return list(record_history("donations.donation", str(record.pk)))


def test_a_comment_is_told_and_disturbs_nobody_who_edits(owner, gift):
    comment_add(gift, "  Who wrote this?  ", scope=owner, now=NOW)
    assert events(gift)[-1].content == {"version": 1, "comment": "Who wrote this?"}
    changed = record_change(gift, values={"project": "Ward"}, version=1, scope=owner, now=NOW)
    assert changed.version == 2
    with pytest.raises(ValuesError, match="a comment has 1 to 4000 characters"):
        comment_add(gift, " ", scope=owner, now=NOW)


def test_who_comments_may_still_decide(person, owner, gift):
    reviewer = person("first", reviewer="group")
    record_act(gift, "pledge", scope=owner, now=NOW)
    comment_add(gift, "Looks right", scope=reviewer, now=NOW)
    assert record_act(gift, "approve", scope=reviewer, now=NOW).n_approvals == 1


def test_a_file_is_kept_once_and_only_readers_open_it(person, owner, gift, twin, lake_root):
    for record in (gift, twin, gift):
        attachment_add(
            record, BytesIO(b"paid"), name="../a\\b\x07 receipt.pdf", scope=owner, now=NOW, kind="r"
        )
    assert [each.name for each in Attachment.objects.all()] == ["b receipt.pdf"] * 2
    files = [each for each in attachments_root().rglob("*") if each.is_file()]
    assert len(files) == 1
    assert [each.action for each in events(gift)] == ["open", "attach"]
    attached = Attachment.objects.first()
    with attachment_open(attached, scope=owner) as file:
        assert file.read() == b"paid"
    with pytest.raises(RefusedError, match="not yours to see"):
        attachment_open(attached, scope=person("stranger", data_owner="south"))
    files[0].write_bytes(b"other bytes")
    with pytest.raises(StateError, match=r"b receipt\.pdf are not as they were kept"):
        attachment_open(attached, scope=owner)


@pytest.mark.parametrize(
    ("content", "name", "kind", "refusal"),
    [
        (b"", "a.txt", "", "the file is empty"),
        (b"x" * 11, "a.txt", "", "more than 0 MiB"),
        (b"x", " .. ", "", "the file has no name"),
        (b"x", "a.txt", "Evil/", "is no kind of file"),
    ],
)
def test_a_file_that_cannot_be_kept_leaves_nothing(  # noqa: PLR0917 - fixtures
    owner, gift, lake_root, content, name, kind, refusal
):
    with pytest.raises(ValuesError, match=refusal):
        attachment_add(
            gift, BytesIO(content), name=name, kind=kind, scope=owner, now=NOW, most_bytes=10
        )
    root = attachments_root()
    assert not root.exists() or not any(root.iterdir())


def test_who_may_only_read_attaches_nothing(person, gift, lake_root):
    with pytest.raises(RoleError, match="attach a file"):
        attachment_add(gift, BytesIO(b"x"), name="a", scope=person("v", viewer="group"), now=NOW)


def test_a_record_is_handed_over_and_back(person, owner, gift):
    person("taker", data_owner="north")
    held = record_assign(gift, "taker", scope=owner, now=NOW)
    assert events(gift)[-1].content["changes"] == {"owner": ["owner", "taker"]}
    assert record_assign(held, "taker", scope=owner, now=NOW).version == held.version
    with pytest.raises(RoleError, match="hand over"):
        record_assign(held, None, scope=person("first", reviewer="group"), now=NOW)
    with pytest.raises(ValuesError, match="there is no account 'nobody'"):
        record_assign(held, "nobody", scope=owner, now=NOW)


def test_an_earlier_version_is_seen_compared_and_restored(owner, gift):
    later = NOW + timedelta(days=1)
    changed = record_change(
        gift, values={"amount_cny": "60000", "project": "Ward"}, version=1, scope=owner, now=later
    )
    assert record_at(changed, at=NOW).fields["project"] == "Library"
    differences = {each.name: (each.old, each.new) for each in record_diff(changed, 1, 2)}
    assert differences == {"project": ("Library", "Ward"), "amount_cny": ("53000.00", "60000.00")}
    with pytest.raises(ConflictError):
        record_restore(changed, 1, version=1, scope=owner, now=later)
    back = record_restore(changed, 1, version=2, scope=owner, now=later)
    assert (back.project, back.version) == ("Library", 3)
    assert [each.action for each in record_timeline(back)] == ["open", "change", "restore"]
    with pytest.raises(InputError, match="has no version 9"):
        record_at(back, version=9)


def test_a_clock_set_back_does_not_reorder_history(owner, gift):
    record_change(
        gift, values={"project": "B"}, version=1, scope=owner, now=NOW - timedelta(hours=1)
    )
    record_change(gift, values={"project": "C"}, version=2, scope=owner, now=NOW)
    assert [each.version for each in record_timeline(gift)] == [1, 2, 3]
    assert record_at(gift, at=NOW - timedelta(hours=1)).fields["project"] == "B"
    assert chain_verify().holds


def test_suspects_are_found_merged_and_taken_apart(owner, donation, gift, twin, lake_root):
    attachment_add(twin, BytesIO(b"paid"), name="receipt.pdf", scope=owner, now=NOW)
    assert list(duplicates_of(gift, scope=owner)) == [twin]
    assert duplicates_list(donation, scope=owner) == [[gift, twin]]
    kept = record_merge(gift, twin, take=["project"], scope=owner, now=NOW, comment="offline")
    twin.refresh_from_db()
    assert (twin.state, twin.merged_into_id, twin.was_in_conflict) == ("merged", gift.pk, True)
    assert (kept.project, kept.was_in_conflict) == ("Library of two floors", True)
    assert events(kept)[-1].content["merged"] == twin.code
    assert events(twin)[-1].content["into"] == gift.code
    assert Attachment.objects.filter(record_id=gift.pk).count() == 1
    assert not duplicates_list(donation, scope=owner)
    apart = record_unmerge(twin, scope=owner, now=NOW)
    kept.refresh_from_db()
    assert (apart.state, apart.merged_into, apart.closed_at) == ("draft", None, None)
    assert kept.project == "Library"
    assert not Attachment.objects.filter(record_id=gift.pk).exists()
    assert chain_verify().holds


def test_who_made_a_duplicate_does_not_decide_on_values_taken_from_it(
    person, owner, donation, gift
):
    both = person("both", data_owner="north", reviewer="north")
    own = record_open(donation, node="north", values=VALUES, scope=both, now=NOW)
    record_merge(gift, own, take=["project"], scope=owner, now=NOW)
    record_act(gift, "pledge", scope=owner, now=NOW)
    with pytest.raises(RefusedError, match="had no hand"):
        record_act(gift, "approve", scope=both, now=NOW)


def test_only_a_manager_merges_what_was_put_forward_and_takes_it_apart(person, owner, gift, twin):
    manager = person("manager", programme_manager="north")
    record_act(gift, "pledge", scope=owner, now=NOW)
    with pytest.raises(RoleError, match="merge what was put forward"):
        record_merge(twin, gift, scope=owner, now=NOW)
    record_merge(twin, gift, scope=manager, now=NOW)
    with pytest.raises(RoleError, match="merge what was put forward"):
        record_unmerge(gift, scope=owner, now=NOW)
    assert record_unmerge(gift, scope=manager, now=NOW).state == "pledged"


def test_what_is_merged_or_alone_or_closed_to_change_is_not_merged(person, owner, gift, twin):
    with pytest.raises(RefusedError, match="are not two records of one type"):
        record_merge(gift, gift, scope=owner, now=NOW)
    with pytest.raises(RefusedError, match="is not merged into another"):
        record_unmerge(gift, scope=owner, now=NOW)
    with pytest.raises(RoleError, match="merge"):
        record_merge(gift, twin, scope=person("first", reviewer="group"), now=NOW)
    record_act(gift, "pledge", scope=owner, now=NOW)
    with pytest.raises(RefusedError, match="its fields do not change any more"):
        record_merge(gift, twin, take=["project"], scope=owner, now=NOW)
    record_merge(gift, twin, scope=owner, now=NOW)
    with pytest.raises(RefusedError, match="is merged into"):
        record_merge(gift, twin, scope=owner, now=NOW)


def test_a_view_is_ones_own_until_a_manager_shares_it(person, owner, donation):
    view = view_save(donation, " Mine ", query="state=draft", scope=owner)
    assert view_save(donation, "Mine", query="state=paid", scope=owner).pk == view.pk
    with pytest.raises(RefusedError, match="a programme manager shares"):
        view_save(donation, "Ours", query="", scope=owner, is_shared=True)
    with pytest.raises(RefusedError, match="somebody else's view"):
        view_remove(view, scope=person("other", data_owner="north"))
    view_remove(view, scope=owner)


def test_every_type_has_a_main_way_to_a_final_state():
    assert record_types()
    for kind in record_types().values():
        assert len(kind.spec.main_way()) > 1, kind.id


def personal(kind):
    return [name for name, spec in kind.spec.fields.items() if spec.is_personal]


def can_be_empty(kind, name):
    return kind.columns[name].null or kind.columns[name].empty_strings_allowed


def test_what_is_personal_can_be_forgotten_and_the_chain_still_holds(person, nodes):
    manager, viewer = person("m", programme_manager="group"), person("viewer", viewer="group")
    kinds = [each for each in record_types().values() if personal(each)]
    assert kinds
    for kind in kinds:
        record = record_in(kind, kind.spec.initial.id, nodes["north"])
        if not all(can_be_empty(kind, each) for each in personal(kind)):
            with pytest.raises(RefusedError, match="cannot be empty, so it cannot be erased"):
                personal_erase(record, scope=manager, now=NOW)
            continue
        with pytest.raises(RoleError, match="erase personal fields"):
            personal_erase(record, scope=viewer, now=NOW)
        erased = personal_erase(record, scope=manager, now=NOW)
        erased.refresh_from_db()
        assert not erased.salt
        assert not any(getattr(erased, name) for name in personal(kind))
        told = record_history(kind.id, str(record.pk)).last()
        assert (told.action, told.content["changes"]) == ("erase", {})
    assert chain_verify().holds


def test_a_record_with_five_hundred_events_is_read_in_one_query(
    owner, gift, django_assert_num_queries
):
    for number in range(500):
        comment_add(gift, f"word {number}", scope=owner, now=NOW)
    with django_assert_num_queries(1):
        started = perf_counter()
        assert len(record_timeline(gift)) == 501
    with django_assert_num_queries(1):
        assert record_at(gift).fields["project"] == "Library"
    assert perf_counter() - started < 1
