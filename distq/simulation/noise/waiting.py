"""Waiting noise: how long ions idle, and what dephasing and relaxation do to them meanwhile.

An ion that idles for t has a Z with probability (1 - exp(-t/T_phi))/2 and, if it is |1>, decays with probability
1 - exp(-t/T1), where 1/T_phi = 1/T2 - 1/(2 T1) (phase and amplitude damping; Nielsen and Chuang, section 8.3).
:func:`waiting_noise` computes this for every ion that an event touches; :mod:`distq.simulation.reduction.to_copies`
puts it into the program.

How long ions idle depends on when Bell pairs are heralded: in one run all waits are long together or short together.
The probability of a fault is therefore a function of the run, and a fidelity is an average over runs of what these
probabilities give. Heralding depends on no quantum state, so the runs are drawn first, once for all
(:func:`draw_idle_times`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.execution.dispatch import CORRECTION_GATES, Dispatcher
from distq.execution.schedule import Schedule
from distq.ir.events import Event, Events, Ion, ions_of
from distq.ir.program import Program
from distq.networks.network import Network
from distq.simulation.choices import WAITS, check_choice

Floats = NDArray[np.float64]

FEWEST, MOST = 256, 20_000
"""Schedules drawn."""
MOST_WAITS = 20_000_000
"""Idle times kept: 160 MB. Where a plan has many, there are fewer schedules."""
NEVER_IDLE = -1
"""Stands in :attr:`IdleTimes.column` for an ion that never idles before an event."""
MOST_DECAYED = 1.0 - 1e-12
"""Decay probabilities are kept below 1, so that relaxation without a jump can be divided by its probability."""


def dephasing_probability(time_s: float, dephasing_s: float) -> float:
    """Probability of a Z after ``time_s`` of waiting: (1 - exp(-t/T_phi))/2."""
    return -0.5 * math.expm1(-time_s / dephasing_s)


def decay_probability(time_s: float, t1_s: float) -> float:
    """Probability that |1> has decayed after ``time_s`` of waiting: 1 - exp(-t/T1)."""
    return min(-math.expm1(-time_s / t1_s), MOST_DECAYED)


class WaitingNoise(NamedTuple):
    """What idling before an event does to an ion.

    Attributes
    ----------
    dephased
        Probability of a Z. With an ``idle_column`` it is the mean over the schedules.
    decayed
        Probability that |1> has decayed.
    idle_column
        Column of :class:`IdleTimes` that ``dephased`` follows from; None if it is the same in every schedule.
    decay_spread
        Probability of another Z, which the spread of ``decayed`` over the schedules adds.
    """

    dephased: float
    decayed: float
    idle_column: int | None = None
    decay_spread: float = 0.0


@dataclass(frozen=True, eq=False)
class IdleTimes:
    """Idle times of the ions in many schedules.

    Attributes
    ----------
    touch_start
        The ions of event i have the entries ``touch_start[i]`` to ``touch_start[i + 1]`` - 1 of ``column``.
    held
        Ions that hold a qubit until the end of the run; they have the entries of ``column`` behind all events.
    column
        Column of ``ratio`` with what the ion idles before its part in the event, or NEVER_IDLE.
    ratio
        Idle time over T_phi, shape (schedules, columns).
    decayed, decay_spread
        Per column: probability that |1> has decayed, mean over the schedules, and that of a Z which its spread adds.
        (Relaxation is averaged ion by ion.)
    """

    touch_start: NDArray[np.int64]
    held: tuple[Ion, ...]
    column: NDArray[np.int64]
    ratio: Floats
    decayed: Floats
    decay_spread: Floats

    def columns(self, event: int) -> list[int]:
        """Columns of the ions of an event, NEVER_IDLE among them; behind the last event those held at the end."""
        bounds = [*self.touch_start[event : event + 2].tolist(), len(self.column)]
        found: list[int] = self.column[bounds[0] : bounds[1]].tolist()
        return found

    @cached_property
    def mean(self) -> Floats:
        """Per column: probability of a Z, mean over the schedules."""
        mean: Floats = -0.5 * np.expm1(-self.ratio).mean(axis=0)
        return mean

    @cached_property
    def noise(self) -> list[WaitingNoise]:
        """Per column: what idling does, mean over the schedules."""
        columns = zip(self.mean.tolist(), self.decayed.tolist(), self.decay_spread.tolist(), strict=True)
        return [WaitingNoise(z, decayed, column, spread) for column, (z, decayed, spread) in enumerate(columns)]

    def in_schedule(self, number: int) -> list[float]:
        """Per column: probability of a Z in one of the schedules."""
        probabilities: list[float] = (-0.5 * np.expm1(-self.ratio[number])).tolist()
        return probabilities

    def parity_probability(self, fixed: float, columns: tuple[int, ...]) -> Floats:
        """Per schedule: probability that an odd number of Z happen, from idling and with probability ``fixed``."""
        odd: Floats = 0.5 - (0.5 - fixed) * np.exp(-self.ratio[:, list(columns)].sum(axis=1))
        return odd


def waiting_noise(
    idling: Schedule | IdleTimes, network: Network, index: int, event: Event | None = None
) -> Iterator[tuple[Ion, WaitingNoise]]:
    """The ions that event number ``index`` touches, with what idling before it has done to them.

    Without an event: the ions that hold qubits at the end of the run, ``index`` events later.
    """
    ions = idling.held if event is None else ions_of(event)
    if isinstance(idling, IdleTimes):
        noise = idling.noise
        for ion, column in zip(ions, idling.columns(index), strict=True):
            if column != NEVER_IDLE:
                yield ion, noise[column]
    else:
        idle_s = idling.held_s if event is None else idling.idle(index)
        for ion, time_s in zip(ions, idle_s.tolist(), strict=True):
            qpu = network.qpus[ion.qpu]
            dephased = dephasing_probability(time_s, qpu.dephasing_s)
            yield ion, WaitingNoise(dephased, decay_probability(time_s, qpu.t1_s))


def draw_idle_times(
    program: Program,
    events: Events,
    schedule: Schedule | None,
    network: Network,
    mode: str,
    seed: int,
    precision: float,
) -> Schedule | IdleTimes | None:
    """How long the ions of a lowered plan idle: in many schedules if waits for Bell pairs are random, else in one.

    Parameters
    ----------
    program, events, schedule, network
        What the compiler's stages made. Without a schedule nothing waits.
    mode
        One of :data:`distq.simulation.choices.WAITS`.
    seed
        Decides when pairs are heralded, as in :mod:`distq.execution.dispatch.heralding`.
    precision
        Standard error that the choice of schedules may add to a fidelity: about half of it is aimed at.

    Returns
    -------
    Schedule | IdleTimes | None
        What :func:`distq.simulation.reduction.to_copies.reduce_events` takes. ``schedule`` itself if nothing is random.

    Raises
    ------
    UnknownNameError
        Another mode.
    """
    check_choice("treatment of waits", mode, WAITS)
    if schedule is None or mode == "mean":
        return schedule
    dispatcher = Dispatcher(events, program, network, CORRECTION_GATES)
    if len(dispatcher.mean_waits_s) == 0:
        return schedule
    ratio = dispatcher.idle_ratios(_schedules_needed(dispatcher, schedule, seed, precision), seed)
    kept = np.asarray(ratio.any(axis=0))
    if not kept.any():
        return schedule
    column = np.where(kept, np.cumsum(kept) - 1, NEVER_IDLE).astype(np.int64)
    return _with_relaxation(schedule, column, np.ascontiguousarray(ratio[:, kept]), kept, events, network)


def _schedules_needed(dispatcher: Dispatcher, schedule: Schedule, seed: int, precision: float) -> int:
    """How many schedules to draw, from the spread of exp(-sum of idle times / (2 T2)) over a few of them."""
    spread = float(np.exp(-dispatcher.sample(FEWEST, seed).idle_loss / 2).std())
    wanted = math.ceil(min(float(MOST), (2.0 * spread / precision) ** 2))
    return min(max(FEWEST, wanted), max(FEWEST // 8, MOST_WAITS // len(schedule.idle_s)))


def _with_relaxation(
    schedule: Schedule,
    column: NDArray[np.int64],
    ratio: Floats,
    kept: NDArray[np.bool_],
    events: Events,
    network: Network,
) -> IdleTimes:
    """Idle times over T2 (``ratio``) divided among dephasing and relaxation."""
    ions = [ion for event in events.events for ion in ions_of(event)]
    qpus = [network.qpus[ion.qpu] for ion in (*ions, *schedule.held)]
    phases = np.array([qpu.t2_s / qpu.dephasing_s for qpu in qpus])[kept]
    relaxation = np.array([qpu.t2_s / qpu.t1_s for qpu in qpus])[kept]
    decayed = np.zeros(len(relaxation))
    spread = np.zeros(len(relaxation))
    if relaxation.any():
        decayed = np.minimum(-np.expm1(-ratio * relaxation).mean(axis=0), MOST_DECAYED)
        # Coherences shrink by the mean of sqrt(1 - decayed), not by the root of 1 minus the mean: the rest is a Z.
        spread = 0.5 - 0.5 * np.exp(-ratio * relaxation / 2).mean(axis=0) / np.sqrt(1.0 - decayed)
        ratio = ratio * phases
    return IdleTimes(schedule.touch_start, schedule.held, column, ratio, decayed, np.maximum(spread, 0.0))
