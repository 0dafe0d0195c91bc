"""The reduction to qubits and frames equals the full protocol, ion by ion."""

from __future__ import annotations

import numpy as np
import pytest

from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.ir.events import HeraldPair
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Kind, Operation, Program
from distq.networks.links import Direct
from distq.networks.parts import Link
from distq.simulation.engines.density import density
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.reduction.to_frames import to_frames
from distq.simulation.statevector.input_states import input_states
from distq.verification.plan_checker import check_plan
from helpers.full_protocol import run_full
from helpers.networks import network_of
from helpers.noise import NOISES, beyond_pauli, noisy, noisy_pair
from helpers.plans import random_plan
from helpers.programs import random_program, random_unitary

CASES = [
    ([2, 1], 2, "complete", {}),
    ([1, 1, 1], 3, "line", {}),
    ([1, 1, 1], 2, "complete", {"phase": 0.3}),
    ([2, 2], 2, "complete", {}),
    ([2, 1], 2, "complete", {"clbits": 2, "measure": 0.15, "reset": 0.1, "condition": 0.4}),
    ([2, 1], 2, "complete", {"x_block": 0.4, "local": 0.1}),
    ([2, 2], 3, "complete", {"x_block": 0.4, "local": 0.1}),
    ([1, 1, 1], 3, "complete", {"x_block": 0.4, "local": 0.1, "clbits": 1, "measure": 0.1, "condition": 0.2}),
    ([1, 1, 1], 3, "line", {"clbits": 2, "measure": 0.15, "reset": 0.1, "condition": 0.4, "final_measure": True}),
]
SLOW = (1, 2, 7, 8)
"""Cases in which many ions are alive at once."""


@pytest.mark.parametrize(
    ("noise", "case", "seed"),
    [
        pytest.param(noise, case, seed, marks=[pytest.mark.slow] if seed == 0 or case in SLOW else [])
        for seed in range(2)
        for case in range(len(CASES))
        for noise in NOISES
    ],
)
def test_reduced_state_equals_full_protocol(noise: str, case: int, seed: int) -> None:
    sizes, memory, links, shares = CASES[case]
    rng = np.random.default_rng([case, seed])
    network = beyond_pauli(noisy(network_of(sizes, memory, links), rng), noise, rng)
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


@pytest.mark.parametrize("case", [0, 1, 3, 4])
def test_protocols_twirl_their_pairs(case: int) -> None:
    """Coherence between Bell states drops out exactly; only the gate error of a conditional correction sees it."""
    sizes, memory, links, shares = CASES[case]
    for error_1q in (0.0, 0.01):
        rng = np.random.default_rng(case)
        network = noisy(network_of(sizes, memory, links), rng)
        models = [Direct(state=noisy_pair(index), rate_hz=250.0) for index in range(len(network.links))]  # type: ignore[arg-type]
        pairs = tuple(Link(a=link.a, b=link.b, model=m) for link, m in zip(network.links, models, strict=True))
        qpus = tuple(qpu.model_copy(update={"error_1q": error_1q}) for qpu in network.qpus)
        network = network.model_copy(update={"links": pairs, "qpus": qpus})
        program = random_program(rng, 3, 8, **shares)
        events = lower(program, random_plan(program, network, rng, wander=0.5), network)
        used = sum(isinstance(event, HeraldPair) for event in events.events)
        assert used > 1
        (state,) = input_states(["product"], program.num_qubits, 1)
        found = density.final_states(to_frames(reduce_events(program, events, None, network)), state)
        expected = run_full(program, events, None, network, state)
        apart = max(np.abs(found.get(bits, 0.0) - expected[bits]).max() for bits in expected)
        coherence = max(model.budget().coherence for model in models)
        assert coherence > 0.01
        assert apart < (1e-12 if error_1q == 0.0 else used * error_1q * coherence)


def rotation(*lines: int, angle: float) -> Operation:
    return Operation(Kind.ROTATION, lines, angle=angle)


