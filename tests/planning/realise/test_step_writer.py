"""Plan steps under limits: random permutations of qubits on small networks, and the ways round a lack of ions."""

from __future__ import annotations

import numpy as np
import pytest

from distq.errors import InfeasiblePlanError
from distq.ir.plan import HandOver
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.planning.realise.qubit_moves import QubitMover
from distq.planning.realise.step_writer import StepWriter
from distq.verification.plan_checker import check_plan
from helpers.networks import network_of


def writer_for(network: Network, homes: list[int]) -> StepWriter:
    """Measured at last, so that the plan ends with an operation on every qubit."""
    n = len(homes)
    ops = tuple(Operation(Kind.MEASURE, (q,), clbit=q) for q in range(n))
    return StepWriter(Program("measured", n, n, ops, tuple(range(n))), network, homes)


def finish(writer: StepWriter, network: Network) -> int:
    """Run the measurements where the qubits are, check the plan, return its Bell pairs."""
    for qubit, home in enumerate(list(writer.home)):
        writer.run(qubit, home)
    return check_plan(writer.program, writer.plan("test", 0), network).ebits


NETWORKS = {
    "complete, 2": network_of([2, 2, 2], 2),
    "complete, 1 and a hole": network_of([2, 3, 2], 1),
    "line, 2": network_of([2, 2, 1, 1], 2, "line"),
    "line, 1 and a hole": network_of([2, 2, 2, 1], 1, "line"),
    "star, unlimited": network_of([1, 2, 2, 1], None, "star"),
    "one rich QPU": network_of([2, 2, 2], [1, 2, 1], "star"),
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("seed", range(12))
def test_any_rearrangement_is_reached(network, seed):
    rng = np.random.default_rng(seed)
    seats = [s for s, qpu in enumerate(network.qpus) for _ in range(qpu.data)]
    n = 6
    homes, targets = ([int(s) for s in rng.permutation(seats)[:n]] for _ in range(2))
    writer = writer_for(network, homes)
    try:
        QubitMover(writer).rearrange(dict(enumerate(targets)))
    except InfeasiblePlanError:
        assert network is NETWORKS["one rich QPU"]  # a cycle may pass two poor QPUs only
        return
    assert writer.home == targets
    moved = sum(a != b for a, b in zip(homes, targets, strict=True))
    assert finish(writer, network) >= moved


def test_a_cycle_of_three_costs_three():
    network = network_of([1, 1, 1], 2)
    writer = writer_for(network, [0, 1, 2])
    QubitMover(writer).rearrange({0: 1, 1: 2, 2: 0})
    assert [len(s.moves) for s in writer.steps if isinstance(s, HandOver)] == [3]
    assert finish(writer, network) == 3


def test_a_full_network_with_one_memory_ion_each_says_why_nothing_moves():
    writer = writer_for(network_of([1, 1], 1), [0, 1])
    with pytest.raises(InfeasiblePlanError, match="cannot change places: all data ions are taken") as caught:
        QubitMover(writer).exchange(0, 1)
    assert caught.value.hint
    assert (writer.steps, writer.home, writer.copies_at) == ([], [0, 1], [set(), set()])


def test_measured_qubits_free_their_ions():
    network = network_of([1, 1], 1)
    writer = writer_for(network, [0, 1])
    writer.run(0, 0)
    assert writer.free_data_ions(0) == 1
    QubitMover(writer).move(1, 0)
    writer.run(1, 0)
    assert check_plan(writer.program, writer.plan("test", 0), network).ebits == 1


def test_going_back_takes_back_everything():
    network = network_of([2, 2], 2)
    writer = writer_for(network, [0, 0, 1])
    checkpoint = writer.checkpoint()
    QubitMover(writer).move(0, 1)
    writer.open_copy(1, 1)
    writer.back_to(checkpoint)
    assert (writer.steps, writer.home, writer.data_in_use) == ([], [0, 0, 1], [2, 1])
    assert finish(writer, network) == 0


def test_gathering_keeps_the_highest_ranks():
    network = network_of([2, 2], 2)
    writer = writer_for(network, [0, 0, 1, 1])
    QubitMover(writer).gather((0, 2), lambda qubit: float(qubit))
    assert writer.home[0] == writer.home[2]
    assert writer.home == [0, 1, 0, 1]  # of the qubits 1 and 3, either of which could leave, 1 ranks lower
    assert finish(writer, network) == 2
