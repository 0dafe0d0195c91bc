"""A distributed circuit or a plan as a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from distq.execution.circuit_files import write_qasm3, write_qpy
from distq.ir.plan_file import dump_plan
from distq.util.output_files import OUTPUTS, check_suffix, write_atomically

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.ir.plan import Plan


def save(path: Path, circuit: Callable[[], QuantumCircuit], plan: Plan, program: str, network: str) -> None:
    """Write the distributed circuit (``.qasm``: OpenQASM 3, ``.qpy``) or the plan (``.json``), whole or not at all.

    Parameters
    ----------
    path
        Its suffix says what is written.
    circuit
        Gives the distributed circuit; called only if that is what is written, since making it takes time.
    plan
        The plan.
    program, network
        Names of the circuit and of the network, which a plan file carries.

    Raises
    ------
    InputError
        Another suffix, or the file cannot be written.
    """
    check_suffix(path, OUTPUTS, "output")
    suffix = path.suffix.lower()
    if suffix == ".json":
        content = dump_plan(plan, program, network).encode()
    else:
        if suffix == ".qasm":
            content = write_qasm3(circuit()).encode()
        else:
            buffer = io.BytesIO()
            write_qpy(circuit(), buffer)
            content = buffer.getvalue()
    write_atomically(path, content)
