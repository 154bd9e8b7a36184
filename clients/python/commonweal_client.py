# ruff: noqa: INP001, PLR0913 - a folder to copy; routes have many filters
"""Client of the Commonweal API 1.0.0; written by tools/api_client.py."""

from __future__ import annotations

from typing import IO, Any, Literal, NotRequired, TypedDict, cast

from asking import Asking


class ActionIn(TypedDict):
    """What goes with an action."""

    values: NotRequired[dict[str, Any]]
    comment: NotRequired[str]


class BulkIn(TypedDict):
    """An action on many records: done for all of them, or for none."""

    values: NotRequired[dict[str, Any]]
    comment: NotRequired[str]
    records: list[ChosenIn]


class ChosenIn(TypedDict):
    """A record and the version that was read."""

    id: str
    version: int


class ColumnOut(TypedDict):
    """A column of a dataset."""

    name: str
    names: dict[str, str]
    kind: str
    unit: str
    references: str
    required: bool
    minimum: float | None
    maximum: float | None
    choices: list[str]


class CommentIn(TypedDict):
    """A word about a record."""

    comment: str


class DatasetOut(TypedDict):
    """A dataset: what rows it takes."""

    id: str
    names: dict[str, str]
    key: list[str]
    month_of: str
    columns: list[ColumnOut]


class DeliveryOut(TypedDict):
    """An event on its way."""

    id: int
    type: str
    sequence: int
    n_tries: int
    next_at: str | None
    arrived_at: str | None
    last_status: int | None
    last_error: str


class DeliveryPage(TypedDict):
    """A page of deliveries, in the order of the events."""

    items: list[DeliveryOut]
    next: str | None


class DifferenceOut(TypedDict):
    """One field before and after."""

    name: str
    old: Any
    new: Any


class EventOut(TypedDict):
    """Something that happened to a record."""

    sequence: int
    at: str
    who: str
    in_name_of: str
    action: str
    version: int
    state: str
    approval: str
    comment: str
    changes: list[DifferenceOut]


class FactOut(TypedDict):
    """One value of one indicator for one node over one period; null is no data, …."""

    id: int
    indicator: str
    node: str
    boundary: str
    period: str
    start_date: str
    end_date: str
    value: str | None
    unit: str
    decimals: int
    method: str
    estimated_share: str | None
    recorded_at: str
    superseded_at: str | None
    supersedes: int | None
    reason: str
    leaf_index: int


class FactPage(TypedDict):
    """A page of facts, in the order they were recorded."""

    items: list[FactOut]
    next: str | None


class FieldOut(TypedDict):
    """A field of a record."""

    id: str
    name: dict[str, str]
    type: str
    unit: str
    required: bool
    choices: dict[str, dict[str, str]]
    refers_to: str
    is_personal: bool
    is_computed: bool


class FindingOut(TypedDict):
    """One rule broken by a meter, site or node in a month."""

    id: int
    rule: str
    dataset: str
    subject_kind: str
    subject: str
    month: str
    quantity: float | None
    unit: str
    first_seen_at: str
    last_seen_at: str
    cleared_at: str | None


class FindingPage(TypedDict):
    """A page of findings, in the order they were first seen."""

    items: list[FindingOut]
    next: str | None


class IndicatorOut(TypedDict):
    """One indicator's definition."""

    id: str
    name: dict[str, str]
    domain: str
    unit: str
    kind: str
    decimals: int
    better: str
    status: str
    source: str
    formula: str
    inputs: list[InputOut]
    frameworks: dict[str, list[str]]


class IndicatorPage(TypedDict):
    """A page of indicators."""

    items: list[IndicatorOut]
    next: str | None


class InputOut(TypedDict):
    """What a formula uses, of which period."""

    name: str
    indicator: str
    unit: str
    at: str


class LineageOut(TypedDict):
    """What a fact was made of, and by what."""

    fact: int
    engine: str
    version: str
    recorded_at: str
    parameters: dict[str, Any]
    inputs: dict[str, Any]
    lineage: dict[str, Any]


class MeOut(TypedDict):
    """An account as the API knows it."""

    account: str
    name: str
    may: list[str]
    acts_for: list[str]
    roles: list[RoleOut]


class NodeOut(TypedDict):
    """A node of the organisation on a day."""

    code: str
    kind: str
    place: str
    parent: str | None
    depth: int
    name: dict[str, str]


