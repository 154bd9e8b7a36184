"""Datasets of energy and traffic."""

from __future__ import annotations

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.kernel.programmes.datasets import dataset_declare
from commonweal.lake.datasets import Column, ColumnKind, Dataset, RowRule, dataset_register
from commonweal.lake.rules import (
    END_DATE,
    SPAN_ORDERED,
    SPAN_WITHIN_A_YEAR,
    START_DATE,
    judge_pairs,
)
from commonweal.units import conversion


def _fits_carrier(carrier: str, unit: str) -> bool:
    try:
        conversion(unit, catalogue().carriers[carrier].unit)
    except (InputError, KeyError):
        return False
    return True


_METER = Column(
    "meter_id",
    ColumnKind.REFERENCE,
    {"zh-hant": "計量表", "zh-hans": "计量表", "en": "Meter"},
    references="meter",
    example="M-GD-000001",
)
_AMOUNT = Column(
    "amount_cny",
    ColumnKind.NUMBER,
    {"zh-hant": "金額", "zh-hans": "金额", "en": "Amount"},
    unit="cny",
    required=False,
    example="812.50",
)

METER_READINGS = dataset_register(
    Dataset(
        id="meter_readings",
        names={"zh-hant": "電表示數", "zh-hans": "电表示数", "en": "Meter readings"},
        columns=(
            _METER,
            Column(
                "read_at",
                ColumnKind.INSTANT,
                {"zh-hant": "抄表時刻", "zh-hans": "抄表时刻", "en": "Read at"},
                example="2024-01-01T00:00:00+08:00",
            ),
            Column(
                "register",
                ColumnKind.NUMBER,
                {"zh-hant": "表底數", "zh-hans": "表底数", "en": "Register"},
                minimum=0.0,
                example="10234.5",
            ),
        ),
        key=("meter_id", "read_at"),
        month_of="read_at",
    )
)

ELECTRICITY_BILLS = dataset_register(
    Dataset(
        id="electricity_bills",
        names={"zh-hant": "電費帳單", "zh-hans": "电费账单", "en": "Electricity bills"},
        columns=(
            _METER,
            START_DATE,
            END_DATE,
            Column(
                "register_start",
                ColumnKind.NUMBER,
                {"zh-hant": "上期示數", "zh-hans": "上期示数", "en": "Register at the start"},
                required=False,
                minimum=0.0,
                example="10234.5",
            ),
            Column(
                "register_end",
                ColumnKind.NUMBER,
                {"zh-hant": "本期示數", "zh-hans": "本期示数", "en": "Register at the end"},
                required=False,
                minimum=0.0,
                example="11021.0",
            ),
            Column(
                "quantity_kwh",
                ColumnKind.NUMBER,
                {"zh-hant": "計費電量", "zh-hans": "计费电量", "en": "Energy billed"},
                unit="kWh",
                minimum=0.0,
                example="786.5",
            ),
            _AMOUNT,
        ),
        key=("meter_id", "start_date"),
        month_of="start_date",
        rules=(SPAN_ORDERED, SPAN_WITHIN_A_YEAR),
    )
)

UNIT_FITS_CARRIER = RowRule(
    name="unit_fits_carrier",
    sentence="the unit measures what the carrier is counted in",
    hint="diesel, gasoline, lpg and raw_coal in kg or t, natural_gas in m3, heat and steam in GJ",
    accepts=judge_pairs("carrier", "unit", _fits_carrier),
    columns=("carrier", "unit"),
)
FUEL_USE = dataset_register(
    Dataset(
        id="fuel_use",
        names={"zh-hant": "燃料與熱力", "zh-hans": "燃料与热力", "en": "Fuels and heat"},
        columns=(
            Column(
                "site_id",
                ColumnKind.REFERENCE,
                {"zh-hant": "站點", "zh-hans": "站点", "en": "Site"},
                references="site",
                example="S-GD-000001",
            ),
            START_DATE,
            END_DATE,
            Column(
                "carrier",
                ColumnKind.CHOICE,
                {"zh-hant": "能源品種", "zh-hans": "能源品种", "en": "Carrier"},
                choices=("diesel", "gasoline", "natural_gas", "lpg", "raw_coal", "heat", "steam"),
                example="diesel",
            ),
            Column(
                "quantity",
                ColumnKind.NUMBER,
                {"zh-hant": "數量", "zh-hans": "数量", "en": "Quantity"},
                minimum=0.0,
                example="120",
            ),
            Column(
                "unit",
                ColumnKind.TEXT,
                {"zh-hant": "單位", "zh-hans": "单位", "en": "Unit as received"},
                example="kg",
            ),
            _AMOUNT,
        ),
        key=("site_id", "carrier", "start_date"),
        month_of="start_date",
        rules=(SPAN_ORDERED, SPAN_WITHIN_A_YEAR, UNIT_FITS_CARRIER),
    )
)
FUEL_PURCHASES = dataset_declare(__file__, "fuel_purchases", rules=(UNIT_FITS_CARRIER,))
FUEL_STOCK = dataset_declare(__file__, "fuel_stock", rules=(UNIT_FITS_CARRIER,))

TRAFFIC = dataset_register(
    Dataset(
        id="traffic",
        names={"zh-hant": "信息流量", "zh-hans": "信息流量", "en": "Information traffic"},
        columns=(
            Column(
                "node_id",
                ColumnKind.REFERENCE,
                {"zh-hant": "單位", "zh-hans": "单位", "en": "Organisation node"},
                references="node",
                example="GD-440100-1",
            ),
            START_DATE,
            END_DATE,
            Column(
                "traffic_tb",
                ColumnKind.NUMBER,
                {"zh-hant": "流量", "zh-hans": "流量", "en": "Traffic"},
                unit="TB",
                minimum=0.0,
                example="5321.7",
            ),
        ),
        key=("node_id", "start_date"),
        month_of="start_date",
        rules=(SPAN_ORDERED, SPAN_WITHIN_A_YEAR),
    )
)

REFRIGERANTS = dataset_declare(__file__, "refrigerants", rules=())
