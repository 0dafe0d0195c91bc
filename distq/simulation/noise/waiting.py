"""Random waits of idle ions: schedules drawn before anything quantum happens.

What an ion idles depends on when pairs were heralded, and so does what every other ion idles: in one run all waits are
long together or short together. A fault's chance is a function of the run, and fidelities are averages over runs of
what these chances give. Heralding depends on no quantum state, so the runs can be drawn first, once for all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from distq.errors import UnknownNameError
from distq.execution.dispatch import CORRECTION_GATES, Dispatcher
from distq.execution.schedule import Schedule
from distq.ir.events import Events, ions_of
from distq.ir.program import Program
from distq.networks.network import Network

Floats = NDArray[np.float64]

MODES = ("random", "mean")
"""``random``: many schedules with random waits; ``mean``: one in which every pair takes its mean time."""
FEWEST, MOST = 256, 20_000
"""Schedules drawn."""
MOST_WAITS = 20_000_000
"""Idle times kept: 160 MB. Where a plan has many, there are fewer schedules."""


@dataclass(frozen=True, eq=False)
class IdleTimes:
    """Idle times of the ions in many schedules.

    Attributes
    ----------
    touch_start
        The ions of event i have the entries ``touch_start[i]`` to ``touch_start[i + 1]`` - 1 of ``column``.
    column
        Column of ``ratio`` with what the ion idles before its part in the event; -1 if it never does.
    ratio
        Idle time over T_phi, shape (schedules, columns).
    decayed, uneven
        Per column: probability that |1> has decayed, mean over the schedules, and that of a Z which its spread adds.
        (Relaxation is averaged ion by ion.)
    """

    touch_start: NDArray[np.int64]
    column: NDArray[np.int64]
    ratio: Floats
    decayed: Floats
    uneven: Floats

    def columns(self, event: int) -> list[int]:
        """Columns of the ions of an event."""
        found: list[int] = self.column[self.touch_start[event] : self.touch_start[event + 1]].tolist()
        return found

    @cached_property
    def mean(self) -> Floats:
        """Per column: probability of a Z, mean over the schedules."""
        mean: Floats = -0.5 * np.expm1(-self.ratio).mean(axis=0)
        return mean

    def parity_probability(self, fixed: float, columns: tuple[int, ...]) -> Floats:
        """Per schedule: probability that an odd number of Z happen, from idling and with probability ``fixed``."""
        odd: Floats = 0.5 - (0.5 - fixed) * np.exp(-self.ratio[:, list(columns)].sum(axis=1))
        return odd


def check_mode(mode: str) -> None:
    """Raise UnknownNameError unless ``mode`` is one of MODES."""
    if mode not in MODES:
        raise UnknownNameError("treatment of waits", mode, MODES)


def draw_idle_times(
    program: Program,
    events: Events,
    schedule: Schedule | None,
    network: Network,
    mode: str,
    seed: int,
    precision: float,
) -> Schedule | IdleTimes | None:
    """What the reduction of a lowered plan takes for its idle times.

    Parameters
    ----------
    program, events, schedule, network
        What the compiler's stages made. Without a schedule nothing waits.
    mode
        One of MODES.
    seed
        Of the random waits of pairs: :mod:`distq.execution.dispatch.heralding`.
    precision
        Standard error that the choice of schedules may add to a fidelity: about half of it is aimed at.

    Raises
    ------
    UnknownNameError
        Another mode.
    """
    check_mode(mode)
    if schedule is None or mode == "mean":
        return schedule
    dispatcher = Dispatcher(events, program, network, CORRECTION_GATES)
    if len(dispatcher.mean_waits_s) == 0:
        return schedule
    spread = float(np.exp(-dispatcher.sample(FEWEST, seed).idle_loss / 2).std())
    wanted = math.ceil(min(float(MOST), (2.0 * spread / precision) ** 2))
    samples = min(max(FEWEST, wanted), max(FEWEST // 8, MOST_WAITS // len(schedule.idle_s)))
    ratio = dispatcher.idle_ratios(samples, seed)
    kept = ratio.any(axis=0)
    if not kept.any():
        return schedule
    column = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int64)
    qpus = [network.qpus[ion.qpu] for event in events.events for ion in ions_of(event)]
    phases = np.array([qpu.t2_s / qpu.dephasing_s for qpu in qpus])[kept]
    relaxation = np.array([qpu.t2_s / qpu.t1_s for qpu in qpus])[kept]
    ratio = np.ascontiguousarray(ratio[:, kept])
    decayed = np.zeros(len(relaxation))
    uneven = np.zeros(len(relaxation))
    if relaxation.any():
        decayed = np.minimum(-np.expm1(-ratio * relaxation).mean(axis=0), 1.0 - 1e-12)
        uneven = 0.5 - 0.5 * np.exp(-ratio * relaxation / 2).mean(axis=0) / np.sqrt(1.0 - decayed)
        ratio = ratio * phases
    return IdleTimes(schedule.touch_start, column, ratio, decayed, np.maximum(uneven, 0.0))
