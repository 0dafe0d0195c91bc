"""Clifford programs of any size, in stim.

Copies stay qubits here (a noiseless CX opens and closes them), so that every channel is one instruction of stim. The
noiseless program is then undone and the input state with it: nothing went wrong if and only if every line is |0>.
The detector error model lists what can make a line differ; the product of (1 - p) over it is the probability that no
fault with an effect happens, a rigorous lower bound that misses only different faults that cancel each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import stim
from numpy.typing import NDArray

from distq.errors import InternalError
from distq.program import Kind, Matrix, Operation, Program
from distq.simulate import channels
from distq.simulate.channels import Channel, Source
from distq.simulate.copy_program import Apply, Begin, Close, CopyOp, Open, Slot
from distq.simulate.inputs import InputState
from distq.simulate.matrices import local_matrix, number
from distq.simulate.result import Execution, Outcome, Settings, Value
from distq.simulate.waits import Waits

BATCH = 4096
"""Shots drawn at once."""
MOST_DRAWS = 2_000_000
"""Random numbers for waits held at once."""
MAX_SHOTS = 4_000_000
"""Shots per input after which a run stops short of its precision."""
_TOLERANCE = 1e-9


def not_clifford(program: Program) -> str | None:
    """The first operation that stim cannot run, in words; None if there is none."""
    for index, op in enumerate(program.operations):
        if op.kind is Kind.LOCAL and gate_name(local_matrix(op.factors)) is None:
            return f"operation {index}, a gate on line {op.qubits[0]}, is not Clifford"
        if op.diagonal and _quarter_turns(op) is None:
            return f"operation {index}, {op.kind.name.lower()} by {number(op.angle):.6g}, is not Clifford"
    return None


def gate_name(matrix: Matrix) -> str | None:
    """stim's name of a one-qubit Clifford gate, whatever its phase; None for other gates."""
    rounded = [_axis(matrix, pauli) for pauli in (_X, _Z)]
    if None in rounded:
        return None
    return _names().get((rounded[0], rounded[1]))


_X: Matrix = np.array([[0, 1], [1, 0]], dtype=np.complex128)
_Y: Matrix = np.array([[0, -1j], [1j, 0]], dtype=np.complex128)
_Z: Matrix = np.array([[1, 0], [0, -1]], dtype=np.complex128)


def _axis(matrix: Matrix, pauli: Matrix, tolerance: float = _TOLERANCE) -> int | None:
    """U P U^-1 as +-1, +-2, +-3 for +-X, Y, Z; None if it is no Pauli."""
    image = matrix @ pauli @ matrix.conj().T
    parts = [float(np.trace(image @ p).real) / 2 for p in (_X, _Y, _Z)]
    best = int(np.argmax(np.abs(parts)))
    if abs(abs(parts[best]) - 1.0) > tolerance:
        return None
    return (best + 1) * (1 if parts[best] > 0 else -1)


@lru_cache(maxsize=1)
def _names() -> dict[tuple[int | None, int | None], str]:
    names = {}
    for name, data in stim.gate_data().items():
        if data.is_unitary and data.is_single_qubit_gate:
            matrix = np.asarray(data.unitary_matrix, dtype=np.complex128)
            names[_axis(matrix, _X, 1e-5), _axis(matrix, _Z, 1e-5)] = name  # single precision
    return names


@lru_cache(maxsize=1)
def _inverses() -> dict[str, str]:
    return {name: stim.gate_data(name).inverse.name for name in _names().values()}


def _quarter_turns(op: Operation) -> int | None:
    """Angle of a diagonal operation in units of pi/2, modulo 4; a PHASE must be trivial."""
    turns = number(op.angle) / (math.pi / 2)
    if abs(turns - round(turns)) > _TOLERANCE:
        return None
    whole = round(turns) % 4
    return whole if op.kind is Kind.ROTATION or whole == 0 else None


