"""Causes of Bell pairs, full memories, and the costs with other numbers of ions."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from distq.circuits import build_circuit
from distq.compiler import CompileOptions
from distq.compiler.plan_stage import plan_program
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.studies.explain import CAUSES, Point, explain_circuit, explain_plan, with_curve
from distq.studies.explain.bottleneck import bottleneck
from distq.studies.explain.figure import draw
from distq.verification.plan_checker import check_plan
from helpers.cli import call
from helpers.networks import network_of
from helpers.paths import CIRCUITS
from helpers.plans import random_plan
from helpers.programs import random_program

QFT_16 = str(CIRCUITS / "qft_16.qasm")


def gate(*qubits: int) -> Operation:
    return Operation(Kind.ROTATION, qubits, angle=1.0)


def local(qubit: int) -> Operation:
    return Operation(Kind.LOCAL, (qubit,), factors=(np.array([[1, 1], [1, -1]], dtype=complex) / np.sqrt(2),))


def program_of(*ops: Operation) -> Program:
    n = 1 + max(q for op in ops for q in op.qubits)
    return Program("test", n, 0, ops, tuple(range(n)))


def causes_of(program: Program, network: Network, homes: tuple[int, ...], *steps: object) -> list[str]:
    plan = Plan(homes, tuple(steps))  # type: ignore[arg-type]
    check_plan(program, plan, network)
    return [copy.cause for copy in explain_plan(program, network, plan).copies]


# ---- causes ---------------------------------------------------------------------------------------------------------


def test_a_packet_counts_the_gates_it_served():
    program, network = program_of(gate(0, 2), gate(0, 3)), network_of([2, 2], 1)
    steps = (Grow(0, 0, 1), RunOp(0, 1), RunOp(1, 1), Shrink(0, 1))
    found = explain_plan(program, network, Plan((0, 0, 1, 1), steps))
    (copy,) = found.copies
    assert (copy.cause, copy.gates, copy.qubit, copy.source, copy.target) == ("packet", 2, 0, 0, 1)
    assert (copy.opened, copy.closed) == (0, 3)
    assert (found.qubits, found.links) == (((0, 1),), (("q0", "q1", 1),))


def test_a_move_and_the_stop_on_its_way():
    program, network = program_of(gate(0, 1)), network_of([1, 1, 2], 2, "line")
    steps = (Grow(0, 0, 1), Grow(0, 1, 2), Shrink(0, 1), HandOver(((0, 2),)), Shrink(0, 0), RunOp(0, 2))
    assert causes_of(program, network, (0, 2), *steps) == ["relay", "move"]


@pytest.mark.parametrize(("memory", "cause"), [(1, "evicted"), (2, "reopened")])
def test_a_copy_opened_again_is_an_eviction_only_if_memory_was_full_meanwhile(memory, cause):
    program, network = program_of(gate(0, 2), gate(1, 2), gate(0, 2)), network_of([2, 1], memory)
    serve = [(Grow(q, 0, 1), RunOp(i, 1), Shrink(q, 1)) for i, q in enumerate((0, 1, 0))]
    assert causes_of(program, network, (0, 0, 1), *sum(serve, ())) == ["packet", "packet", cause]


def test_closing_and_opening_for_nothing_is_no_eviction_even_with_one_memory_ion():
    program, network = program_of(gate(0, 1), gate(0, 1)), network_of([1, 1], 1)
    serve = [(Grow(0, 0, 1), RunOp(i, 1), Shrink(0, 1)) for i in range(2)]
    assert causes_of(program, network, (0, 1), *sum(serve, ())) == ["packet", "reopened"]


def test_a_half_in_transit_evicts_too():
    """The only memory ion of q1 must take the half of a pair for another copy."""
    program, network = program_of(gate(0, 1), gate(1, 2), gate(0, 1)), network_of([1, 1, 1], 1)
    first, again = ((Grow(0, 0, 1), RunOp(i, 1), Shrink(0, 1)) for i in (0, 2))
    steps = (*first, Grow(1, 1, 2), RunOp(1, 2), Shrink(1, 2), *again)
    assert causes_of(program, network, (0, 1, 2), *steps) == ["packet", "packet", "evicted"]


def test_a_new_segment_needs_a_new_copy_and_that_is_no_reopening():
    program, network = program_of(gate(0, 1), local(0), gate(0, 1)), network_of([1, 1], 1)
    steps = (
        Grow(0, 0, 1),
        RunOp(0, 1),
        Shrink(0, 1),
        RunOp(1, 0),
        Grow(0, 0, 1),
        RunOp(2, 1),
        Shrink(0, 1),
    )
    assert causes_of(program, network, (0, 1), *steps) == ["packet", "packet"]


def test_a_copy_for_nothing():
    program, network = program_of(gate(0, 1)), network_of([2, 1], 1)
    assert causes_of(program, network, (0, 0), Grow(0, 0, 1), Shrink(0, 1), RunOp(0, 0)) == ["idle"]


# ---- every plan -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(25))
def test_counts_agree_with_the_independent_check(seed):
    rng = np.random.default_rng(seed)
    network = network_of([2, 2, 3], [3, 4, None], ["complete", "line"][seed % 2])
    program = random_program(rng, 6, 30, clbits=2, measure=0.1, reset=0.05, condition=0.1, final_measure=seed % 3 == 0)
    plan = random_plan(program, network, rng)
    facts = check_plan(program, plan, network)
    found = explain_plan(program, network, plan)
    assert found.ebits == facts.ebits == sum(n for _, n in found.causes) == sum(n for _, n in found.qubits)
    assert sorted(n for _, _, n in found.links) == sorted(n for n in facts.link_ebits if n)
    assert tuple(row.peak_memory for row in found.occupancy) == facts.peak_memory_by_qpu
    for row, peak in zip(found.occupancy, facts.peak_data_by_qpu, strict=True):
        assert row.peak_data <= peak
        assert len(row.used) == len(program.operations)
        assert max(row.used) <= row.peak_memory
        assert (row.full_memory > 0) == (row.first_full is not None)
        assert row.memory is not None or not row.full_memory
    served = sum(copy.gates for copy in found.copies)
    assert served <= sum(len(op.qubits) for op in program.operations)


# ---- other networks -------------------------------------------------------------------------------------------------


def test_the_curve_never_rises_with_ions_and_keeps_the_given_point():
    found = explain_circuit(QFT_16, "4x4+2", "static-packets")
    points = {p.label: p for p in found.curve}
    assert list(points) == ["m-1", "m", "m+1", "2m", "inf", "data+1"]
    assert [p.memory for p in found.curve] == [1, 2, 3, 4, None, 2]
    assert points["m"].ebits == found.ebits
    costs = [points[label].ebits for label in ("m", "m+1", "2m", "inf")]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]
    assert points["data+1"].ebits <= found.ebits
    assert dict(found.causes)["evicted"] > 0
    assert found.binding.startswith("memory ions: one more per QPU saves")


def test_unlimited_memory_is_compared_with_limits():
    found = explain_circuit(QFT_16, "4x4+inf", "hypergraph")
    labels = [p.label for p in found.curve]
    assert labels[0] == "m=1"
    assert labels[-2:] == ["m", "data+1"]
    assert found.curve[0].ebits > found.ebits


def test_points_where_nothing_fits_say_why():
    found = explain_circuit(QFT_16, "4x4+2", "teledata-routing")
    first = found.curve[0]
    assert (first.label, first.ebits) == ("m-1", None)
    assert "memory ions" in first.note


def test_a_better_plan_for_fewer_ions_counts_for_more_too():
    """A strategy that plans worse with more memory does not make memory look harmful."""
    program, network = program_of(gate(0, 1)), network_of([1, 1], 0)
    plan = Plan((0, 1), (Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1)))
    found = explain_plan(program, network, plan)
    options = CompileOptions("per-gate")
    curve = with_curve(found, network, lambda other: plan_program(program, other, options).tally.ebits).curve
    assert [(p.label, p.ebits) for p in curve] == [("m", 1), ("m+1", 1), ("inf", 1), ("data+1", 0)]


def test_nothing_remote():
    found = explain_circuit(QFT_16, "1x16", "contiguous")
    assert (found.ebits, found.causes, found.copies) == (0, (), ())
    assert found.binding == "nothing: no gate is remote"
    assert draw(found)


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ({"m+1": 5, "data+1": 2, "inf": 9}, "memory ions: one more per QPU saves 5 Bell pairs"),
        ({"m+1": 1, "data+1": 2, "inf": 9}, "data ions: one more per QPU saves 2 Bell pairs"),
        (
            {"m+1": 0, "data+1": 0, "inf": 1},
            "memory ions, but one more is not enough: unlimited ones save 1 Bell pair;",
        ),
        ({"m+1": 0, "data+1": 0, "inf": 0}, "the circuit on these links"),
        ({}, "not memory: no copy was evicted"),
    ],
)
def test_the_verdict_names_what_saves_most(saved, said):
    from dataclasses import replace

    found = explain_circuit(QFT_16, "2x8+2", "burst", curve=False)
    curve = tuple(Point(label, 2, 0, found.ebits - gain) for label, gain in saved.items())
    assert bottleneck(replace(found, curve=curve)).startswith(said)


# ---- the command ----------------------------------------------------------------------------------------------------


def test_the_table(capsys):
    code, out, err = call(capsys, "explain", QFT_16, "-n", "4x4+1", "-s", "static-packets")
    assert (code, err) == (0, "")
    for words in ("qft_16 on 4x4+1", "evicted", "opened again", "1 memory ion more", "what limits it: memory ions"):
        assert words in out


def test_json_and_the_same_seed_the_same_answer(capsys):
    argv = ("explain", QFT_16, "-n", "4x4+1", "-s", "burst", "--seed", "3", "--json")
    code, out, _ = call(capsys, *argv)
    row = json.loads(out)
    assert code == 0
    assert (row["circuit"], row["network"], row["strategy"], row["seed"]) == ("qft_16", "4x4+1", "burst", 3)
    assert row["ebits"] == sum(row["causes"].values()) == len(row["copies"])
    assert set(row["causes"]) <= set(CAUSES)
    assert [p["label"] for p in row["curve"]] == ["m-1", "m", "m+1", "inf", "data+1"]
    assert call(capsys, *argv)[1] == out


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_picture(capsys, tmp_path, kind):
    path = tmp_path / f"out.{kind}"
    code, _, _ = call(capsys, "explain", QFT_16, "-n", "4x4+1", "-s", "burst", "--no-curve", "--picture", str(path))
    assert code == 0
    assert path.read_bytes()[:4] in (b"\x89PNG", b"<?xm", b"%PDF")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("-n", "4x4+1", "-s", "burts"), "did you mean 'burst'"),
        (("-n", "4x3+1"), "data ions"),
        (("-n", "4x4+1", "-s", "teledata-routing"), "memory ions"),
        (("-n", "4x4+1", "--picture", "out.txt"), "out.txt"),
    ],
)
def test_bad_input(capsys, argv, said):
    code, out, err = call(capsys, "explain", QFT_16, *argv)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_ions_with_any_role_are_one_limit() -> None:
    found = explain_circuit(build_circuit("qft:8"), "2x5c1", "kl")
    assert [point.label for point in found.curve] == ["ions-1", "m", "ions+1", "ions+2"]
    assert [point.memory for point in found.curve] == [4, 5, 6, 7]
    assert found.curve[0].ebits is None
    assert all(a.ebits >= b.ebits for a, b in pairwise(found.curve[1:]))
    assert found.binding.startswith("ions: one more per QPU saves")
    assert found.local_transfers is not None
    assert found.with_one_more <= found.local_transfers
    assert all(row.full_memory > 0.0 for row in found.occupancy)
