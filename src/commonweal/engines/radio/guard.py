"""What the last reporting period says about cells that sleep: let them, wake them, hold them awake.

Cells that serve are the witnesses of those that sleep: a link ``(witness, sleeper)`` says who
carries for whom. A witness that is loaded, or whose users fare worse than they should, wakes the
sleepers behind it; the latter also puts them on hold. A witness that reports nothing says neither
good nor bad: silence alone holds nobody, but after a few periods sleepers wake, as nobody watches.

Rates are judged with their uncertainty: three attempts at night of which one fails are no
evidence. A rate below its floor counts in one period, a rate below the cell's own usual in two.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Places = NDArray[np.int64]
    Counts = NDArray[np.int16]


class Reason(IntEnum):
    """Why a sleeper is woken; the least number is told where several hold."""

    NONE = 0
    SETUP_SUCCESS = 1  # RRC establishment success (TS 28.552 5.1.1.15)
    ABNORMAL_RELEASE = 2  # abnormal releases (TS 28.552 5.1.3.5) for each established connection
    HANDOVER_SUCCESS = 3  # handover success (TS 28.552 5.1.1.6)
    THROUGHPUT = 4  # UE throughput downlink (TS 28.552 5.1.1.3)
    OVERLOAD = 5  # PRB use of who compensates, so high that users wait
    CANDIDATE_LOAD = 6  # ...DeactivationCandidateCellsLoadParameters of TS 28.541
    SILENCE = 7  # nobody reports


KPI_REASONS: Final = (
    Reason.SETUP_SUCCESS,
    Reason.ABNORMAL_RELEASE,
    Reason.HANDOVER_SUCCESS,
    Reason.THROUGHPUT,
    Reason.OVERLOAD,
)


@dataclass(frozen=True, slots=True)
class Kpis:
    """What cells reported of one period; NaN where they did not. Each of shape (cell,).

    Attributes:
        prb_share: PRBs used, the greater of downlink and uplink.
        ue_throughput_kbit_s: Downlink throughput of users.
        rrc_attempts: Connections asked for.
        rrc_successes: Connections established.
        abnormal_releases: Connections lost.
        handover_attempts: Handovers asked for.
        handover_successes: Handovers done.
    """

    prb_share: Doubles
    ue_throughput_kbit_s: Doubles
    rrc_attempts: Doubles
    rrc_successes: Doubles
    abnormal_releases: Doubles
    handover_attempts: Doubles
    handover_successes: Doubles

    @classmethod
    def nothing(cls, n_cells: int) -> Kpis:
        """Return a period in which nobody reported."""
        return cls(*(np.full(n_cells, np.nan) for _ in fields(cls)))

    @property
    def is_reported(self) -> Bools:
        """Whether a cell reported how loaded it is: without that it is no witness."""
        return np.isfinite(self.prb_share)


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of each cell with all layers awake; NaN where not known. Shape (cell,).

    Attributes:
        setup_success_share: RRC establishment success.
        abnormal_release_share: Abnormal releases for each established connection.
        handover_success_share: Handover success.
        ue_throughput_kbit_s: A low quantile of it, such as the tenth percentile.
    """

    setup_success_share: Doubles
    abnormal_release_share: Doubles
    handover_success_share: Doubles
    ue_throughput_kbit_s: Doubles

    @classmethod
    def unknown(cls, n_cells: int) -> Usual:
        """Return the usual of cells of which nothing is known: floors alone judge them."""
        return cls(*(np.full(n_cells, np.nan) for _ in fields(cls)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a guard trips. Shares are 0 to 1.

    Attributes:
        period_s: Length of a reporting period.
        load_share: ``loadThreshold`` of the wake rule, for PRBs of a witness.
        load_s: ``timeDuration`` of the wake rule; at least one period.
        overload_share: PRBs beyond which users wait: at once.
        setup_success_floor: Below it, and not by chance: at once.
        abnormal_release_ceiling: Above it, and not by chance: at once.
        handover_success_floor: Below it, and not by chance: at once.
        ue_throughput_floor_kbit_s: Below it: at once.
        margin_share: How much worse than usual a rate must be, for two periods.
        throughput_fall_share: How much below usual throughput must be, for two periods.
        n_periods: Periods in a row that are worse than usual before it trips.
        n_silent: Periods in a row without any report before sleepers wake.
        doubt_share: So many failures are evidence where chance brings them this rarely.
    """

    period_s: float = 900.0
    load_share: float = 0.7
    load_s: float = 900.0
    overload_share: float = 0.9
    setup_success_floor: float = 0.95
    abnormal_release_ceiling: float = 0.05
    handover_success_floor: float = 0.9
    ue_throughput_floor_kbit_s: float = 500.0
    margin_share: float = 0.01
    throughput_fall_share: float = 0.5
    n_periods: int = 2
    n_silent: int = 2
    doubt_share: float = 0.01

    def __post_init__(self) -> None:
        """Refuse limits without a meaning.

        Raises:
            InputError: One is out of range.
        """
        shares = ("load_share", "overload_share", "setup_success_floor", "handover_success_floor")
        for name in (*shares, "abnormal_release_ceiling", "margin_share", "throughput_fall_share"):
            if not 0 <= (value := getattr(self, name)) <= 1:
                raise InputError(f"{name}={value} is no share", hint="give 0 to 1")
        if self.period_s <= 0 or self.n_periods < 1 or self.n_silent < 1:
            raise InputError(
                f"period_s={self.period_s}, n_periods={self.n_periods}, n_silent={self.n_silent}:"
                " need > 0, >= 1, >= 1"
            )


@dataclass(frozen=True, slots=True)
class Watch:
    """What earlier periods left behind, in periods in a row. Shape (cell,), the last (cell, KPI).

    Attributes:
        loaded: Load was above the threshold.
        silent: Nothing was reported.
        worse: A KPI was worse than usual; columns as ``KPI_REASONS``.
    """

    loaded: Counts
    silent: Counts
    worse: Counts

    @classmethod
    def fresh(cls, n_cells: int) -> Watch:
        """Return a watch that begins."""
        return cls(
            np.zeros(n_cells, np.int16),
            np.zeros(n_cells, np.int16),
            np.zeros((n_cells, len(KPI_REASONS)), np.int16),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with each cell. Shape (cell,).

    Attributes:
        wake: It sleeps and must wake at once.
        hold: It must stay awake for a while, too: users fared worse.
        reason: A ``Reason``.
        witness: Whose KPI it was; -1 if none.
        value: What the witness reported; NaN for silence.
        limit: What it was measured by.
    """

    wake: Bools
    hold: Bools
    reason: NDArray[np.int8]
    witness: Places
    value: Doubles
    limit: Doubles


@dataclass(frozen=True, slots=True)
class _Seen:
    """Of each cell and reason: whether it is worse at once or than usual, with numbers."""

    at_once: Bools
    worse: Bools
    value: Doubles
    limit: Doubles


def judge(
    kpis: Kpis,
    usual: Usual,
    watch: Watch,
    limits: Limits,
    *,
    is_saving: Bools,
    is_serving: Bools,
    witness: Places,
    sleeper: Places,
) -> tuple[Verdict, Watch]:
    """Return what one more period says, and the watch to go on with.

    Args:
        kpis: Of the period that just ended.
        usual: What is usual of each cell.
        watch: What ``judge`` returned for the period before.
        limits: When guards trip.
        is_saving: The cell is in another mode than on. Shape (cell,).
        is_serving: The cell carries traffic, if with fewer channels. Shape (cell,).
        witness: A cell that carries for ``sleeper``, by place. Shape (link,).
        sleeper: The cell it carries for; may be the same cell. Shape (link,).

    Returns:
        A verdict in which only cells that save are woken, and the new watch.

    Raises:
        InputError: The arrays do not fit one another.
    """
    n_cells = len(is_saving)
    if len(kpis.prb_share) != n_cells or len(witness) != len(sleeper):
        raise InputError(
            f"{len(kpis.prb_share)} KPIs for {n_cells} cells, {len(witness)} witnesses for"
            f" {len(sleeper)} sleepers"
        )
    seen = _seen(kpis, usual, limits)
    after = _watch(kpis, seen, watch, limits, is_serving)
    tripped = (seen.at_once | (after.worse >= limits.n_periods)) & is_serving[:, None]
    loaded = (after.loaded > 0) & (after.loaded * limits.period_s >= limits.load_s)
    silent = after.silent >= limits.n_silent
    shown = np.column_stack((tripped, loaded, silent))
    values = np.column_stack((seen.value, kpis.prb_share, np.full(n_cells, np.nan)))
    bounds = np.column_stack(
        (seen.limit, np.full(n_cells, limits.load_share), np.full(n_cells, limits.n_silent))
    )
    return _verdict(shown, values, bounds, is_saving, is_serving, witness, sleeper), after


def _verdict(  # noqa: PLR0917 - all there is to weigh
    shown: Bools,
    values: Doubles,
    bounds: Doubles,
    is_saving: Bools,
    is_serving: Bools,
    witness: Places,
    sleeper: Places,
) -> Verdict:
    """Carry what witnesses show over to their sleepers, the gravest first."""
    n_cells = len(is_saving)
    live = is_saving[sleeper] & is_serving[witness]
    from_, to = witness[live], sleeper[live]
    code = np.where(shown.any(1), shown.argmax(1) + 1, 0).astype(np.int8)
    told = code[from_] > 0
    from_, to = from_[told], to[told]
    order = np.lexsort((from_, code[from_], to))  # of each sleeper the gravest, then the first
    from_, to = from_[order], to[order]
    first = np.r_[True, to[1:] != to[:-1]] if len(to) else np.zeros(0, np.bool_)
    from_, to = from_[first], to[first]
    reason = np.zeros(n_cells, np.int8)
    reason[to] = code[from_]
    place = np.full(n_cells, -1, np.int64)
    place[to] = from_
    value, limit = np.full(n_cells, np.nan), np.full(n_cells, np.nan)
    value[to] = values[from_, code[from_] - 1]
    limit[to] = bounds[from_, code[from_] - 1]
    return Verdict(
        reason > 0, (reason > 0) & (reason <= len(KPI_REASONS)), reason, place, value, limit
    )


def _watch(kpis: Kpis, seen: _Seen, watch: Watch, limits: Limits, is_serving: Bools) -> Watch:
    """Count on; silence stops no count and begins none, and who sleeps has nothing to report."""
    heard = kpis.is_reported & is_serving
    is_loaded = np.nan_to_num(kpis.prb_share, nan=0.0) >= limits.load_share
    loaded = np.where(heard, np.where(is_loaded, watch.loaded + 1, 0), watch.loaded)
    silent = np.where(is_serving & ~kpis.is_reported, watch.silent + 1, 0)
    known = np.isfinite(seen.value) & is_serving[:, None]
    worse = np.where(known, np.where(seen.worse, watch.worse + 1, 0), watch.worse)
    return Watch(
        np.where(is_serving, loaded, 0).astype(np.int16),
        silent.astype(np.int16),
        np.where(is_serving[:, None], worse, 0).astype(np.int16),
    )


def _seen(kpis: Kpis, usual: Usual, limits: Limits) -> _Seen:
    lost = 1.0 - usual.abnormal_release_share
    kept = kpis.rrc_successes - kpis.abnormal_releases
    columns = (
        _rate(
            kpis.rrc_successes,
            kpis.rrc_attempts,
            usual.setup_success_share,
            limits.setup_success_floor,
            limits,
        ),
        _turned(
            _rate(kept, kpis.rrc_successes, lost, 1.0 - limits.abnormal_release_ceiling, limits)
        ),
        _rate(
            kpis.handover_successes,
            kpis.handover_attempts,
            usual.handover_success_share,
            limits.handover_success_floor,
            limits,
        ),
        _throughput(kpis, usual, limits),
        _overload(kpis, limits),
    )
    return _Seen(*(np.column_stack(parts) for parts in zip(*columns, strict=True)))


_Column = tuple["Bools", "Bools", "Doubles", "Doubles"]


def _rate(
    successes: Doubles, attempts: Doubles, usual: Doubles, floor: float, limits: Limits
) -> _Column:
    """Judge a rate: bad if so many failures would be rare where the rate stood at its limit."""
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.where(attempts > 0, attempts, np.nan)
        share = np.clip(successes / n, 0.0, 1.0)
        least = usual - limits.margin_share
        failures = n * (1 - share)
        at_once = _chance(failures, n, 1 - floor) < limits.doubt_share
        worse = _chance(failures, n, 1 - least) < limits.doubt_share
    return at_once, worse, share, np.where(at_once | ~np.isfinite(least), floor, least)


def _chance(failures: Doubles, n: Doubles, failure_share: Doubles | float) -> Doubles:
    """Return how likely it is, at most, that as many of ``n`` fail, or more.

    Source: Chernoff (1952), doi:10.1214/aoms/1177729330, the bound by relative entropy.
    """
    seen, limit = failures / n, np.clip(failure_share, 1e-9, 1 - 1e-9)
    entropy = _times_log(seen, seen / limit) + _times_log(1 - seen, (1 - seen) / (1 - limit))
    return np.where(seen > limit, np.exp(-n * entropy), 1.0)


def _times_log(factor: Doubles, ratio: Doubles) -> Doubles:
    """Return ``factor * log(ratio)``, 0 where the factor is."""
    return factor * np.log(np.where(factor > 0, ratio, 1.0))


def _turned(column: _Column) -> _Column:
    """Tell a share of losses instead of the share that was kept."""
    at_once, worse, share, limit = column
    return at_once, worse, 1.0 - share, 1.0 - limit


def _throughput(kpis: Kpis, usual: Usual, limits: Limits) -> _Column:
    value, floor = kpis.ue_throughput_kbit_s, limits.ue_throughput_floor_kbit_s
    least = usual.ue_throughput_kbit_s * (1 - limits.throughput_fall_share)
    with np.errstate(invalid="ignore"):
        busy = kpis.prb_share > 0  # without traffic there is no throughput, and nobody to miss it
        at_once, worse = busy & (value < floor), busy & (value < least)
    return at_once, worse, value, np.where(at_once | ~np.isfinite(least), floor, least)


def _overload(kpis: Kpis, limits: Limits) -> _Column:
    limit = np.full(len(kpis.prb_share), limits.overload_share)
    with np.errstate(invalid="ignore"):
        over = kpis.prb_share >= limits.overload_share
    return over, np.zeros_like(over), kpis.prb_share, limit
