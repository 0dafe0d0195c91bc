"""Files that may be included although they are not there: their gates are known.

``hqslib1.inc`` is that of Quantinuum's machines. Its native gates are U1q(theta, phi), which is U(theta, phi - pi/2,
pi/2 - phi), a turn about an axis in the equator; ZZ, which is diag(1, i, i, 1) up to phase; RZZ(theta), which is
exp(-i theta/2 ZZ); and Rz(lambda). The definitions are quoted, and checked, by the tests of Quantinuum's simulator
PECOS (https://github.com/PECOS-packages/PECOS, "matrix definitions of unitary gates based on hqslib1.inc").
"""

from __future__ import annotations

import math

from qiskit.circuit.library import standard_gates as gates

from distq.frontend.openqasm3.scope import GateRule
from distq.frontend.openqasm3.standard import FURTHER, STDGATES, rules_of

HQSLIB = (
    GateRule("U1q", 2, 1, gates.RGate),
    GateRule("Rz", 1, 1, gates.RZGate),
    GateRule("ZZ", 0, 2, lambda: gates.RZZGate(math.pi / 2)),
    GateRule("RZZ", 1, 2, gates.RZZGate),
)
"""The native gates of Quantinuum's machines."""


def library_rules(filename: str) -> dict[str, GateRule] | None:
    """The gates that a well-known file defines, by name; None if it is no such file."""
    if filename == "stdgates.inc":
        return rules_of(STDGATES)
    if filename == "qelib1.inc":
        return rules_of((*STDGATES, *FURTHER))
    if filename in ("hqslib1.inc", "hqslib1_dev.inc"):
        return rules_of((*STDGATES, *FURTHER)) | {rule.name: rule for rule in HQSLIB}
    return None
