"""The Clifford proxy rounds gates and keeps Clifford programs as they are."""

from __future__ import annotations

import numpy as np
import pytest

from distq.ir.program import Kind
from distq.simulation.engines.clifford.gates import not_clifford
from distq.simulation.engines.clifford.proxy import INPUTS, clifford_proxy, round_program
from distq.simulation.engines.density import density
from distq.simulation.execution import Execution
from distq.simulation.noise.matrices import local_matrix
from distq.simulation.result import EngineOptions
from distq.simulation.statevector.input_states import input_states
from helpers.executions import execution


def rounded(run: Execution) -> Execution:
    from dataclasses import replace

    return Execution(replace(run.copy_program, program=round_program(run.copy_program.program)))


def test_proxy_is_the_fidelity_of_the_rounded_program() -> None:
    for seed in range(4):
        run = execution(seed, noise=0.3, phase=0.2)
        assert not_clifford(run.copy_program.program) is not None
        proxy = rounded(run)
        assert not_clifford(proxy.copy_program.program) is None
        found = clifford_proxy(run, EngineOptions(0.004, None, seed))
        states = input_states(INPUTS, run.qubits, seed)
        truth = np.mean([density.fidelity(proxy.frame_program, state) for state in states])
        assert found is not None
        assert found.mean == pytest.approx(truth, abs=4 * found.stderr)


def test_clifford_gates_stay() -> None:
    once = rounded(execution(1)).copy_program.program
    for before, after in zip(once.operations, round_program(once).operations, strict=True):
        if before.kind is Kind.LOCAL:
            overlap = np.vdot(local_matrix(before.factors), local_matrix(after.factors))
            assert abs(overlap) == pytest.approx(2.0)


def test_no_proxy_with_measurements_inside() -> None:
    run = next(run for s in range(50) if not (run := execution(s, clbits=2, measure=0.3, reset=0.1)).unitary)
    assert clifford_proxy(run, EngineOptions(0.1, None, 0)) is None
