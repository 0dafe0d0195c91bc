"""The target that Qiskit's own passes see before distribution: every two qubits can interact, wide gates too."""

from __future__ import annotations

from typing import Any

from qiskit.circuit import Delay, Measure, Parameter, Reset
from qiskit.circuit.library import CCXGate, CCZGate, CSwapGate, MCPhaseGate, MCXGate, SwapGate
from qiskit.transpiler import Target

from distq.execution.bell_pairs import EPR, epr_instruction
from distq.qiskit.ions import PAIR_GATES, PULSES, VIRTUAL_GATES
from distq.qiskit.target import CONTROL_FLOW, GATES, NetworkTarget

WIDE = (CCXGate(), CCZGate(), CSwapGate())
WIDE_OF_ANY_SIZE = {"mcx": MCXGate, "mcphase": MCPhaseGate}


class FreeTarget(Target):
    """All qubits of a machine as if it were one trap.

    Qiskit's passes cut gates on three and more qubits down to what a target names, and write gates on two qubits as the
    target has them on these very qubits. Distribution does better with what the user wrote, wherever the qubits are.

    Attributes
    ----------
    machine
        The target of the network.
    """

    machine: NetworkTarget

    def __new__(cls, machine: NetworkTarget) -> Any:
        self = super().__new__(cls, num_qubits=machine.num_qubits, dt=machine.dt)
        self.machine = machine
        return self

    def __init__(self, machine: NetworkTarget) -> None:
        if len(self.operation_names):
            return
        plain = [*(GATES[name] for name in (*VIRTUAL_GATES, *PULSES, *PAIR_GATES)), SwapGate(), *WIDE]
        for operation in (*plain, Measure(), Reset(), Delay(Parameter("t")), epr_instruction()):
            self.add_instruction(operation, name=EPR if operation.name == EPR else None)
        for name, operation in (*WIDE_OF_ANY_SIZE.items(), *CONTROL_FLOW.items()):
            self.add_instruction(operation, name=name)

    def build_coupling_map(self, two_q_gate: str | None = None, filter_idle_qubits: bool = False) -> None:
        """None: there is nothing to route."""
        return None

    def __reduce__(self) -> Any:
        return type(self), (self.machine,)

    def __deepcopy__(self, memo: Any) -> FreeTarget:
        return type(self)(self.machine)
