"""A Clifford program with its noise as a circuit of stim.

Copies stay qubits here (a noiseless CX opens and closes them), so that every channel is one instruction of stim. The
noiseless program is then undone and the input state with it: nothing went wrong if and only if every line is |0>.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import stim

from distq.errors import InternalError
from distq.simulation.engines.clifford.gates import gate_name, instruction, inverses
from distq.simulation.execution import Execution
from distq.simulation.noise import pauli_channels
from distq.simulation.noise.pauli_channels import Channel
from distq.simulation.noise.steps import FaultSite
from distq.simulation.reduction.copy_program import Close, CopyOp, Open
from distq.simulation.reduction.operations import Gate, Prepare
from distq.simulation.statevector.input_states import InputState


class Emitter:
    """Writes an execution as stim text; one body serves all inputs."""

    def __init__(self, execution: Execution) -> None:
        self.copies = execution.copy_program
        self.program = self.copies.program
        self.ideal: list[tuple[str, str]] = []
        """Noiseless ops on lines: (instruction, its inverse)."""
        self.idle_times = execution.idle_times
        self.lines: list[str] = []
        self.waiting: set[int] = set()
        """Those of ``lines`` with probabilities that differ from schedule to schedule."""
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
        lines += [f"{inverses()[name]} {q}" for q, name in enumerate(names) if name is not None]
        n = self.program.num_qubits
        ends = list(range(n))
        if references:
            lines += [f"CX {self._used + q} {q}\nH {self._used + q}" for q in range(n)]
            ends += range(self._used, self._used + n)
        lines.append("M " + " ".join(map(str, ends)))
        lines += [f"DETECTOR rec[{k - len(ends)}]" for k in range(len(ends))]
        return stim.Circuit("\n".join(lines))

    def _write(self) -> None:
        slots = iter((*self.copies.fault_sites, None))
        slot = next(slots)
        for index, op in enumerate(self.copies.ops):
            while slot is not None and slot.position == index:
                self._noise(slot, op)
                slot = next(slots)
            self._op(op)
        while slot is not None:
            self._noise(slot, None)
            slot = next(slots)

    def _op(self, op: CopyOp) -> None:
        match op:
            case Prepare(member):
                line = self.at[member] = self.copies.line_of[member]
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
            case Gate(operation, members, followers):
                gate, inverse = instruction(self.program.operations[operation])
                if gate:
                    self.lines.append(gate.format(*[self.at[m] for m in members]))
                    lines = [self.copies.line_of[m] for m in members]
                    self.ideal.append((gate.format(*lines), inverse.format(*lines)))
                for on in followers:
                    self.lines.append(f"{'CX' if len(on) > 1 else 'X'} {' '.join(str(self.at[m]) for m in on)}")
            case _:
                raise InternalError(f"stim was given noise that is no Pauli channel: {op}")

    def _close(self, qubit: int, member: int, root: int) -> None:
        """The line stays on the qubit of its number: if its own member leaves, the root moves there."""
        line = self.copies.line_of[member]
        if qubit == line:
            other = self.at[root]
            self.lines.append(f"SWAP {qubit} {other}")
            self.at[root], qubit = qubit, other
        self.lines.append(f"CX {self.at[root]} {qubit}")
        self._free.append(qubit)

    def _noise(self, slot: FaultSite[int], op: CopyOp | None) -> None:
        """A slot before a line begins is on the qubit where it will."""
        qubits = []
        for member in slot.operands:
            if member not in self.at:
                assert isinstance(op, Prepare)
                self.at[member] = self.copies.line_of[member]
            qubits.append(self.at[member])
        channel, source, idle_column = slot.error
        if idle_column is not None:
            self.waiting.add(len(self.lines))
        tag = f"{source.kind}:{source.where}:{'' if idle_column is None else idle_column}"
        self.lines.append(_noise_template(channel).format(*qubits, t=tag))
        if pauli_channels.independent(channel) is None:
            self.exact = False


_LETTERS = "IXZY"


@lru_cache(maxsize=4096)
def _noise_template(channel: Channel) -> str:
    """Instructions for a Pauli channel: field t is the tag, fields 0 and 1 the qubits.

    Independent flips where there are such, because stim's error model is exact only for these.
    """
    if len(set(channel[1:])) == 1:
        name = "DEPOLARIZE1[{{t}}]({}) {{0}}" if len(channel) == 4 else "DEPOLARIZE2[{{t}}]({}) {{0}} {{1}}"
        return name.format(repr(sum(channel[1:])))
    flips = pauli_channels.independent(channel)
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
