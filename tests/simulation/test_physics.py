"""What theory says about link errors (exact statements), and fidelities that must come out."""

from __future__ import annotations

import numpy as np
import pytest

from distq.errors import SimulationError, UnknownNameError
from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.ir.plan import Grow, Plan, RunOp, Shrink, Step
from distq.ir.program import AxisRotation, Kind, Operation, Program
from distq.networks.network import Network
from distq.networks.parts import Link
from distq.simulation.engines.density import density
from distq.simulation.estimate import estimate
from distq.simulation.execution import Execution
from distq.simulation.fidelity import BoundsEstimate, SimulatedEstimate
from distq.simulation.options import SimulationOptions
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.statevector.input_states import input_states
from helpers.executions import small_case
from helpers.networks import network_of
from helpers.plans import random_plan
from helpers.programs import random_program

HADAMARD = np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2)
QUIET = {
    "error_1q": 0.0,
    "error_2q": 0.0,
    "error_measure": 0.0,
    "error_reset": 0.0,
    "error_transfer": 0.0,
    "t2_s": float("inf"),
}


def quiet(network: Network, weights: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)) -> Network:
    """Perfect QPUs; pairs with these Bell-diagonal weights (I, Z, X, Y)."""
    qpus = tuple(qpu.model_copy(update=QUIET) for qpu in network.qpus)
    links = tuple(Link(a=link.a, b=link.b, weights=weights) for link in network.links)
    return Network(name="quiet", qpus=qpus, links=links)


def local(qubit: int) -> Operation:
    return Operation(Kind.LOCAL, (qubit,), factors=(HADAMARD,))


def choi_of_remote_rotations(angles: list[float], network: Network, remote: bool = True) -> Execution:
    """Bell references on lines 0, 1; then rotations of lines 2 and 3 through one copy of line 2, all angles in turn."""
    ops = [local(0), local(2), Operation(Kind.ROTATION, (0, 2), angle=np.pi / 2), local(2)]
    ops += [local(1), local(3), Operation(Kind.ROTATION, (1, 3), angle=np.pi / 2), local(3)]
    homes = (0, 1, 0, 1)
    steps: list[Step] = [RunOp(i, homes[op.qubits[-1]]) for i, op in enumerate(ops)]
    steps.append(Grow(2, 0, 1))
    for angle in angles:
        steps.append(RunOp(len(ops), 1))
        ops.append(Operation(Kind.ROTATION, (2, 3), angle=angle))
    steps.append(Shrink(2, 1))
    program = Program("choi", 4, 0, tuple(ops), (0, 1, 2, 3))
    events = lower(program, Plan(homes, tuple(steps)), network)
    return Execution(reduce_events(program, events, schedule(events, program, network), network))


@pytest.mark.parametrize("weights", [(0.9, 0.1, 0.0, 0.0), (0.8, 0.05, 0.1, 0.05), (0.97, 0.018, 0.006, 0.006)])
def test_teleported_cz_has_the_process_fidelity_of_its_pair(weights: tuple[float, float, float, float]) -> None:
    run = choi_of_remote_rotations([np.pi / 2], quiet(network_of([2, 2], 1), weights))
    (zero,) = input_states(["zero"], 4, 0)
    assert density.fidelity(run.frame_program, zero) == pytest.approx(weights[0], abs=1e-12)


