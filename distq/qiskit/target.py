"""What a network can do, as Qiskit's ``Target``: every ion a qubit, gates inside QPUs, Bell pairs over links."""

from __future__ import annotations

import math
from itertools import permutations
from typing import Any

from qiskit.circuit import (
    BoxOp,
    BreakLoopOp,
    ContinueLoopOp,
    Delay,
    ForLoopOp,
    IfElseOp,
    Measure,
    Parameter,
    Reset,
    SwitchCaseOp,
    WhileLoopOp,
)
from qiskit.circuit.library import (
    CPhaseGate,
    CXGate,
    CZGate,
    HGate,
    PhaseGate,
    RGate,
    RXGate,
    RXXGate,
    RYGate,
    RZGate,
    RZZGate,
    SdgGate,
    SGate,
    SwapGate,
    SXdgGate,
    SXGate,
    TdgGate,
    TGate,
    UGate,
    XGate,
    YGate,
    ZGate,
)
from qiskit.providers import QubitProperties
from qiskit.transpiler import CouplingMap, InstructionProperties, Target

from distq.errors import NetworkError
from distq.execution.bell_pairs import EPR, epr_instruction
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.networks.swapped_links import with_swapping
from distq.qiskit.compiled import DistributeOptions
from distq.qiskit.ions import PAIR_GATES, PULSES, VIRTUAL_GATES, Ions

_ANGLES = [Parameter(name) for name in ("theta", "phi", "lam")]
GATES = {
    **{gate.name: gate for gate in (ZGate(), SGate(), SdgGate(), TGate(), TdgGate(), XGate(), YGate(), HGate())},
    **{gate.name: gate for gate in (SXGate(), SXdgGate(), CXGate(), CZGate())},
    **{make(_ANGLES[0]).name: make(_ANGLES[0]) for make in (RZGate, PhaseGate, RXGate, RYGate, CPhaseGate)},
    **{make(_ANGLES[0]).name: make(_ANGLES[0]) for make in (RZZGate, RXXGate)},
    "u": UGate(*_ANGLES),
    "r": RGate(*_ANGLES[:2]),
}
CONTROL_FLOW = {
    "if_else": IfElseOp,
    "for_loop": ForLoopOp,
    "while_loop": WhileLoopOp,
    "switch_case": SwitchCaseOp,
    "box": BoxOp,
    "break_loop": BreakLoopOp,
    "continue_loop": ContinueLoopOp,
}
AVERAGE_1Q = 2 / 3
"""Average gate infidelity per probability of a Pauli error, d/(d + 1) for d = 2 (Nielsen, Phys. Lett. A 303, 249)."""
AVERAGE_2Q = 4 / 5
"""The same for d = 4."""


class AllToAll(CouplingMap):
    """The coupling map of a machine whose qubits are brought together by distribution, not by routing.

    It counts as false, which is how Qiskit's preset pass managers see that nothing is to be routed.
    """

    def __bool__(self) -> bool:
        return False


