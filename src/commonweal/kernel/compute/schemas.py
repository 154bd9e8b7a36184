"""Values that people declare for an indicator, with evidence."""

from __future__ import annotations

from commonweal.catalogue import catalogue
from commonweal.errors import InputError
from commonweal.lake.datasets import Column, ColumnKind, Dataset, RowRule, dataset_register
from commonweal.lake.rules import (
    END_DATE,
    SPAN_ORDERED,
    SPAN_WITHIN_A_YEAR,
    START_DATE,
    judge_pairs,
)
from commonweal.units import conversion


def _is_submission(indicator: str, unit: str) -> bool:
    entry = catalogue().indicators.get(indicator)
    if entry is None or entry.source.kind != "submission":
        return False
    try:
        conversion(unit, entry.unit)
    except InputError:
        return False
    return True


SUBMISSIONS = dataset_register(
    Dataset(
        id="submissions",
        names={"zh-hant": "申報數值", "zh-hans": "申报数值", "en": "Declared values"},
        columns=(
            Column(
                "node_id",
                ColumnKind.REFERENCE,
                {"zh-hant": "單位", "zh-hans": "单位", "en": "Organisation node"},
                references="node",
                example="group",
            ),
            Column(
                "indicator",
                ColumnKind.TEXT,
                {"zh-hant": "指標", "zh-hans": "指标", "en": "Indicator"},
                example="scope1_declared",
            ),
            START_DATE,
            END_DATE,
            Column(
                "value",
                ColumnKind.NUMBER,
                {"zh-hant": "數值", "zh-hans": "数值", "en": "Value"},
                example="10.16",
            ),
            Column(
                "unit",
                ColumnKind.TEXT,
                {"zh-hant": "計量單位", "zh-hans": "计量单位", "en": "Unit"},
                example="tCO2e",
            ),
            Column(
                "evidence",
                ColumnKind.TEXT,
                {"zh-hant": "證據", "zh-hans": "证据", "en": "Evidence"},
                required=False,
                example="verification report, table 3",
            ),
        ),
        key=("node_id", "indicator", "start_date"),
        month_of="start_date",
        rules=(
            SPAN_ORDERED,
            SPAN_WITHIN_A_YEAR,
            RowRule(
                name="declarable",
                sentence="the indicator takes declared values, in a unit of its dimension",
                hint="see: commonweal catalogue list",
                accepts=judge_pairs("indicator", "unit", _is_submission),
                columns=("indicator", "unit"),
            ),
        ),
    )
)
