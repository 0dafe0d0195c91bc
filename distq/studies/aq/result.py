"""What a study of algorithmic qubits finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from distq.studies.aq.rule import AlgorithmicQubits, Place, algorithmic_qubits, passes, statistical_error
from distq.studies.aq.suite import DIFFERENCES

NETWORK = "network"
"""The name of the network among the machines."""


@dataclass(frozen=True)
class RunCircuit:
    """A circuit that was run on all machines.

    Attributes
    ----------
    family, circuit
        Title of the algorithm, and the name of the circuit for `distq circuits`.
    width, cx
        Qubits, and CX gates as the rule counts them.
    ebits
        Bell pairs on the network; None if it could not be run there.
    fidelities
        Machine -> classical fidelity; None if it could not be run there.
    shots
        Runs on each machine.
    """

    family: str
    circuit: str
    width: int
    cx: int
    ebits: int | None
    fidelities: dict[str, float | None]
    shots: int

    def passed(self, machine: str) -> bool | None:
        """Whether the circuit passed on that machine; None if it could not be run there."""
        fidelity = self.fidelities[machine]
        return None if fidelity is None else passes(fidelity, self.shots)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        known = {machine: value for machine, value in self.fidelities.items() if value is not None}
        return asdict(self) | {
            "stderr": {machine: statistical_error(value, self.shots) for machine, value in known.items()},
            "passed": {machine: self.passed(machine) for machine in self.fidelities},
        }


@dataclass(frozen=True)
class AlgorithmicQubitStudy:
    """The circuits that were run, and #AQ of every machine.

    Attributes
    ----------
    network, scenario, strategy, seed
        What was compiled for, on which assumed numbers, and how.
    data_ions
        Of the whole network.
    considered
        The largest n whose circuits, of at most n qubits and n^2 CX gates, were all run or tried.
    machines
        Machine -> where its numbers come from; the network comes first.
    circuits
        Those that were run or tried.
    not_run
        What could not be run, each with the reason.
    """

    network: str
    scenario: str | None
    strategy: str
    seed: int
    data_ions: int
    considered: int
    machines: dict[str, str]
    circuits: tuple[RunCircuit, ...]
    not_run: tuple[tuple[str, str], ...]

    def algorithmic_qubits(self, machine: str) -> AlgorithmicQubits:
        """#AQ of one machine; big machines have as many qubits as the network has data ions."""
        places = [Place(one.width, one.cx, one.passed(machine)) for one in self.circuits]
        return algorithmic_qubits(places, self.considered, complete=self.considered == self.data_ions)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        found = {machine: self.algorithmic_qubits(machine)._asdict() for machine in self.machines}
        return asdict(self) | {
            "algorithmic_qubits": found,
            "circuits": [one.as_dict() for one in self.circuits],
            "not_run": [{"circuit": name, "reason": reason} for name, reason in self.not_run],
            "differences": list(DIFFERENCES),
        }
