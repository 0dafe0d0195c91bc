"""How many algorithmic qubits (#AQ) has a network, and how many one big machine?

In: a :class:`distq.networks.network.Network`. Out: an :class:`AlgorithmicQubitStudy`: circuits with their fidelities on
every machine, and the #AQ that follow. Open ``study`` first; ``rule`` is the published rule, ``suite`` has its
circuits, ``machines`` run them, ``result`` holds the values, ``table`` and ``figure`` show them.
"""

from distq.studies.aq.result import AlgorithmicQubitStudy
from distq.studies.aq.study import algorithmic_qubit_study

__all__ = ["AlgorithmicQubitStudy", "algorithmic_qubit_study"]