class NodePage(TypedDict):
    """A page of nodes."""

    items: list[NodeOut]
    next: str | None


class OutcomeOut(TypedDict):
    """What became of an action: done, or waiting for more approvals."""

    id: str
    code: str
    state: str
    version: int
    is_done: bool
    n_approvals: int
    n_needed: int
    message: str


PeriodKind = Literal["month", "quarter", "half_year", "year", "plan", "cumulative", "point"]


class Problem(TypedDict):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    hint: NotRequired[str]
    fields: NotRequired[dict[str, str] | None]


class ProgrammeOut(TypedDict):
    """A programme, with its types of record and the indicators of its board."""

    id: str
    domain: str
    name: dict[str, str]
    about: dict[str, str]
    record_types: list[str]
    indicators: list[str]


class ProofOut(TypedDict):
    """That a fact is in the log: `commonweal facts check-proof` checks it without …."""

    form: str
    proof: str
    leaf: str
    batch: str
    leaf_index: int
    tree_size: int
    root_hash: str
    path: list[str]


class RecordChange(TypedDict):
    """Fields to be changed; those left out stay."""

    values: dict[str, Any]


class RecordNew(TypedDict):
    """A record to be opened."""

    node: str
    values: NotRequired[dict[str, Any]]
    privacy: NotRequired[str]


class RecordOut(TypedDict):
    """A record: what every record has, and in `fields` what its type adds."""

    id: str
    type: str
    code: str
    node: str
    state: str
    owner: str | None
    start_date: str
    end_date: str
    due_at: str | None
    opened_at: str
    changed_at: str
    closed_at: str | None
    privacy: str
    version: int
    fields: dict[str, Any]
    actions: NotRequired[list[str] | None]


class RecordPage(TypedDict):
    """A page of records; `n_found` is 1001 for any number beyond a thousand."""

    items: list[RecordOut]
    next: str | None
    n_found: int


class RecordTypeOut(TypedDict):
    """A type of record: all that a program needs to fill one in."""

    id: str
    programme: str
    name: dict[str, str]
    opened_by: str
    privacy: str
    fields: list[FieldOut]
    states: list[StateOut]
    transitions: list[TransitionOut]
    filters: list[str]


class RejectOut(TypedDict):
    """A row that was refused."""

    source_row: int
    column: str
    value: str | None
    rule: str
    sentence: str
    hint: str
    also: str
    raw: dict[str, Any]


class RejectPage(TypedDict):
    """A page of refused rows, in the file's order."""

    items: list[RejectOut]
    next: str | None


class ReportOut(TypedDict):
    """A report that is defined."""

    id: str
    title: dict[str, str]


class RoleOut(TypedDict):
    """A role, and for which nodes with all below them; null is everywhere."""

    role: str
    nodes: list[str] | None


class SiteOut(TypedDict):
    """A site."""

    code: str
    kind: str
    name: str


class SitePage(TypedDict):
    """A page of sites."""

    items: list[SiteOut]
    next: str | None


class SourceOut(TypedDict):
    """A file that came in."""

    id: int
    dataset: str
    name: str
    sha256: str
    n_accepted: int
    n_rejected: int
    known_at: str


class SourcePage(TypedDict):
    """A page of files, in the order they came."""

    items: list[SourceOut]
    next: str | None


class StateOut(TypedDict):
    """A state of a record."""

    id: str
    name: dict[str, str]
    editable: bool
    final: bool


class TakenOut(TypedDict):
    """What became of the rows."""

    source: SourceOut
    replayed: bool
    rejects: str | None


class TransitionOut(TypedDict):
    """An action: from which states, to which, by whom, on what terms."""

    action: str
    name: dict[str, str]
    start: list[str]
    to: str
    role: str
    asks: list[str]
    needs: list[str]
    evidence: list[str]
    approvals: int
    comment: bool


class WebhookIn(TypedDict):
    """An address, and the types of events that it is told of (`donations.donation.*`)."""

    url: str
    events: list[str]


class WebhookNew(TypedDict):
    """A new subscription with its secret (Standard Webhooks), which is shown this once."""

    id: int
    url: str
    events: list[str]
    created_at: str
    failing_since: str | None
    ended_at: str | None
    end_reason: str
    secret: str


class WebhookOut(TypedDict):
    """A subscription."""

    id: int
    url: str
    events: list[str]
    created_at: str
    failing_since: str | None
    ended_at: str | None
    end_reason: str


