"""Random circuits for tests, and an exact simulator of circuits with measurements, resets and conditions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.circuit import library as lib
from qiskit.circuit.classical import expr
from qiskit.quantum_info import Operator, random_unitary

ONE = ("h", "x", "y", "z", "s", "sdg", "t", "tdg", "sx", "sxdg", "rx", "ry", "rz", "p", "u", "r", "unitary1")
TWO = (
    *("cx", "cy", "cz", "ch", "cp", "crx", "cry", "crz", "cs", "csdg", "csx", "cu", "rxx", "ryy", "rzz", "rzx"),
    *("swap", "iswap", "dcx", "ecr", "xx_plus_yy", "xx_minus_yy", "cx_o0", "unitary2"),
)
THREE = ("ccx", "ccz", "cswap", "rccx", "ccx_o", "mcp", "mcrx", "diagonal", "pauli", "evolution")
MANY = ("mcx", "mcx_o", "mcp", "c3sx", "rc3x", "evolution", "diagonal", "cswap_o")
CLIFFORD = ("h", "x", "y", "z", "s", "sdg", "cx", "cz", "cy", "swap")
COMMON = ("h", "x", "s", "t", "tdg", "rx", "ry", "rz", "cx", "cz", "cp", "rzz", "swap")
DYNAMIC = (*COMMON, "measure", "reset", "if")
ALL = (*ONE, *TWO, *THREE, *MANY)

_ANGLES = (np.pi, np.pi / 2, -np.pi / 2, np.pi / 4, 0.0)


def random_circuit(
    qubits: int,
    gates: int,
    seed: int,
    mix: Sequence[str] = COMMON,
    clbits: int = 0,
    parameters: int = 0,
) -> QuantumCircuit:
    """Circuit of ``gates`` gates drawn from ``mix`` on random qubits.

    Parameters
    ----------
    qubits, gates, seed
        Sizes, and the seed of all choices.
    mix
        Names from ONE, TWO, THREE, MANY, or ``measure``, ``reset``, ``if`` (which need ``clbits``); gates on more
        qubits than there are are not drawn.
    clbits
        Classical bits, in a register ``c``.
    parameters
        Number of unbound parameters that angles of rotations are drawn from half of the time.
    """
    rng = np.random.default_rng(seed)
    registers = [QuantumRegister(qubits, "q")] + ([ClassicalRegister(clbits, "c")] if clbits else [])
    circuit = QuantumCircuit(*registers, name=f"random_{seed}")
    unknown = [Parameter(f"t{i}") for i in range(parameters)]
    names = [name for name in mix if _width(name) <= qubits]
    for _ in range(gates):
        _append(circuit, str(rng.choice(names)), rng, unknown)
    return circuit


def _width(name: str) -> int:
    if name in THREE:
        return 3
    return 4 if name in MANY else 2 if name in TWO else 1


def _append(circuit: QuantumCircuit, name: str, rng: np.random.Generator, unknown: list[Parameter]) -> None:
    n = circuit.num_qubits
    q = [int(i) for i in rng.permutation(n)]
    if name == "measure":
        circuit.measure(q[0], int(rng.integers(circuit.num_clbits)))
    elif name == "reset":
        circuit.reset(q[0])
    elif name == "if":
        _append_if(circuit, rng)
    elif name in ("mcp", "mcx", "mcx_o", "mcrx", "diagonal", "evolution", "cswap_o", "ccx_o", "cx_o0", "pauli"):
        _append_wide(circuit, name, q, rng, unknown)
    elif name.startswith("unitary"):
        width = int(name[-1])
        circuit.unitary(random_unitary(2**width, seed=int(rng.integers(2**31))), q[:width])
    else:
        known = name.startswith("xx_")
        angles = [_angle(rng, [] if known else unknown) for _ in range(_ARITY.get(name, 0))]
        gate = _CLASSES.get(name)
        if gate is not None:
            circuit.append(gate(*angles), q[: _width(name)])
        else:
            getattr(circuit, name)(*angles, *q[: _width(name)])


_CLASSES = {
    "c3sx": lib.C3SXGate,
    "rc3x": lib.RC3XGate,
    "xx_plus_yy": lib.XXPlusYYGate,
    "xx_minus_yy": lib.XXMinusYYGate,
}
_ARITY = {
    **dict.fromkeys(("rx", "ry", "rz", "p", "cp", "crx", "cry", "crz", "rxx", "ryy", "rzz", "rzx"), 1),
    **{"u": 3, "r": 2, "cu": 4, "xx_plus_yy": 2, "xx_minus_yy": 2},
}


def _angle(rng: np.random.Generator, unknown: list[Parameter]) -> float | Parameter:
    if unknown and rng.random() < 0.5:
        parameter = unknown[int(rng.integers(len(unknown)))]
        return parameter if rng.random() < 0.5 else parameter * float(rng.choice([-1.0, 2.0, 0.5])) + 0.25
    return float(rng.choice(_ANGLES)) if rng.random() < 0.4 else float(rng.uniform(-7, 7))


def _append_wide(
    circuit: QuantumCircuit, name: str, q: list[int], rng: np.random.Generator, unknown: list[Parameter]
) -> None:
    width = int(rng.integers(3, len(q) + 1)) if len(q) >= 3 else 2
    state = int(rng.integers(2 ** (width - 1)))
    match name:
        case "mcp":
            circuit.append(lib.MCPhaseGate(_angle(rng, unknown), width - 1), q[:width])
        case "mcx":
            circuit.mcx(q[: width - 1], q[width - 1])
        case "mcx_o":
            circuit.append(lib.XGate().control(width - 1, ctrl_state=state, annotated=False), q[:width])
        case "mcrx":
            base = (lib.RXGate, lib.RYGate, lib.RZGate)[int(rng.integers(3))](_angle(rng, unknown))
            circuit.append(base.control(2, ctrl_state=state % 4, annotated=False), q[:3])
        case "diagonal":
            circuit.append(lib.DiagonalGate(list(np.exp(1j * rng.uniform(-3, 3, 8)))), q[:3])
        case "evolution":
            word = "".join(rng.choice(list("IXYZ"), width))
            from qiskit.quantum_info import SparsePauliOp

            circuit.append(lib.PauliEvolutionGate(SparsePauliOp([word], [0.7]), _angle(rng, unknown)), q[:width])
        case "cswap_o":
            circuit.append(lib.SwapGate().control(2, ctrl_state=state % 4, annotated=False), q[:4])
        case "ccx_o":
            circuit.ccx(*q[:3], ctrl_state=state % 4)
        case "cx_o0":
            circuit.cx(q[0], q[1], ctrl_state=0)
        case "pauli":
            circuit.append(lib.PauliGate("".join(rng.choice(list("IXYZ"), 3))), q[:3])


def _append_if(circuit: QuantumCircuit, rng: np.random.Generator) -> None:
    """A conditioned body of one to three gates on a bit, on the register, or on an expression; maybe with an else."""
    bit = circuit.clbits[int(rng.integers(circuit.num_clbits))]
    register = circuit.cregs[0]
    value = int(rng.integers(2 ** len(register)))
    tests = [
        (bit, int(rng.integers(2))),
        (register, value),
        expr.lift(bit),
        expr.logic_not(bit),
        expr.equal(register, value),
        expr.not_equal(register, value),
        expr.logic_and(circuit.clbits[0], expr.logic_not(circuit.clbits[-1])),
    ]
    bodies = []
    for _ in range(2):
        body = QuantumCircuit(circuit.qubits, circuit.clbits)
        mix = [m for m in (*COMMON, "ccx", "u", "cswap", "unitary2") if _width(m) <= circuit.num_qubits]
        for _ in range(int(rng.integers(1, 4))):
            _append(body, str(rng.choice(mix)), rng, [])
        bodies.append(body)
    test = tests[int(rng.integers(len(tests)))]
    if rng.random() < 0.5:
        circuit.if_test(test, bodies[0], circuit.qubits, circuit.clbits)
    else:
        circuit.if_else(test, bodies[0], bodies[1], circuit.qubits, circuit.clbits)


Branches = dict[int, NDArray[np.complex128]]


def random_state(qubits: int, seed: int) -> NDArray[np.complex128]:
    """Haar random state vector."""
    rng = np.random.default_rng(seed)
    vector = rng.normal(size=2**qubits) + 1j * rng.normal(size=2**qubits)
    return vector / np.linalg.norm(vector)


def run_exactly(circuit: QuantumCircuit, state: NDArray[np.complex128]) -> Branches:
    """Unnormalised density matrix per value of the classical bits at the end; no value is left out that can occur."""
    rho = np.outer(state, state.conj())
    return _run(circuit, {0: rho}, list(range(circuit.num_qubits)), list(range(circuit.num_clbits)), circuit.num_qubits)


def _run(circuit: QuantumCircuit, branches: Branches, qubits: list[int], clbits: list[int], total: int) -> Branches:
    for instruction in circuit.data:
        operation = instruction.operation
        q = [qubits[circuit.find_bit(bit).index] for bit in instruction.qubits]
        c = [clbits[circuit.find_bit(bit).index] for bit in instruction.clbits]
        if operation.name == "barrier":
            continue
        after: Branches = {}
        for value, rho in branches.items():
            for key, made in _step(circuit, operation, q, c, value, rho, clbits, total):
                after[key] = after[key] + made if key in after else made
        branches = after
    return branches


def _step(circuit, operation, q, c, value, rho, clbits, total):  # type: ignore[no-untyped-def]
    if operation.name == "measure":
        for outcome in (0, 1):
            projected = _apply(np.diag([1.0 - outcome, outcome]), q, rho, total)
            if np.trace(projected).real > 1e-12:
                yield value & ~(1 << c[0]) | outcome << c[0], projected
    elif operation.name == "reset":
        low = _apply(np.diag([1.0, 0.0]), q, rho, total)
        yield value, low + _apply(np.array([[0.0, 1.0], [0.0, 0.0]]), q, rho, total)
    elif operation.name == "if_else":
        index = {bit: clbits[i] for i, bit in enumerate(circuit.clbits)}
        holds = _holds(operation.condition, index, value)
        body = operation.blocks[0] if holds else (operation.blocks[1:] or (None,))[0]
        if body is None:
            yield value, rho
        else:
            yield from _run(body, {value: rho}, q, c, total).items()
    else:
        yield value, _apply(Operator(operation).data, q, rho, total)


def _holds(test, index, value):  # type: ignore[no-untyped-def]
    if isinstance(test, tuple):
        bits = [test[0]] if not hasattr(test[0], "__len__") else list(test[0])
        return sum((value >> index[b] & 1) << i for i, b in enumerate(bits)) == int(test[1])
    return bool(_evaluate(test, index, value))


def _evaluate(node, index, value):  # type: ignore[no-untyped-def]
    if isinstance(node, expr.Value):
        return int(node.value)
    if isinstance(node, expr.Var):
        bits = [node.var] if not hasattr(node.var, "__len__") else list(node.var)
        return sum((value >> index[b] & 1) << i for i, b in enumerate(bits))
    if isinstance(node, expr.Cast):
        return _evaluate(node.operand, index, value)
    if isinstance(node, expr.Unary):
        return not _evaluate(node.operand, index, value)
    left, right = _evaluate(node.left, index, value), _evaluate(node.right, index, value)
    values = {
        "EQUAL": left == right,
        "NOT_EQUAL": left != right,
        "LOGIC_AND": left and right,
        "LOGIC_OR": left or right,
    }
    return values[node.op.name]


def _apply(matrix, q, rho, total):  # type: ignore[no-untyped-def]
    k = len(q)
    axes = [total - 1 - i for i in reversed(q)]
    tensor = np.asarray(matrix, dtype=complex).reshape((2,) * (2 * k))
    out = rho.reshape((2,) * (2 * total))
    out = np.moveaxis(np.tensordot(tensor, out, (range(k, 2 * k), axes)), range(k), axes)
    columns = [total + a for a in axes]
    out = np.moveaxis(np.tensordot(tensor.conj(), out, (range(k, 2 * k), columns)), range(k), columns)
    return out.reshape(rho.shape)


def chosen_bits(branches: Branches, mask: int) -> Branches:
    """The branches of the classical bits in ``mask``, whatever the others are."""
    out: Branches = {}
    for key, rho in branches.items():
        out[key & mask] = out.get(key & mask, 0) + rho
    return out


def same_branches(a: Branches, b: Branches, tolerance: float = 1e-8) -> bool:
    """True if both hold the same density matrix for every value of the classical bits."""
    return all(np.abs(a.get(key, 0) - b.get(key, 0)).max() < tolerance for key in set(a) | set(b))


def qft(n: int) -> QuantumCircuit:
    circuit = QuantumCircuit(n, name="qft")
    for i in range(n):
        circuit.h(i)
        for j in range(i + 1, n):
            circuit.cp(np.pi / 2 ** (j - i), i, j)
    return circuit
