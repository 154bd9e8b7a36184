"""Product footprints as the PACT data exchange writes them (version 3), read strictly and linted.

Numbers are decimals in strings, so that none is rounded on the way. The sums of the specification
are checked within the digits printed; its own example of 2025 failed them.

Source: PACT Technical Specifications 3.0, ProductFootprint and CarbonFootprint; ADR-0039 (decimals
as strings), ADR-0041 (a change is a new footprint that names its precedents).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from commonweal.errors import InputError
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS: Final = {
    "liter": "L",
    "kilogram": "kg",
    "cubic meter": "m3",
    "kilowatt hour": "kWh",
    "megajoule": "MJ",
    "ton kilometer": "t*km",
    "square meter": "m2",
    "piece": "item",
    "hour": "hour",
    "megabit second": "Mbit",
}
"""Declared units of the specification in ours."""
_DECIMAL: Final = re.compile(r"[+-]?\d{1,12}(\.\d{1,18})?")
_PARTS: Final = (
    "fossilGhgEmissions",
    "landUseChangeGhgEmissions",
    "landManagementBiogenicCO2Emissions",
    "landManagementBiogenicCO2Removals",
    "technologicalCO2Removals",
    "biogenicNonCO2Emissions",
)
_NEVER_ABOVE: Final = (
    "landManagementBiogenicCO2Removals",
    "technologicalCO2Removals",
    "biogenicCO2Uptake",
)
_NEVER_BELOW: Final = (
    *(name for name in _PARTS if name not in _NEVER_ABOVE),
    "aircraftGhgEmissions",
)
_VALID_YEARS: Final = 3  # after the reference period, where no validity is stated


@dataclass(frozen=True, slots=True)
class ProductFootprint:
    """What of a footprint accounting needs; days are half-open."""

    pf_id: str
    is_active: bool
    supplier: str
    product_name: str
    product_ids: tuple[str, ...]
    declared_unit: str
    declared_amount: Decimal
    pcf_kgco2e: Decimal
    """Of the declared amount, without biogenic uptake: what scope 3 counts."""
    valid_from: date
    valid_until: date
    gwp_set: str
    primary_share: Decimal | None
    preceding: tuple[str, ...]
    comment: str
    document_sha256: str


def footprints_parse(text: str) -> list[ProductFootprint | InputError]:
    """Return the footprints of a JSON text in its order, and the refusal in place of a wrong one.

    The text is one footprint, a list of them, or either under ``data`` as the service answers.

    Raises:
        InputError: The text is no JSON of this kind.
    """
    try:
        content = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as fault:
        raise InputError(f"the footprints are no JSON: {fault}") from fault
    content = content.get("data", content) if isinstance(content, dict) else content
    entries = content if isinstance(content, list) else [content]
    if not all(isinstance(entry, dict) for entry in entries):
        raise InputError("a footprint is an object", hint='send {"data": [ … ]}')
    found: list[ProductFootprint | InputError] = []
    for number, entry in enumerate(entries, start=1):
        try:
            found.append(_footprint(entry))
        except InputError as fault:
            name = entry.get("id", f"entry {number}")
            found.append(InputError(f"footprint {name}: {fault}", hint=fault.hint))
    return found


def _footprint(entry: Mapping[str, Any]) -> ProductFootprint:
    version = _text(entry, "specVersion")
    if not version.startswith("3."):
        raise InputError(f"specVersion is {version!r}, not 3", hint="ask for version 3")
    if (status := _text(entry, "status")) not in {"Active", "Deprecated"}:
        raise InputError(f"status is {status!r}, neither Active nor Deprecated")
    pcf = entry.get("pcf")
    if not isinstance(pcf, dict):
        raise InputError("pcf is missing")
    if (unit := _text(pcf, "declaredUnitOfMeasurement")) not in UNITS:
        raise InputError(
            f"declaredUnitOfMeasurement is {unit!r}", hint=f"one of {', '.join(UNITS)}"
        )
    amount = _number(pcf, "declaredUnitAmount")
    if amount <= 0:
        raise InputError(f"declaredUnitAmount is {amount}, not more than 0")
    _lint(pcf)
    valid_from, valid_until = _validity(entry, pcf)
    share = pcf.get("primaryDataShare")
    return ProductFootprint(
        pf_id=_id(entry.get("id")),
        is_active=status == "Active",
        supplier=_text(entry, "companyName"),
        product_name=_text(entry, "productNameCompany"),
        product_ids=_texts(entry, "productIds"),
        declared_unit=unit,
        declared_amount=amount,
        pcf_kgco2e=_number(pcf, "pcfExcludingBiogenicUptake"),
        valid_from=valid_from,
        valid_until=valid_until,
        gwp_set=" ".join(_texts(pcf, "ipccCharacterizationFactors")),
        primary_share=None if share is None else _number(pcf, "primaryDataShare"),
        preceding=tuple(_id(each) for each in entry.get("precedingPfIds") or ()),
        comment=str(entry.get("comment", "")),
        document_sha256=hashlib.sha256(
            json.dumps(entry, sort_keys=True, ensure_ascii=False, default=str).encode()
        ).hexdigest(),
    )


def _lint(pcf: Mapping[str, Any]) -> None:
    """Check signs, and that the parts reproduce both totals within the digits printed."""
    for name in _NEVER_BELOW:
        if name in pcf and _number(pcf, name) < 0:
            raise InputError(f"{name} is {pcf[name]}, below 0")
    for name in _NEVER_ABOVE:
        if name in pcf and _number(pcf, name) > 0:
            raise InputError(f"{name} is {pcf[name]}, above 0", hint="what is taken up is negative")
    _number(pcf, "fossilGhgEmissions")  # never left out
    _adds_up(pcf, "pcfExcludingBiogenicUptake", _PARTS)
    uptake = ("pcfExcludingBiogenicUptake", "biogenicCO2Uptake")
    _adds_up(pcf, "pcfIncludingBiogenicUptake", uptake)


def _adds_up(pcf: Mapping[str, Any], whole: str, parts: tuple[str, ...]) -> None:
    given = [name for name in parts if name in pcf]
    total = sum((_number(pcf, name) for name in given), Decimal())
    stated = _number(pcf, whole)
    slack = sum((_half_digit(_number(pcf, name)) for name in (whole, *given)), Decimal())
    if abs(stated - total) > slack:
        sums = " + ".join(f"{name} {pcf[name]}" for name in given)
        raise InputError(
            f"{whole} is {stated}, but {sums} gives {total}",
            hint="ask the supplier for a corrected footprint",
        )


def _half_digit(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) / 2


def _validity(entry: Mapping[str, Any], pcf: Mapping[str, Any]) -> tuple[date, date]:
    """Return the days of validity: as stated, or the reference period and three years after it."""
    reference_end = _day(pcf, "referencePeriodEnd")
    start = _day(entry, "validityPeriodStart") if "validityPeriodStart" in entry else None
    end = _day(entry, "validityPeriodEnd") if "validityPeriodEnd" in entry else None
    start = start or _day(pcf, "referencePeriodStart")
    if end is None:
        end = reference_end.replace(day=1) if reference_end.day > 28 else reference_end  # noqa: PLR2004 - 29 February
        end = end.replace(year=end.year + _VALID_YEARS)
    if start >= end:
        raise InputError(f"valid from {start} to {end}: the end does not lie after the start")
    return start, end


def _day(holder: Mapping[str, Any], name: str) -> date:
    text = _text(holder, name)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        raise InputError(f"{name} is no instant: {text!r}") from fault
    if at.tzinfo is None:
        raise InputError(f"{name} has no time zone: {text!r}")
    return business_date(at)


def _id(text: object) -> str:
    try:
        return str(UUID(str(text)))
    except ValueError as fault:
        raise InputError(f"{text!r} is no UUID") from fault


def _text(holder: Mapping[str, Any], name: str) -> str:
    text = holder.get(name)
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{name} is missing")
    return text.strip()


def _texts(holder: Mapping[str, Any], name: str) -> tuple[str, ...]:
    texts = holder.get(name)
    if not isinstance(texts, list) or not texts:
        raise InputError(f"{name} is missing or empty")
    return tuple(str(each).strip() for each in texts)


def _number(holder: Mapping[str, Any], name: str) -> Decimal:
    text = holder.get(name)
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise InputError(f"{name} is no decimal in a string: {text!r}", hint='write "12.5"')
    return Decimal(text)