class Client(Asking):
    """One method for each route; refusals are ``ProblemError``."""

    def me_get(self) -> MeOut:
        """Return whose token this is, what it is for, and which roles they hold."""
        return cast("MeOut", self.ask("GET", "/api/v1/me", {}, {}, None))

    def nodes_list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        on: str | None = None,
        as_of: str | None = None,
    ) -> NodePage:
        """Return the organisation on a day, by code."""
        return cast(
            "NodePage",
            self.ask(
                "GET",
                "/api/v1/nodes",
                {"limit": limit, "after": after, "on": on, "as_of": as_of},
                {},
                None,
            ),
        )

    def sites_list(
        self, *, limit: int | None = None, after: str | None = None, node: str | None = None
    ) -> SitePage:
        """Return sites by code."""
        return cast(
            "SitePage",
            self.ask(
                "GET", "/api/v1/sites", {"limit": limit, "after": after, "node": node}, {}, None
            ),
        )

    def indicators_list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        domain: str | None = None,
        status: str | None = None,
    ) -> IndicatorPage:
        """Return indicators by id."""
        return cast(
            "IndicatorPage",
            self.ask(
                "GET",
                "/api/v1/indicators",
                {"limit": limit, "after": after, "domain": domain, "status": status},
                {},
                None,
            ),
        )

    def indicator_get(self, indicator_id: str | int) -> IndicatorOut:
        """Return one indicator."""
        return cast(
            "IndicatorOut",
            self.ask("GET", f"/api/v1/indicators/{self.quoted(indicator_id)}", {}, {}, None),
        )

    def facts_list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        indicator: list[str] | None = None,
        node: list[str] | None = None,
        period: list[str] | None = None,
        period_kind: PeriodKind | None = None,
        boundary: str | None = None,
        as_of: str | None = None,
    ) -> FactPage:
        """Return the facts that are current, or were at an instant."""
        return cast(
            "FactPage",
            self.ask(
                "GET",
                "/api/v1/facts",
                {
                    "limit": limit,
                    "after": after,
                    "indicator": indicator,
                    "node": node,
                    "period": period,
                    "period_kind": period_kind,
                    "boundary": boundary,
                    "as_of": as_of,
                },
                {},
                None,
            ),
        )

    def fact_get(self, fact_id: str | int) -> FactOut:
        """Return one fact, whether or not it is superseded."""
        return cast(
            "FactOut", self.ask("GET", f"/api/v1/facts/{self.quoted(fact_id)}", {}, {}, None)
        )

    def fact_versions(self, fact_id: str | int) -> list[FactOut]:
        """Return everything that was ever recorded for the same thing and period, oldest …."""
        return cast(
            "list[FactOut]",
            self.ask("GET", f"/api/v1/facts/{self.quoted(fact_id)}/history", {}, {}, None),
        )

    def fact_proof(self, fact_id: str | int) -> ProofOut:
        """Return the proof that a fact is in the log, to be checked without this server."""
        return cast(
            "ProofOut", self.ask("GET", f"/api/v1/facts/{self.quoted(fact_id)}/proof", {}, {}, None)
        )

    def fact_lineage(self, fact_id: str | int) -> LineageOut:
        """Return formula, inputs, factors and fallbacks, and the batch with its input …."""
        return cast(
            "LineageOut",
            self.ask("GET", f"/api/v1/facts/{self.quoted(fact_id)}/lineage", {}, {}, None),
        )

    def findings_list(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        rule: str | None = None,
        month: str | None = None,
        state: str | None = None,
    ) -> FindingPage:
        """Return what was noticed."""
        return cast(
            "FindingPage",
            self.ask(
                "GET",
                "/api/v1/findings",
                {"limit": limit, "after": after, "rule": rule, "month": month, "state": state},
                {},
                None,
            ),
        )

    def programmes_list(self) -> list[ProgrammeOut]:
        """Return every programme."""
        return cast("list[ProgrammeOut]", self.ask("GET", "/api/v1/programmes", {}, {}, None))

    def record_types_list(self) -> list[RecordTypeOut]:
        """Return every type of record."""
        return cast("list[RecordTypeOut]", self.ask("GET", "/api/v1/record-types", {}, {}, None))

    def record_type_get(self, type_id: str | int) -> RecordTypeOut:
        """Return one type of record."""
        return cast(
            "RecordTypeOut",
            self.ask("GET", f"/api/v1/record-types/{self.quoted(type_id)}", {}, {}, None),
        )

    def records_list(
        self,
        programme: str | int,
        model: str | int,
        *,
        limit: int | None = None,
        after: str | None = None,
        sort: str | None = None,
        state: str | None = None,
        node: str | None = None,
        owner: str | None = None,
        due: str | None = None,
        period: str | None = None,
        q: str | None = None,
    ) -> RecordPage:
        """Return the records that the caller may read; a type's own filters go by their …."""
        return cast(
            "RecordPage",
            self.ask(
                "GET",
                f"/api/v1/records/{self.quoted(programme)}/{self.quoted(model)}",
                {
                    "limit": limit,
                    "after": after,
                    "sort": sort,
                    "state": state,
                    "node": node,
                    "owner": owner,
                    "due": due,
                    "period": period,
                    "q": q,
                },
                {},
                None,
            ),
        )

    def record_new(
        self,
        programme: str | int,
        model: str | int,
        body: RecordNew,
        *,
        idempotency_key: str | None = None,
    ) -> RecordOut:
        """Open a record."""
        return cast(
            "RecordOut",
            self.ask(
                "POST",
                f"/api/v1/records/{self.quoted(programme)}/{self.quoted(model)}",
                {},
                {"Idempotency-Key": idempotency_key},
                body,
            ),
        )

    def records_do(
        self,
        programme: str | int,
        model: str | int,
        action: str | int,
        body: BulkIn,
        *,
        idempotency_key: str | None = None,
    ) -> list[OutcomeOut]:
        """Do an action on many records: on all of them or on none."""
        return cast(
            "list[OutcomeOut]",
            self.ask(
                "POST",
                f"/api/v1/records/{self.quoted(programme)}/{self.quoted(model)}/actions/{self.quoted(action)}",
                {},
                {"Idempotency-Key": idempotency_key},
                body,
            ),
        )

    def record_get(self, programme: str | int, model: str | int, record_id: str | int) -> RecordOut:
        """Return a record, with the actions that are open to the caller; its ETag has …."""
        return cast(
            "RecordOut",
            self.ask(
                "GET",
                f"/api/v1/records/{self.quoted(programme)}/{self.quoted(model)}/{self.quoted(record_id)}",
                {},
                {},
                None,
            ),
        )

    def record_edit(
        self,
        programme: str | int,
        model: str | int,
        record_id: str | int,
        body: RecordChange,
        *,
        if_match: str,
    ) -> RecordOut:
        """Change fields, if nobody else did since the version in `If-Match` was read."""
        return cast(
            "RecordOut",
            self.ask(
                "PATCH",
                f"/api/v1/records/{self.quoted(programme)}/{self.quoted(model)}/{self.quoted(record_id)}",
                {},
                {"If-Match": if_match},
                body,
            ),
        )

    def record_do(
        self,
        programme: str | int,
        model: str | int,
        record_id: str | int,
        action: str | int,
        body: ActionIn,
        *,
        idempotency_key: str | None = None,
    ) -> OutcomeOut:
        """Do an action on a record; with `If-Match`, only if it still has that version."""
        return cast(
            "OutcomeOut",
            self.ask(
                "POST",
                f"/api/v1/records/{self.quoted(programme)}/{self.quoted(model)}/{self.quoted(record_id)}/actions/{self.quoted(action)}",
                {},
                {"Idempotency-Key": idempotency_key},
                body,
            ),
        )

    def record_comment(
        self,
        programme: str | int,
        model: str | int,
        record_id: str | int,
        body: CommentIn,
        *,
        idempotency_key: str | None = None,
    ) -> list[EventOut]:
        """Say something about a record, and return all that happened to it."""
        return cast(
            "list[EventOut]",
            self.ask(
                "POST",
                f"/api/v1/records/{self.quoted(programme)}/{self.quoted(model)}/{self.quoted(record_id)}/comments",
                {},
                {"Idempotency-Key": idempotency_key},
                body,
            ),
        )

    def record_events(
        self, programme: str | int, model: str | int, record_id: str | int
    ) -> list[EventOut]:
        """Return everything that happened to a record, oldest first."""
        return cast(
            "list[EventOut]",
            self.ask(
                "GET",
                f"/api/v1/records/{self.quoted(programme)}/{self.quoted(model)}/{self.quoted(record_id)}/timeline",
                {},
                {},
                None,
            ),
        )

    def datasets_list(self) -> list[DatasetOut]:
        """Return every dataset."""
        return cast("list[DatasetOut]", self.ask("GET", "/api/v1/datasets", {}, {}, None))

    def dataset_get(self, dataset_id: str | int) -> DatasetOut:
        """Return one dataset."""
        return cast(
            "DatasetOut",
            self.ask("GET", f"/api/v1/datasets/{self.quoted(dataset_id)}", {}, {}, None),
        )

    def sources_list(
        self, *, limit: int | None = None, after: str | None = None, dataset: str | None = None
    ) -> SourcePage:
        """Return the files that came in."""
        return cast(
            "SourcePage",
            self.ask(
                "GET",
                "/api/v1/sources",
                {"limit": limit, "after": after, "dataset": dataset},
                {},
                None,
            ),
        )

    def source_get(self, source_id: str | int) -> SourceOut:
        """Return one file."""
        return cast(
            "SourceOut", self.ask("GET", f"/api/v1/sources/{self.quoted(source_id)}", {}, {}, None)
        )

    def source_rejects(
        self, source_id: str | int, *, limit: int | None = None, after: str | None = None
    ) -> RejectPage:
        """Return the rows of a file that were refused, for those who may read personal …."""
        return cast(
            "RejectPage",
            self.ask(
                "GET",
                f"/api/v1/sources/{self.quoted(source_id)}/rejects",
                {"limit": limit, "after": after},
                {},
                None,
            ),
        )

    def rows_take(
        self,
        dataset_id: str | int,
        rows: bytes | IO[bytes],
        form: str,
        *,
        name: str | None = None,
        idempotency_key: str | None = None,
    ) -> TakenOut:
        """Take rows into a dataset: Arrow IPC stream, JSON lines or CSV."""
        return cast(
            "TakenOut",
            self.ask(
                "POST",
                f"/api/v1/datasets/{self.quoted(dataset_id)}/rows",
                {"name": name},
                {"Idempotency-Key": idempotency_key},
                rows,
                form,
            ),
        )

    def reports_list(self) -> list[ReportOut]:
        """Return every report that is defined."""
        return cast("list[ReportOut]", self.ask("GET", "/api/v1/reports", {}, {}, None))

    def report_get(
        self,
        report_id: str | int,
        form: str | int,
        *,
        period: str | None = None,
        language: str | None = None,
        node: str | None = None,
        boundary: str | None = None,
        as_of: str | None = None,
    ) -> bytes:
        """Return a report as a file; the same question with `as_of` has the same answer …."""
        return cast(
            "bytes",
            self.ask(
                "GET",
                f"/api/v1/reports/{self.quoted(report_id)}/{self.quoted(form)}",
                {
                    "period": period,
                    "language": language,
                    "node": node,
                    "boundary": boundary,
                    "as_of": as_of,
                },
                {},
                None,
            ),
        )

    def webhooks_list(self) -> list[WebhookOut]:
        """Return one's own subscriptions that have not ended."""
        return cast("list[WebhookOut]", self.ask("GET", "/api/v1/webhooks", {}, {}, None))

    def webhook_new(self, body: WebhookIn, *, idempotency_key: str | None = None) -> WebhookNew:
        """Let an address be told of events, as far as the caller may see them."""
        return cast(
            "WebhookNew",
            self.ask("POST", "/api/v1/webhooks", {}, {"Idempotency-Key": idempotency_key}, body),
        )

    def webhook_get(self, number: str | int) -> WebhookOut:
        """Return one of one's own subscriptions."""
        return cast(
            "WebhookOut", self.ask("GET", f"/api/v1/webhooks/{self.quoted(number)}", {}, {}, None)
        )

    def webhook_drop(self, number: str | int) -> None:
        """End a subscription."""
        self.ask("DELETE", f"/api/v1/webhooks/{self.quoted(number)}", {}, {}, None)

    def deliveries_list(
        self, number: str | int, *, limit: int | None = None, after: str | None = None
    ) -> DeliveryPage:
        """Return what was told, or could not be, and when it is tried again."""
        return cast(
            "DeliveryPage",
            self.ask(
                "GET",
                f"/api/v1/webhooks/{self.quoted(number)}/deliveries",
                {"limit": limit, "after": after},
                {},
                None,
            ),
        )
