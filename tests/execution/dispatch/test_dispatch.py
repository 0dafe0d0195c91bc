"""Dispatch: limits kept under any waits, messages awaited only where they matter, common random numbers."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from distq.cli import invoke
from distq.errors import DistqError, UnknownNameError
from distq.execution.critical_path import critical_path
from distq.execution.dispatch import CORRECTION_GATES, PAULI_FRAMES, Dispatcher, Policy, TaskTimes
from distq.execution.dispatch.compile_tasks import compile_tasks
from distq.execution.dispatch.heralding import first_waits, pair_waits, sample_words
from distq.execution.lower import lower
from distq.execution.run_statistics import time_plan
from distq.execution.schedule import schedule
from distq.execution.time_bounds import pairs_bound, path_bound
from distq.ir.events import CatDisentangle, CatEntangle, Events, Execute, HeraldPair, ions_of
from distq.ir.plan import Grow, Plan, RunOp, Shrink
from distq.ir.program import Kind, Operation
from distq.networks.links import parse_model
from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.networks.toml_writer import write_toml
from distq.util.jit import always
from helpers.networks import network_of
from helpers.schedules import GATE, HADAMARD, POLICIES, machine, most_at_once, of, program_of, random_case
from helpers.strategies import DYNAMIC, SEEDS, Planned, programs, random_plans


def limited(network: Network, zones: int | None, message_s: float) -> Network:
    qpus = tuple(qpu.model_copy(update={"zones": zones}) for qpu in network.qpus)
    return network.model_copy(update={"qpus": qpus, "message_time_s": message_s})


PLANS = random_plans(programs(operations=40, x_block=0.1, **DYNAMIC), st.just(network_of([3, 2], 2)))


@settings(max_examples=40)
@given(PLANS, SEEDS, st.sampled_from(POLICIES), st.sampled_from([None, 1, 2]), st.sampled_from([0.0, 1e-3]))
def test_no_waits_deadlock_or_break_a_limit(
    planned: Planned, seed: int, policy: Policy, zones: int | None, message_s: float
) -> None:
    program, network = planned.program, limited(planned.network, zones, message_s)
    events = lower(program, planned.plan, network)
    built = Dispatcher(events, program, network, policy)
    count = len(events.events)
    assert sorted(built.order.tolist()) == list(range(count))
    adversary = np.random.default_rng(seed)
    waits = adversary.choice([0.0, 1e-12, 1e-3, 1e9], size=len(built.mean_waits_s))
    with always("compiled"):
        times = built.run(waits)
    with always("plain"):
        twin = built.run(waits)
    for mine, other in zip(times, twin, strict=True):
        np.testing.assert_array_equal(mine, other)
    assert math.isfinite(times.makespan_s)
    assert (times.idle_s >= -1e-6).all()
    assert_limits(events, network, times, policy)
    planned = built.run()
    assert planned.makespan_s >= max(pairs_bound(built), path_bound(built)) * (1 - 1e-12)
    path = critical_path(planned)
    assert len(set(path)) == len(path)


def assert_limits(events: Events, network: Network, times: TaskTimes, policy: Policy) -> None:
    per_zone: dict[int, list[tuple[float, float]]] = {}
    per_link: dict[int, list[tuple[float, float]]] = {}
    held: dict[object, list[tuple[float, float]]] = {}
    rounding = 1e-15 * times.makespan_s
    for event, start, stop in zip(events.events, times.start_s.tolist(), times.end_s.tolist(), strict=True):
        begin, end = start + rounding, stop - rounding
        match event:
            case HeraldPair(link):
                per_link.setdefault(link, []).append((begin, end))
            case Execute(_, ions, _, followers):
                for on in (ions, *followers):
                    qpu = network.qpus[on[0].qpu]
                    until = end if on is ions else begin + (qpu.time_2q_s if len(on) > 1 else qpu.time_1q_s)
                    if len(on) > 1:
                        per_zone.setdefault(on[0].qpu, []).append((begin, until))
                    for ion in on:
                        held.setdefault(ion, []).append((begin, until))
            case CatEntangle(_, root):
                gate = network.qpus[root.qpu].time_2q_s
                per_zone.setdefault(root.qpu, []).append((begin, begin + gate))
                held.setdefault(root, []).append((begin, begin + gate))
            case _:
                continue
    for spans in [*held.values(), *per_link.values()]:
        assert most_at_once(spans) <= 1
    for qpu, spans in per_zone.items():
        assert most_at_once(spans) <= (network.qpus[qpu].zones or 10**6)


def telegate(angle: float, message_s: float, frames: bool) -> tuple[Events, TaskTimes]:
    ops = (
        Operation(Kind.ROTATION, (0, 1), angle=angle),
        Operation(Kind.LOCAL, (1,), factors=(HADAMARD,)),
        Operation(Kind.LOCAL, (0,), factors=(HADAMARD,)),
        Operation(Kind.MEASURE, (0,), clbit=0),
    )
    program = program_of(*ops, clbits=1)
    network = limited(machine(), None, message_s)
    plan = Plan(
        (0, 1),
        (Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1), RunOp(1, 1), RunOp(2, 0), RunOp(3, 0)),
    )
    events = lower(program, plan, network)
    return events, Dispatcher(events, program, network, Policy(pauli_frames=frames)).run()


def test_messages_are_awaited_only_where_they_matter() -> None:
    pair, message = 10_000, 7.0
    for angle, frames, gate in (
        (math.pi / 2, True, pair + 10),  # a Clifford gate: the frame passes
        (0.3, True, pair + 110 + message),  # the sign of the angle hangs on the outcome
        (0.3, False, pair + 110 + message + 1),  # the correction is a gate
    ):
        events, times = telegate(angle, message, frames)
        execute = [i for i, e in enumerate(events.events) if isinstance(e, Execute)]
        assert times.start_s[execute[0]] == gate
        closed = times.start_s[of(CatDisentangle, events)]
        assert closed == gate + 10
        told = closed + 1 + 100 + message
        partner = max(gate + 10, pair + 110 + message) if frames else gate + 10
        assert times.start_s[execute[1]] == partner
        assert times.start_s[execute[2]] == told + (0 if frames else 1)


def test_a_measurement_does_not_wait_for_a_z_frame() -> None:
    ops = (GATE, Operation(Kind.MEASURE, (0,), clbit=0))
    program, network = program_of(*ops, clbits=1), limited(machine(), None, 7.0)
    events = lower(program, Plan((0, 1), (Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1), RunOp(1, 0))), network)
    last = max(i for i, e in enumerate(events.events) if isinstance(e, Execute))
    assert Dispatcher(events, program, network, PAULI_FRAMES).run().start_s[last] == 10_000 + 10
    assert Dispatcher(events, program, network, CORRECTION_GATES).run().start_s[last] > 10_000 + 200


def test_one_zone_makes_gates_wait_for_each_other() -> None:
    program = program_of(*[Operation(Kind.ROTATION, (2 * i, 2 * i + 1), angle=1.0) for i in range(3)], qubits=6)
    for zones, makespan in ((None, 10), (3, 10), (2, 20), (1, 30)):
        network = limited(machine(data=6), zones, 0.0)
        events = lower(program, Plan((0,) * 6, tuple(RunOp(i, 0) for i in range(3))), network)
        assert schedule(events, program, network).makespan_s == makespan


def test_policies_differ_as_they_should() -> None:
    steps = [step for _ in range(6) for step in (Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1))]
    program, network = program_of(*[GATE] * 6), machine(rate_hz=1e-3, memory=2)
    plan = Plan((0, 1), tuple(RunOp(i // 3, 1) if isinstance(s, RunOp) else s for i, s in enumerate(steps)))
    events = lower(program, plan, network)
    means = {}
    for pairs in ("prefetch", "on-demand", "just-in-time"):
        means[pairs] = Dispatcher(events, program, network, Policy(pairs)).sample(400).makespan_s.mean()
    assert means["prefetch"] <= means["just-in-time"] <= means["on-demand"] * 1.001
    with pytest.raises(UnknownNameError, match="prefetch"):
        Policy("prefech")


def drawn(network: Network, seed: int, link: list[int], number: list[int], samples: range) -> NDArray[np.float64]:
    """First waits of pairs, shape (samples, pairs)."""
    waits = pair_waits(network, seed, np.array(link), np.array(number))
    found = np.zeros((len(samples), len(link)))
    for row, word in zip(found, sample_words(samples), strict=True):
        first_waits(waits, word, row)
    return found


def test_waits_depend_on_the_pair_alone() -> None:
    network = network_of([1, 1, 1], 2)
    three = drawn(network, 5, [0, 0, 1], [0, 1, 0], range(1000))
    one = drawn(network, 5, [1], [0], range(1000))
    np.testing.assert_array_equal(three[:, 2:], one)
    np.testing.assert_array_equal(three[300:310], drawn(network, 5, [0, 0, 1], [0, 1, 0], range(300, 310)))
    assert abs(np.corrcoef(three.T) - np.eye(3)).max() < 0.1
    assert not np.array_equal(one, drawn(network, 6, [1], [0], range(1000)))


def test_waits_are_geometric_where_attempts_are_known() -> None:
    model = parse_model({"family": "direct", "fidelity": 0.9, "attempts_hz": 100.0, "success": 0.25})
    qpus = tuple(QPU(name=n, data=1, memory=1) for n in "ab")
    network = Network(qpus=qpus, links=(Link(a=0, b=1, model=model),))
    waits = drawn(network, 0, [0] * 4, [0, 1, 2, 3], range(5000))
    attempts = waits * 100.0
    np.testing.assert_allclose(attempts, np.round(attempts), atol=1e-9)
    assert attempts.min() >= 1
    assert attempts.mean() == pytest.approx(4.0, rel=0.03)
    assert attempts.std() == pytest.approx(math.sqrt(0.75) / 0.25, rel=0.05)


def test_samples_do_not_depend_on_threads_and_figures_agree() -> None:
    network = network_of([3, 2], 2)
    case = next(c for c in (random_case(seed, network) for seed in range(50)) if c and len(c[0].events) > 40)
    built = Dispatcher(*case, network, PAULI_FRAMES)
    np.testing.assert_array_equal(built.sample(50, 1, 1).makespan_s, built.sample(50, 1, 3).makespan_s)
    timing = time_plan(*case, network, PAULI_FRAMES, samples=50, seed=1)
    found = timing.statistics
    assert found.makespan_mean_s == pytest.approx(built.sample(50, 1).makespan_s.mean())
    assert found.makespan_p50_s <= found.makespan_p95_s <= found.makespan_p99_s
    assert sum(share.share for share in found.critical) == pytest.approx(1.0)
    assert (
        found.pairs_generated
        == sum(isinstance(e, HeraldPair) for e in case[0].events)
        == sum(x.pairs for x in found.links)
    )
    assert all(0 <= link.utilisation <= 1 for link in found.links)
    assert found.pairs_expired == 0
    t2_s = network.qpus[0].t2_s
    np.testing.assert_allclose(built.sample(50, 1).idle_loss, built.sample(50, 1).idle_s / t2_s)
    assert 1 - np.exp(-found.idle_ion_s / (2 * t2_s)) >= found.waiting_loss > 0  # Jensen: shared waits cost less


def test_zones_and_messages_are_read_from_files_and_written_back() -> None:
    from distq.networks.parse import parse_toml

    text = '[network]\nmessage_time_s = 1e-6\n[[qpu]]\nname = "a"\ndata = 2\nzones = 3\n[[qpu]]\nname = "b"\ndata = 2\n'
    network = parse_toml(text)
    assert [qpu.zones for qpu in network.qpus] == [3, None]
    assert network.message_time_s == 1e-6
    assert parse_toml(write_toml(network)) == network
    with pytest.raises(DistqError, match="message_time_s"):
        parse_toml(text.replace("1e-6", "-1"))
    with pytest.raises(DistqError, match="zones"):
        parse_toml(text.replace("zones = 3", "zones = 0"))


@pytest.mark.slow
def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path) -> None:  # type: ignore[no-untyped-def]
    picture = tmp_path / "gantt.png"
    common = ["circuits/qft_16.qasm", "-n", "2x8+2", "-s", "contiguous", "--samples", "20"]
    assert invoke(["schedule", *common, "--json", "--picture", str(picture)]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["pairs_used"] > 0
    assert row["makespan_p50_s"] <= row["makespan_p99_s"]
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert invoke(["schedule", *common, "--policy", "on-demand"]) == 0
    assert "critical path" in capsys.readouterr().out


def test_tasks_of_ions_come_first() -> None:
    network = network_of([3, 2], 2)
    case = next(c for c in (random_case(s, network) for s in range(50)) if c)
    tasks = compile_tasks(*case, network, PAULI_FRAMES)
    assert tasks.ions.tolist() == [len(ions_of(e)) for e in case[0].events]
    assert (np.diff(tasks.arrays.first) >= tasks.ions).all()
