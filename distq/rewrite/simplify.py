"""From a circuit to the cheaper of its normal form and its resynthesised normal form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distq.frontend import normalise
from distq.rewrite.cost import static_cost
from distq.rewrite.phase_polynomial import resynthesise

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.ir.program import Program


def simplify(circuit: QuantumCircuit, name: str | None = None) -> Program:
    """The normal form of ``circuit``, resynthesised where that lowers its :func:`distq.rewrite.static_cost`.

    Runs of gates on two qubits are folded after the resynthesis instead of before it: what a run of CX hides is seen
    best while it is whole.

    Raises
    ------
    CircuitError
        As :func:`distq.frontend.normalise`.
    """
    folded = normalise(circuit, name)
    raw = normalise(circuit, name, fold_blocks=False)
    found = resynthesise(raw)
    if found is raw:
        return folded
    return found if static_cost(found) < static_cost(folded) else folded
