"""Many circuits through Qiskit's transpiler and distq, in every order: is what comes out legal, and is it the circuit?

Unitary circuits are compared by expectation values of random Pauli strings after random product inputs, read through
``layout``; circuits with measurements by their states on random branches of outcomes.

    python benchmarks/qiskit_table.py [--seeds 4] [--levels 0 1 2 3] [--ways backend before after ...]
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import qiskit
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Parameter, Qubit
from qiskit.circuit.classical import expr
from qiskit.circuit.library import PauliEvolutionGate, PermutationGate, StatePreparation, UnitaryGate, XGate
from qiskit.quantum_info import SparsePauliOp, Statevector, random_pauli_list, random_unitary
from qiskit.transpiler import PassManager, generate_preset_pass_manager

from distq.frontend import prepared
from distq.qiskit import DistributePass, NetworkBackend
from distq.qiskit.ions import objection

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from helpers.circuits import ALL, CLIFFORD, COMMON, DYNAMIC, MANY, ONE, THREE, TWO, qft, random_circuit
from helpers.coherent import _compare, _Run
from helpers.expectation import expectations, with_product_input

NETWORK, STRATEGY = "2x3+2", "contiguous"
STAGES = ("init", "layout", "routing", "translation", "optimization", "scheduling")
WAYS = ("backend", "initial_layout", "before", "before_backend", "after", *STAGES)
BACKEND = NetworkBackend(NETWORK, STRATEGY)
WANTED = [5, 0, 6, 1, 2, 7]
Made = tuple[str, QuantumCircuit]


def unitary_circuits(seeds: int) -> Iterator[Made]:
    """Circuits without measurements."""
    mixes = {"one+two": (*ONE, *TWO), "three": (*COMMON, *THREE), "many": (*COMMON, *MANY), "all": ALL}
    mixes |= {"clifford": CLIFFORD, "common": COMMON, "swaps": ("swap", "cx", "h", "t", "rx")}
    for name, mix in mixes.items():
        for seed in range(seeds):
            yield f"random {name} {seed}", random_circuit(5 if name in ("many", "all") else 6, 14, seed, mix)
    yield from named_circuits()
    yield from structured_circuits()


def named_circuits() -> Iterator[Made]:
    """Circuits that everybody knows."""
    ghz = QuantumCircuit(6)
    ghz.h(0)
    for q in range(5):
        ghz.cx(q, q + 1)
    yield "ghz", ghz
    yield "qft", qft(5)
    swapped = qft(6)
    for q in range(3):
        swapped.swap(q, 5 - q)
    yield "qft with swaps", swapped
    cycle = QuantumCircuit(6)
    cycle.append(PermutationGate([2, 0, 1, 5, 3, 4]), range(6))
    yield "permutation", qft(6).compose(cycle).compose(ghz)
    yield "permutation alone", cycle
    for controls in (2, 3, 4, 5):
        mcx = QuantumCircuit(6)
        mcx.h(range(controls))
        mcx.mcx(list(range(controls)), 5)
        yield f"mcx {controls}", mcx
    opened = QuantumCircuit(6)
    opened.append(XGate().control(4, ctrl_state=5, annotated=False), [5, 1, 3, 0, 2])
    yield "open controls", opened
    evolution = QuantumCircuit(4)
    evolution.append(PauliEvolutionGate(SparsePauliOp(["XYZX", "ZZII", "IXXI"], [0.4, 0.2, 0.9]), 0.7), range(4))
    yield "evolution", evolution.decompose(reps=2)
    prepared_state = QuantumCircuit(4)
    prepared_state.append(StatePreparation(Statevector(qft(4)).data), range(4))
    yield "state preparation", prepared_state
    for width in (2, 3):
        block = QuantumCircuit(5)
        block.append(UnitaryGate(random_unitary(2**width, seed=width)), [0, 4, 2][:width])
        block.append(UnitaryGate(random_unitary(2**width, seed=width + 9)), [3, 1, 4][:width])
        yield f"unitary {width}", block
    yield "empty", QuantumCircuit(3)
    alone = QuantumCircuit(6, global_phase=0.4)
    alone.rx(0.3, range(6))
    yield "no gates on two", alone


def structured_circuits() -> Iterator[Made]:
    """Registers, boxes, own gates, parameters, idle qubits."""
    a, b, loose = QuantumRegister(2, "a"), QuantumRegister(2, "b"), [Qubit(), Qubit()]
    registers = QuantumCircuit(a, loose, b)
    registers.add_register(QuantumRegister(bits=[a[0], b[1], loose[1]], name="over"))
    yield "registers", registers.compose(random_circuit(6, 12, 3))
    boxed = random_circuit(6, 8, 1)
    with boxed.box():
        boxed.cx(0, 5)
        boxed.rx(0.4, 3)
    boxed.cp(0.4, 1, 4)
    yield "box", boxed
    own = QuantumCircuit(3, name="own")
    own.compose(random_circuit(3, 6, 2), inplace=True)
    gate = own.to_gate()
    with_own = QuantumCircuit(6)
    with_own.h(range(6))
    with_own.append(gate, [0, 5, 2])
    with_own.append(gate.control(1, annotated=True), [1, 4, 3, 0])
    with_own.append(gate.inverse(), [3, 1, 2])
    yield "own gates", with_own
    idle = QuantumCircuit(6)
    idle.h(0)
    idle.barrier()
    idle.cx(0, 4)
    idle.delay(100, 2)
    yield "idle qubits and barriers", idle
    for seed in range(3):
        yield f"parameters {seed}", random_circuit(5, 14, seed, (*COMMON, "rxx", "crx", "u"), parameters=3)
    theta = Parameter("theta")
    layered = QuantumCircuit(6, global_phase=theta / 2)
    for layer in range(3):
        layered.ry(theta * layer, range(6))
        for q in range(layer % 2, 5, 2):
            layered.rzz(theta + q, q, q + 1)
    yield "parameter in the phase", layered


def dynamic_circuits(seeds: int) -> Iterator[Made]:
    """Circuits with measurements, resets and control flow."""
    for seed in range(2 * seeds):
        yield f"dynamic {seed}", random_circuit(4, 16, seed, DYNAMIC, clbits=3)
    teleport = QuantumCircuit(QuantumRegister(3), ClassicalRegister(2, "m"))
    teleport.u(0.3, 0.4, 0.5, 0)
    teleport.h(1)
    teleport.cx(1, 2)
    teleport.cx(0, 1)
    teleport.h(0)
    teleport.measure([0, 1], [0, 1])
    with teleport.if_test((1, 1)):
        teleport.x(2)
    with teleport.if_test((0, 1)):
        teleport.z(2)
    yield "teleportation", teleport
    final = random_circuit(5, 14, 5)
    final.measure_all()
    yield "measure all", final
    again = QuantumCircuit(4, 2)
    again.h(range(4))
    again.cx(0, 3)
    again.measure(3, 0)
    again.reset(3)
    again.cx(3, 0)
    again.h(3)
    again.cx(3, 1)
    again.measure(3, 1)
    yield "measure, reset, go on", again
    loop = QuantumCircuit(4, 1)
    loop.h(range(4))
    with loop.for_loop(range(3)) as i:
        loop.rx(0.3 * i, 0)
        loop.cx(0, 3)
    loop.measure(3, 0)
    yield "for", loop
    switch = QuantumCircuit(QuantumRegister(4), ClassicalRegister(2, "c"))
    switch.h([0, 1])
    switch.measure([0, 1], [0, 1])
    with switch.switch(switch.cregs[0]) as case:
        with case(0):
            switch.cx(0, 2)
        with case(1, 2):
            switch.x(3)
        with case(case.DEFAULT):
            switch.cz(2, 3)
    yield "switch", switch
    nested = QuantumCircuit(QuantumRegister(4), ClassicalRegister(2, "c"))
    nested.h([0, 3])
    nested.measure([0, 3], [0, 1])
    with nested.if_test(expr.not_equal(nested.cregs[0], 2)) as otherwise, nested.if_test((nested.clbits[0], 1)):
        nested.cx(1, 2)
    with otherwise:
        nested.h(1)
    nested.cx(1, 3)
    yield "nested if", nested


def distributed(source: QuantumCircuit, way: str, level: int) -> QuantumCircuit:
    """The circuit through Qiskit and distq in one of the WAYS."""
    alone = PassManager([DistributePass(NETWORK, STRATEGY)])
    if way == "backend":
        return transpile(source, backend=BACKEND, optimization_level=level)
    if way == "initial_layout":
        wanted = WANTED[: source.num_qubits]
        return transpile(source, backend=BACKEND, optimization_level=level, initial_layout=wanted)
    if way == "before":
        once = alone.run(source)
        return kept_layout(transpile(once, optimization_level=level), once)
    if way == "before_backend":
        once = alone.run(source)
        return kept_layout(transpile(once, backend=BACKEND, optimization_level=level), once)
    if way == "after":
        first = generate_preset_pass_manager(level)
        first.scheduling = alone
        return first.run(source)
    manager = generate_preset_pass_manager(level)
    setattr(manager, way, (getattr(manager, way) or PassManager()) + alone)
    return manager.run(source)


def kept_layout(out: QuantumCircuit, once: QuantumCircuit) -> QuantumCircuit:
    """A circuit that was transpiled twice has the second layout, from one to the other: join it with the first."""

    class Joined:
        _input_qubit_count = None

        def final_index_layout(self, filter_ancillas: bool = True) -> list[int]:
            first = once.layout.final_index_layout()
            second = out.layout.final_index_layout() if out.layout is not None else range(out.num_qubits)
            return [second[ion] for ion in first]

    out.joined = Joined()
    return out


def final_positions(out: QuantumCircuit) -> list[int]:
    """Where the source's qubits are at the end."""
    found: list[int] = getattr(out, "joined", out.layout).final_index_layout()
    return found


