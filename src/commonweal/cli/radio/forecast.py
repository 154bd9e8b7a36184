"""``commonweal radio forecast``: what sectors will be asked, and how past forecasts fared."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table

from commonweal.cli.common import (
    AsJson,
    clock,
    instant_read,
    plain_errors,
    print_json,
    stderr,
    stdout,
)
from commonweal.errors import InputError
from commonweal.periods import business_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from commonweal.domains.radio.network.ahead import Ahead
    from commonweal.domains.radio.network.grid import Grid
    from commonweal.engines.radio.forecast_scoring import Score

app = typer.Typer()
_MBIT_S_TO_TB_H: Final = 3600 / 8e6


@app.command()
def forecast(  # noqa: PLR0913 - what a forecast may be asked for
    *,
    date_: Annotated[str, typer.Option("--date", help="The day, as 2024-12-10.")],
    node: Annotated[str, typer.Option(help="Organisation node; the whole operator.")] = "",
    site: Annotated[str, typer.Option(help="One site.")] = "",
    quantile: Annotated[float, typer.Option(help="Demand stays below so often.")] = 0.95,
    days: Annotated[int, typer.Option(help="How many days of reports count.")] = 28,
    slots: Annotated[int, typer.Option(help="Slots a day: 24 or 96.")] = 24,
    check: Annotated[
        int, typer.Option(help="Instead: forecast so many past days, and see how it fared.")
    ] = 0,
    out: Annotated[Path | None, typer.Option(help="Write a row per sector, Parquet.")] = None,
    as_of: Annotated[str, typer.Option(help="What was known then: 2024-12-09T20:00+08:00.")] = "",
    as_json: AsJson = False,
) -> None:
    """Forecast what sectors are asked on a day, from what their cells reported before it.

    [bold]Example:[/bold] commonweal radio forecast --date 2024-12-10 --site S-GD-000001
    """
    with plain_errors():
        from commonweal.domains.radio.network.outlook import (  # noqa: PLC0415
            Asking,
            fared,
            outlooks,
        )

        at = instant_read(as_of)
        asking = Asking(
            day=_day(date_),
            today=business_date(at or clock()),
            node=node,
            site=site,
            n_days=days,
            slots_a_day=slots,
            as_of=at,
        )
        if not 0 < quantile < 1:
            raise InputError(f"--quantile {quantile} is no share", hint="write 95 % as 0.95")
        if check:
            _print_fared(fared(asking, n_tested=check), as_json=as_json)
            return
        day = _Day(quantile, slots, by_sector=bool(site))
        blocks = day.summing(outlooks(asking, quantile=quantile))
        _write(out, blocks, quantile) if out else list(blocks)
        day.print(as_json=as_json)


class _Day:
    """Sums of a day, gathered as blocks pass."""

    def __init__(self, quantile: float, slots_a_day: int, *, by_sector: bool) -> None:
        self.quantile, self.slots_a_day, self.by_sector = quantile, slots_a_day, by_sector
        self.n_sectors = self.n_cold = 0
        self.mean = [0.0] * slots_a_day
        self.upper = [0.0] * slots_a_day
        self.sectors: list[dict[str, object]] = []

    def summing(self, blocks: Iterator[tuple[Grid, Ahead]]) -> Iterator[tuple[Grid, Ahead]]:
        """Pass blocks on, and take their sums."""
        import numpy as np  # noqa: PLC0415 - --help stays quick

        for grid, ahead in blocks:
            upper = ahead.quantile[ahead.quantiles.index(self.quantile)]
            self.n_sectors += grid.n_sectors
            self.n_cold += int(ahead.is_cold.sum())
            self.mean = (self.mean + np.nansum(ahead.mean, axis=(0, 1), dtype=float)).tolist()
            self.upper = (self.upper + np.nansum(upper, axis=(0, 1), dtype=float)).tolist()
            if self.by_sector:
                self.sectors += [
                    _of_sector(name, ahead, upper, n) for n, name in enumerate(grid.sector_id)
                ]
            yield grid, ahead

    def print(self, *, as_json: bool) -> None:
        """Show the day: sectors of a site, or the sum by hour."""
        hours = 24 / self.slots_a_day
        document: dict[str, object] = {
            "n_sectors": self.n_sectors,
            "n_cold": self.n_cold,
            "quantile": self.quantile,
            "volume_tb": sum(self.mean) * hours * _MBIT_S_TO_TB_H,
            "mean_mbit_s": self.mean,
            "kept_mbit_s": self.upper,
        }
        if as_json:
            print_json(document | ({"sectors": self.sectors} if self.by_sector else {}))
            return
        table = Table("from", "expected Mbit/s", f"sum of {self.quantile:.0%}", box=None)
        for slot, (mean, upper) in enumerate(zip(self.mean, self.upper, strict=True)):
            minutes = slot * 1440 // self.slots_a_day
            table.add_row(
                f"{minutes // 60:02d}:{minutes % 60:02d}", f"{mean:,.1f}", f"{upper:,.1f}"
            )
        stdout.print(table)
        for row in self.sectors:
            stdout.print(f"{row['sector']}: {row['told']}")
        stderr.print(
            f"{self.n_sectors:,} sectors, {self.n_cold:,} without a forecast, which stay awake;"
            f" {document['volume_tb']:,.3f} TB expected"
        )


def _of_sector(name: str, ahead: Ahead, upper: object, n: int) -> dict[str, object]:
    import numpy as np  # noqa: PLC0415 - --help stays quick

    if ahead.is_cold[n]:
        return {"sector": name, "told": "too few reports", "mean_mbit_s": None}
    mean, kept = ahead.mean[:, n], np.asarray(upper)[:, n]
    total, most = mean.sum(axis=0), kept.sum(axis=0)
    return {
        "sector": name,
        "told": f"{total.mean():,.1f} Mbit/s on average, {most.max():,.1f} kept at the peak,"
        f" {mean[1].sum() / max(total.sum(), 1e-9):.0%} of it for NR, {ahead.n_days[n]} days",
        "lte_mbit_s": mean[0].tolist(),
        "nr_mbit_s": mean[1].tolist(),
        "lte_kept_mbit_s": kept[0].tolist(),
        "nr_kept_mbit_s": kept[1].tolist(),
    }


def _write(out: Path, blocks: Iterator[tuple[Grid, Ahead]], quantile: float) -> None:
    """Write a row per sector, block by block; the file appears when it is whole."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - --help stays quick

    partial = out.with_name(out.name + ".part")
    writer = None
    try:
        for grid, ahead in blocks:
            rows = _rows(grid, ahead, quantile)
            writer = writer or pq.ParquetWriter(partial, rows.schema, compression="zstd")
            writer.write_table(rows)
    finally:
        if writer:
            writer.close()
    partial.replace(out)