class Emitter:
    """Writes an execution as stim text; one body serves all inputs."""

    def __init__(self, execution: Execution) -> None:
        self.reduced = execution.reduced
        self.program = self.reduced.program
        self.ideal: list[tuple[str, str]] = []
        """Noiseless ops on lines: (instruction, its inverse)."""
        self.waits = execution.waits
        self.lines: list[str] = []
        self.waiting: set[int] = set()
        """Those of ``lines`` with chances that differ from schedule to schedule."""
        self.begins: list[tuple[int, int]] = []
        """(index into ``lines``, program line) of every preparation."""
        self.at: dict[int, int] = {}
        self.exact = True
        """False if some channel is not one of independent flips, so that stim's error model is approximate."""
        self._free: list[int] = []
        self._used = self.program.num_qubits
        self._write()

    def circuit(self, state: InputState, *, references: bool = False, waiting: bool = True) -> Any:
        """stim circuit with one detector per line, silent without noise.

        With ``references`` every line is born as half of a Bell pair, and its other half has a detector too; without
        ``waiting`` noise that differs from schedule to schedule is left out.
        """
        names = [None if gate is None else gate_name(gate) for gate in state.gates]
        lines = list(self.lines)
        for index, line in self.begins:
            if names[line] not in (None, "I"):
                lines[index] = f"{names[line]} {line}"
            if references:
                lines[index] += f"\nH {self._used + line}\nCX {self._used + line} {line}"
        if not waiting:
            lines = [line for index, line in enumerate(lines) if index not in self.waiting]
        lines += [inverse for _, inverse in reversed(self.ideal)]
        lines += [f"{_inverses()[name]} {q}" for q, name in enumerate(names) if name is not None]
        n = self.program.num_qubits
        ends = list(range(n))
        if references:
            lines += [f"CX {self._used + q} {q}\nH {self._used + q}" for q in range(n)]
            ends += range(self._used, self._used + n)
        lines.append("M " + " ".join(map(str, ends)))
        lines += [f"DETECTOR rec[{k - len(ends)}]" for k in range(len(ends))]
        return stim.Circuit("\n".join(lines))

    def _write(self) -> None:
        slots = iter((*self.reduced.slots, None))
        slot = next(slots)
        for index, op in enumerate(self.reduced.ops):
            while slot is not None and slot.position == index:
                self._noise(slot, op)
                slot = next(slots)
            self._op(op)
        while slot is not None:
            self._noise(slot, None)
            slot = next(slots)

    def _op(self, op: CopyOp) -> None:
        match op:
            case Begin(line, member):
                self.at[member] = line
                self.begins.append((len(self.lines), line))
                self.lines.append("")
            case Open(member, root):
                if self._free:
                    self.at[member] = self._free.pop()
                    self.lines.append(f"R {self.at[member]}")
                else:
                    self.at[member] = self._used
                    self._used += 1
                self.lines.append(f"CX {self.at[root]} {self.at[member]}")
            case Close(member, root):
                self._close(self.at.pop(member), member, root)
            case Apply(operation, members, _, followers):
                gate, inverse = _instruction(self.program.operations[operation])
                if gate:
                    self.lines.append(gate.format(*[self.at[m] for m in members]))
                    lines = [self.reduced.line_of[m] for m in members]
                    self.ideal.append((gate.format(*lines), inverse.format(*lines)))
                for on in followers:
                    self.lines.append(f"{'CX' if len(on) > 1 else 'X'} {' '.join(str(self.at[m]) for m in on)}")
            case _:
                raise InternalError(f"stim was given noise that is no Pauli channel: {op}")

    def _close(self, qubit: int, member: int, root: int) -> None:
        """The line stays on the qubit of its number: if its own member leaves, the root moves there."""
        line = self.reduced.line_of[member]
        if qubit == line:
            other = self.at[root]
            self.lines.append(f"SWAP {qubit} {other}")
            self.at[root], qubit = qubit, other
        self.lines.append(f"CX {self.at[root]} {qubit}")
        self._free.append(qubit)

    def _noise(self, slot: Slot, op: CopyOp | None) -> None:
        """A slot before a line begins is on the qubit where it will."""
        qubits = []
        for member in slot.members:
            if member not in self.at:
                assert isinstance(op, Begin)
                self.at[member] = op.line
            qubits.append(self.at[member])
        if slot.wait >= 0:
            self.waiting.add(len(self.lines))
        tag = f"{slot.source.kind}:{slot.source.where}:{slot.wait}"
        self.lines.append(_noise_template(slot.channel).format(*qubits, t=tag))
        if channels.independent(slot.channel) is None:
            self.exact = False


