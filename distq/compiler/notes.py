"""What a compilation decided without being told to, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from distq.frontend import NOTES
from distq.frontend.identities import rotations_by_zero
from distq.ir.events import Events
from distq.ir.program import Program
from distq.ir.tally import Tally
from distq.networks.network import Network
from distq.util.note import Note
from distq.util.text import counted

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

SHOWN_NAMES = 5
"""Unbound parameters that are named."""


def about_input(source: QuantumCircuit, program: Program, network: Network) -> tuple[Note, ...]:
    """What was read out of the circuit and the network, or put into them, that the user may not expect."""
    found = (_empty(program), _rotations_by_zero(source), _unbound(program), _default_memory(network), _delays(source))
    read = (source.metadata or {}).get(NOTES, ())
    return (*[Note("reading", str(text)) for text in read], *[note for note in found if note is not None])


def planning_interrupted() -> Note:
    """Why the plan may not be the best one."""
    return Note("planning-interrupted", "planning was interrupted: this is the best plan found until then")


def about_ions(program: Program, events: Events) -> tuple[Note, ...]:
    """How ions are used that is not to be seen from the numbers of the plan."""
    again = events.used_again
    if not again:
        return ()
    qubits, ions = program.num_qubits, events.home_ions
    count = f"{counted(qubits, 'qubit')} on {counted(ions, 'ion')}: " if qubits > ions else ""
    text = f"{count}measured ions are used again, {counted(again, 'time')} (unless --no-reuse)"
    return (Note("ions-used-again", text, {"qubits": qubits, "ions": ions, "times": again}),)


def _empty(program: Program) -> Note | None:
    if program.operations:
        return None
    return Note("empty-circuit", f"nothing to do: {counted(program.source_qubits, 'qubit')} and no gate")


def _rotations_by_zero(source: QuantumCircuit) -> Note | None:
    gates, idle = rotations_by_zero(source)
    if not idle:
        return None
    text = f"{idle:,} of {gates:,} multi-qubit gates of the circuit rotate by 0 and are left out as negligible"
    return Note("negligible-rotations", text, {"left_out": idle, "gates": gates})


def _unbound(program: Program) -> Note | None:
    names = program.parameters
    if not names:
        return None
    listed = ", ".join(names[:SHOWN_NAMES]) + (", ..." if len(names) > SHOWN_NAMES else "")
    bound = "is not bound" if len(names) == 1 else "are not bound"
    text = f"{counted(len(names), 'parameter')} {bound} ({listed}): the plan holds for all values"
    return Note("unbound-parameters", text, {"parameters": len(names), "names": listed})


def _delays(source: QuantumCircuit) -> Note | None:
    delays = source.count_ops().get("delay", 0)
    if not delays:
        return None
    text = f"{counted(delays, 'delay')} of the circuit not modelled: ions wait as long as the schedule makes them wait"
    return Note("delays", text, {"delays": delays})


def _default_memory(network: Network) -> Note | None:
    silent = [qpu for qpu in network.qpus if "memory" not in qpu.model_fields_set]
    if not silent:
        return None
    ions = silent[0].memory or 0
    whose = "per QPU" if len(silent) == len(network.qpus) else f"at {counted(len(silent), 'QPU')}"
    text = f"{counted(ions, 'memory ion')} {whose}: the network names no number (as in 4x16+{ions})"
    return Note("default-memory", text, {"memory": ions, "qpus": len(silent)})


def about_raw_pairs(raw_pairs: Sequence[float], cost: Tally) -> Note:
    """What distilled pairs cost; ``raw_pairs``: per link, raw pairs that one of its pairs takes on average."""
    raw = sum(each * used for each, used in zip(raw_pairs, cost.link_ebits, strict=True))
    text = f"{counted(cost.ebits, 'distilled Bell pair')} cost about {raw:.4g} raw ones, failures included"
    return Note("raw-pairs", text, {"pairs": cost.ebits, "raw_pairs": raw})


def about_choice(what: str, names: Sequence[str], used: bool, estimate: float, other: float) -> Note:
    """A choice between two compilations by their estimated fidelities.

    Parameters
    ----------
    what
        What was tried: ``distillation`` or ``swapping``.
    names
        The two alternatives in words, the one that was tried first.
    used
        True if it was taken.
    estimate, other
        Estimated fidelity of the circuit with it, and without it.
    """
    verdict = "used" if used else "tried and not used"
    text = f"{what} {verdict}: estimated fidelity {estimate:.4g} with {names[0]}, {other:.4g} with {names[1]}"
    return Note(what, text, {"used": int(used), "fidelity_with": estimate, "fidelity_without": other})


def impossible(what: str, why: str) -> Note:
    """Something that was tried and cannot be done."""
    return Note(what, f"{what} tried and not used: {why}", {"used": 0})
