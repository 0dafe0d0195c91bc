"""Compiled circuits that are run with values for their parameters, on linked QPUs and on one big trap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from distq.compiler import Compilation
from distq.compiler.binding import bound_program
from distq.errors import InputError
from distq.execution.schedule import schedule
from distq.ir.events import Events, Execute
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.qiskit.compiled import DistributeOptions, compile_kept
from distq.qiskit.fingerprint import fingerprint
from distq.qiskit.ions import has_pairs
from distq.simulation.counts import draw
from distq.simulation.monolithic.one_trap import lowered_to_one_trap, mean_trap
from distq.simulation.options import SimulationOptions

_H = np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2)
BASIS_CHANGES = {"X": _H, "Y": _H @ np.diag([1, -1j]), "Z": None}
"""What turns the eigenstates of a Pauli to those of Z."""

Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Executable:
    """A program on the ions that it was given."""

    program: Program
    events: Events
    network: Network

    def bound(self, values: Mapping[Any, float]) -> Executable:
        """The same with values for its parameters."""
        return replace(self, program=bound_program(self.program, values)) if values else self

    def measured(self, basis: Sequence[str]) -> Executable:
        """The same with every qubit of the source measured at the end, in the basis ``X``, ``Y`` or ``Z`` of each.

        Its classical bits are those of these measurements alone: bit i is qubit i.
        """
        program, events = self.program, list(self.events.events)
        operations = list(program.operations)
        first = program.num_clbits
        for qubit, letter in enumerate(basis):
            line = program.output[qubit]
            ion = self.events.final[line]
            if ion is None:
                raise InputError(f"qubit {qubit} has given up its ion: nothing can be measured on it", "reuse=False")
            change = BASIS_CHANGES[letter]
            for op in (
                None if change is None else Operation(Kind.LOCAL, (line,), factors=(change,)),
                Operation(Kind.MEASURE, (line,), clbit=first + qubit),
            ):
                if op is not None:
                    events.append(Execute(len(operations), (ion,)))
                    operations.append(op)
        read = tuple(range(first, first + len(basis)))
        measured = replace(
            program,
            operations=tuple(operations),
            num_clbits=first + len(basis),
            clbit_registers=(*program.clbit_registers, ("distq_measured", read)),
            ancilla_clbits=0,
            reuse=False,
        )
        return replace(self, program=measured, events=replace(self.events, events=tuple(events)))

    def draw(self, shots: int, seed: int) -> Bits:
        """(shots, classical bits) of noisy runs from |0..0>."""
        times = schedule(self.events, self.program, self.network)
        options = SimulationOptions(shots=shots, seed=seed)
        return draw(self.program, self.events, times, self.network, options)


@dataclass(frozen=True)
class Pair:
    """A circuit on linked QPUs, and the same on one trap with the same errors."""

    compilation: Compilation
    distributed: Executable
    monolithic: Executable

    @classmethod
    def of(cls, compilation: Compilation) -> Pair:
        """Both executables of a compilation."""
        network = compilation.network
        distributed = Executable(compilation.program, compilation.events, network)
        original = compilation.original
        trap = lowered_to_one_trap(original, mean_trap(network), first_operations=network.first_operations)
        return cls(compilation, distributed, Executable(original, trap.events, trap.machine))


class Compiler:
    """Compiles circuits for one network, each once.

    Parameters
    ----------
    network
        The network.
    options
        How circuits are distributed.
    """

    def __init__(self, network: Network, options: DistributeOptions) -> None:
        self.network, self.options = network, options
        self._known: dict[tuple[str, int, int], list[tuple[QuantumCircuit, Pair]]] = {}

    def compiled(self, circuit: QuantumCircuit) -> Pair:
        """The circuit, compiled now or before.

        Raises
        ------
        InputError
            It is a distributed circuit already.
        DistqError
            It does not fit the network.
        """
        if has_pairs(circuit):
            raise InputError(
                f"{circuit.name!r} is distributed already, and this primitive distributes circuits itself",
                "give the original circuit, or use BackendSamplerV2 or BackendEstimatorV2 with a NetworkBackend",
            )
        key = (fingerprint(circuit), circuit.num_qubits, circuit.num_clbits)
        for other, pair in self._known.get(key, []):
            if other == circuit:
                return pair
        pair = Pair.of(compile_kept(circuit, self.network, self.options))
        self._known.setdefault(key, []).append((circuit.copy(), pair))
        return pair