class NetworkTarget(Target):
    """The instructions of a network's ions, with their errors and durations.

    Qubits are numbered QPU by QPU, first the data ions, then the memory ions. Errors of gates are average gate
    infidelities; that of ``epr`` is the infidelity of a fresh pair, and its duration the mean time until one is there.

    Parameters
    ----------
    network
        The network; every QPU has a number of memory ions.
    options
        How circuits are distributed.
    dt
        Unit of time of schedules, in seconds; None: there is none.

    Raises
    ------
    NetworkError
        A QPU has any number of memory ions.
    """

    network: Network
    options: DistributeOptions
    ions: Ions

    def __new__(cls, network: Network, options: DistributeOptions | None = None, dt: float | None = None) -> Any:
        ions = Ions.of(network)
        if ions is None:
            raise NetworkError(
                f"network {network.name!r} has any number of memory ions, and a backend has a number of qubits",
                "give every QPU a number of memory ions, as in 4x16+2",
            )
        properties = [_qubit(network.qpus[qpu]) for qpu in ions.qpu]
        self = super().__new__(
            cls, description=f"network {network.name}", num_qubits=len(ions), dt=dt, qubit_properties=properties
        )
        self.network, self.options, self.ions = network, options or DistributeOptions(), ions
        return self

    def __init__(self, network: Network, options: DistributeOptions | None = None, dt: float | None = None) -> None:
        if len(self.operation_names):
            return
        _add_local(self, network, self.ions)
        _add_pairs(self, linked_network(network, self.options), self.ions)
        for name, operation in CONTROL_FLOW.items():
            self.add_instruction(operation, name=name)

    @property
    def qargs(self) -> None:
        """None, as of a machine without limits, so that passes do not route; ``target[name]`` has the ions of each."""
        return None

    def build_coupling_map(self, two_q_gate: str | None = None, filter_idle_qubits: bool = False) -> CouplingMap:
        """All ions joined; of one gate, its pairs."""
        if two_q_gate is not None:
            return super().build_coupling_map(two_q_gate, filter_idle_qubits)
        return AllToAll(CouplingMap.from_full(self.num_qubits).get_edges())

    def __reduce__(self) -> Any:
        return type(self), (self.network, self.options, self.dt)

    def __deepcopy__(self, memo: Any) -> NetworkTarget:
        return type(self)(self.network, self.options, self.dt)


def linked_network(network: Network, options: DistributeOptions) -> Network:
    """The network with the swapped links that circuits may use."""
    if options.compiling.swapping == "none":
        return network
    return with_swapping(network, where_possible=True)


def _qubit(qpu: QPU) -> QubitProperties:
    return QubitProperties(t1=qpu.t1_s if math.isfinite(qpu.t1_s) else None, t2=qpu.t2_s)


def _add_local(target: Target, network: Network, ions: Ions) -> None:
    """Everything inside QPUs."""
    of = [network.qpus[s] for s in ions.qpu]
    pulse = {q: InstructionProperties(q.time_1q_s, AVERAGE_1Q * q.error_1q) for q in network.qpus}
    pair = {q: InstructionProperties(q.time_2q_s, AVERAGE_2Q * q.error_2q) for q in network.qpus}
    transfer = {q: InstructionProperties(q.time_transfer_s, AVERAGE_2Q * q.error_transfer) for q in network.qpus}
    measure = {q: InstructionProperties(q.time_measure_s, q.error_measure) for q in network.qpus}
    reset = {q: InstructionProperties(q.time_reset_s, q.error_reset) for q in network.qpus}
    nothing = InstructionProperties(0.0, 0.0)
    for name in VIRTUAL_GATES:
        target.add_instruction(GATES[name], {(i,): nothing for i in range(len(of))})
    for name in PULSES:
        target.add_instruction(GATES[name], {(i,): pulse[q] for i, q in enumerate(of)})
    for operation, found in ((Measure(), measure), (Reset(), reset)):
        target.add_instruction(operation, {(i,): found[q] for i, q in enumerate(of)})
    target.add_instruction(Delay(Parameter("t")), {(i,): None for i in range(len(of))})
    for gate, known in (*[(GATES[name], pair) for name in PAIR_GATES], (SwapGate(), transfer)):
        target.add_instruction(gate, {on: known[of[on[0]]] for on in _local_pairs(ions)})


def _local_pairs(ions: Ions) -> list[tuple[int, int]]:
    """Pairs of ions of one QPU."""
    members: dict[int, list[int]] = {}
    for ion, qpu in enumerate(ions.qpu):
        members.setdefault(qpu, []).append(ion)
    return [pair for group in members.values() for pair in permutations(group, 2)]


def _add_pairs(target: Target, network: Network, ions: Ions) -> None:
    """Bell pairs over links."""
    memory: dict[int, list[int]] = {}
    for ion, qpu in enumerate(ions.qpu):
        if ions.memory[ion]:
            memory.setdefault(qpu, []).append(ion)
    found = {}
    for link in network.links:
        properties = InstructionProperties(link.mean_wait_s, 1.0 - link.fidelity)
        for a in memory.get(link.a, []):
            for b in memory.get(link.b, []):
                found[a, b] = found[b, a] = properties
    if found:
        target.add_instruction(epr_instruction(), found, name=EPR)