def fault(source: QuantumCircuit, out: QuantumCircuit, dynamic: bool, *, legal: bool) -> str | None:
    """What is wrong with the result; None if nothing is."""
    if legal:
        why = objection(out, BACKEND.target.ions, BACKEND.network)
        if why is not None:
            return f"illegal: {why}"
    if not dynamic:
        values = {p: 0.3 + 0.2 * i for i, p in enumerate(sorted(source.parameters, key=lambda p: p.name))}
        bound, made = source.assign_parameters(values), out.assign_parameters(values)
        made.joined = getattr(out, "joined", None)
        paulis = list(random_pauli_list(source.num_qubits, 4, seed=source.num_qubits, phase=False))
        exact = [Statevector(unboxed(bound)).expectation_value(pauli).real for pauli in paulis]
        found = expectations(made, paulis, positions=final_positions(out))
        apart = float(np.abs(np.array(exact) - found).max())
        return f"expectation values {apart:.2g} apart" if apart > 1e-9 else None
    plain = prepared(source, source.num_qubits)
    for branch in range(3):
        first = _Run(plain, plain.num_clbits, np.random.default_rng(branch))
        first.run([], None)
        second = _Run(out, plain.num_clbits, forced=first.outcomes)
        second.run([], None)
        _compare(first, second, list(final_positions(out)))
    return None


