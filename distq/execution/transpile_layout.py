"""Where the qubits of a circuit are after distribution, in the form that Qiskit keeps it in.

All that distq knows of ``TranspileLayout`` is here. A layout of Qiskit is one-to-one: it gives every ion to exactly one
qubit, and says where the state of each is at the end. But ions hold several qubits one after the other. So a qubit that
comes to an ion after another one is given an ion that would else have none; only a state put in by hand could tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from qiskit import QuantumCircuit, QuantumRegister
from qiskit.circuit import Qubit
from qiskit.transpiler import Layout, TranspileLayout


class Positions(NamedTuple):
    """Per qubit of a source circuit: index of the ion that has it at the beginning, and of the one that has it at the
    end. No ion stands twice in either."""

    first: list[int]
    last: list[int]


def positions(layout: dict[str, Any], qubits: int, ions: int) -> Positions:
    """The positions of ``qubits`` source qubits on ``ions`` ions, from what the metadata of an emitted circuit say.

    A qubit that was measured and has given its ion up ends where it began, if nobody else does, or on a free ion.
    """
    born: list[int | None] = [None] * qubits
    for ion, lines in layout["births"].items():
        if lines[0] < qubits:
            born[lines[0]] = int(ion)
    first = filled(born, ions)
    held = set(layout["output"])
    last = [first[q] if ion is None and first[q] not in held else ion for q, ion in enumerate(layout["output"])]
    return Positions(first, filled(last, ions))


def filled(partial: Sequence[int | None], ions: int) -> list[int]:
    """The list with free ions in the place of None, each ion once."""
    taken = {ion for ion in partial if ion is not None}
    free = (ion for ion in range(ions) if ion not in taken)
    return [next(free) if ion is None else ion for ion in partial]


def after(earlier: TranspileLayout | None, own: Positions) -> Positions:
    """The positions of the qubits of the very first circuit, given what was done to it before: nothing, if None."""
    if earlier is None:
        return own
    count = earlier._input_qubit_count
    assert count is not None
    first = earlier.initial_index_layout(filter_ancillas=False)
    last = earlier.final_index_layout(filter_ancillas=True)
    return Positions([own.first[wire] for wire in first[:count]], [own.last[wire] for wire in last])


def transpile_layout(source: Sequence[Qubit], found: Positions, ions: Sequence[Qubit]) -> TranspileLayout:
    """The layout of a circuit on ``ions`` whose ``source`` qubits have the ``found`` positions."""
    count = len(ions)
    spare = QuantumRegister(max(count - len(source), 0), "ancilla")
    virtual = [*source, *spare]
    first = filled([*found.first, *[None] * len(spare)], count)
    ends: list[int | None] = [None] * count
    for ion, last in zip(found.first, found.last, strict=True):
        ends[ion] = last
    ends = _kept_where_free(ends)
    return TranspileLayout(
        initial_layout=Layout(dict(zip(virtual, first, strict=True))),
        input_qubit_mapping={qubit: index for index, qubit in enumerate(virtual)},
        final_layout=Layout(dict(zip(ions, filled(ends, count), strict=True))),
        _input_qubit_count=len(source),
        _output_qubit_list=list(ions),
    )


def _kept_where_free(ends: Sequence[int | None]) -> list[int | None]:
    """Ions of no source qubit stay where they are, if they can."""
    taken = {ion for ion in ends if ion is not None}
    return [ion if end is None and ion not in taken else end for ion, end in enumerate(ends)]


def with_layout(circuit: QuantumCircuit, source: Iterable[Qubit]) -> QuantumCircuit:
    """An emitted circuit, its layout set from its metadata; ``source`` are the qubits of the circuit it was made of."""
    qubits = list(source)
    found = positions(circuit.metadata["distq"]["layout"], len(qubits), circuit.num_qubits)
    circuit._layout = transpile_layout(qubits, found, circuit.qubits)
    return circuit
