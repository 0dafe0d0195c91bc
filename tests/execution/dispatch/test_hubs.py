"""Hubs, communication ions and cutoffs in time: limits kept under any waits, expired pairs as closed forms say."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distq import compiler
from distq.cli import invoke
from distq.errors import DistqError
from distq.execution.dispatch import CORRECTION_GATES, PAULI_FRAMES, Dispatcher, Policy, TaskTimes
from distq.execution.dispatch.kernels import RENEWALS
from distq.execution.lower import lower
from distq.execution.run_statistics import time_plan
from distq.execution.time_bounds import pairs_bound, path_bound
from distq.ir.events import CatEntangle, Events, HeraldPair
from distq.ir.plan import Grow, Plan, RunOp, Shrink
from distq.ir.program import Kind, Operation
from distq.networks.links import parse_model
from distq.networks.network import Network
from distq.networks.parse import parse_toml
from distq.networks.parts import QPU, Hub, Link
from distq.networks.toml_writer import write_toml
from distq.util.jit import always
from helpers.networks import network_of
from helpers.schedules import FAST, HADAMARD, POLICIES, most_at_once, program_of
from helpers.strategies import DYNAMIC, SEEDS, Planned, programs, random_plans

INSTANT = dict.fromkeys(FAST, 0.0)


def shared(network: Network, analysers: int, reconfiguration_s: float = 0.0, **of_link: object) -> Network:
    """All links at one hub."""
    links = tuple(link.model_copy(update={"hub": 0} | of_link) for link in network.links)
    hub = Hub(name="switch", analysers=analysers, reconfiguration_s=reconfiguration_s)
    return network.model_copy(update={"links": links, "hubs": (hub,)})


def heralds(events: Events, times: TaskTimes) -> list[tuple[int, HeraldPair, float, float]]:
    spans = zip(events.events, times.start_s.tolist(), times.end_s.tolist(), strict=True)
    return [(i, e, a, b) for i, (e, a, b) in enumerate(spans) if isinstance(e, HeraldPair)]


@pytest.mark.slow
@settings(max_examples=60)
@given(
    random_plans(programs(operations=40, x_block=0.1, **DYNAMIC), st.just(network_of([2, 2, 1], 2))),
    SEEDS,
    st.sampled_from(POLICIES),
    st.sampled_from([1, 2]),
    st.sampled_from([0.0, 0.5]),
    st.sampled_from([None, 1]),
    st.sampled_from([None, 1e-6, 2.0]),
)
def test_no_waits_deadlock_or_break_a_shared_limit(
    planned: Planned,
    seed: int,
    policy: Policy,
    analysers: int,
    setting_s: float,
    communication: int | None,
    cutoff_s: float | None,
) -> None:
    program, plan, base = planned
    qpus = tuple(qpu.model_copy(update={"communication": communication, "zones": 1}) for qpu in base.qpus)
    network = shared(base.model_copy(update={"qpus": qpus}), analysers, setting_s, cutoff_s=cutoff_s)
    events = lower(program, plan, network)
    built = Dispatcher(events, program, network, policy)
    assert sorted(built.order.tolist()) == list(range(len(events.events)))
    waits = np.random.default_rng(seed).choice([0.0, 1e-12, 1e-3, 1.0, 1e6], size=len(built.mean_waits_s))
    with always("compiled"):
        times = built.run(waits)
    with always("plain"):
        twin = built.run(waits)
    for mine, other in zip(times, twin, strict=True):
        np.testing.assert_array_equal(mine, other)
    assert math.isfinite(times.makespan_s)
    assert (times.idle_s >= -1e-6).all()
    found = heralds(events, times)
    assert most_at_once([(a, b) for _, _, a, b in found]) <= analysers
    if communication:
        for qpu in range(3):
            assert most_at_once([(a, b) for _, e, a, b in found if qpu in (e.a.qpu, e.b.qpu)]) <= communication
    if analysers == 1:  # whoever has the analyser next, on another link, waits until it is set
        ordered = sorted((a, b, e.link) for _, e, a, b in found if b > a)
        for (_, ended, one), (begun, _, other) in itertools.pairwise(ordered):
            assert begun >= ended + (setting_s if one != other else 0.0) - 1e-6
    for i, _, _, ready in found:
        if cutoff_s is not None:
            assert times.start_s[i + 1] - ready <= cutoff_s * (1 + 1e-9) + 1e-9 * times.makespan_s
    planned = built.run()
    assert planned.makespan_s >= max(pairs_bound(built), path_bound(built)) * (1 - 1e-12)


def three_pairs(analysers: int, setting_s: float) -> tuple[Dispatcher, Events, TaskTimes]:
    """Pairs on a-b, a-c, a-b, each of 100 s, nothing else takes time."""
    qpus = tuple(QPU(name=n, data=3, memory=6, **INSTANT) for n in "abc")
    links = (Link(a=0, b=1, rate_hz=0.01), Link(a=0, b=2, rate_hz=0.01))
    network = shared(Network(qpus=qpus, links=links), analysers, setting_s)
    grows = (Grow(0, 0, 1), Grow(1, 0, 2), Grow(2, 0, 1))
    program = program_of(qubits=3)
    events = lower(program, Plan((0, 0, 0), (*grows, Shrink(0, 1), Shrink(1, 2), Shrink(2, 1))), network)
    machine = Dispatcher(events, program, network)
    return machine, events, machine.run()


def test_one_analyser_serves_one_link_at_a_time() -> None:
    _, events, times = three_pairs(1, 7.0)
    starts = [a for _, _, a, _ in heralds(events, times)]
    assert starts == [0.0, 107.0, 214.0]
    assert times.makespan_s == 314.0
    assert times.reconfigured.sum() == 2
    _, events, times = three_pairs(2, 7.0)  # each link keeps an analyser
    assert [a for _, _, a, _ in heralds(events, times)] == [0.0, 0.0, 100.0]
    assert times.reconfigured.sum() == 0


def test_the_hub_is_reported() -> None:
    machine, events, _ = three_pairs(1, 7.0)
    program = program_of(qubits=3)
    timing = time_plan(events, program, machine.network, CORRECTION_GATES, samples=50)
    found = timing.statistics
    (hub,) = found.hubs
    assert timing.analysers == {i: ((0, 0),) for i, _, _, _ in heralds(events, timing.times)}
    assert (hub.name, hub.analysers, hub.pairs, hub.reconfigurations) == ("switch", 1, 3, 2.0)
    assert hub.utilisation == pytest.approx(1.0)
    assert found.critical[0].resource == "hub switch"
    assert found.bound_pairs_s == 300.0
    assert machine.sample(20, 1, 1).reconfigurations.tolist() == machine.sample(20, 1, 3).reconfigurations.tolist()


def test_a_pair_takes_all_the_ions_that_try_for_it() -> None:
    table = {"family": "two-photon", "ions": 2, "channels": 2, "length_km": 1.0}
    for communication, at_once in ((None, 2), (4, 2), (3, 1), (2, 1)):
        qpus = tuple(QPU(name=n, data=2, memory=8, communication=communication, **INSTANT) for n in "ab")
        network = Network(qpus=qpus, links=(Link(a=0, b=1, model=parse_model(table)),))
        program = program_of(qubits=2)
        events = lower(program, Plan((0, 0), (Grow(0, 0, 1), Grow(1, 0, 1), Shrink(0, 1), Shrink(1, 1))), network)
        machine = Dispatcher(events, program, network)
        spans = [(a, b) for _, _, a, b in heralds(events, machine.run())]
        assert most_at_once(spans) == at_once
        assert machine.run().makespan_s >= pairs_bound(machine)
    with pytest.raises(DistqError, match="takes 2 communication ions"):
        Network(
            qpus=tuple(QPU(name=n, data=1, memory=8, communication=1) for n in "ab"),
            links=(Link(a=0, b=1, model=parse_model(table)),),
        )


def relay(cutoff_s: float | None, first_hz: float, second_hz: float) -> tuple[Dispatcher, Events]:
    """A copy goes from a over b to c: the pair b-c, of an age of at most ``cutoff_s``, waits for the pair a-b."""
    qpus = tuple(QPU(name=n, data=1, memory=3, **INSTANT) for n in "abc")
    links = (Link(a=0, b=1, rate_hz=first_hz), Link(a=1, b=2, rate_hz=second_hz, cutoff_s=cutoff_s))
    network = Network(qpus=qpus, links=links)
    program = program_of(qubits=1)
    plan = Plan((0,), (Grow(0, 0, 1), Grow(0, 1, 2), Shrink(0, 2), Shrink(0, 1)))
    events = lower(program, plan, network)
    return Dispatcher(events, program, network), events


def test_expired_pairs_per_used_one_for_exponential_waits() -> None:
    """A pair is needed after a time ~ Exp(mu). The j-th one has expired by then with chance x^j, where
    x = E[exp(-mu (wait + cutoff))] = exp(-mu cutoff) lambda/(lambda + mu); so x/(1 - x) expire.
    """
    mu, lam, cutoff = 1.0, 4.0, 0.3
    machine, _ = relay(cutoff, mu, lam)
    samples = 40_000
    runs = machine.sample(samples, seed=5)
    x = math.exp(-mu * cutoff) * lam / (lam + mu)
    expected = x / (1 - x)
    spread = math.sqrt(x) / (1 - x)  # geometric
    assert runs.expired.mean() == pytest.approx(expected, abs=4 * spread / math.sqrt(samples))
    assert np.bincount(runs.expired)[:3] / samples == pytest.approx([(1 - x) * x**j for j in range(3)], abs=0.01)
    # Every generated pair, 1/(1 - x) of them, takes 1/lambda on average (Wald).
    assert runs.busy_s[:, 1].mean() == pytest.approx(1 / (1 - x) / lam, rel=0.03)
    assert machine.sample(500, 5, 1).expired.tolist() == machine.sample(500, 5, 2).expired.tolist()


def test_expired_pairs_while_a_known_time_passes() -> None:
    """The root is busy for R: the j-th pair has expired if its Erlang-distributed herald was before R - j cutoff."""
    from scipy.special import gammainc

    wait_s, lam, cutoff = 5.0, 2.0, 0.8
    qpus = tuple(QPU(name=n, data=1, memory=2, **(INSTANT | {"time_1q_s": wait_s})) for n in "ab")
    network = Network(qpus=qpus, links=(Link(a=0, b=1, rate_hz=lam, cutoff_s=cutoff),))
    program = program_of(Operation(Kind.LOCAL, (0,), factors=(HADAMARD,)), qubits=1)
    events = lower(program, Plan((0,), (RunOp(0, 0), Grow(0, 0, 1), Shrink(0, 1))), network)
    runs = Dispatcher(events, program, network, PAULI_FRAMES).sample(20_000, seed=1)
    expected = sum(float(gammainc(j, lam * (wait_s - j * cutoff))) for j in range(1, int(wait_s / cutoff) + 1))
    assert runs.expired.mean() == pytest.approx(expected, abs=4 * runs.expired.std() / math.sqrt(20_000))


def test_a_cutoff_costs_time_and_saves_idling() -> None:
    free, kept = relay(None, 1.0, 4.0)[0].sample(5000), relay(0.2, 1.0, 4.0)[0].sample(5000)
    assert free.expired.sum() == 0 < kept.expired.sum()
    assert kept.makespan_s.mean() > free.makespan_s.mean()
    assert kept.idle_loss.mean() < free.idle_loss.mean()


def test_a_pair_that_is_not_needed_for_ages_is_heralded_on_demand() -> None:
    machine, events = relay(1e-6, 1.0, 1e6)
    times = machine.run(np.array([1e9, 1e-6]))
    assert times.expired.tolist() == [0, RENEWALS]
    entangle = [i for i, e in enumerate(events.events) if isinstance(e, CatEntangle)][1]
    assert times.start_s[entangle] == pytest.approx(1e9 + 1e-6, abs=1e-6)


def test_planned_runs_take_the_mean_again() -> None:
    machine, _ = relay(0.5, 0.1, 1.0)
    times = machine.run()  # needed at 10; heralded at 1, 2.5, ..., 10
    assert times.expired.tolist() == [0, 6]
    assert times.makespan_s == pytest.approx(10.0)
    figures = time_plan(*lowered(), machine.network, CORRECTION_GATES, samples=100).statistics
    assert figures.pairs_generated == pytest.approx(figures.pairs_used + figures.pairs_expired)
    assert figures.pairs_expired > 0


def lowered() -> tuple[Events, object]:
    return relay(0.5, 0.1, 1.0)[1], program_of(qubits=1)


def test_four_traps_share_a_hub() -> None:
    done = compiler.compile("circuits/qft_32.qasm", "four-traps-one-hub", "contiguous")
    alone = done.network.model_copy(
        update={"links": tuple(x.model_copy(update={"hub": None}) for x in done.network.links)}
    )
    figures = time_plan(done.events, done.program, done.network, PAULI_FRAMES, samples=100).statistics
    apart = time_plan(done.events, done.program, alone, PAULI_FRAMES, samples=100).statistics
    assert figures.makespan_mean_s > apart.makespan_mean_s
    (hub,) = figures.hubs
    assert 0.3 < hub.utilisation <= 1.0
    assert hub.pairs == done.tally.ebits
    assert apart.hubs == ()


FILE = """
[network]
topology = "star"
[[qpu]]
name = "a"
count = 3
data = 2
communication = 1
[[hub]]
name = "switch"
analysers = 2
reconfiguration_s = 1e-3
[defaults.link]
hub = "switch"
cutoff_s = 0.25
"""


def test_files_say_hubs_and_cutoffs_and_are_written_back() -> None:
    network = parse_toml(FILE)
    assert network.hubs == (Hub(name="switch", analysers=2, reconfiguration_s=1e-3),)
    assert [(link.hub, link.cutoff_s) for link in network.links] == [(0, 0.25)] * 2
    assert [qpu.communication for qpu in network.qpus] == [1] * 3
    assert parse_toml(write_toml(network)) == network
    mixed = network.model_copy(
        update={
            "links": (
                network.links[0].model_copy(update={"hub": None}),
                Link(a=0, b=2, model=parse_model({"family": "two-photon"}), hub=0, cutoff_s=1.0),
            )
        }
    )
    assert parse_toml(write_toml(mixed)) == mixed


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('hub = "switch"', 'hub = "swich"', "defaults.link.hub = .*did you mean 'switch'"),
        ("analysers = 2", "analysers = 0", r"hub\[0\].analysers = 0: must be a whole number of Bell-state analysers"),
        ("reconfiguration_s = 1e-3", "reconfiguration_s = -1", r"hub\[0\].reconfiguration_s = -1: must be a time"),
        ("cutoff_s = 0.25", "cutoff_s = 0", "defaults.link.cutoff_s = 0: must be a time in seconds above 0"),
        ("communication = 1", "communication = 0", r"qpu\[0\].communication = 0: must be a whole number"),
        ("analysers = 2", "analyzers = 2", r"hub\[0\].analyzers: unknown key; did you mean 'analysers'"),
        ('[[hub]]\nname = "switch"', '[[hub]]\n[[hub]]\nname = "hub0"', "second hub 'hub0'"),
    ],
)
def test_wrong_hubs_are_one_clear_error(old: str, new: str, message: str) -> None:
    with pytest.raises(DistqError, match=message):
        parse_toml(FILE.replace(old, new))


def test_a_model_that_takes_turns_is_not_at_a_hub_too() -> None:
    qpus = tuple(QPU(name=n, data=1) for n in "ab")
    link = Link(a=0, b=1, hub=0, model=parse_model({"family": "two-photon", "shared_by": 3}))
    with pytest.raises(DistqError, match="give one of the two"):
        Network(qpus=qpus, links=(link,), hubs=(Hub(name="switch"),))
    with pytest.raises(DistqError, match="there are 0"):
        Network(qpus=qpus, links=(Link(a=0, b=1, hub=0),))


@pytest.mark.slow
def test_the_commands(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "hub.toml"
    path.write_text(FILE.replace("data = 2", "data = 6"))
    assert invoke(["network", "show", str(path)]) == 0
    assert "reconfiguration" in capsys.readouterr().out
    assert invoke(["link", "show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "hub switch has 2 for 2 links, 1 ms to give one to another link" in out
    assert "discarded after 250 ms" in out
    picture = tmp_path / "gantt.svg"
    common = ["schedule", "circuits/qft_16.qasm", "-n", str(path), "-s", "contiguous", "--samples", "20"]
    assert invoke([*common, "--picture", str(picture)]) == 0
    assert "switch 2" in picture.read_text()
    out = capsys.readouterr().out
    assert "switch" in out
    assert "expired" in out
