"""What may be done, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from commonweal.engines.abatement import annuity_share
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NEVER: Final = 10_000
"""The start of an option that is not done: beyond any horizon."""
OPEN: Final = -1_000_000
"""The fixed start of an option that is not fixed."""


class Overlap(NamedTuple):
    """While ``under`` is in use, ``option`` saves less by ``share`` of its own saving.

    Where one action saves a tenth of a site's use, another at that site saves a tenth less. Each
    pair is told once: the loss is of both together.
    """

    option: int
    under: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """Actions that may be started, ``[n]`` each.

    Attributes:
        capex_cny: Spent in the year of the start.
        opex_cny_a: Spent in each year of use.
        life_years: Years of use, the year of the start among them; at least 1.
        saves: By metric, what a full year saves if the action works.
        first_share: Part of a full year that the year of the start saves, 0 to 1.
        fade_share: What is lost of the saving from one year to the next, 0 to 1.
        works_share: Chance that it works at all; plans count on this share of the saving.
        sd_share: Standard deviation of the saving if it works, as a share of it.
        earliest: First year of the horizon in which it may start.
        latest: Last one.
        fixed: Year in which it does start: negative if it runs already, ``NEVER`` if it must not
            be done, ``OPEN`` where that is to be chosen.
        exclusive: Options of one number other than -1 exclude one another.
        requires: Pairs (option, what must have started by then).
        overlaps: Pairs that save less together than each alone.
        crews: By crew, what the start of each takes of it.
    """

    capex_cny: Floats
    opex_cny_a: Floats
    life_years: Ints
    saves: Mapping[str, Floats]
    first_share: Floats
    fade_share: Floats
    works_share: Floats
    sd_share: Floats
    earliest: Ints
    latest: Ints
    fixed: Ints
    exclusive: Ints
    requires: tuple[tuple[int, int], ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    crews: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse columns of different lengths and shares that are none."""
        columns = {
            name: getattr(self, name)
            for name in self.__slots__
            if isinstance(getattr(self, name), np.ndarray)
        } | {f"saves {key}": column for key, column in {**self.saves, **self.crews}.items()}
        for name, column in columns.items():
            if column.shape != (self.n,):
                raise InputError(f"{name} has the shape {column.shape}, not ({self.n},)")
            if not np.isfinite(column).all():
                raise InputError(f"{name} holds a value that is no number")
        if self.n and self.life_years.min() < 1:
            raise InputError(f"a life of {self.life_years.min()} years: at least 1")
        for name in ("first_share", "fade_share", "works_share"):
            column = columns[name]
            if ((column < 0) | (column > 1)).any():
                raise InputError(f"{name} holds a share outside of 0 to 1")
        lost = np.zeros(self.n)
        for option, _, share in self.overlaps:
            lost[option] += share
        if (lost > 1 + 1e-9).any() or any(each.share < 0 for each in self.overlaps):
            raise InputError(
                "overlaps take more from an option than it saves, or less than nothing"
            )

    @property
    def n(self) -> int:
        """How many."""
        return len(self.capex_cny)

    def expected(self, metric: str) -> Floats:
        """Return what a full year is expected to save, ``[n]``; nothing of a metric not told."""
        found = self.saves.get(metric)
        return np.zeros(self.n) if found is None else found * self.works_share

    def profile(self, since: Ints) -> Floats:
        """Return the part of a full saving so many years after the start, ``[n, y]``; 0 unused."""
        used = (since >= 0) & (since < self.life_years[:, None])
        part = (1 - self.fade_share[:, None]) ** np.clip(since, 0, None)
        return np.where(used, np.where(since == 0, self.first_share[:, None], part), 0.0)

    def annuity_cny(self, rate_share: float) -> Floats:
        """Return the investment spread over the life, and the running cost, a year, ``[n]``."""
        shares = {
            int(years): annuity_share(rate_share, int(years)) for years in set(self.life_years)
        }
        spread: Floats = np.array([shares[int(years)] for years in self.life_years], float)
        yearly: Floats = self.capex_cny * spread + self.opex_cny_a
        return yearly


def options(capex_cny: Floats, saves: Mapping[str, Floats], **columns: object) -> Options:
    """Return options with plain columns: open, sure, in use from their start for ten years.

    >>> import numpy as np
    >>> options(np.array([5.0, 9.0]), {"tco2e": np.array([1.0, 2.0])}).n
    2
    """
    n = len(capex_cny)
    plain: dict[str, object] = {
        "opex_cny_a": np.zeros(n),
        "life_years": np.full(n, 10),
        "first_share": np.ones(n),
        "fade_share": np.zeros(n),
        "works_share": np.ones(n),
        "sd_share": np.zeros(n),
        "earliest": np.zeros(n, int),
        "latest": np.full(n, NEVER),
        "fixed": np.full(n, OPEN),
        "exclusive": np.full(n, -1),
    }
    return Options(capex_cny=capex_cny, saves=saves, **(plain | columns))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked of the actions, over ``y`` years.

    Attributes:
        needs: By metric, what must be saved in each year, ``[y]``; 0 where nothing is asked.
        budget_cny: What may be spent in each year, ``[y]``; none given is no limit.
        worth_cny: By metric, what a unit saved is worth in each year, ``[y]``.
        weights: By metric, what a unit counts for in each year, ``[y]``, as a grid that gets
            cleaner lets a kilowatt-hour save less carbon; 1 if not told.
        rate_share: Discount rate a year.
        least_starts: Options to be started in each year, at least.
        most_starts: And at most.
        crews: By crew, how much of it there is in each year, ``[y]``.
    """

    n_years: int
    needs: Mapping[str, Floats] = field(default_factory=dict)
    budget_cny: Floats | None = None
    worth_cny: Mapping[str, Floats] = field(default_factory=dict)
    weights: Mapping[str, Floats] = field(default_factory=dict)
    rate_share: float = 0.05
    least_starts: Ints | None = None
    most_starts: Ints | None = None
    crews: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse rows that have not one value for each year."""
        rows = {**self.needs, **self.worth_cny, **self.weights, **self.crews}
        rows |= {
            name: row
            for name in ("budget_cny", "least_starts", "most_starts")
            if (row := getattr(self, name)) is not None
        }
        for name, row in rows.items():
            if np.shape(row) != (self.n_years,):
                raise InputError(f"{name} has the shape {np.shape(row)}, not ({self.n_years},)")
        if self.n_years < 1 or self.rate_share <= -1:
            raise InputError(f"{self.n_years} years at {self.rate_share}: at least one, above -1")

    def weight(self, metric: str) -> Floats:
        """Return what a unit counts for in each year, ``[y]``."""
        return self.weights.get(metric, np.ones(self.n_years))

    @property
    def discount(self) -> Floats:
        """What money at the end of each year is worth now, ``[y]``."""
        return (1 + self.rate_share) ** -np.arange(1.0, self.n_years + 1)
