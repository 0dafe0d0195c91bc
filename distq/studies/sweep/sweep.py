"""Costs of a circuit over numbers of its network, and the numbers that a target requires.

Fidelities are estimated without simulation and times are means over random waits, as in
:func:`distq.compiler.objective.cost_of`, with the same random numbers everywhere. A plan is made for each number of
ions; the other numbers leave it as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from distq.compiler.intake import as_network, read_program
from distq.compiler.objective import cost_of
from distq.compiler.options import CompileOptions, Progress, silent
from distq.compiler.plan_stage import checked, plan_program
from distq.errors import InfeasiblePlanError, InputError, NetworkError
from distq.ir.plan import Plan
from distq.networks.network import Network
from distq.simulation.statevector.op_arrays import require_bound
from distq.studies.sweep.numbers import PLANNED, WHOLE, with_numbers
from distq.studies.sweep.ranges import Range, Target, is_logarithmic

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

MOST_POINTS = 10_000
HALVINGS = 12
"""Of a range, in search of the value that a target requires: to a factor of (TO/FROM)^(1/4096)."""


@dataclass(frozen=True)
class Point:
    """Numbers of the network, and the costs there: Bell pairs, estimated process fidelity, mean seconds of a run.

    Costs are None where the circuit does not fit or no plan was found; ``reason`` says why.
    """

    values: tuple[float, ...]
    ebits: int | None = None
    fidelity: float | None = None
    makespan_s: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Requirement:
    """What a target requires of one number, the others being as the network has them.

    Attributes
    ----------
    key
        The number.
    value
        Where the target is just reached; None: nowhere in the range.
    at_least
        True if larger values reach it too, False if smaller ones do.
    found
        The costs there; those at the better end of the range if the target is not reached.
    """

    key: str
    value: float | None
    at_least: bool
    found: Point


@dataclass(frozen=True)
class Sweep:
    """All points, in the order of the ranges' values, the last range first; and what the target requires."""

    circuit: str
    network: str
    strategy: str
    ranges: tuple[Range, ...]
    points: tuple[Point, ...]
    target: Target | None
    requirements: tuple[Requirement, ...]


def sweep_network(
    circuit: QuantumCircuit | str | Path,
    network: Network | str | Path,
    ranges: Sequence[Range],
    strategy: str = "auto",
    seed: int = 0,
    *,
    target: Target | None = None,
    progress: Progress = silent,
) -> Sweep:
    """Costs at every combination of the ranges' values; with a target, what it requires of each number alone.

    Raises
    ------
    InputError
        There are no ranges or too many points, a range is given twice, or the circuit or the network is wrong.
    SimulationError
        The circuit has unbound parameters.
    """
    keys = [one.key for one in ranges]
    if not ranges or len(set(keys)) < len(keys):
        raise InputError("give each number that is swept once", "for example --sweep memory=1:8 --sweep rate_hz=10:1e4")
    if math.prod(len(one.values) for one in ranges) > MOST_POINTS:
        raise InputError(f"the sweep has more than {MOST_POINTS:,} points", "fewer steps: memory=1:8:4")
    costs = _Costs(circuit, as_network(network), CompileOptions(strategy=strategy, seed=seed, progress=progress))
    points = tuple(costs.at(dict(zip(keys, values, strict=True))) for values in product(*(r.values for r in ranges)))
    required = () if target is None else tuple(_required(costs, one, target) for one in ranges)
    return Sweep(costs.name, costs.network.name, strategy, tuple(ranges), points, target, required)


class _Costs:
    """Costs at points, each computed once."""

    def __init__(self, circuit: QuantumCircuit | str | Path, network: Network, options: CompileOptions) -> None:
        from distq.frontend import read_circuit

        self.network, self.options = network, options
        self.source = read_circuit(circuit) if isinstance(circuit, str | Path) else circuit
        self.name = self.source.name
        self._plans: dict[tuple[float | None, ...], Plan] = {}
        self._known: dict[tuple[tuple[str, float], ...], Point] = {}

    def at(self, numbers: Mapping[str, float]) -> Point:
        """The costs on the network with these numbers."""
        key = tuple(numbers.items())
        if key not in self._known:
            self.options.progress("at " + ", ".join(f"{name}={value:g}" for name, value in key))
            self._known[key] = self._computed(numbers)
        return self._known[key]

    def _computed(self, numbers: Mapping[str, float]) -> Point:
        values = tuple(numbers.values())
        network = with_numbers(self.network, numbers)
        try:
            original = read_program(self.source, network).program
            require_bound(original)
            ions = tuple(numbers.get(name) for name in PLANNED)
            if ions not in self._plans:
                self._plans[ions] = plan_program(original, network, self.options).plan
            cost = cost_of(checked(original, network, self._plans[ions]), self.options.seed)
        except (InfeasiblePlanError, NetworkError) as error:
            return Point(values, reason=error.message)
        return Point(values, cost.ebits, cost.fidelity, cost.makespan_s)


def _required(costs: _Costs, one: Range, target: Target) -> Requirement:
    """The value nearest to the end that misses the target; one that is better everywhere requires nothing but its
    lower end."""

    def good(value: float) -> bool:
        found: float | None = getattr(costs.at({one.key: value}), target.key)
        return found is not None and target.reached(found)

    low, high = one.values[0], one.values[-1]
    if good(low):
        at_least, good_end, bad_end = (True, low, low) if good(high) else (False, low, high)
    elif good(high):
        at_least, good_end, bad_end = True, high, low
    else:
        ends = sorted((costs.at({one.key: end}) for end in (low, high)), key=lambda p: _closeness(p, target))
        return Requirement(one.key, None, True, replace(ends[-1]))
    for _ in range(HALVINGS):
        middle = _middle(one.key, good_end, bad_end)
        if middle in (good_end, bad_end):
            break
        good_end, bad_end = (middle, bad_end) if good(middle) else (good_end, middle)
    return Requirement(one.key, good_end, at_least, costs.at({one.key: good_end}))


def _closeness(point: Point, target: Target) -> float:
    value = getattr(point, target.key)
    return -math.inf if value is None else -abs(value - target.value)


def _middle(key: str, a: float, b: float) -> float:
    """Between two values; whole for numbers of ions."""
    low, high = sorted((a, b))
    if key in WHOLE:
        return float(round((low + high) // 2))
    return math.sqrt(low * high) if is_logarithmic(low, high) else (low + high) / 2
