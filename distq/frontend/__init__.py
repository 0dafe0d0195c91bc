"""Circuits in: files to Qiskit circuits (:func:`read_circuit`), circuits to the normal form (:func:`normalise`) and
back (:func:`to_circuit`).

A circuit goes through ``flatten`` (any instruction to a few exact primitives, by the rules of ``gates`` and
``composite``), ``fold`` (runs of gates on two qubits to the fewest rotations) and ``build`` (one-qubit gates merged and
pushed to the boundaries).
"""

from distq.frontend.normalise import normalise
from distq.frontend.reader import read_circuit
from distq.frontend.to_qiskit import to_circuit

__all__ = ["normalise", "read_circuit", "to_circuit"]