def cz_fidelity(network: Network, *before: Operation, measure: bool = False) -> float:
    """Of a teleported CZ on |++> after these gates, every pair in its mean time."""
    ops = [*before, local(0), local(1), Operation(Kind.ROTATION, (0, 1), angle=np.pi / 2)]
    ops += [Operation(Kind.MEASURE, (q,), clbit=q) for q in (0, 1) if measure]
    program = Program("cz", 2, 2, tuple(ops), (0, 1))
    steps: list[Step] = [RunOp(i, op.qubits[0]) for i, op in enumerate(ops[: len(before) + 2])]
    steps += [Grow(0, 0, 1), RunOp(len(before) + 2, 1), Shrink(0, 1)]
    steps += [RunOp(i, ops[i].qubits[0]) for i in range(len(before) + 3, len(ops))]
    events = lower(program, Plan((0, 1), tuple(steps)), network)
    options = SimulationOptions(waits="mean", inputs=["zero"], engine="density")
    found = estimate(program, events, schedule(events, program, network), network, options)
    assert isinstance(found, SimulatedEstimate)
    return found.fidelity.mean


def test_a_local_gate_before_a_remote_one_does_not_wait_for_the_pair() -> None:
    slow = quiet(network_of([1, 1], 1)).model_copy(update={"links": (Link(a=0, b=1, rate_hz=9.7),)})
    network = slow.model_copy(update={"qpus": tuple(q.model_copy(update={"t2_s": 0.85}) for q in slow.qpus)})
    turn = Operation(Kind.LOCAL, (0,), factors=(AxisRotation("x", 0.3),))
    assert cz_fidelity(network, turn) == pytest.approx(cz_fidelity(network), abs=1e-12)
    early = network.model_copy(update={"first_operations": "early"})
    assert cz_fidelity(early, turn) < cz_fidelity(network) - 0.05


def test_qubits_idle_until_the_end_of_the_run_or_until_they_are_measured() -> None:
    network = quiet(network_of([1, 1], 1))
    slow = {"t2_s": 0.1, "time_measure_s": 0.05, "time_reset_s": 0.0}
    qpus = tuple(qpu.model_copy(update=slow) for qpu in network.qpus)
    slow_readout = network.model_copy(update={"qpus": qpus})
    # The copy is measured for 50 ms while qubit 1 has nothing left to do: it dephases, unless it is measured first.
    kept, measured = cz_fidelity(slow_readout), cz_fidelity(slow_readout, measure=True)
    assert measured / kept == pytest.approx(2 / (1 + np.exp(-0.05 / 0.1)), rel=0.01)


def test_pairs_have_the_fidelity_of_their_link_whatever_resets_do() -> None:
    run = {}
    for error in (0.0, 0.01):
        perfect = quiet(network_of([2, 2], 1))
        qpus = tuple(qpu.model_copy(update={"error_reset": error}) for qpu in perfect.qpus)
        execution = choi_of_remote_rotations([np.pi / 2], perfect.model_copy(update={"qpus": qpus}))
        (zero,) = input_states(["zero"], 4, 0)
        run[error] = density.fidelity(execution.frame_program, zero)
    assert run[0.0] == pytest.approx(1.0, abs=1e-12)
    assert run[0.01] == pytest.approx(0.99**4, abs=1e-12)  # the four data ions


def test_one_qpu_and_the_same_trap_do_as_many_gates_at_once() -> None:
    network = network_of([4], 0)
    qpu = network.qpus[0].model_copy(update={"zones": 1, "t2_s": 0.02})
    network = network.model_copy(update={"qpus": (qpu,)})
    program = random_program(np.random.default_rng(3), 4, 30)
    plan = Plan((0,) * 4, tuple([RunOp(i, 0) for i in range(len(program.operations))]))
    events = lower(program, plan, network)
    options = SimulationOptions(engine="density", inputs=["product"])
    found = estimate(program, events, schedule(events, program, network), network, options)
    assert isinstance(found, SimulatedEstimate)
    assert found.fidelity_monolithic is not None
    assert found.fidelity.mean == pytest.approx(found.fidelity_monolithic.mean, abs=1e-12)


