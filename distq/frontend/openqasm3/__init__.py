"""OpenQASM 3 to Qiskit circuits.

In: a parsed text and the files that it includes. Out: a circuit of gates, measurements, resets and ``if`` on classical
bits. Whatever the program computes is computed here, once for every combination of measured bits that it depends on:
constants, loops, subroutines, aliases, classical variables. Open ``read`` first; ``statements`` has one function for
each kind of statement, ``expressions`` one for each kind of expression.
"""

from distq.frontend.openqasm3.parse import read_as_written
from distq.frontend.openqasm3.read import read_openqasm3

__all__ = ["read_as_written", "read_openqasm3"]
