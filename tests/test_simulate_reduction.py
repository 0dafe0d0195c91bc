"""The reduction to qubits and frames equals the full protocol, ion by ion."""

from __future__ import annotations

import numpy as np
import pytest
from full_protocol import run_full
from plans import network_of, random_plan, random_program

from distq.lower import lower
from distq.network import Network
from distq.schedule import schedule
from distq.simulate import density
from distq.simulate.copies import reduce_events
from distq.simulate.frames import to_frames
from distq.simulate.inputs import input_states


def noisy(network: Network, rng: np.random.Generator, scale: float = 1.0) -> Network:
    """The network with large, uneven errors everywhere."""
    qpus = []
    for qpu in network.qpus:
        names = ("error_1q", "error_2q", "error_measure", "error_reset", "error_transfer")
        errors = {name: scale * float(rng.uniform(0.01, 0.1)) for name in names}
        qpus.append(qpu.model_copy(update={**errors, "t2_s": float(rng.uniform(0.01, 0.05)) / scale}))
    links = []
    for link in network.links:
        weights = rng.dirichlet((12 / scale, 1, 1, 1))
        links.append(link.model_copy(update={"weights": tuple(float(w) for w in weights)}))
    return network.model_copy(update={"qpus": tuple(qpus), "links": tuple(links)})


CASES = [
    ([2, 1], 2, "complete", {}),
    ([1, 1, 1], 3, "line", {}),
    ([1, 1, 1], 2, "complete", {"phase": 0.3}),
    ([2, 2], 2, "complete", {}),
    ([2, 1], 2, "complete", {"clbits": 2, "measure": 0.15, "reset": 0.1, "condition": 0.4}),
    ([1, 1, 1], 3, "line", {"clbits": 2, "measure": 0.15, "reset": 0.1, "condition": 0.4, "final_measure": True}),
]


@pytest.mark.parametrize("case", range(len(CASES)))
@pytest.mark.parametrize("seed", range(6))
def test_reduced_state_equals_full_protocol(case: int, seed: int) -> None:
    sizes, memory, links, shares = CASES[case]
    rng = np.random.default_rng([case, seed])
    network = noisy(network_of(sizes, memory, links), rng)
    program = random_program(rng, 3, 8, **shares)
    plan = random_plan(program, network, rng, wander=0.5)
    events = lower(program, plan, network)
    times = schedule(events, program, network)
    (state,) = input_states(["product"], program.num_qubits, seed)
    framed = to_frames(reduce_events(program, events, times, network))
    expected = run_full(program, events, times, network, state)
    found = density.final_states(framed, state)
    for bits in expected.keys() | found.keys():
        blank = np.zeros((2**program.num_qubits,) * 2)
        np.testing.assert_allclose(found.get(bits, blank), expected.get(bits, blank), atol=1e-12)
