"""A report as frozen data: sections of blocks of spans, and an entry for every fact it names.

Nothing here knows HTML or a language; a renderer lays it out, on the site or in one file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from commonweal.periods import Period


@dataclass(frozen=True, slots=True)
class Text:
    """Words as written."""

    kind: ClassVar[str] = "text"
    text: str
    is_strong: bool = False
    indicator: str = ""
    """The indicator that is named here because it has no number yet."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed number and the facts it was made from; the first one is its own fact."""

    kind: ClassVar[str] = "figure"
    text: str
    fact_ids: tuple[int, ...] = ()
    has_data: bool = True
    sort_key: Decimal | None = None
    target: str = ""
    """Where a number leads that is not a fact: ``data`` or ``log``."""
    is_strong: bool = False
    indicator: str = ""
    """The indicator that a number is a value, a change or a share of; not of targets and ranks."""

    @property
    def fact_id(self) -> int | None:
        """The fact that a reader is led to."""
        return self.fact_ids[0] if self.fact_ids else None


Span = Text | Figure
Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the section's own."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; with a role, a quiet list of figures: ``planned`` or ``no_data``."""

    kind: ClassVar[str] = "paragraph"
    spans: Spans
    role: str = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list without order."""

    kind: ClassVar[str] = "bullets"
    items: tuple[Spans, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    spans: Spans
    is_numeric: bool = False
    node: str = ""
    """Code of the organisation node that the cell names, for a link."""

    @property
    def sort_key(self) -> Decimal | None:
        """The exact number behind a single printed one."""
        figures = [span for span in self.spans if isinstance(span, Figure)]
        return figures[0].sort_key if figures else None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; the first cell of a row names the row."""

    kind: ClassVar[str] = "table"
    caption: str
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one set of bars; a gap is None, never zero."""

    name: str
    values: tuple[Decimal | None, ...]
    is_reference: bool = False
    """A path to compare with, drawn dashed."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A quantity that goes from one named place of a Sankey picture to another."""

    source: str
    target: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows; ``table`` says the same in words for those who do not see it."""

    kind: ClassVar[str] = "chart"
    id: str
    form: (
        str  # bar | line | ranking | map | sankey | waterfall | fan | steps | timeline | intervals
    )
    title: str
    unit: str
    decimals: int
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    table: Table
    keys: tuple[str, ...] = ()
    """Code of the node that each category names, for links."""
    regions: tuple[str, ...] = ()
    """Administrative code of each category's place, for a map."""
    flows: tuple[Flow, ...] = ()
    """What a Sankey picture draws."""
    totals: tuple[bool, ...] = ()
    """Which categories of a waterfall are levels; the others are changes between them."""
    low: tuple[Decimal | None, ...] = ()
    high: tuple[Decimal | None, ...] = ()
    """Between these lies the fan, or the interval, by category."""
    widths: tuple[Decimal, ...] = ()
    """How wide each step is (a MACC: what a measure saves), in ``width_unit``."""
    width_unit: str = ""
    states: tuple[str, ...] = ()
    """What the numbers of a timeline mean: a row's value is the place of its state in this list."""

    @property
    def has_values(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.flows) or any(
            value is not None for series in self.series for value in series.values
        )


Block = Heading | Paragraph | Bullets | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the report."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class InputLine:
    """One fact that entered a formula; without an id there was no data."""

    name: str
    indicator: str
    period: str
    fact_id: int | None
    printed: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Quantities of one carrier at one place in one year, the factor applied, and what came out."""

    carrier: str
    place: str
    year: str
    quantity: str
    estimated: Decimal | None
    factor: str
    factor_id: str
    factor_place: str
    data_year: str
    source: str
    steps: tuple[str, ...]
    contribution: str


@dataclass(frozen=True, slots=True)
class Entry:
    """How one fact was made: what the appendix and the lineage page show."""

    fact_id: int
    indicator: str
    name: str
    node: str
    node_name: str
    period: str
    value: str
    method: str
    estimated_share: Decimal | None
    formula: str
    inputs: tuple[InputLine, ...]
    lines: tuple[SourceLine, ...]
    datasets: tuple[str, ...]
    engine: str
    recorded_at: datetime
    leaf_index: int
    leaf_hash: str
    tree_size: int
    root_hash: str


@dataclass(frozen=True, slots=True)
class Report:
    """One report in one language as known at one instant."""

    id: str
    title: str
    subtitle: str
    language: str
    period: Period
    period_text: str
    node: str
    node_name: str
    boundary: str
    boundary_name: str
    as_of: datetime
    sections: tuple[Section, ...]
    entries: tuple[Entry, ...]
    tree_size: int
    root_hash: str

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart, in order."""
        return tuple(
            block
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Chart)
        )
