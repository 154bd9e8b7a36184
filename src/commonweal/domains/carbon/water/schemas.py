"""Water bills by site."""

from __future__ import annotations

from commonweal.lake.datasets import Column, ColumnKind, Dataset, dataset_register
from commonweal.lake.rules import END_DATE, SPAN_ORDERED, SPAN_WITHIN_A_YEAR, START_DATE

WATER_BILLS = dataset_register(
    Dataset(
        id="water_bills",
        names={"zh-hant": "水費帳單", "zh-hans": "水费账单", "en": "Water bills"},
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
                "quantity_m3",
                ColumnKind.NUMBER,
                {"zh-hant": "計費水量", "zh-hans": "计费水量", "en": "Water billed"},
                unit="m3",
                minimum=0.0,
                example="420",
            ),
            Column(
                "amount_cny",
                ColumnKind.NUMBER,
                {"zh-hant": "金額", "zh-hans": "金额", "en": "Amount"},
                unit="cny",
                required=False,
                example="2100.00",
            ),
        ),
        key=("site_id", "start_date"),
        month_of="start_date",
        rules=(SPAN_ORDERED, SPAN_WITHIN_A_YEAR),
    )
)