@pytest.mark.parametrize("index", [1, 2, 3])
def test_each_bell_error_of_a_teleported_cz_is_one_z_type_error(index: int) -> None:
    weights = tuple(float(i == index) for i in range(4))
    run = choi_of_remote_rotations([np.pi / 2], quiet(network_of([2, 2], 1), weights))  # type: ignore[arg-type]
    (zero,) = input_states(["zero"], 4, 0)
    noisy = density.final_states(run.frame_program, zero)[()]
    ideal = density.final_states(run.frame_program, zero, noisy=False)[()]
    expected = {1: (1, 0), 2: (1, 1), 3: (0, 1)}[index]  # Z on line 2, Z on line 3
    signs = np.array([(-1) ** (expected[0] * (i >> 2) + expected[1] * (i >> 3)) for i in range(16)])
    np.testing.assert_allclose(noisy, signs[:, None] * ideal * signs, atol=1e-12)


def test_flip_of_a_copy_inverts_every_gate_of_its_packet() -> None:
    run = choi_of_remote_rotations([0.3, 0.4], quiet(network_of([2, 2], 1), (0.0, 0.0, 1.0, 0.0)))
    (zero,) = input_states(["zero"], 4, 0)
    assert density.fidelity(run.frame_program, zero) == pytest.approx(np.cos(0.7) ** 2, abs=1e-12)


@pytest.mark.parametrize("engine", ["density", "trajectories"])
def test_no_noise_is_fidelity_one(engine: str) -> None:
    rng = np.random.default_rng(5)
    network = quiet(network_of([2, 2, 1], 3))
    program = random_program(rng, 4, 15, phase=0.2)
    events = lower(program, random_plan(program, network, rng), network)
    found = estimate(program, events, schedule(events, program, network), network, SimulationOptions(engine=engine))
    assert isinstance(found, SimulatedEstimate)
    assert found.fidelity_monolithic is not None
    assert found.fidelity.mean == pytest.approx(1.0, abs=1e-10)
    assert found.fidelity_monolithic.mean == pytest.approx(1.0, abs=1e-10)
    assert found.fidelity.stderr == 0.0
    assert found.lower_bound == found.process_product == 1.0
    assert found.shares == ()


@pytest.mark.slow
def test_bounds_shares_and_ratio() -> None:
    found = estimate(*small_case())  # type: ignore[arg-type]
    assert isinstance(found, SimulatedEstimate)
    assert found.fidelity_monolithic is not None
    assert found.ratio is not None
    fidelity, monolithic = found.fidelity.mean, found.fidelity_monolithic.mean
    assert found.lower_bound <= fidelity < monolithic < 1.0
    assert found.ratio.mean == pytest.approx(fidelity / monolithic)
    assert sum(share.share.mean for share in found.shares) == pytest.approx(1.0)
    assert sum(loss.infidelity.mean for loss in found.losses) == pytest.approx(1.0 - fidelity)
    assert found.shares[0].label == "links"
    assert found.averaged
    assert {i.kind for i in found.inputs} == {"product"}
    ideal = estimate(*small_case(), SimulationOptions(monolithic="ideal"))  # type: ignore[arg-type]
    assert isinstance(ideal, SimulatedEstimate)
    assert ideal.fidelity_monolithic == (1.0, 0.0)
    assert ideal.ratio == ideal.fidelity == found.fidelity


def test_same_result_for_any_number_of_workers() -> None:
    one, three = (
        estimate(*small_case(), SimulationOptions(engine="trajectories", trajectories=1500, seed=4, workers=w))  # type: ignore[arg-type]
        for w in (1, 3)
    )
    assert one == three
    assert isinstance(one, SimulatedEstimate)
    assert one.shots is not None
    assert one.shots >= 1500


def test_measurements_inside_are_simulated_exactly_and_explained() -> None:
    case = small_case(clbits=2, measure=0.2, condition=0.4, reset=0.1)
    found = estimate(*case, SimulationOptions(inputs=["product"], waits="mean"))  # type: ignore[arg-type]
    assert isinstance(found, SimulatedEstimate)
    assert found.method.startswith("exact density matrix")
    assert "classical bits" in found.method
    assert sum(share.share.mean for share in found.shares) == pytest.approx(1.0)
    with pytest.raises(SimulationError, match="inside the circuit"):
        estimate(*case, SimulationOptions(engine="trajectories"))  # type: ignore[arg-type]


