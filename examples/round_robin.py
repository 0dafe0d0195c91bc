"""A strategy outside the package: `distq run @qft:8 -n 2x4+2 --plugin examples/round_robin.py -s round-robin`."""

from itertools import cycle

from distq.planning.strategies.fixed_homes import register_fixed_homes


@register_fixed_homes("round-robin", "qubits dealt out like cards, one QPU after the other", gathers=False)
def round_robin(program, network, rng):
    """The QPU of each qubit: the next one in turn that has a free data ion."""
    free = [qpu.data for qpu in network.qpus]
    turns = cycle(range(len(free)))
    homes = []
    while len(homes) < program.num_qubits:
        qpu = next(turns)
        if free[qpu]:
            free[qpu] -= 1
            homes.append(qpu)
    return homes
