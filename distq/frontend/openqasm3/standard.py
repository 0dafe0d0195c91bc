"""The gates that an OpenQASM 3 file may call without defining them, by what it includes.

``U`` and ``gphase`` are part of the language; ``stdgates.inc`` defines the table :data:`STDGATES`. distq takes
``U`` for Qiskit's UGate: the specification's ``U`` has a further global phase of theta/2, which shows only under
control. Names that only Qiskit's library defines (rzz, rxx, sxdg, ...) are taken as Qiskit's gates, and the report says
so. Files without any include may use the names of stdgates.inc too, as Amazon Braket's do.
"""

from __future__ import annotations

from qiskit.circuit.library import standard_gates as gates

from distq.frontend.openqasm3.scope import GateRule

STDGATES: tuple[tuple[str, type, int, int], ...] = (
    ("p", gates.PhaseGate, 1, 1),
    ("phase", gates.PhaseGate, 1, 1),
    ("x", gates.XGate, 0, 1),
    ("y", gates.YGate, 0, 1),
    ("z", gates.ZGate, 0, 1),
    ("h", gates.HGate, 0, 1),
    ("s", gates.SGate, 0, 1),
    ("sdg", gates.SdgGate, 0, 1),
    ("t", gates.TGate, 0, 1),
    ("tdg", gates.TdgGate, 0, 1),
    ("sx", gates.SXGate, 0, 1),
    ("id", gates.IGate, 0, 1),
    ("rx", gates.RXGate, 1, 1),
    ("ry", gates.RYGate, 1, 1),
    ("rz", gates.RZGate, 1, 1),
    ("u1", gates.U1Gate, 1, 1),
    ("u2", gates.U2Gate, 2, 1),
    ("u3", gates.U3Gate, 3, 1),
    ("cx", gates.CXGate, 0, 2),
    ("CX", gates.CXGate, 0, 2),
    ("cy", gates.CYGate, 0, 2),
    ("cz", gates.CZGate, 0, 2),
    ("cp", gates.CPhaseGate, 1, 2),
    ("cphase", gates.CPhaseGate, 1, 2),
    ("crx", gates.CRXGate, 1, 2),
    ("cry", gates.CRYGate, 1, 2),
    ("crz", gates.CRZGate, 1, 2),
    ("ch", gates.CHGate, 0, 2),
    ("swap", gates.SwapGate, 0, 2),
    ("ccx", gates.CCXGate, 0, 3),
    ("cswap", gates.CSwapGate, 0, 3),
    ("cu", gates.CUGate, 4, 2),
)
"""Name, Qiskit's gate, number of parameters, number of qubits."""

FURTHER: tuple[tuple[str, type, int, int], ...] = (
    ("u", gates.UGate, 3, 1),
    ("r", gates.RGate, 2, 1),
    ("sxdg", gates.SXdgGate, 0, 1),
    ("rxx", gates.RXXGate, 1, 2),
    ("ryy", gates.RYYGate, 1, 2),
    ("rzz", gates.RZZGate, 1, 2),
    ("rzx", gates.RZXGate, 1, 2),
    ("cs", gates.CSGate, 0, 2),
    ("csdg", gates.CSdgGate, 0, 2),
    ("csx", gates.CSXGate, 0, 2),
    ("cu1", gates.CU1Gate, 1, 2),
    ("cu3", gates.CU3Gate, 3, 2),
    ("dcx", gates.DCXGate, 0, 2),
    ("ecr", gates.ECRGate, 0, 2),
    ("iswap", gates.iSwapGate, 0, 2),
    ("xx_plus_yy", gates.XXPlusYYGate, 2, 2),
    ("xx_minus_yy", gates.XXMinusYYGate, 2, 2),
    ("ccz", gates.CCZGate, 0, 3),
    ("rccx", gates.RCCXGate, 0, 3),
    ("rcccx", gates.RC3XGate, 0, 4),
    ("c3x", gates.C3XGate, 0, 4),
    ("c3sqrtx", gates.C3SXGate, 0, 4),
    ("c4x", gates.C4XGate, 0, 5),
)
"""Gates of Qiskit's library that stdgates.inc does not have, in the same form."""

LANGUAGE = (GateRule("U", 3, 1, gates.UGate), GateRule("gphase", 1, 0, gates.GlobalPhaseGate))


def rules_of(table: tuple[tuple[str, type, int, int], ...]) -> dict[str, GateRule]:
    """The gates of a table, by name."""
    return {entry[0]: GateRule(*_fields(entry)) for entry in table}


def standard_rule(name: str) -> GateRule | None:
    """The gate of stdgates.inc with this name, None if there is none."""
    return next((GateRule(*_fields(entry)) for entry in STDGATES if entry[0] == name), None)


def further_rule(name: str) -> GateRule | None:
    """The gate of Qiskit's library with this name that stdgates.inc does not have, None if there is none."""
    note = f"stdgates.inc has no {name!r}: it is taken as Qiskit's gate"
    return next((GateRule(*_fields(entry), note=note) for entry in FURTHER if entry[0] == name), None)


def _fields(entry: tuple[str, type, int, int]) -> tuple[str, int, int, type]:
    name, make, parameters, qubits = entry
    return name, parameters, qubits, make
