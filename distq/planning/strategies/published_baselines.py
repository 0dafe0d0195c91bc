"""``per-gate`` and ``static-packets``: published models in which qubits never move.

They are written from the papers' descriptions, so that distq's plans can be compared with what these models allow,
under the same memory limits and the same checks. ``burst``, ``teledata-routing`` and ``time-sliced``, in files of their
own, are published models too.
"""

from __future__ import annotations

import numpy as np

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.realise.placement import Placement
from distq.planning.realise.realise import realise
from distq.planning.realise.step_writer import StepWriter
from distq.planning.strategies.hypergraph import hypergraph, partition_with_gates
from distq.planning.strategies.registry import register


@register(
    "per-gate",
    "rival model: a Bell pair for every remote gate, copies closed at once",
    "J. Eisert et al., PRA 62, 052317 (2000)",
)
def per_gate(program: Program, network: Network, *, seed: int) -> Plan:
    """Teleport every remote gate on its own, in program order, between qubits that stay where a partitioner put them.

    The protocol is the one-pair remote CNOT of J. Eisert, K. Jacobs, P. Papadopoulos, M. B. Plenio, Phys. Rev. A 62,
    052317 (2000). A gate on k qubits opens copies of the others at one operand's home, for at most k - 1 pairs, and one
    more for each QPU in between.

    Raises
    ------
    InfeasiblePlanError
        A gate needs more copies at once than there are memory ions.
    """
    writer = StepWriter(program, network, hypergraph(program, network, np.random.default_rng(seed)))
    for index in range(len(program.operations)):
        if writer.is_local(index):
            writer.run(index, writer.homes_of(index)[0])
        else:
            writer.run_with_copies(index)
    return writer.plan("per-gate", seed)


@register(
    "static-packets",
    "rival model: homes and gates by one hypergraph partition, packets, no moves (as pytket-dqc)",
    "P. Andrés-Martínez, C. Heunen, PRA 100, 032308 (2019); P. Andrés-Martínez et al. (2023)",
)
def static_packets(program: Program, network: Network, *, seed: int) -> Plan:
    """Partition a hypergraph of qubits and gates and execute every gate in its own block, third QPUs included.

    The model of P. Andrés-Martínez, C. Heunen, Phys. Rev. A 100, 032308 (2019) and, for arbitrary networks, of P.
    Andrés-Martínez et al., "Distributing circuits over heterogeneous, modular quantum computing network architectures"
    (2023): qubits never move, a copy serves all gates of its segment at one QPU. Unlike there, memory is limited:
    copies are evicted and opened again, and a gate whose block has too little memory runs at an operand's home.

    Raises
    ------
    InfeasiblePlanError
        A gate needs more copies at once than there are memory ions.
    """
    part = int(np.random.default_rng(seed).integers(2**31))
    homes, sites = partition_with_gates(program, [q.data for q in network.qpus], seed=part)
    placement = Placement(homes=tuple(homes), sites=sites)
    return realise(program, network, placement, strategy="static-packets", seed=seed)
