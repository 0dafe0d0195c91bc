"""From which Bell fidelity, and which pair rate, on does the distributed machine beat one big one?

Machines are compared by an estimate of their process fidelity that needs no simulation, and so takes circuits of any
size: the product of the process survivals of all faults (:func:`distq.simulation.engines.bounds.process_product`,
within about 1 % of the exact value), averaged over schedules with random waits. Small circuits may be simulated
instead, and compared by their mean state fidelity. The plan is kept; its schedules follow the pair rate. Break-even
points are found by bisection, with the same random numbers everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from distq.compiler import Compilation
from distq.compiler.options import Progress, silent
from distq.errors import InputError, SimulationError
from distq.simulation.monolithic.models import MONOLITHIC_MODELS, MonolithicModel, monolithic_model
from distq.simulation.options import DEFAULT_PRECISION
from distq.simulation.result import MeanWithError
from distq.simulation.statevector.op_arrays import require_bound
from distq.studies.breakeven.measures import EstimatedFidelity, SimulatedFidelity
from distq.studies.breakeven.pair_sweep import PairSweep
from distq.studies.breakeven.result import BreakEven, BreakEvenPoint, Verdict

INFIDELITIES = (1e-7, 0.75)
"""Infidelities of all pairs among which break-even is sought; at 0.75 nothing is left of a pair."""
RATES_HZ = (1e-2, 1e9)
"""Rates of all links among which break-even is sought."""
SHOWN_INFIDELITIES = (1e-5, 0.5)
"""Ends of the curve of the picture."""
SHOWN_RATES_HZ = (1e0, 1e7)
"""The same of the other one."""
SLOPE_RATIO = 1.5
"""A curve's slope at a point is taken between that many times less and that many times more."""


def break_even(
    done: Compilation,
    names: Sequence[str] = MONOLITHIC_MODELS,
    *,
    simulate: bool = False,
    precision: float = DEFAULT_PRECISION,
    workers: int = 1,
    progress: Progress = silent,
) -> BreakEven:
    """Compare a compiled circuit with the big machines of these names.

    Parameters
    ----------
    done
        The compilation.
    names
        Of :data:`distq.simulation.monolithic.models.MONOLITHIC_MODELS`.
    simulate
        Compare simulated state fidelities, mean over the usual inputs, with standard errors of about ``precision``
        from ``workers`` threads.
    progress
        Is called with what is being done.

    Raises
    ------
    InputError
        The plan uses no Bell pairs.
    SimulationError
        The circuit has unbound parameters, or is too large to simulate.
    """
    require_bound(done.program)
    if done.tally.ebits == 0:
        raise InputError("the plan uses no Bell pairs: there is nothing to break even", "use smaller QPUs")
    measure = SimulatedFidelity(done, precision, workers) if simulate else EstimatedFidelity()
    sweep = PairSweep(done, measure)
    target = done.target_program
    points, left_out = [], []
    for name in names:
        progress(f"break-even with {name}")
        try:
            machine = monolithic_model(name, done.program if target is None else done.original, done.network)
            points.append(_point(machine, sweep))
        except SimulationError as error:
            left_out.append((name, error.message))
    here = sweep.as_given()
    progress("drawing the curves")
    return BreakEven(
        circuit=done.program.name,
        network=done.network.name,
        scenario=done.network.scenario,
        ebits=done.tally.ebits,
        fidelity=here.mean,
        stderr=here.stderr,
        method=measure.method,
        points=tuple(points),
        by_infidelity=sweep.curve("infidelity", *SHOWN_INFIDELITIES),
        by_rate=sweep.curve("rate", *SHOWN_RATES_HZ),
        left_out=tuple(left_out),
        approximated=len(target.angles) if target is not None else 0,
    )


def _point(machine: MonolithicModel, sweep: PairSweep) -> BreakEvenPoint:
    """Where the distributed machine draws level with ``machine``."""
    mark, bisections = sweep.measure.monolithic(machine), sweep.measure.bisections
    worst, best = INFIDELITIES[1], INFIDELITIES[0]
    bell = crossing(lambda x: sweep.at_infidelity(1.0 / x).mean, mark.mean, 1 / worst, 1 / best, bisections)
    rate = crossing(lambda x: sweep.at_rate(x).mean, mark.mean, *RATES_HZ, bisections)
    infidelity = None if bell.x is None else 1.0 / bell.x
    uncertain = sweep.measure.uncertain
    return BreakEvenPoint(
        name=machine.name,
        source=machine.source,
        fidelity=mark.mean,
        stderr=mark.stderr,
        gates_2q=machine.program.gates_2q,
        bell_fidelity=None if infidelity is None else 1.0 - infidelity,
        bell_verdict=bell.verdict,
        bell_stderr=_stderr(sweep.at_infidelity, infidelity, mark) if infidelity and uncertain else None,
        bell_first_order=_first_order(machine, sweep.done),
        rate_hz=rate.x,
        rate_verdict=rate.verdict,
        rate_stderr=_stderr(sweep.at_rate, rate.x, mark) if rate.x and uncertain else None,
    )


def _first_order(machine: MonolithicModel, done: Compilation) -> float:
    """The Bell fidelity needed if two-qubit gates and pairs were all that goes wrong; see :class:`BreakEvenPoint`."""
    error_2q = float(np.mean([qpu.error_2q for qpu in done.network.qpus]))
    spared = machine.program.gates_2q * machine.qpu.error_2q - done.program.gates_2q * error_2q
    return 1.0 - spared / done.tally.ebits


def _stderr(curve: Callable[[float], MeanWithError], x: float, mark: MeanWithError) -> float:
    """Standard error of the place where a curve of uncertain values reaches an uncertain mark."""
    low, high = curve(x / SLOPE_RATIO), curve(x * SLOPE_RATIO)
    slope = abs(high.mean - low.mean) / (x * (SLOPE_RATIO - 1 / SLOPE_RATIO))
    return math.hypot(mark.stderr, low.stderr, high.stderr) / slope if slope > 0.0 else math.inf


class Crossing(NamedTuple):
    """Where a curve reaches a mark; None unless the verdict is ``at``."""

    x: float | None
    verdict: Verdict


def crossing(curve: Callable[[float], float], mark: float, low: float, high: float, bisections: int) -> Crossing:
    """Where a rising curve reaches ``mark`` between ``low`` and ``high``.

    Parameters
    ----------
    curve
        Is evaluated at ``bisections`` + 2 places.
    mark
        The value to reach.
    low, high
        Ends of the range, both above 0.
    bisections
        Halvings of the range by ratio; the rest is interpolated.
    """
    if curve(low) >= mark:
        return Crossing(None, "always")
    if curve(high) < mark:
        return Crossing(None, "never")
    for _ in range(bisections):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if curve(middle) >= mark else (middle, high)
    below, above = curve(low), curve(high)
    return Crossing(low * (high / low) ** ((mark - below) / (above - below)), "at")
