"""The columns of the tables: how a cell is read, what it is called, an example."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from commonweal.errors import InputError
from commonweal.kernel.org.checks import choice_check, code_check
from commonweal.kernel.org.models import NodeKind, PartyKind, Role, SiteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DAY: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
EXAMPLE_MARK: Final = "#"  # a row that begins so is an example or a remark, and is skipped


def _text(cell: str) -> str:
    return cell


def _code(cell: str) -> str:
    code_check(cell)
    return cell


def _number(cell: str) -> float:
    try:
        value = float(cell.replace(",", ""))
    except ValueError:
        raise InputError(f"{cell!r} is not a number", hint="write 40 or 113.25") from None
    if not abs(value) < float("inf"):
        raise InputError(f"{cell!r} is not a number", hint="leave the cell empty if unknown")
    return value


def _day(cell: str) -> date:
    form = _DAY.fullmatch(cell)
    if form is None:
        raise InputError(f"{cell!r} is not a day", hint="write days as 2024-03-01")
    try:
        return date(*(int(part) for part in form.groups()))
    except ValueError:
        raise InputError(f"{cell!r} is no day of the calendar") from None


def _choice(
    choices: type[NodeKind | PartyKind | Role | SiteKind], what: str
) -> Callable[[str], str]:
    def read(cell: str) -> str:
        choice_check(cell, choices.values, what)
        return cell

    return read


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """One column of a table."""

    name: str
    read: Callable[[str], Any]
    names: tuple[str, str, str]
    """zh-hant, zh-hans, en: accepted as headers too."""
    example: str
    required: bool = False
    limit: int = 0
    """Most characters of a text."""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportTable:
    """One table; ``code`` identifies a row, so the same file twice changes nothing."""

    id: str
    columns: tuple[ImportColumn, ...]
    is_timed: bool = False
    """Whether a code may come again, valid from another day."""

    def headers(self) -> Mapping[str, ImportColumn]:
        """Return every accepted header, in lower case."""
        found = {}
        for column in self.columns:
            for header in (column.name, *column.names):
                found[header.lower()] = column
        return found


_C = ImportColumn
_CODE: Final = _C("code", _code, ("代碼", "代码", "Code"), "GD-01", required=True)
_PLACE: Final = ("地點", "地点", "Place")
_FROM: Final = ("生效日期", "生效日期", "Valid from")

NODES: Final = ImportTable(
    "nodes",
    (
        _CODE,
        _C("parent", _code, ("上級", "上级", "Parent"), "GD"),
        _C(
            "kind",
            _choice(NodeKind, "kind of node"),
            ("類型", "类型", "Kind"),
            "prefecture",
            required=True,
            choices=tuple(NodeKind.values),
        ),
        _C("place", _text, _PLACE, "CN-GD", required=True),
        _C("valid_from", _day, _FROM, "2020-01-01", required=True),
        _C("name_zh_hant", _text, ("繁體名稱", "繁体名称", "Name zh-Hant"), "粵一", limit=128),
        _C("name_zh_hans", _text, ("簡體名稱", "简体名称", "Name zh-Hans"), "粤一", limit=128),
        _C("name_en", _text, ("英文名稱", "英文名称", "Name en"), "Guangdong 1", limit=128),
    ),
)
SITES: Final = ImportTable(
    "sites",
    (
        _C("code", _code, _CODE.names, "S-GD-000001", required=True),
        _C("node", _code, ("所屬單位", "所属单位", "Owner"), "GD-01", required=True),
        _C(
            "kind",
            _choice(SiteKind, "kind of site"),
            ("站點類型", "站点类型", "Kind of site"),
            "macro",
            required=True,
            choices=tuple(SiteKind.values),
        ),
        _C("valid_from", _day, _FROM, "2020-01-01", required=True),
        _C("place", _text, _PLACE, "CN-GD"),
        _C("name", _text, ("名稱", "名称", "Name"), "Hill Road", limit=128),
        _C("longitude_deg", _number, ("經度", "经度", "Longitude"), "113.2650"),
        _C("latitude_deg", _number, ("緯度", "纬度", "Latitude"), "23.1291"),
    ),
)
METERS: Final = ImportTable(
    "meters",
    (
        _C("code", _code, _CODE.names, "M-GD-000001", required=True),
        _C("site", _code, ("站點", "站点", "Site"), "S-GD-000001", required=True),
        _C("carrier", _text, ("能源品種", "能源品种", "Carrier"), "electricity", required=True),
        _C("unit", _text, ("計量單位", "计量单位", "Unit"), "kWh", required=True, limit=16),
        _C("multiplier", _number, ("倍率", "倍率", "Multiplier"), "1"),
        _C("rollover_at", _number, ("歸零值", "归零值", "Rolls over at"), "1000000"),
        _C(
            "max_rate_per_h",
            _number,
            ("每小時上限", "每小时上限", "Highest use an hour"),
            "50",
            required=True,
        ),
        _C("installed_date", _day, ("安裝日期", "安装日期", "Installed on"), "2020-01-01"),
        _C("removed_date", _day, ("拆除日期", "拆除日期", "Removed on"), ""),
    ),
)
_VALID: Final = (
    _C("valid_from", _day, _FROM, "2024-01-01", required=True),
    _C("valid_to", _day, ("失效日期", "失效日期", "Valid until"), ""),
)
METER_ROLES: Final = ImportTable(
    "meter_roles",
    (
        _C("code", _code, ("計量表", "计量表", "Meter"), "M-GD-000007", required=True),
        _C(
            "role",
            _choice(Role, "role of a meter"),
            ("計量對象", "计量对象", "Role"),
            "cooling",
            required=True,
            choices=tuple(Role.values),
        ),
        *_VALID,
    ),
    is_timed=True,
)
VIRTUAL_METERS: Final = ImportTable(
    "virtual_meters",
    (
        _C("code", _code, ("計量表", "计量表", "Meter"), "V-GD-0001", required=True),
        _C(
            "expression",
            _text,
            ("算式", "算式", "Expression"),
            "[M-GD-000001] - 0.5 * [M-GD-000002]",
            required=True,
            limit=500,
        ),
        *_VALID,
    ),
    is_timed=True,
)
SITE_SHARES: Final = ImportTable(
    "site_shares",
    (
        _C("code", _code, ("協議編號", "协议编号", "Agreement"), "T-0001", required=True),
        _C("site", _code, ("站點", "站点", "Site"), "S-GD-000001", required=True),
        _C("party", _text, ("對方", "对方", "Party"), "Tower company", required=True, limit=128),
        _C(
            "party_kind",
            _choice(PartyKind, "kind of party"),
            ("對方類型", "对方类型", "Kind of party"),
            "tower_company",
            required=True,
            choices=tuple(PartyKind.values),
        ),
        _C("share", _number, ("份額", "份额", "Share"), "0.4"),
        _C("meter", _code, ("分表", "分表", "Sub-meter"), ""),
        *_VALID,
    ),
    is_timed=True,
)
TABLES: Final = {
    table.id: table for table in (NODES, SITES, METERS, METER_ROLES, VIRTUAL_METERS, SITE_SHARES)
}
