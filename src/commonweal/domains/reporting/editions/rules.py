"""What must hold before an edition goes on, and what checking and publishing leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.kernel.disclosure.definitions import report_definition
from commonweal.kernel.disclosure.editions.checking import (
    NOT_FROZEN,
    frozen_keep,
    is_buildable,
    is_possible,
)
from commonweal.kernel.disclosure.editions.verifying import edition_faults
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.reporting.editions.models import Edition


def correction_is_told(edition: Edition, _context: Context) -> bool:
    """Whether a correction says what it puts right."""
    return edition.corrects_id is None or bool(edition.change_note.strip())


def texts_hold(edition: Edition, _context: Context) -> bool:
    """Whether the report can be built."""
    return is_buildable(edition)


def nothing_impossible(edition: Edition, _context: Context) -> bool:
    """Whether the linter finds no error."""
    return is_possible(edition)


def sections_signed(edition: Edition, _context: Context) -> bool:
    """Whether no section is left without a signature."""
    mine = edition.signoffs.exclude(state__in=("void", "merged"))
    return mine.exists() and not mine.exclude(state="signed").exists()


def is_reproduced(edition: Edition, _context: Context) -> bool:
    """Whether the edition can still be built as it was frozen, byte for byte."""
    return not edition_faults(edition)


def corrected_stands(edition: Edition, _context: Context) -> bool:
    """Whether the edition that this one corrects is the one in force."""
    return edition.corrects is None or edition.corrects.state == "published"


def has_correction(edition: Edition, _context: Context) -> bool:
    """Whether a published edition corrects this one."""
    return edition.corrections.filter(state__in=("published", "corrected")).exists()


def freeze_take(editions: Sequence[Edition], _context: Context) -> None:
    """Freeze what is known now: from here on nothing that comes in changes the edition."""
    for edition in editions:
        vars(edition).update(frozen_keep(edition))


def freeze_drop(editions: Sequence[Edition], _context: Context) -> None:
    """Take the freeze off; the log keeps what it was."""
    for edition in editions:
        vars(edition).update(NOT_FROZEN)


def sections_open(editions: Sequence[Edition], context: Context) -> None:
    """Open a sign-off for each section of the report."""
    kind = record_type("editions.signoff")
    for edition in editions:
        sections = report_definition(edition.report).texts["zh-hant"].sections
        openings = [
            Opening(
                node=edition.node,
                values={"edition": edition, "section": each.id, "heading": each.title},
            )
            for each in sections
        ]
        records_open(kind, openings, scope=context.scope, now=context.now)


def sections_void(editions: Sequence[Edition], context: Context) -> None:
    """Make the signatures void: they were given for what will be changed."""
    for edition in editions:
        left = edition.signoffs.filter(state__in=("open", "signed")).values_list("pk", flat=True)
        records_act(record_type("editions.signoff"), list(left), "void", context=context)


def published_mark(editions: Sequence[Edition], context: Context) -> None:
    """Note the instant; an edition that is corrected by this one is marked so."""
    for edition in editions:
        edition.published_at = context.now
        if edition.corrects_id:
            # has_correction looks at the table, where this edition is not yet published
            type(edition).objects.filter(pk=edition.pk).update(state="published")
            again = Context(context.scope, context.now, comment=edition.code)
            records_act(record_type("editions.edition"), [edition.corrects_id], "correct",
                        context=again)  # fmt: skip