def whole(source: QuantumCircuit, way: str, level: int, dynamic: bool) -> str | None:
    """What is wrong with what comes of a circuit in one way at one level."""
    legal = way in ("backend", "initial_layout", "before_backend", "after", "scheduling")
    return fault(source, distributed(source, way, level), dynamic, legal=legal)


def unboxed(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with what stands in boxes outside of them."""
    out = circuit.copy_empty_like()
    for item in circuit.data:
        if item.name == "box":
            out.compose(item.operation.body, item.qubits, item.clbits, inplace=True)
        else:
            out.append(item)
    return out


def main() -> None:
    """Run the table and print what is wrong, and how often what was right."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--levels", type=int, nargs="*", default=[0, 1, 2, 3])
    parser.add_argument("--ways", nargs="*", default=list(WAYS))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    circuits = [(name, with_product_input(c, 1), False) for name, c in unitary_circuits(arguments.seeds)]
    circuits += [(name, c, True) for name, c in dynamic_circuits(arguments.seeds)]
    print(f"Qiskit {qiskit.__version__}: {len(circuits)} circuits on {NETWORK}")
    right: Counter[str] = Counter()
    start = time.process_time()
    for name, source, dynamic in circuits:
        for way in arguments.ways:
            for level in arguments.levels:
                wrong = checked(partial(whole, source, way, level, dynamic))
                right[way] += wrong is None
                if wrong is not None:
                    print(f"  {name}, {way}, level {level}: {wrong}", flush=True)
    total = len(circuits) * len(arguments.levels)
    for way in arguments.ways:
        print(f"{way:16} {right[way]} of {total}")
    print(f"{time.process_time() - start:.0f} s of CPU")


def checked(work: Callable[[], str | None]) -> str | None:
    """What is wrong, an error included."""
    try:
        return work()
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {str(error)[:200]} ({Path(place.filename).name}:{place.lineno})"


if __name__ == "__main__":
    main()
