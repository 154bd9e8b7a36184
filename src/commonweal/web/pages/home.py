"""What needs me and what changed: the part of the overview that is about its reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commonweal.kernel.facts.models import Batch
from commonweal.kernel.programmes.selectors import queue
from commonweal.kernel.programmes.selectors.changed import records_changed
from commonweal.lake.models import Source
from commonweal.web.pages.work.queue import Waiting, waiting_of
from commonweal.web.pages.work.texts import instant_short, people_names, record_title
from commonweal.web.pages.work.timeline import event_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.selectors.changed import Changed

_MOST: Final = 6


@dataclass(frozen=True, slots=True)
class News:
    """One record that changed, what happened, by whom and when."""

    pk: UUID
    programme: str
    model: str
    title: str
    what: str
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class Home:
    """What the overview tells its reader."""

    waiting: tuple[Waiting, ...]
    has_more: bool
    news: tuple[News, ...]
    latest_batch: Batch | None
    latest_source: Source | None

    @property
    def n_late(self) -> int:
        """How many of those shown are overdue."""
        return sum(each.is_late for each in self.waiting)


def home_build(*, scope: Scope, now: datetime, language: str) -> Home:
    """Build what needs this person, the deadline first, and what changed, the latest first."""
    page = queue(scope, now=now, size=_MOST)
    changed = records_changed(scope, size=_MOST)
    people = people_names({each.change.who for each in changed})
    return Home(
        waiting=tuple(
            waiting_of(each.kind, each.record, now, language, each.actions) for each in page.rows
        ),
        has_more=page.after is not None,
        news=tuple(_news(each, people, language) for each in changed),
        latest_batch=Batch.objects.order_by("-pk").first(),
        latest_source=Source.objects.order_by("-pk").first(),
    )


def _news(changed: Changed, people: Mapping[str, str], language: str) -> News:
    kind, record = changed.kind, changed.record
    return News(
        pk=record.pk,
        programme=kind.programme.id,
        model=kind.id.partition(".")[2],
        title=record_title(kind, record, language) or record.code,
        what=event_words(changed.change.what),
        who=people[changed.change.who],
        at=instant_short(changed.change.at),
    )
