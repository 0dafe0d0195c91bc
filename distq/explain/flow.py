"""From a circuit and a network to an explanation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from distq.explain import explain, with_curve
from distq.explain.explanation import Explanation
from distq.explain.planned import planned
from distq.frontend import normalise, read_circuit
from distq.network import Network
from distq.strategies import get_strategy

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.strategies.base import Options


def explain_circuit(
    circuit: QuantumCircuit | str | Path,
    network: Network | str,
    strategy: str = "auto",
    seed: int = 0,
    *,
    curve: bool = True,
    options: Options | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> Explanation:
    """Plan ``circuit`` on ``network`` and say what its Bell pairs are for.

    Parameters
    ----------
    circuit
        A Qiskit circuit, or the path of an OpenQASM 2, OpenQASM 3 or QPY file (``"-"``: standard input).
    network
        A network, its shorthand, or the path of a TOML file.
    strategy, seed, options
        What plans, here and for every point of the curve.
    curve
        Plan again with fewer and more ions per QPU.
    progress
        Called with the name of each stage as it starts.

    Raises
    ------
    InputError, InfeasiblePlanError
        Something given is wrong or does not fit; the strategy found no plan within the memory ions.
    """
    network = Network.parse(network) if isinstance(network, str) else network
    name = get_strategy(strategy).name
    progress("reading the circuit")
    program = normalise(read_circuit(circuit) if isinstance(circuit, str | Path) else circuit)
    network.require_capacity(program.num_qubits)
    if program.num_qubits > max(qpu.data for qpu in network.qpus):
        network.require_connected()
    progress(f"planning {program.name}")
    rewritten, plan, _ = planned(program, network, name, seed, options)
    found = replace(explain(rewritten, network, plan), seed=seed)
    if not curve:
        return found
    return with_curve(found, program, network, name, seed=seed, options=options, progress=progress)
