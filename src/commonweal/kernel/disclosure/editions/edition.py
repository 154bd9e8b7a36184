"""What everything here needs to know of an edition; the record is the programme's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Edition(Protocol):
    """One report of one period, for one node; ``as_of`` is empty until it is frozen."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def state(self) -> str:
        """How far it is."""

    @property
    def node(self) -> Any:  # noqa: ANN401 - a node of the organisation
        """Whom it is about."""

    @property
    def report(self) -> str:
        """Id of the report."""

    @property
    def period_text(self) -> str:
        """Period, as written."""

    @property
    def boundary(self) -> str:
        """Code of the reporting boundary."""

    @property
    def languages(self) -> str:
        """Languages, with spaces between."""

    @property
    def forms(self) -> str:
        """Forms to freeze it in, with spaces between."""

    @property
    def as_of(self) -> datetime | None:
        """What was known then."""

    @property
    def program(self) -> str:
        """Version of the program that froze it."""

    @property
    def texts_sha256(self) -> str:
        """Digest of the report's definition and texts."""

    @property
    def n_facts(self) -> int | None:
        """How many facts are behind it."""

    @property
    def fact_ids(self) -> str:
        """Their numbers, as ranges."""

    @property
    def facts_sha256(self) -> str:
        """Digest of their leaf hashes."""

    @property
    def tree_size(self) -> int | None:
        """Facts in the log then."""

    @property
    def root_hash(self) -> str:
        """Root of the log then."""

    @property
    def digests(self) -> str:
        """SHA-256 of each file, as lines."""

    @property
    def published_at(self) -> datetime | None:
        """When it was published."""
