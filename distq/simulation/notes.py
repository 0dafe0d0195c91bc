"""Sentences that tell the reader of a report what an estimate means and what it leaves out."""

from __future__ import annotations

import math

from distq.networks.network import Network
from distq.simulation.execution import Execution
from distq.simulation.result import Outcome
from distq.simulation.statevector.input_states import MANY_QUBITS
from distq.util.text import counted


def not_simulated(execution: Execution) -> str:
    """Why there are bounds alone."""
    if not execution.comparable:
        return (
            "operations were left out, and with measurements, resets or conditions inside no engine compares with the "
            "circuit that was asked for; lower_bound and process_product do"
        )
    what = "" if execution.unitary else " with measurements, resets or conditions inside"
    return f"{execution.qubits} qubits{what} are too many to simulate; lower_bound and process_product stand instead"


def interrupted(outcome: Outcome) -> str:
    """How much an interrupted estimate rests on."""
    return f"interrupted: the estimate so far, over {counted(len(outcome.fidelities), 'input')}"


def about_execution(execution: Execution, *, exact: bool) -> tuple[str, ...]:
    """How idle times and final measurements are treated; ``exact``: by an engine without random trajectories."""
    notes = []
    idle_times = execution.idle_times
    if idle_times is not None:
        apart = exact and execution.target_program is not None and execution.frame_program.lines > execution.qubits
        relaxed = ", relaxation averaged ion by ion" if idle_times.decayed.any() else ""
        how = ", averaged ion by ion" if apart else relaxed
        notes.append(f"waits for pairs are random: {execution.fault_probabilities.schedules:,} schedules{how}")
    if execution.copy_program.final_measurements:
        notes.append("state fidelity just before the final measurements")
    return tuple(notes)


def about_coherent_pairs(network: Network) -> tuple[str, ...]:
    """What becomes of coherence between Bell states, where links were given pairs with it."""
    budgets = [link.model.budget() for link in network.links if link.model is not None]
    left = max([budget.coherence for budget in budgets], default=0.0)
    if left < 1e-9:
        return ()
    return (
        f"pairs have coherence between Bell states (trace distance {left:.2g}): the protocols twirl it away, which is "
        "exact but for the gate errors of conditional corrections",
    )


def about_non_pauli_noise(execution: Execution, network: Network, *, twirl: bool) -> tuple[str, ...]:
    """What was done about relaxation and over-rotation, or what could be done."""
    from distq.simulation.engines.clifford.gates import not_clifford

    has = any(qpu.t1_s < math.inf or qpu.overrotation_1q or qpu.overrotation_2q for qpu in network.qpus)
    if twirl and has:
        return ("relaxation and over-rotation twirled to Pauli channels: coherent errors that add up are not seen",)
    large = execution.frame_program.has_non_pauli_noise and execution.qubits > MANY_QUBITS
    if large and not_clifford(execution.copy_program.program) is None:
        return ("relaxation or over-rotation rules stim out; --pauli-twirl takes them for Pauli channels",)
    return ()
