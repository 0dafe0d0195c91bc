"""Is a compiled circuit the original? A structural proof, in time linear in the circuit's length.

In: the original (a circuit, or a program in normal form), the compiled circuit, the network. Out: a :class:`Verdict`.
Every instruction of the compiled circuit is known by its matrix, not by its name
(:mod:`distq.verification.instructions`), the protocols are followed by abstract interpretation
(:mod:`distq.verification.extract`), and what remains, a circuit on qubits, is compared with the original's normal form
up to commutations (:mod:`distq.verification.canonical_form`). This is sound and, for circuits that distq wrote,
complete. Where another tool has changed the gates since, small unitary circuits are compared by what
they do to a random state. A rewriting before planning, which the metadata name, is repeated by the same code
(:mod:`distq.rewrite`) on the original; a compilation checks it apart (:mod:`distq.verification.rewriting_check`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from distq.errors import InputError
from distq.frontend import normalise
from distq.ir.program import Operation, Program
from distq.ir.rewriting import read_rewriting
from distq.networks.network import Network
from distq.rewrite import check_budget, require_within, rewrite, simplify
from distq.util.gc_pause import gc_paused
from distq.verification.canonical_difference import first_difference
from distq.verification.canonical_form import canonical
from distq.verification.extract import Extracted, extract
from distq.verification.instructions import read_instructions
from distq.verification.ion_registers import read_registers
from distq.verification.layout import read_layout
from distq.verification.numeric import parameter_value
from distq.verification.recovered_circuit import ForeignGate
from distq.verification.unitary_check import is_unitary, same_unitary
from distq.verification.unreadable import UnreadableError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

MAX_UNITARY_QUBITS = 12


@dataclass(frozen=True)
class Verdict:
    """The outcome of a verification.

    Attributes
    ----------
    equal
        True if the compiled circuit is the original up to a global phase: proved by ``structure``, found numerically by
        ``unitary``.
    reason
        The first difference or broken rule; None if equal.
    method
        ``structure``; ``unitary`` if another tool has changed the gates; ``plan`` if a plan was replayed.
    epr_pairs
        Bell pairs that the compiled circuit consumes: its ``epr`` instructions; 0 if its metadata were refused.
    infidelity
        Upper bound, for every input, on the infidelity of leaving out the operations that the metadata list as left
        out. ``equal`` is about the circuit without them.
    """

    equal: bool
    reason: str | None
    method: str
    epr_pairs: int
    infidelity: float = 0.0


def verify_circuit(
    original: QuantumCircuit, compiled: QuantumCircuit, network: Network, approximation_budget: float | None = None
) -> Verdict:
    """Check a compiled circuit against its original.

    The original may have been simplified before it was compiled, or rewritten as the compiled circuit's metadata tell.
    The rewriting is repeated here; whatever the metadata say, its result is a program equal to the original. Operations
    may be left out only where a budget allows it.

    Parameters
    ----------
    original
        Any circuit that :func:`distq.frontend.normalise` takes.
    compiled
        What distq emitted, or what came back from OpenQASM 3 or QPY; ``metadata["distq"]["layout"]`` must be there.
    network
        The machine that it was compiled for: no more ions, no other links may be used.
    approximation_budget
        What the metadata say was left out may cost so much infidelity at most; None: nothing may be left out.

    Returns
    -------
    Verdict
        Bad compiled circuits never raise: they are not equal, for a reason. A layout whose ``entry`` is out of step
        with the instructions is a difference, unless another tool has changed the gates, which moves the instructions.

    Raises
    ------
    CircuitError
        If the original cannot be brought to its normal form.
    InputError
        If the budget is not at least 0 and below 1.
    """
    if approximation_budget is not None:
        check_budget(approximation_budget)
    first = _verify_rewritten(normalise(original), compiled, network, approximation_budget)
    if first.equal:
        return first
    second = _verify_rewritten(simplify(original), compiled, network, approximation_budget)
    return second if second.equal else first


def _verify_rewritten(program: Program, compiled: QuantumCircuit, network: Network, budget: float | None) -> Verdict:
    """Verify against the program rewritten as the compiled circuit's metadata tell."""
    metadata = (compiled.metadata or {}).get("distq") or {}
    try:
        rewriting = read_rewriting(metadata.get("rewriting"), "the circuit")
        infidelity = require_within(program, rewriting, network, budget)
        verdict = verify_program(rewrite(program, rewriting, network), compiled, network)
    except InputError as refused:
        hint = "" if refused.hint is None else f" ({refused.hint})"
        return Verdict(False, refused.message + hint, "structure", 0)
    return replace(verdict, infidelity=infidelity)


@gc_paused
def verify_program(program: Program, compiled: QuantumCircuit, network: Network) -> Verdict:
    """Compare with ``program``, which is in normal form, exactly as it is: nothing rewritten, nothing left out."""
    pairs = sum(instruction.name == "epr" for instruction in compiled.data)
    try:
        extracted = _extract(program, compiled, network)
    except UnreadableError as refused:
        return Verdict(False, str(refused), "structure", pairs)
    difference = _difference(program, extracted.operations)
    if difference is None:
        return Verdict(extracted.entry_fault is None, extracted.entry_fault, "structure", pairs)
    if program.num_qubits <= MAX_UNITARY_QUBITS and is_unitary(program.operations) and is_unitary(extracted.operations):
        same = same_unitary(program.operations, extracted.operations, program.num_qubits)
        return Verdict(same, None if same else difference, "unitary", pairs)
    return Verdict(False, f"could not be proved equal: {difference}", "structure", pairs)


def _extract(program: Program, compiled: QuantumCircuit, network: Network) -> Extracted:
    """The circuit on qubits that a compiled circuit is. Raises UnreadableError."""
    registers = read_registers(compiled, program, network)
    layout = read_layout(compiled, program)
    if compiled.parameters:
        compiled = compiled.assign_parameters({p: parameter_value(p.name) for p in compiled.parameters})
    return extract(read_instructions(compiled), registers, layout, program, network)


def _difference(program: Program, extracted: Sequence[Operation | ForeignGate]) -> str | None:
    """The first difference of the two as programs."""
    operations = [op for op in extracted if isinstance(op, Operation)]
    if len(operations) < len(extracted):
        names = sorted({op.name for op in extracted if isinstance(op, ForeignGate)})
        return f"it holds gates that distq does not write: {', '.join(names)}"
    size = program.num_qubits
    return first_difference(canonical(program.operations, size), canonical(operations, size))
