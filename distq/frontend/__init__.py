"""Circuits in: files to Qiskit circuits (:func:`read_circuit`), these to the normal form (:func:`normalise`) and back.

In between, :func:`prepared` works out loops, switches and stored variables, and leaves out idle qubits if need be.

In: OpenQASM 2 and 3, QPY, any Qiskit circuit. Out: an immutable :class:`distq.ir.program.Program`. Open ``normalise``
first: it has the whole way on one screen. A circuit is

1. *flattened* (``flatten``): any instruction becomes a few kinds of exact primitives, by the rules of
   ``standard_gates`` and ``composite``; nothing else needs to know Qiskit;
2. *folded* (``fold_blocks``, ``symbolic_blocks``): a run of gates on two qubits becomes the fewest rotations, at most
   three. This comes before merging, which would scatter the one-qubit gates of a run;
3. *merged* (``merge``): one-qubit gates are multiplied and pushed to the next boundary, equal rotations are added up.

Merging can bring gates of one pair together, so folding and merging are repeated while that helps.
"""

from distq.frontend.normalise import normalise
from distq.frontend.places import NOTES
from distq.frontend.prepare import prepared
from distq.frontend.reader import read_circuit
from distq.frontend.to_qiskit import to_circuit

__all__ = ["NOTES", "normalise", "prepared", "read_circuit", "to_circuit"]