def test_final_measurements_are_left_out() -> None:
    found = estimate(*small_case(final_measure=True))  # type: ignore[arg-type]
    assert any("before the final measurements" in note.text for note in found.notes)


def test_too_large_is_bracketed_not_invented() -> None:
    rng = np.random.default_rng(0)
    network = network_of([20, 20], 2)
    program = random_program(rng, 40, 60, phase=0.0)
    events = lower(program, random_plan(program, network, rng, wander=0.2), network)
    found = estimate(program, events, schedule(events, program, network), network)
    assert isinstance(found, BoundsEstimate)
    assert 0.0 < found.lower_bound <= found.process_product < 1.0
    assert found.clifford_proxy is not None
    assert found.lower_bound - 4 * found.clifford_proxy.stderr < found.clifford_proxy.mean < 1.0
    assert any("too many" in note.text for note in found.notes)
    with pytest.raises(SimulationError, match="memory"):
        estimate(program, events, None, network, SimulationOptions(engine="trajectories"))


def test_bad_requests_are_refused() -> None:
    case = small_case()
    with pytest.raises(SimulationError, match="above 0"):
        estimate(*case, SimulationOptions(precision=0.0))  # type: ignore[arg-type]
    with pytest.raises(SimulationError, match="trajectories"):
        estimate(*case, SimulationOptions(trajectories=0))  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="engine"):
        estimate(*case, SimulationOptions(engine="densty"))  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="input"):
        estimate(*case, SimulationOptions(inputs=["zeros"]))  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="monolithic"):
        estimate(*case, SimulationOptions(monolithic="perfect"))  # type: ignore[arg-type]
    with pytest.raises(SimulationError, match="stabilizer"):
        estimate(*case, SimulationOptions(inputs=["product"], engine="clifford"))  # type: ignore[arg-type]


def test_unbound_parameters_are_named() -> None:
    from qiskit.circuit import Parameter

    program = Program("p", 1, 0, (Operation(Kind.LOCAL, (0,), factors=(AxisRotation("x", Parameter("beta")),)),), (0,))
    network = network_of([1])
    events = lower(program, Plan((0,), (RunOp(0, 0),)), network)
    with pytest.raises(SimulationError, match="beta"):
        estimate(program, events, None, network)


def test_process_fidelity_from_haar_states_and_from_bell_references() -> None:
    """Both agree with the exact one of one remote rotation or of two teleported CZ through one pair."""
    weights = (0.8, 0.05, 0.1, 0.05)
    for angles, engine in (([0.7], "trajectories"), ([np.pi / 2, np.pi], "clifford")):
        network = quiet(network_of([2, 2], 1), weights)
        run = choi_of_remote_rotations(angles, network)
        exact = density.fidelity(run.frame_program, input_states(["zero"], 4, 0)[0])
        ops = tuple(Operation(Kind.ROTATION, (0, 1), angle=angle) for angle in angles)
        steps = (Grow(0, 0, 1), *(RunOp(i, 1) for i in range(len(ops))), Shrink(0, 1))
        program = Program("packet", 2, 0, ops, (0, 1))
        events = lower(program, Plan((0, 1), steps), network)
        options = SimulationOptions(engine=engine, inputs=["zero"], process=True, precision=2e-3, seed=1)
        found = estimate(program, events, None, network, options)
        assert isinstance(found, SimulatedEstimate)
        assert found.process_fidelity is not None
        assert 0.0 < found.process_fidelity.stderr < 0.01
        assert abs(found.process_fidelity.mean - exact) < 4 * found.process_fidelity.stderr
        assert found.process_product == pytest.approx(exact, abs=0.01)
