"""What the rows of a file would do, before anything is done: open, change, nothing, or refused."""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import ForeignKey, Model, prefetch_related_objects
from django.utils.translation import gettext as _

from commonweal.kernel.programmes.imports.conflicts import later_changes, own_values
from commonweal.kernel.programmes.imports.headers import CODE, ID, NODE, VERSION
from commonweal.kernel.programmes.imports.matching import Register, Uniques
from commonweal.kernel.programmes.imports.result import RowRefusedError
from commonweal.kernel.programmes.imports.rows import RowReader
from commonweal.kernel.programmes.services.changing import change_check, naming_check
from commonweal.kernel.programmes.services.opening import Opening, envelope_derive, record_make
from commonweal.kernel.programmes.services.refusals import RefusedError, RoleError
from commonweal.kernel.programmes.told import changes, told_all
from commonweal.kernel.programmes.values import ValuesError, record_check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.programmes.imports.conflicts import Later
    from commonweal.kernel.programmes.imports.headers import Columns
    from commonweal.kernel.programmes.imports.matching import Found
    from commonweal.kernel.programmes.imports.rows import Row
    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType


@dataclass(frozen=True, slots=True)
class Change:
    """A record with a row's values set, and what the event log is told of it."""

    row: Row
    record: Record
    before: Record
    """A copy of it as it was."""
    changes: Mapping[str, Any]
    is_merged: bool


@dataclass(slots=True)
class Plan:
    """What some rows would do."""

    opened: list[tuple[Row, Record]] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    n_unchanged: int = 0
    refused: list[Row] = field(default_factory=list)