PROTOCOLS: dict[str, list[Step | Operation]] = {
    # Lines 2 and 3 have Bell references 0 and 1; line 2 starts at QPU 0, line 3 at QPU 1. An operation runs at the QPU
    # that its ROTATION names by being preceded by a Run with operation -1.
    "one gate": [Grow(2, 0, 1), RunOp(-1, 1), rotation(2, 3, angle=0.7), Shrink(2, 1)],
    "packet": [
        Grow(2, 0, 1),
        RunOp(-1, 1),
        rotation(2, 3, angle=0.7),
        RunOp(-1, 1),
        Operation(Kind.LOCAL, (3,), factors=(random_unitary(np.random.default_rng(1)),)),
        RunOp(-1, 1),
        rotation(3, 2, angle=-1.1),
        Shrink(2, 1),
    ],
    "relay, first copy closed": [
        Grow(2, 0, 2),
        Grow(2, 2, 1),
        Shrink(2, 2),
        RunOp(-1, 1),
        rotation(2, 3, angle=0.7),
        Shrink(2, 1),
    ],
    "copy of a copy, closed in the same order": [
        Grow(2, 0, 2),
        Grow(2, 2, 1),
        RunOp(-1, 1),
        rotation(2, 3, angle=0.7),
        Shrink(2, 2),
        Shrink(2, 1),
    ],
    "third QPU": [
        Grow(2, 0, 2),
        Grow(3, 1, 2),
        RunOp(-1, 2),
        rotation(2, 3, angle=0.7),
        Shrink(3, 2),
        Shrink(2, 2),
    ],
    "move": [
        Grow(2, 0, 1),
        HandOver(((2, 1),)),
        Shrink(2, 0),
        RunOp(-1, 1),
        Operation(Kind.LOCAL, (2,), factors=(random_unitary(np.random.default_rng(2)),)),
        RunOp(-1, 1),
        rotation(2, 3, angle=0.7),
    ],
    "hand-over with other copies live": [
        Grow(2, 0, 1),
        Grow(2, 0, 2),
        HandOver(((2, 1),)),
        RunOp(-1, 1),
        rotation(2, 3, angle=0.7),
        Shrink(2, 0),
        Shrink(2, 2),
    ],
    "exchange of homes": [
        Grow(2, 0, 1),
        Grow(3, 1, 0),
        HandOver(((2, 1), (3, 0))),
        RunOp(-1, 0),
        rotation(2, 3, angle=0.7),
        Shrink(2, 0),
        Shrink(3, 1),
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("name", PROTOCOLS)
def test_process_of_every_protocol_equals_full_protocol(name: str, noise: str) -> None:
    rng = np.random.default_rng(7)
    network = beyond_pauli(noisy(network_of([3, 3, 1], 2), rng), noise, rng)
    ops: list[Operation] = []
    steps: list[Step] = []
    hadamard = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    for reference, line in ((0, 2), (1, 3)):
        local = [Operation(Kind.LOCAL, (q,), factors=(hadamard,)) for q in (reference, line, line)]
        for op in (*local[:2], rotation(reference, line, angle=np.pi / 2), local[2]):
            steps.append(RunOp(len(ops), reference))
            ops.append(op)
    for part in PROTOCOLS[name]:
        if isinstance(part, Operation):
            assert isinstance(steps[-1], RunOp)
            steps[-1] = RunOp(len(ops), steps[-1].qpu)
            ops.append(part)
        else:
            steps.append(part)
    program = Program("choi", 4, 0, tuple(ops), (0, 1, 2, 3))
    plan = Plan((0, 1, 0, 1), tuple(steps))
    check_plan(program, plan, network)
    events = lower(program, plan, network)
    times = schedule(events, program, network)
    (zero,) = input_states(["zero"], 4, 0)
    framed = to_frames(reduce_events(program, events, times, network))
    expected = run_full(program, events, times, network, zero)[()]
    np.testing.assert_allclose(density.final_states(framed, zero)[()], expected, atol=1e-12)
