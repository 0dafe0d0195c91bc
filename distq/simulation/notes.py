"""Sentences that tell the reader of a report what an estimate means and what it leaves out."""

from __future__ import annotations

import math

from distq.networks.network import Network
from distq.simulation.execution import Execution
from distq.simulation.result import Outcome
from distq.simulation.statevector.input_states import MANY_QUBITS
from distq.util.note import Note
from distq.util.text import counted


def not_simulated(execution: Execution) -> Note:
    """Why there are bounds alone."""
    what = "" if execution.unitary else " with measurements, resets or conditions inside"
    text = f"{execution.qubits} qubits{what} are too many to simulate; lower_bound and process_product stand instead"
    if not execution.comparable:
        text = (
            "operations were left out, and with measurements, resets or conditions inside no engine compares with the "
            "circuit that was asked for; lower_bound and process_product do"
        )
    return Note("not-simulated", text, {"qubits": execution.qubits})


def interrupted(outcome: Outcome) -> Note:
    """How much an interrupted estimate rests on."""
    inputs = len(outcome.fidelities)
    return Note("interrupted", f"interrupted: the estimate so far, over {counted(inputs, 'input')}", {"inputs": inputs})


def about_precision(outcome: Outcome, precision: float) -> tuple[Note, ...]:
    """That the mean over random inputs is less certain than was asked for, where every input takes long."""
    stderr = outcome.mean.stderr
    if not outcome.set_size or stderr <= precision:
        return ()
    inputs = len(outcome.fidelities)
    text = (
        f"the error {stderr:.2g} is above the precision asked for, {precision:g}: no more than {inputs} inputs are "
        "simulated of a circuit of this size; name inputs (--input) for a fidelity of these alone"
    )
    return (Note("precision-not-reached", text, {"stderr": stderr, "precision": precision, "inputs": inputs}),)


def no_process_fidelity(why: str) -> Note:
    """Why a process fidelity that was asked for is missing."""
    return Note("no-process-fidelity", f"no process fidelity: {why}")


def compared_state(execution: Execution, *, used_again: bool) -> Note | None:
    """Which state fidelities are about where the circuit ends with measurements; None if it does not.

    Every qubit is compared as it is just before its own last measurement, on the distributed machine and on the one
    that it is compared with. Measurements of other qubits do not change that state, so that it is one state of all
    qubits whenever they are measured (the principle of deferred measurement, Nielsen and Chuang, section 4.4), and the
    outcomes' distributions differ by no more than it does.
    """
    if not execution.copy_program.final_measurements:
        return None
    if not used_again:
        return Note("compared-state", "state fidelity just before the final measurements")
    return Note(
        "compared-state",
        "measured ions are used again, so that the qubits never all exist at once: on both machines the state fidelity "
        "is that of every qubit just before its own final measurement, all taken together. Apart from readout errors, "
        "the distributions of outcomes agree at least as well",
    )


def about_execution(execution: Execution, *, exact: bool, used_again: bool) -> tuple[Note, ...]:
    """How idle times and final measurements are treated.

    Parameters
    ----------
    execution
        What is simulated.
    exact
        By an engine without random trajectories.
    used_again
        Ions are used again that held qubits measured before.
    """
    notes = []
    idle_times = execution.idle_times
    if idle_times is not None:
        apart = exact and execution.target_program is not None and execution.frame_program.lines > execution.qubits
        relaxed = ", relaxation averaged ion by ion" if idle_times.decayed.any() else ""
        how = ", averaged ion by ion" if apart else relaxed
        schedules = execution.fault_probabilities.schedules
        text = f"waits for pairs are random: {schedules:,} schedules{how}"
        notes.append(Note("random-waits", text, {"schedules": schedules}))
    compared = compared_state(execution, used_again=used_again)
    return tuple(notes if compared is None else [*notes, compared])


def about_coherent_pairs(network: Network) -> tuple[Note, ...]:
    """What becomes of coherence between Bell states, where links were given pairs with it."""
    budgets = [link.model.budget() for link in network.links if link.model is not None]
    left = max([budget.coherence for budget in budgets], default=0.0)
    if left < 1e-9:
        return ()
    text = (
        f"pairs have coherence between Bell states (trace distance {left:.2g}): the protocols twirl it away, which is "
        "exact but for the gate errors of conditional corrections"
    )
    return (Note("coherent-pairs", text, {"trace_distance": left}),)


def about_non_pauli_noise(execution: Execution, network: Network, *, twirl: bool) -> tuple[Note, ...]:
    """What was done about relaxation and over-rotation, or what could be done."""
    from distq.simulation.engines.clifford.gates import not_clifford

    has = any(qpu.t1_s < math.inf or qpu.overrotation_1q or qpu.overrotation_2q for qpu in network.qpus)
    if twirl and has:
        text = "relaxation and over-rotation twirled to Pauli channels: coherent errors that add up are not seen"
        return (Note("pauli-twirl", text),)
    large = execution.frame_program.has_non_pauli_noise and execution.qubits > MANY_QUBITS
    if large and not_clifford(execution.copy_program.program) is None:
        text = "relaxation or over-rotation rules stim out; --pauli-twirl takes them for Pauli channels"
        return (Note("not-in-stim", text),)
    return ()
