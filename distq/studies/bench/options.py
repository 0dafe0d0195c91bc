"""How the tasks of a grid are compiled and simulated, beyond strategy and seed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import product
from typing import TYPE_CHECKING, Any

from distq.compiler.options import CompileOptions
from distq.errors import InputError
from distq.planning.strategies.registry import PlanningOptions
from distq.simulation.options import SimulationOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class TaskOptions:
    """Options of one task, each as for ``distq run``.

    Attributes
    ----------
    effort, objective, distill, swap, approximation_budget
        Of the compilation.
    simulate
        Simulate too.
    precision
        Wanted standard error of the fidelity; None: that of ``distq run``.
    """

    effort: float = 1.0
    objective: str = "ebits"
    distill: str = "none"
    swap: str | None = None
    approximation_budget: float | None = None
    simulate: bool = False
    precision: float | None = None

    def changed(self) -> dict[str, Any]:
        """Those that are not as they are by default."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) != f.default}

    def compiling(self, strategy: str, seed: int) -> CompileOptions:
        """For the compiler; raises InputError if a choice is wrong."""
        return CompileOptions(
            strategy=strategy,
            seed=seed,
            objective=self.objective,
            distill=self.distill,
            swap=self.swap,
            approximation_budget=self.approximation_budget,
            planning=PlanningOptions(effort=self.effort),
        )

    def simulating(self) -> SimulationOptions:
        """For the simulation, in one thread."""
        return SimulationOptions(precision=self.precision, workers=1)


def label_of(changed: Mapping[str, Any]) -> str:
    """Options that are not as by default, in a few words for tables; those of the simulation cost nothing and go."""
    shown = {key: value for key, value in changed.items() if key not in ("simulate", "precision")}
    return " ".join(
        f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in shown.items()
    )


def combinations(choices: Mapping[str, Sequence[Any]]) -> list[TaskOptions]:
    """One value for each combination of the options that are chosen; raises InputError if one cannot be."""
    given = {key: tuple(values) for key, values in choices.items() if values}
    found = [TaskOptions(**dict(zip(given, values, strict=True))) for values in product(*given.values())]
    for options in found:
        if options.precision is not None and not options.simulate:
            raise InputError("a precision without simulation", "simulate too, or leave the precision out")
        options.simulating()
    return found
