"""Pairs swapped over several hops in place of relayed copies: cost, state, time, files, and the choice between both."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from qiskit import QuantumCircuit

from distq.compiler import compile
from distq.errors import InfeasiblePlanError, NetworkError
from distq.execution.dispatch import CORRECTION_GATES, PAULI_FRAMES, Dispatcher
from distq.execution.lower import lower
from distq.execution.run_statistics import time_plan
from distq.frontend import normalise
from distq.ir.events import HeraldPair
from distq.ir.tally import tally
from distq.networks.links.bell_diagonal import convolve
from distq.networks.links.swapping import bell_measurement
from distq.networks.network import Network
from distq.networks.parse import parse_network, parse_toml
from distq.networks.parts import QPU, Hub, Link
from distq.networks.problems import InvalidValueError
from distq.networks.swapped_links import local_noise, swapped_link, with_swapping
from distq.networks.toml_writer import example_toml, write_toml
from distq.planning.realise.placement import Placement
from distq.planning.realise.realise import realise
from distq.planning.strategies.exact import TooLargeError, optimal_plan
from distq.reporting.figures.occupation import draw
from distq.reporting.figures.schedule import draw as draw_schedule
from distq.simulation.engines.density import density
from distq.simulation.execution import Execution
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.statevector.input_states import input_states
from distq.verification.plan_checker import check_plan
from helpers.networks import network_of
from helpers.plans import random_plan
from helpers.programs import random_program
from helpers.schedules import most_at_once

QUIET = {"error_1q": 0.0, "error_2q": 0.0, "error_measure": 0.0, "error_reset": 0.0, "error_transfer": 0.0}
FIRST, SECOND = (0.95, 0.03, 0.015, 0.005), (0.9, 0.04, 0.05, 0.01)


def line(memory: int, **noise: float) -> Network:
    """Three QPUs in a line, whose two links differ."""
    qpus = tuple([QPU(name=name, data=1, memory=memory, t2_s=math.inf, **noise) for name in "abc"])
    links = (Link(a=0, b=1, weights=FIRST, rate_hz=100.0), Link(a=1, b=2, weights=SECOND, rate_hz=50.0))
    return Network(name="line", qpus=qpus, links=links)


def ends_meet() -> QuantumCircuit:
    """CZ of the outer two of three qubits."""
    circuit = QuantumCircuit(3)
    circuit.cz(0, 2)
    return circuit


def survival(network: Network) -> float:
    """Process fidelity of a CZ between the outer QPUs: the fidelity with which it acts on halves of Bell pairs."""
    circuit = QuantumCircuit(6)
    for reference, half in ((0, 1), (5, 4)):
        circuit.h(reference)
        circuit.cx(reference, half)
    circuit.cz(1, 4)
    qpus = tuple([qpu.model_copy(update={"data": 2}) for qpu in network.qpus])
    done = compile(circuit, network.model_copy(update={"qpus": qpus}), "contiguous")
    assert done.report.ebits == 2
    run = Execution(reduce_events(done.program, done.events, done.schedule, done.network))
    (zero,) = input_states(["zero"], 6, 0)
    return float(density.fidelity(run.frame_program, zero))


# ---- cost and state -------------------------------------------------------------------------------------------------


def test_a_swapped_pair_counts_every_hop() -> None:
    network = with_swapping(line(3))
    done = compile(ends_meet(), network, "contiguous")
    assert done.tally.link_ebits == (0, 0, 1)
    assert done.tally.ebits == done.report.ebits == 2
    assert done.report.ebits_lower_bound is not None
    assert done.report.ebits_lower_bound <= 2
    assert [link.name for link in done.report.details.links if link.ebits] == ["a-c via b"]
    assert done.circuit is not None
    assert done.circuit.count_ops()["epr"] == 1


def test_swapping_needs_no_copy_in_the_middle() -> None:
    real = line(2)
    qpus = (real.qpus[0], real.qpus[1].model_copy(update={"memory": 0}), real.qpus[2])
    with pytest.raises(InfeasiblePlanError, match="memory ion"):
        compile(ends_meet(), real.model_copy(update={"qpus": qpus}), "contiguous")
    swapped = (*real.links, swapped_link(qpus, real.links, (0, 1, 2)))
    done = compile(ends_meet(), Network(name="swapped", qpus=qpus, links=swapped), "contiguous")
    assert done.report.ebits == 2
    assert done.report.verified


def test_swapped_and_relayed_gates_fail_alike_without_local_noise() -> None:
    composed = convolve(FIRST, SECOND)
    real = line(3, **QUIET)
    assert survival(real) == pytest.approx(composed[0], abs=1e-12)
    assert survival(with_swapping(real)) == pytest.approx(composed[0], abs=1e-12)


def test_noise_in_the_middle_is_that_of_one_bell_measurement() -> None:
    real = line(3, **(QUIET | {"error_2q": 0.02, "error_measure": 0.01}))
    (made,) = [link for link in with_swapping(real).links if link.via]
    noise = bell_measurement(local_noise(real.qpus[1]))
    np.testing.assert_allclose(made.weights, convolve(convolve(FIRST, SECOND), noise), atol=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_random_plans_over_swapped_links_are_what_they_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = with_swapping(network_of([2, 2, 2, 2], 6, "line" if seed % 2 else "star"))
    program = random_program(rng, 6, 30, x_block=0.1)
    plan = random_plan(program, network, rng)
    facts, cost = check_plan(program, plan, network), tally(plan, program, network)
    assert (facts.ebits, facts.link_ebits) == (cost.ebits, cost.link_ebits)
    hops = [len(link.via) + 1 for link in network.links]
    assert cost.ebits == sum(n * h for n, h in zip(cost.link_ebits, hops, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["auto", "contiguous", "greedy", "teledata-routing", "burst", "static-packets"])
def test_every_kind_of_strategy_plans_with_swapped_links(strategy: str) -> None:
    rng = np.random.default_rng(3)
    circuit = QuantumCircuit(8)
    for _ in range(20):
        a, b = rng.choice(8, 2, replace=False).tolist()
        circuit.cp(0.3, a, b)
        circuit.h(a)
    done = compile(circuit, "4x2+4@line+swap", strategy)
    assert done.report.verified
    pairs = list(zip(done.network.links, done.tally.link_ebits, strict=True))
    assert done.report.ebits == sum(n * (len(link.via) + 1) for link, n in pairs)
    if strategy == "contiguous":
        assert any(n for link, n in pairs if link.via)


def test_a_copy_that_the_middle_needs_is_relayed() -> None:
    circuit = QuantumCircuit(3)
    circuit.cz(0, 2)
    circuit.cz(0, 1)
    network, program = with_swapping(line(4)), normalise(circuit)
    at = [max(op.qubits) for op in program.operations]
    plan = realise(program, network, Placement((0, 1, 2), at))
    assert check_plan(program, plan, network).link_ebits == (1, 1, 0)
    plan = realise(normalise(ends_meet()), network, Placement((0, 1, 2), [2] * len(normalise(ends_meet()).operations)))
    assert check_plan(normalise(ends_meet()), plan, network).link_ebits == (0, 0, 1)


def test_the_exact_search_says_that_it_does_not_know_swapped_links() -> None:
    with pytest.raises(TooLargeError, match="links made by swapping"):
        optimal_plan(normalise(ends_meet()), with_swapping(line(3)))


# ---- time -----------------------------------------------------------------------------------------------------------


def test_the_mean_wait_is_that_of_the_slower_of_two_exponentials() -> None:
    (made,) = [link for link in with_swapping(line(3)).links if link.via]
    qpu = line(3).qpus[1]
    slower = 1 / 100 + 1 / 50 - 1 / 150
    assert made.mean_wait_s == pytest.approx(slower + qpu.time_2q_s + qpu.time_measure_s)


def test_what_is_on_the_way_is_busy() -> None:
    real = network_of([2, 2, 2], 6, "line")
    network = with_swapping(real)
    circuit = QuantumCircuit(6)
    circuit.cz(0, 4)
    circuit.cz(1, 5)
    circuit.cz(0, 2)
    done = compile(circuit, network, "contiguous")
    machine = Dispatcher(done.events, done.program, network, PAULI_FRAMES)
    times = machine.run()
    spans: dict[tuple[int, ...], list[tuple[float, float]]] = {}
    for event, begin, end in zip(done.events.events, times.start_s.tolist(), times.end_s.tolist(), strict=True):
        if isinstance(event, HeraldPair):
            for ends in pairwise(network.links[event.link].way):
                spans.setdefault(ends, []).append((begin, end))
    assert max(len(found) for found in spans.values()) > 1
    assert all(most_at_once(found) == 1 for found in spans.values())
    found = time_plan(done.events, done.program, network, PAULI_FRAMES, samples=200).statistics
    used = {link.name: link.utilisation for link in found.links}
    assert used["q1-q2"] >= used["q0-q2 via q1"] > 0.0


def test_hubs_on_the_way_herald_for_swapped_pairs() -> None:
    """One analyser for both links of the way is refused; with two, the hub is as busy as they are."""
    real = network_of([2, 2, 2], 6, "line")
    links = tuple([link.model_copy(update={"hub": 0}) for link in real.links])
    few = Network(name="hub", qpus=real.qpus, links=links, hubs=(Hub(name="switch", analysers=1),))
    with pytest.raises(NetworkError, match="it takes 2 analysers of hub 'switch' at once, which has 1"):
        with_swapping(few)
    assert with_swapping(few, where_possible=True) is few
    network = with_swapping(few.model_copy(update={"hubs": (Hub(name="switch", analysers=2),)}))
    circuit = QuantumCircuit(6)
    circuit.cz(0, 4)
    circuit.cz(1, 5)
    done = compile(circuit, network, "contiguous")
    assert done.tally.link_ebits == (0, 0, 2)
    timing = time_plan(done.events, done.program, network, PAULI_FRAMES, samples=200)
    assert [sorted(taken) for taken in timing.analysers.values()] == [[(0, 0), (0, 1)]] * 2
    found = timing.statistics
    (hub,) = found.hubs
    assert hub.pairs == 4
    assert hub.utilisation == pytest.approx(found.links[2].utilisation)
    assert [link.utilisation for link in found.links] == pytest.approx([hub.utilisation] * 3)
    assert found.bound_pairs_s == pytest.approx(2 * network.links[2].mean_wait_s)
    assert found.makespan_planned_s >= found.bound_pairs_s


@pytest.mark.parametrize("seed", range(8))
def test_adversarial_waits_never_block_swapped_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = network_of([2, 2, 2, 2], 5, "line" if seed % 2 else "star")
    qpus = tuple([qpu.model_copy(update={"communication": 2, "zones": 1}) for qpu in base.qpus])
    network = with_swapping(base.model_copy(update={"qpus": qpus}))
    program = random_program(rng, 6, 40)
    events = lower(program, random_plan(program, network, rng), network)
    for policy in (PAULI_FRAMES, CORRECTION_GATES):
        machine = Dispatcher(events, program, network, policy)
        times = machine.run(rng.choice([0.0, 1e-12, 1e-3, 1e9], size=len(machine.mean_waits_s)))
        assert math.isfinite(times.makespan_s)
        assert (times.idle_s >= -1e-6).all()
        middle: dict[int, list[tuple[float, float]]] = {}
        for event, begin, end in zip(events.events, times.start_s.tolist(), times.end_s.tolist(), strict=True):
            if isinstance(event, HeraldPair):
                for qpu in network.links[event.link].via:
                    middle.setdefault(qpu, []).append((begin, end))
        assert all(most_at_once(spans) <= 1 for spans in middle.values())


# ---- the choice -----------------------------------------------------------------------------------------------------


def leaves() -> QuantumCircuit:
    """Gates between the leaves of a star, none with its hub: a copy relayed there serves nothing else."""
    circuit = QuantumCircuit(6)
    for a, b in ((2, 4), (3, 5), (2, 5), (3, 4)):
        circuit.cp(0.4, a, b)
        circuit.h([a, b])
    return circuit


def star(error_measure: float) -> Network:
    network = network_of([2, 2, 2], 5, "star")
    noisy = [qpu.model_copy(update={"error_measure": error_measure, "t2_s": 100.0}) for qpu in network.qpus]
    return network.model_copy(update={"qpus": tuple(noisy)})


def test_auto_swaps_where_relays_would_fail_more_often() -> None:
    done = compile(leaves(), star(0.01), "contiguous", swap="auto")
    assert any(link.via and link.ebits for link in done.report.details.links)
    assert "swapped" in (done.report.details.scenario or "")


def test_auto_relays_where_one_relay_serves_many() -> None:
    circuit = QuantumCircuit(6)
    for q in (1, 2, 4, 3, 5):
        circuit.cp(0.3, 0, q)
    done = compile(circuit, "3x2+4@line", "contiguous", swap="auto")
    assert not any(link.via for link in done.report.details.links)


def test_auto_leaves_networks_alone_that_cannot_swap() -> None:
    done = compile(ends_meet(), line(2), "contiguous", swap="auto")
    assert done.network == line(2)
    assert compile(ends_meet(), "3x1+2", "contiguous", swap="all").report.ebits == 1


def test_distilled_pairs_are_swapped() -> None:
    plain = compile(ends_meet(), line(5), "contiguous", swap="all")
    better = compile(ends_meet(), line(5), "contiguous", distill="dejmps", swap="all")
    fidelity = [next(link.fidelity for link in done.network.links if link.via) for done in (plain, better)]
    assert fidelity[1] > fidelity[0]


def test_too_few_ions_in_the_middle_are_named() -> None:
    with pytest.raises(NetworkError, match="'b' has 2 memory ions; swapping takes 2, and copies 1 or more"):
        with_swapping(line(2))
    one = [qpu.model_copy(update={"communication": 1}) for qpu in line(4).qpus]
    with pytest.raises(NetworkError, match="'b' has 1 communication ion"):
        with_swapping(line(4).model_copy(update={"qpus": tuple(one)}))


# ---- files ----------------------------------------------------------------------------------------------------------


def test_shorthand_and_files() -> None:
    network = parse_network("4x4+4@line+swap:oxford-2025")
    assert [(link.a, link.b, link.via) for link in network.links if link.via] == [
        (0, 2, (1,)),
        (0, 3, (1, 2)),
        (1, 3, (2,)),
    ]
    assert [qpu.memory for qpu in network.qpus] == [4, 2, 2, 4]
    assert [*network.distance] == [*parse_network("4x4+4@line").distance]
    assert parse_toml(write_toml(network), network.name) == network
    real = parse_network("4x4+4@line")
    keyed = parse_toml(write_toml(real).replace("[network]", "[network]\nswap = true"), real.name)
    assert keyed.links == with_swapping(real).links
    example = parse_toml(example_toml())
    assert parse_toml(write_toml(example)) == example
    assert [example.link_name(i) for i, link in enumerate(example.links) if link.via] == ["bob-helios1 via alice"]


SWAPPED = """
[network]
topology = "line"
[[qpu]]
name = "q"
count = 4
data = 2
memory = 4
[[link]]
between = ["q0", "q2"]
via = ["q1"]
"""


@pytest.mark.parametrize(
    ("old", "new", "key", "text"),
    [
        ('via = ["q1"]', 'via = ["qq"]', "link[0].via[0]", "QPU"),
        ('via = ["q1"]', "via = []", "link[0].via", "in order"),
        ('via = ["q1"]', 'via = ["q3"]', "link[0].via", "no link joins 'q0' and 'q3'"),
        ('via = ["q1"]', 'via = ["q1"]\npreset = "oxford-2025"', "link[0].preset", "does not go with via"),
        ('via = ["q1"]', 'via = ["q1"]\nhub = "h"', "link[0].hub", "does not go with via"),
        ('via = ["q1"]', 'via = ["q1"]\nrate_hz = 0', "link[0].rate_hz", "above 0"),
        ('["q0", "q2"]', '["q0", "q1"]', "link[0].via", "no link joins"),
        ('topology = "line"', 'topology = "line"\nswap = 3', "network.swap", "true or false"),
    ],
)
def test_wrong_ways_are_named(old: str, new: str, key: str, text: str) -> None:
    assert parse_toml(SWAPPED).links[-1].via == (1,)
    with pytest.raises(InvalidValueError) as caught:
        parse_toml(SWAPPED.replace(old, new))
    (problem,) = caught.value.problems
    assert problem.key == key
    assert text in problem.text


def test_every_wrong_key_is_named() -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse_toml(SWAPPED.replace('via = ["q1"]', 'via = ["q1"]\ncutoff_s = 1\npreset = "oxford-2025"'))
    assert [problem.key for problem in caught.value.problems] == ["link[0].cutoff_s", "link[0].preset"]


@pytest.mark.parametrize(
    ("via", "text"), [((5,), "there are 4"), ((1, 1), "twice"), ((3,), "no photonic link joins 'q0' and 'q3'")]
)
def test_networks_refuse_ways_that_do_not_exist(via: tuple[int, ...], text: str) -> None:
    real = network_of([1, 1, 1, 1], 4, "line")
    with pytest.raises(InvalidValueError, match=text):
        Network(name="n", qpus=real.qpus, links=(*real.links, Link(a=0, b=2, via=via)))


def test_what_is_computed_is_not_copied() -> None:
    real = network_of([1, 1, 1], 4, "line")
    assert real.distance[0][2] == 2
    assert real.model_copy(update={"links": real.links[:1]}).distance[0][2] == -1


@pytest.mark.slow
def test_pictures_name_swapped_links_and_count_their_hops() -> None:
    done = compile(ends_meet(), with_swapping(line(3)), "contiguous")
    drawn = draw(done, "svg").decode()
    assert "on line: 2 Bell pairs" in drawn
    timing = time_plan(done.events, done.program, done.network, PAULI_FRAMES, samples=20)
    assert "a-c via b" in draw_schedule(timing, done.events, done.network, done.program.name, "svg").decode()