def _instruction(op: Operation) -> tuple[str, str]:
    """Format strings of an operation and of its inverse, fields numbered by operand; empty for the identity."""
    if op.kind is Kind.LOCAL:
        name = gate_name(local_matrix(op.factors))
        assert name is not None
        return ("", "") if name == "I" else (f"{name} {{0}}", f"{_inverses()[name]} {{0}}")
    if not op.diagonal:
        return "", ""
    turns = _quarter_turns(op)
    fields = [f"{{{k}}}" for k in range(len(op.qubits))]
    if turns == 0:
        return "", ""
    if turns == 2:
        text = f"Z {' '.join(fields)}"
        return text, text
    if len(fields) == 2:
        names = ("SQRT_ZZ", "SQRT_ZZ_DAG")
        texts = [f"{name} {' '.join(fields)}" for name in names]
    else:
        product = "*".join(f"Z{f}" for f in fields)
        texts = [f"SPP {product}", f"SPP_DAG {product}"]
    return (texts[0], texts[1]) if turns == 1 else (texts[1], texts[0])


_LETTERS = "IXZY"


@lru_cache(maxsize=4096)
def _noise_template(channel: Channel) -> str:
    """Instructions for a Pauli channel: field t is the tag, fields 0 and 1 the qubits.

    Independent flips where there are such, because stim's error model is exact only for these.
    """
    if len(set(channel[1:])) == 1:
        name = "DEPOLARIZE1[{{t}}]({}) {{0}}" if len(channel) == 4 else "DEPOLARIZE2[{{t}}]({}) {{0}} {{1}}"
        return name.format(repr(sum(channel[1:])))
    flips = channels.independent(channel)
    if flips is not None:
        return "\n".join(
            f"E[{{t}}]({q!r}) " + " ".join(f"{_LETTERS[d]}{{{k}}}" for k in (0, 1) if (d := pauli >> 2 * k & 3))
            for pauli, q in enumerate(flips)
            if q > 0.0
        )
    order = (0, 1, 3, 2)  # I, X, Y, Z as digits
    if len(channel) == 4:
        return f"PAULI_CHANNEL_1[{{t}}]({','.join(repr(channel[d]) for d in order[1:])}) {{0}}"
    paulis = [first + 4 * second for first in order for second in order]
    return f"PAULI_CHANNEL_2[{{t}}]({','.join(repr(channel[p]) for p in paulis[1:])}) {{0}} {{1}}"


