"""``gather``: homes by hypergraph partitioning, and gates on many qubits in whichever form costs least."""

from __future__ import annotations

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.strategies.hypergraph import partition_hypergraph
from distq.planning.strategies.registry import register
from distq.planning.strategies.wide_gates import plan_gathered


@register("gather", "hypergraph placement; operands of wide gates gathered by one AND or parity per QPU")
def gather_wide_gates(program: Program, network: Network, *, seed: int) -> Plan:
    """Place qubits by hypergraph partitioning, with a spare data ion per QPU where there is room, and gather."""
    full = [qpu.data for qpu in network.qpus]
    with_spare = [data - 1 for data in full]
    capacities = with_spare if min(with_spare) > 0 and sum(with_spare) >= program.num_qubits else full
    homes = partition_hypergraph(program, capacities, seed=seed)
    return plan_gathered(program, network, homes, strategy="gather", seed=seed)
