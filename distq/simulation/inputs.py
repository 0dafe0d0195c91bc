"""Over which inputs a fidelity is averaged, and how sure that mean is.

Named inputs are simulated as they are, and the fidelity is that for these inputs. Without any, the fidelity is the
mean over all product states, estimated from random ones that come in *balanced sets* (:func:`balanced_set`): the mean
over such a set varies a few times less than that over as many independent inputs. Sets are added until the spread
between them, which is part of the standard error, is as small as the precision asks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from distq.simulation.noise.sources import Source
from distq.simulation.result import EngineOptions, Interrupted, Outcome
from distq.simulation.statevector.input_states import InputState, balanced_set, input_states

FIRST_SETS, MORE_SETS = 1, 3
"""Sets simulated first, and at least where these do not suffice: then the spread between sets can be told."""
USUAL_INPUTS = 12
"""About how many inputs it takes: how precise each must be follows from that."""
SHARE = 0.6
"""The part of the standard error that may come from random faults; the rest is left to the choice of inputs."""
MOST_SETS = ((14, 24), (17, 4))
"""Up to so many qubits (and copies that stay qubits), so many sets at most; beyond, one set, whatever its error."""

Run = Callable[[Sequence[InputState], EngineOptions], Outcome]


@dataclass(frozen=True)
class Inputs:
    """The inputs of an estimate.

    Attributes
    ----------
    named
        Those that were asked for; empty: the mean over all product states.
    kind
        Of random inputs: ``product`` or, where an engine takes nothing else, ``stabilizer``, which has the same mean.
    lines, ancillas, seed
        As in :func:`distq.simulation.statevector.input_states.input_states`.
    """

    named: tuple[InputState, ...]
    kind: str
    lines: int
    ancillas: int
    seed: int

    @classmethod
    def of(cls, kinds: Sequence[str] | None, kind: str, lines: int, ancillas: int, seed: int) -> Inputs:
        """Inputs of these kinds, or where there are none random ones of ``kind``."""
        named = input_states(kinds or (), lines, seed, ancillas)
        return cls(named, kind, lines, ancillas, seed)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the inputs that will be simulated."""
        return tuple([state.kind for state in self.named]) or (self.kind,) * USUAL_INPUTS

    def set_number(self, number: int) -> tuple[InputState, ...]:
        """A balanced set of random inputs."""
        return balanced_set(self.kind, self.lines, self.seed, number, self.ancillas)

    def estimate(self, run: Run, size: int, options: EngineOptions) -> Outcome:
        """Simulate the inputs.

        Parameters
        ----------
        run
            Simulates some of them.
        size
            Qubits, and copies that stay qubits: decides how many inputs there may be.
        options
            How much work may be done.

        Raises
        ------
        Interrupted
            The user interrupts, and there is something to show for at least one input.
        KeyboardInterrupt
            The user interrupts before that.
        """
        if self.named:
            return run(self.named, options)
        most = next((sets for limit, sets in MOST_SETS if size <= limit), 1)
        found: list[Outcome] = []
        sets = 0
        wanted = min(most, MORE_SETS if options.shots is not None else FIRST_SETS)
        while sets < wanted:
            states = [state for number in range(sets, wanted) for state in self.set_number(number)]
            try:
                found.append(run(states, _for_round(options, len(states), len(found))))
            except Interrupted as stop:
                raise Interrupted(_joined([*found, stop.outcome], len(self.set_number(0)))) from None
            except KeyboardInterrupt:
                if not found:
                    raise
                raise Interrupted(_joined(found, len(self.set_number(0)))) from None
            sets = wanted
            stderr = _joined(found, len(self.set_number(0))).mean.stderr
            if stderr > options.precision and options.shots is None:
                needed = math.ceil(sets * min((stderr / options.precision) ** 2, 2.0))
                wanted = min(most, max(MORE_SETS, needed, sets + 1))
        return _joined(found, len(self.set_number(0)))


def _for_round(options: EngineOptions, states: int, number: int) -> EngineOptions:
    """What an engine is told for so many inputs in round ``number``, which has random numbers of its own."""
    seed = options.seed
    if number:
        word = np.random.SeedSequence(seed, spawn_key=(9, number)).generate_state(1, np.uint64)[0]
        seed = int(word) >> 1
    return replace(options, seed=seed, precision=SHARE * options.precision * math.sqrt(USUAL_INPUTS / states))


def _joined(parts: Sequence[Outcome], size: int) -> Outcome:
    """Several outcomes as one, whose inputs are random and come in sets of ``size``."""
    counts = [len(part.fidelities) for part in parts]
    total = sum(counts)
    losses: dict[Source, float] = {}
    squares: dict[Source, float] = {}
    for part, count in zip(parts, counts, strict=True):
        for source, loss in part.losses.items():
            losses[source] = losses.get(source, 0.0) + loss * count / total
        for source, error in part.losses_stderr.items():
            squares[source] = squares.get(source, 0.0) + (error * count / total) ** 2
    shots = [part.shots for part in parts if part.shots is not None]
    schedules = sum([part.schedules_stderr * count for part, count in zip(parts, counts, strict=True)]) / total
    return Outcome(
        fidelities=tuple([value for part in parts for value in part.fidelities]),
        shots=sum(shots) if shots else None,
        losses=losses,
        method=parts[-1].method,
        schedules_stderr=schedules,
        losses_stderr={source: math.sqrt(square) for source, square in squares.items()},
        set_size=size,
    )
