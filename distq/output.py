"""A compilation as a file, and the check of such a file against its original."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from distq.check import PlanViolation, check_plan
from distq.describe import with_row
from distq.emit import write_qasm3, write_qpy
from distq.errors import InputError
from distq.files import OUTPUTS, check_suffix, write_atomically
from distq.frontend import normalise, read_circuit
from distq.network import Network
from distq.plan import bell_pairs
from distq.plan_io import dump_plan, read_plan
from distq.rewrite import check_budget, require_within, rewrite
from distq.verify import Verdict, verify_circuit

if TYPE_CHECKING:
    from distq.compiler import Compilation
    from distq.report import Report


def save(done: Compilation, path: Path, report: Report | None = None) -> None:
    """Write the distributed circuit (``.qasm``: OpenQASM 3, ``.qpy``) or the plan (``.json``), whole or not at all.

    ``report`` takes the place of the compilation's own in the circuit's metadata, e.g. one with fidelities. Raises
    InputError for another suffix or if the file cannot be written.
    """
    check_suffix(path, OUTPUTS, "output")
    suffix = path.suffix.lower()
    if suffix == ".json":
        content = dump_plan(done.plan, done.program.name, done.network.name).encode()
    else:
        circuit = done.circuit if report is None else with_row(done.circuit, report)
        if suffix == ".qasm":
            content = write_qasm3(circuit).encode()
        else:
            buffer = io.BytesIO()
            write_qpy(circuit, buffer)
            content = buffer.getvalue()
    write_atomically(path, content)


def compare(original: str, compiled: str, network: Network, approximation_budget: float | None = None) -> Verdict:
    """Compare a circuit file with what it was compiled to.

    Parameters
    ----------
    original
        Path of the circuit (``"-"``: standard input).
    compiled
        Path of a distributed circuit that distq wrote, or of a plan (``.json``).
    network
        The network it was compiled for.
    approximation_budget
        See :func:`distq.verify.verify_circuit`.
    """
    if approximation_budget is not None:
        check_budget(approximation_budget)
    source = read_circuit(original)
    if compiled.endswith(".json"):
        program = normalise(source)
        plan = read_plan(Path(compiled))
        rewritten = rewrite(program, plan.rewriting, network)
        infidelity, reason = 0.0, None
        try:
            check_plan(rewritten, plan, network)
            infidelity = require_within(program, plan.rewriting, network, approximation_budget)
        except PlanViolation as violation:
            reason = violation.message
        except InputError as refused:
            reason = refused.message if refused.hint is None else f"{refused.message} ({refused.hint})"
        pairs = bell_pairs(plan.steps, network)
        return Verdict(reason is None, reason, "plan", pairs, infidelity)
    return verify_circuit(source, read_circuit(compiled), network, approximation_budget)
