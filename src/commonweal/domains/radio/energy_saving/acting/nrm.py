"""Modes of cells as network resource models know them (3GPP TS 28.541), and back.

An NR cell is told by ``energySavingControl`` of the ``CESManagementFunction`` under its NRCellCU;
``administrativeState`` of the NRCellDU is the fallback, and the way for LTE, whose model has no
such function. The model knows asleep and awake alone: how deep, and RF channels off, is beyond it.
So a document gives our mode beside the attributes, and RF channels off has no standard edit.

Names and ranges: YANG modules ``_3gpp-nr-nrm-cesmanagementfunction`` (2021-08-04),
``_3gpp-nr-nrm-desmanagementfunction`` (2020-05-08), ``TS28541_NrNrm.yaml``; Release 19 spells
enumerations in capitals. Times in them are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from commonweal.engines.radio.sectors import Mode
from commonweal.errors import InputError
from commonweal.periods import BUSINESS_ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.domains.radio.energy_saving.acting.adapter import Cell
    from commonweal.engines.radio.guard import Limits

RELEASES: Final = (16, 19)
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LONGEST_S: Final = 900  # EnergySavingTimeDurationT


class Actuator(StrEnum):
    """Which attribute puts a cell to sleep."""

    CONTROL = "control"  # CESManagementFunction.energySavingControl
    STATE = "state"  # administrativeState


_CONTROL: Final = {
    16: {True: "toBeEnergySaving", False: "toBeNotEnergySaving"},
    19: {True: "TO_BE_ENERGY_SAVING", False: "TO_BE_NOT_ENERGY_SAVING"},
}
_STATE: Final = {
    16: {True: "isEnergySaving", False: "isNotEnergySaving"},
    19: {True: "IS_ENERGY_SAVING", False: "IS_NOT_ENERGY_SAVING"},
}
_SPELLINGS: Final = {
    spelling: asleep
    for table in (_CONTROL, _STATE)
    for release in RELEASES
    for asleep, spelling in table[release].items()
} | {"LOCKED": True, "UNLOCKED": False}


def is_asleep(spelling: str) -> bool:
    """Return whether a value of any release, or of ``administrativeState``, says asleep.

    Raises:
        InputError: It is none of them.

    >>> is_asleep("TO_BE_ENERGY_SAVING"), is_asleep("isNotEnergySaving"), is_asleep("LOCKED")
    (True, False, True)
    """
    if spelling not in _SPELLINGS:
        raise InputError(
            f"{spelling!r} is no state of energy saving", hint=f"one of {', '.join(_SPELLINGS)}"
        )
    return _SPELLINGS[spelling]


def energy_saving_state(mode: Mode, release: int) -> str:
    """Return the value of ``energySavingState`` that a mode shows as."""
    return _STATE[release_known(release)][mode >= Mode.CARRIER_OFF]


def release_known(release: int) -> int:
    """Return the release, if we know its spelling.

    Raises:
        InputError: We do not.
    """
    if release not in RELEASES:
        raise InputError(f"release {release} is not known", hint="give 16 or 19")
    return release


def target(cell: Cell, actuator: Actuator) -> str:
    """Return the distinguished name of the object that an edit goes to.

    The NRCellCU is taken to be called like its NRCellDU, as elements name them by habit.
    """
    if actuator is Actuator.CONTROL and cell.is_nr:
        own = cell.cell_dn.replace("GNBDUFunction=", "GNBCUCPFunction=")
        own = own.replace("NRCellDU=", "NRCellCU=")
        return f"{cell.element_dn},{own},CESManagementFunction=1"
    return f"{cell.element_dn},{cell.cell_dn}"


def attributes(cell: Cell, mode: Mode, *, release: int, actuator: Actuator) -> dict[str, str]:
    """Return what an edit sets; nothing for RF channels off, which the model cannot say."""
    release_known(release)
    if mode is Mode.RF_OFF:
        return {}
    asleep = mode >= Mode.CARRIER_OFF
    if actuator is Actuator.CONTROL and cell.is_nr:
        return {"energySavingControl": _CONTROL[release][asleep]}
    return {"administrativeState": "LOCKED" if asleep else "UNLOCKED"}


def thresholds(limits: Limits) -> dict[str, dict[str, int]]:
    """Return the threshold sets of CES and DES functions that match our guards.

    ``loadThreshold`` within one technology is a percentage of PRBs, between technologies a load in
    ten-thousandths; ``timeDuration`` is seconds, 900 at most. To fall asleep is the plan's
    decision: activation asks no more than that the wake rule would not end it at once.

    Raises:
        InputError: The wake rule waits for longer than the model can say.
    """
    duration_s = round(limits.load_s)
    if duration_s > _LONGEST_S:
        raise InputError(
            f"load_s={limits.load_s} is more than {_LONGEST_S}, which timeDuration can say"
        )
    percent, fine = round(limits.load_share * 100), round(limits.load_share * 10_000)
    intra = {"loadThreshold": percent, "timeDuration": duration_s}
    inter = {"loadThreshold": fine, "timeDuration": duration_s}
    return {
        "intraRatEsActivationOriginalCellLoadParameters": intra,
        "intraRatEsActivationCandidateCellsLoadParameters": intra,
        "intraRatEsDeactivationCandidateCellsLoadParameters": intra,
        "interRatEsActivationOriginalCellParameters": inter,
        "interRatEsActivationCandidateCellParameters": inter,
        "interRatEsDeactivationCandidateCellParameters": inter,
    }


def not_allowed(start: time, end: time, weekdays: Sequence[int] = ()) -> dict[str, Any]:
    """Return a local period in which nothing may sleep as ``esNotAllowedTimePeriod``, in UTC.

    An end not after the start is on the following day; days are those on which it starts, so that
    one which begins at seven in Shanghai begins on the day before in UTC.

    Args:
        start: Local time.
        end: Local time.
        weekdays: Local days, 0 is Monday; every day if empty.

    >>> not_allowed(time(7), time(23), [0])
    {'startTime': '23:00', 'endTime': '15:00', 'daysOfWeek': ['Sunday']}
    """
    day = datetime(2024, 1, 1, tzinfo=BUSINESS_ZONE)  # a Monday
    first = datetime.combine(day, start, BUSINESS_ZONE).astimezone(UTC)
    last = datetime.combine(day, end, BUSINESS_ZONE).astimezone(UTC)
    shift = (first.date() - day.date()) // timedelta(days=1)
    found: dict[str, Any] = {"startTime": f"{first:%H:%M}", "endTime": f"{last:%H:%M}"}
    if weekdays:
        found["daysOfWeek"] = [DAYS[(each + shift) % 7] for each in sorted(weekdays)]
    return found


def function(
    limits: Limits, periods: Sequence[Mapping[str, Any]], *, distributed: bool = False
) -> dict[str, Any]:
    """Return a ``CESManagementFunction``, or the distributed one, as far as it does not change."""
    switch = {"desSwitch": False} if distributed else {"cesSwitch": True}
    listed = [{"idx": number, **period} for number, period in enumerate(periods, 1)]
    return {**switch, **thresholds(limits), "esNotAllowedTimePeriod": listed}