def estimate_fidelity(execution: Execution, states: Sequence[InputState], settings: Settings) -> Outcome:
    """Mean state fidelity of a unitary Clifford program on every stabilizer input."""
    emitter = Emitter(execution)
    values, shots, losses, interrupted = [], 0, dict[Source, float](), False
    wanted = settings.precision * math.sqrt(len(states))
    quota = None if settings.shots is None else -(-settings.shots // len(states))
    per_schedule = np.zeros(execution.chances.schedules)
    for index, state in enumerate(states):
        settings.progress(f"simulating input {index + 1} of {len(states)}")
        model = error_model(emitter.circuit(state), execution.waits)
        silent = model.silent
        if not emitter.exact:
            silent = np.full(1, math.exp(sum(math.log(slot.channel[0]) for slot in execution.reduced.slots)))
        shot = _Shots(emitter.circuit(state, waiting=False), model, (settings.seed, index))
        value, drawn, interrupted = _sample(shot, float(silent.mean()), wanted, quota)
        values.append(value)
        per_schedule += model.silent
        shots += drawn
        if interrupted:
            break
        for source, loss in model.losses.items():
            losses[source] = losses.get(source, 0.0) + loss / len(states)
    spread = execution.chances.spread(per_schedule / len(values))
    method = f"stabilizer sampling (stim), {execution.qubits} qubits"
    return Outcome(tuple(values), shots, losses, method, interrupted, spread)


def process_fidelity(execution: Execution, zero: InputState, settings: Settings) -> Value:
    """Process fidelity of a unitary Clifford program: state fidelity with a Bell reference for every line."""
    emitter = Emitter(execution)
    model = error_model(emitter.circuit(zero, references=True), execution.waits)
    silent = float(model.silent.mean()) if emitter.exact else 0.0
    shot = _Shots(emitter.circuit(zero, references=True, waiting=False), model, (settings.seed, -1))
    value, _, interrupted = _sample(shot, silent, settings.precision, settings.shots)
    if interrupted:
        raise KeyboardInterrupt
    return Value(value.mean, math.hypot(value.stderr, execution.chances.spread(model.silent)))


@dataclass(frozen=True, eq=False)
class ErrorModel:
    """What can make detectors fire.

    Attributes
    ----------
    silent
        Per schedule: probability that every mechanism happens an even number of times.
    losses
        Summed probabilities by source.
    flipped, table
        Mechanisms by waiting: their detectors, and their probabilities, shape (schedules, mechanisms).
    """

    silent: NDArray[np.float64]
    losses: dict[Source, float]
    flipped: tuple[tuple[int, ...], ...]
    table: NDArray[np.float64]


def error_model(circuit: Any, waits: Waits | None = None) -> ErrorModel:
    """The mechanisms of a circuit, those with the same detectors as one."""
    odd: dict[tuple[int, ...], float] = {}
    columns: dict[tuple[int, ...], tuple[int, ...]] = {}
    losses: dict[Source, float] = {}
    for error in circuit.detector_error_model(approximate_disjoint_errors=True):
        if error.type != "error":
            continue
        targets = tuple(sorted([target.val for target in error.targets_copy()]))
        if not targets:
            continue
        (p,) = error.args_copy()
        kind, where, wait = error.tag.split(":")
        if int(wait) >= 0:
            columns[targets] = (*columns.get(targets, ()), int(wait))
        else:
            before = odd.get(targets, 0.0)
            odd[targets] = before + p - 2 * before * p
        source = Source(kind, int(where))
        losses[source] = losses.get(source, 0.0) + p
    fixed = math.exp(sum(math.log1p(-p) for targets, p in odd.items() if targets not in columns))
    if waits is None:
        return ErrorModel(np.full(1, fixed), losses, (), np.zeros((1, 0)))
    silent = np.full(len(waits.ratio), fixed)
    for targets, of in columns.items():
        silent *= 1.0 - waits.odd(odd.get(targets, 0.0), of)
    table = [waits.odd(0.0, of) for of in columns.values()]
    shape = np.stack(table, axis=1) if table else np.zeros((len(silent), 0))
    return ErrorModel(silent, losses, tuple(columns), shape)


class _Shots:
    """Draws detectors: stim those of faults that are as likely in all schedules, the others one schedule per shot."""

    def __init__(self, circuit: Any, model: ErrorModel, key: tuple[int, int]) -> None:
        seed, index = key
        stream = np.random.SeedSequence(seed, spawn_key=(2, index + 1)).generate_state(1, np.uint64)[0]
        self.sampler = circuit.compile_detector_sampler(seed=int(stream) >> 1)
        self.rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(7, index + 1)))
        self.table = model.table
        bits = np.zeros((len(model.flipped), circuit.num_detectors), dtype=np.uint8)
        for mechanism, detectors in enumerate(model.flipped):
            bits[mechanism, list(detectors)] = 1
        self.flips = np.packbits(bits, axis=1, bitorder="little")

    def silent(self, size: int) -> int:
        """In how many of ``size`` shots no detector fires."""
        fired: NDArray[np.uint8] = self.sampler.sample(size, bit_packed=True)
        rows, mechanisms = self.table.shape
        if mechanisms:
            block = max(1, MOST_DRAWS // mechanisms)
            for low in range(0, size, block):
                some = fired[low : low + block]
                schedule = self.rng.integers(rows, size=len(some))
                shot, mechanism = np.nonzero(self.rng.random((len(some), mechanisms)) < self.table[schedule])
                np.bitwise_xor.at(some, shot, self.flips[mechanism])
        return int(size - np.count_nonzero(fired.any(axis=1)))


def _sample(shots: _Shots, silent: float, wanted: float, quota: int | None) -> tuple[Value, int, bool]:
    """Fraction of shots in which every line ends as it should, never below the rigorous bound ``silent``.

    With the number of shots, and whether the user interrupted.
    """
    hits = count = 0
    interrupted = False
    while not interrupted and (left := _left(hits, count, wanted, quota)) > 0:
        size = min(BATCH, left) if quota is not None else BATCH
        try:
            hits += shots.silent(size)
            count += size
        except KeyboardInterrupt:
            if not count:
                raise
            interrupted = True
    smooth = (hits + 1) / (count + 2)
    stderr = math.sqrt(smooth * (1 - smooth) / (count + 2))
    return Value(max(silent, hits / count), stderr), count, interrupted


def _left(hits: int, count: int, wanted: float, quota: int | None) -> int:
    if quota is not None:
        return quota - count
    if count == 0:
        return BATCH
    smooth = (hits + 1) / (count + 2)
    needed = min(MAX_SHOTS, smooth * (1 - smooth) / wanted**2)
    return math.ceil(needed) - count
