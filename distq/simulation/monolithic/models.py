"""The monolithic machines that a distributed execution can be compared with.

Each is a program on one all-to-all trap whose numbers stand for the machine; a machine that is not all-to-all gets the
program that Qiskit routes for it. Where numbers come from, and what is assumed, is part of each
:class:`MonolithicModel` and is printed beside its results.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from distq.errors import UnknownNameError
from distq.ir.program import Program
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.networks.presets import QPU_PRESETS
from distq.simulation.monolithic import heavy_hex
from distq.simulation.monolithic.one_trap import mean_trap, on_one_trap
from distq.simulation.reduction.copy_program import CopyProgram
from distq.simulation.statevector.input_states import InputState

CHAIN_TIME_S = 24e-6
"""Two-qubit gate time per ion of a long chain: fits published chains of 11 to 36 ions."""
MOST_ERROR_2Q = 0.9
"""Errors of long chains grow in proportion to the length up to this."""
HELIOS_LAYER_S, HELIOS_PAIRS = 55e-3, 49
"""On Quantinuum Helios a layer of so many pairs of gates takes so long, transport included (secondary source)."""


@dataclass(frozen=True)
class MonolithicModel:
    """One machine that holds the whole program.

    Attributes
    ----------
    name
        One of MONOLITHIC_MODELS.
    program, qpu
        What it runs, on a trap that has its numbers.
    source
        Where the numbers come from and what is assumed.
    layout
        Per line of ``program``: the line of the original whose input it starts with, None if it starts in |0>. None if
        the lines are the original's.
    first_operations
        As in :class:`distq.networks.network.Network`.
    """

    name: str
    program: Program
    qpu: QPU
    source: str
    layout: tuple[int | None, ...] | None = None
    first_operations: Literal["late", "early"] = "late"

    def execution(self, *, twirl: bool = False) -> CopyProgram:
        """The noisy execution; ``twirl``: see :func:`distq.simulation.reduction.to_copies.reduce_events`."""
        return on_one_trap(self.program, self.qpu, first_operations=self.first_operations, twirl=twirl)

    def without_relaxation(self) -> MonolithicModel:
        """The machine with the same T2 and no T1, for engines that cannot take one."""
        source = f"{self.source}; relaxation not counted, as this engine cannot take it"
        return replace(self, qpu=self.qpu.model_copy(update={"t1_s": math.inf}), source=source)

    def input(self, state: InputState) -> InputState:
        """An input state of the original as one of this machine's program, without ancillas that this does not have."""
        if self.layout is None:
            return replace(state, gates=state.gates[: self.program.num_qubits])
        return replace(state, gates=tuple([None if line is None else state.gates[line] for line in self.layout]))


MONOLITHIC_MODELS = ("same-trap", "long-chain", "heavy-hex", "qccd")


def monolithic_model(name: str, program: Program, network: Network) -> MonolithicModel:
    """The model of that name for a program that otherwise runs on the network.

    Raises
    ------
    UnknownNameError
        No such model.
    SimulationError
        Qiskit cannot route the program: it has unbound parameters, or more qubits than the largest lattice here.
    """
    return replace(_machine(name, program, network), first_operations=network.first_operations)


def _machine(name: str, program: Program, network: Network) -> MonolithicModel:
    """The model of that name, with first operations at their default."""
    match name:
        case "same-trap":
            return MonolithicModel(
                name, program, mean_trap(network), "one trap with the QPUs' own errors: no such machine"
            )
        case "long-chain":
            return _long_chain(program, network)
        case "heavy-hex":
            return _heavy_hex(program)
        case "qccd":
            return _qccd(program)
        case _:
            raise UnknownNameError("monolithic model", name, MONOLITHIC_MODELS)


def _long_chain(program: Program, network: Network) -> MonolithicModel:
    """One chain: gates take 24 us per ion, errors are those of the network's QPUs times the ratio of the lengths."""
    short = float(np.mean([qpu.ions or qpu.data + (qpu.memory or 0) for qpu in network.qpus]))
    ions = max(program.num_qubits, 1)
    trap = mean_trap(network)
    longer = max(1.0, ions / short)
    numbers = {
        "error_2q": min(MOST_ERROR_2Q, trap.error_2q * longer),
        "time_2q_s": max(trap.time_2q_s, CHAIN_TIME_S * ions),
        "zones": 1,
    }
    source = (
        f"a chain of {ions} ions: 24 us x ions per gate fits published chains of 11-36 ions; error in proportion to "
        "the length and one gate at a time assumed"
    )
    return MonolithicModel("long-chain", program, trap.model_copy(update=numbers), source)


def _qccd(program: Program) -> MonolithicModel:
    """Quantinuum Helios with the time that its transport takes."""
    helios = QPU_PRESETS.find("quantinuum-helios")
    trap = QPU(name="helios", data=max(1, program.num_qubits), memory=0, preset=helios.name, zones=1)
    trap = trap.model_copy(update={"time_2q_s": HELIOS_LAYER_S / HELIOS_PAIRS})
    source = (
        f"{helios.source}; a layer of 49 pairs takes 55 ms (secondary source), fewer in proportion (assumed); T2 "
        f"{helios.t2_s:g} s assumed"
    )
    return MonolithicModel("qccd", program, trap, source)


def _heavy_hex(program: Program) -> MonolithicModel:
    """A superconducting heavy-hex lattice, for which Qiskit routes the program."""
    routed = heavy_hex.route(program)
    on_chip = heavy_hex.as_program(routed.circuit, program.name)
    chip = heavy_hex.heavy_hex_chip(on_chip.num_qubits)
    return MonolithicModel("heavy-hex", on_chip, chip, heavy_hex.SOURCE, routed.layout)