def _rows(grid: Grid, ahead: Ahead, quantile: float) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - --help stays quick

    upper = ahead.quantile[ahead.quantiles.index(quantile)]
    n_slots = ahead.mean.shape[2]
    columns = {"site": grid.site_code.tolist(), "sector": grid.text("sector").tolist()}
    lists = {
        f"{rat}_{name}_mbit_s": pa.FixedSizeListArray.from_arrays(values[n].ravel(), n_slots)
        for name, values in (("expected", ahead.mean), ("kept", upper))
        for n, rat in enumerate(("lte", "nr"))
    }
    return pa.table(columns | {"n_days": ahead.n_days, "is_cold": ahead.is_cold} | lists)


def _print_fared(scores: dict[str, Score], *, as_json: bool) -> None:
    from commonweal.engines.radio.forecast_calibration import QUANTILES  # noqa: PLC0415

    if as_json:
        print_json(
            {
                "quantiles": QUANTILES,
                "scores": {name: asdict(each) for name, each in scores.items()},
            }
        )
        return
    heads = [f"below {q:.0%}" for q in QUANTILES[1:]]
    peaks = [f"peaks {head}" for head in heads]
    table = Table("class", "slots", "error", "bias", *heads, *peaks, box=None)
    for name, each in scores.items():
        shares = (*each.coverage_share[1:], *each.coverage_peak_share[1:])
        table.add_row(
            name,
            f"{each.n_judged:,}",
            f"{each.error_share:.1%}",
            f"{each.bias_share:+.1%}",
            *(f"{share:.1%}" for share in shares),
        )
    stdout.print(table)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as fault:
        raise InputError(f"{written!r} is not a day: {fault}", hint="write 2024-12-10") from fault