class Planner:
    """Plans the rows of one file, some thousand at a time; remembers the keys it has seen."""

    def __init__(self, kind: RecordType, columns: Columns, *, scope: Scope, now: datetime) -> None:
        """Begin a file."""
        self._kind, self._columns, self._scope, self._now = kind, columns, scope, now
        self._register = Register(kind, scope)
        self._reader = RowReader(kind, columns, self._register)
        self._uniques = Uniques(kind)
        self._references = [n for n, each in kind.columns.items() if isinstance(each, ForeignKey)]

    def plan(self, cells: pa.Table, numbers: Sequence[int], faults: Sequence[str | None]) -> Plan:
        """Return what these rows would do; nothing is written."""
        rows = self._reader.rows(cells, numbers, faults)
        found = self._register.find(
            [row.code for row in rows if row.code], [row.id for row in rows if row.id is not None]
        )
        plan = Plan()
        changing: list[tuple[Row, Record, dict[str, Any]]] = []
        for row in rows:
            try:
                self._sort(row, found, plan, changing)
            except RowRefusedError as fault:
                row.faults.append(fault)
        self._change(changing, plan)
        self._stand_alone(plan)
        plan.refused = [row for row in rows if row.faults]
        return plan

    def _sort(
        self,
        row: Row,
        found: Found,
        plan: Plan,
        changing: list[tuple[Row, Record, dict[str, Any]]],
    ) -> None:
        """Decide what a row is for."""
        if row.faults:
            return
        record = self._meant(row, found)
        if record is None:
            plan.opened.append((row, self._opened(row)))
            return
        differing = {
            name: value for name, value in row.values.items() if self._differs(record, name, value)
        }
        if row.node is not None and row.node.pk != record.node_id:
            raise RowRefusedError(
                "node",
                _("%(code)s belongs to another node than %(node)s")
                % {"code": record.code, "node": row.node.code},
                column=self._columns.headers[NODE],
                value=row.node.code,
                hint=_("a record stays with its node: withdraw it and open it at the other"),
            )
        if differing and row.id is not None and row.id != record.pk:
            raise RowRefusedError(
                "duplicate",
                _("%(code)s is there already, as %(id)s and with another content")
                % {"code": record.code, "id": record.pk},
                column=CODE,
                value=row.code,
                hint=_("give the row a code of its own, or take its id out to change that record"),
            )
        if row.version is not None and row.version > record.version:
            raise RowRefusedError(
                "version",
                _("%(code)s has version %(version)d only")
                % {"code": record.code, "version": record.version},
                column=VERSION,
                value=row.version,
                hint=_("export the record again"),
            )
        if differing:
            changing.append((row, record, differing))
        else:
            plan.n_unchanged += 1

    def _meant(self, row: Row, found: Found) -> Record | None:
        """Return the record that a row is about; None for a new one."""
        by_id = found.by_id.get(row.id) if row.id is not None else None
        if by_id is not None and row.code and by_id.code != row.code:
            raise RowRefusedError(
                "identity",
                _("%(id)s is %(code)s, not %(other)s")
                % {"id": by_id.pk, "code": by_id.code, "other": row.code},
                column=ID,
                value=row.id,
                hint=_("a record keeps its code: correct the code or the id"),
            )
        record = by_id or found.by_code.get(row.code)
        if record is None and (row.code in found.taken or row.id in found.taken):
            raise RowRefusedError(
                "taken",
                _("%(key)s is a record that is not yours to see") % {"key": row.code or row.id},
                column=CODE,
                value=row.code,
                hint=_("use another code, or ask for the role"),
            )
        return record

    def _opened(self, row: Row) -> Record:
        for name, value in ((CODE, row.code), (NODE, row.node)):
            if not value:
                raise RowRefusedError(
                    "required", _("a new record needs this"), column=name, hint=_("fill it in")
                )
        assert row.node is not None  # noqa: S101 - for the type checker; just tested
        opening = Opening(node=row.node, values={}, id=row.id)
        try:
            return record_make(
                self._kind, opening, row.code, row.values, scope=self._scope, now=self._now
            )
        except RoleError as fault:
            raise RowRefusedError.of("role", fault) from fault
        except ValuesError as fault:
            raise _broken(fault) from fault

    def _differs(self, record: Record, name: str, value: object) -> bool:
        held = getattr(record, self._kind.columns[name].attname)
        return bool(held != (value.pk if isinstance(value, Model) else value))

    def _change(self, changing: Sequence[tuple[Row, Record, dict[str, Any]]], plan: Plan) -> None:
        records = [record for _row, record, _values in changing]
        prefetch_related_objects(records, "node", "owner", *self._references)
        later = later_changes(
            self._kind,
            {
                record.pk: row.version
                for row, record, _values in changing
                if row.version is not None and row.version < record.version
            },
        )
        for row, record, values in changing:
            try:
                self._set(row, record, values, later.get(record.pk), plan)
            except RowRefusedError as fault:
                row.faults.append(fault)

    def _set(
        self, row: Row, record: Record, values: dict[str, Any], later: Later | None, plan: Plan
    ) -> None:
        """Set a row's values on its record, if state, roles and rules let it."""
        own = values if later is None else own_values(self._kind, record, values, later)
        if not own:
            plan.n_unchanged += 1
            return
        try:
            change_check(self._kind, record, self._scope)
            naming_check(self._kind, record, own)
            before = copy(record)
            for name, value in own.items():
                setattr(record, name, value)
            record_check(self._kind, record)
            envelope_derive(self._kind, record)
        except RoleError as fault:
            raise RowRefusedError.of("role", fault) from fault
        except RefusedError as fault:
            raise RowRefusedError.of("state", fault) from fault
        except ValuesError as fault:
            raise _broken(fault) from fault
        told = changes(told_all(self._kind, before), told_all(self._kind, record))
        plan.changed.append(Change(row, record, before, told, is_merged=bool(later)))

    def _stand_alone(self, plan: Plan) -> None:
        """Refuse records that the model's unique columns do not let stand beside others."""
        rows = {record.pk: row for row, record in plan.opened}
        rows |= {each.record.pk: each.row for each in plan.changed}
        records = [record for _row, record in plan.opened]
        refused = self._uniques.refused([*records, *(each.record for each in plan.changed)])
        for pk, fault in refused.items():
            rows[pk].faults.append(fault)
        plan.opened = [(row, record) for row, record in plan.opened if not row.faults]
        plan.changed = [each for each in plan.changed if not each.row.faults]


def counted(plan: Plan) -> Counter[str]:
    """Return how many rows each rule refuses; a row counts for the first it breaks."""
    return Counter(row.faults[0].rule for row in plan.refused)


def _broken(fault: ValuesError) -> RowRefusedError:
    name, sentence = next(iter(fault.fields.items()))
    return RowRefusedError("rule", sentence, column=name, hint=fault.hint)
