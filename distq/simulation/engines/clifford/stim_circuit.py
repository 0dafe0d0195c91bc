"""A Clifford program with its noise as a circuit of stim.

Copies stay qubits here (a noiseless CX opens and closes them), so that every channel is one instruction of stim. The
noiseless program is then undone and the input state with it: nothing went wrong if and only if every line is |0>.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import stim

from distq.errors import InternalError
from distq.simulation.engines.clifford.gates import Instruction, gate_name, instruction, inverses
from distq.simulation.execution import Execution
from distq.simulation.noise import pauli_channels
from distq.simulation.noise.pauli_channels import Channel
from distq.simulation.noise.steps import FaultSite
from distq.simulation.reduction.copy_program import Close, CopyOp, Open
from distq.simulation.reduction.operations import Gate, Prepare
from distq.simulation.statevector.input_states import InputState


class Emitter:
    """Writes an execution as stim text; one body serves all inputs.

    Attributes
    ----------
    lines
        Instructions of stim, with noise.
    exact
        False if some channel is not one of independent flips, so that stim's error model is approximate.
    """

    def __init__(self, execution: Execution) -> None:
        self.copies = execution.copy_program
        self.program = self.copies.program
        self.lines: list[str] = []
        self.exact = True
        self._ideal: list[Instruction] = []
        """Noiseless gates on the program's lines."""
        self._waiting: set[int] = set()
        """Those of ``lines`` whose probabilities differ from schedule to schedule."""
        self._preparations: dict[int, int] = {}
        """Index into ``lines`` -> the program's line that is prepared there."""
        self._qubit: dict[int, int] = {}
        """Member of a copy set -> its qubit."""
        self._free: list[int] = []
        self._used = self.program.num_qubits
        self._write()

    def circuit(self, state: InputState, *, references: bool = False, waiting: bool = True) -> Any:
        """The stim circuit for an input, with one detector per line that is silent without noise.

        Parameters
        ----------
        state
            A stabilizer state.
        references
            Every line begins as half of a Bell pair, and its other half has a detector too.
        waiting
            Include noise whose probability differs from schedule to schedule.
        """
        names = [None if gate is None else gate_name(gate) for gate in state.gates]
        lines = list(self.lines)
        for index, line in self._preparations.items():
            if names[line] not in (None, "I"):
                lines[index] = f"{names[line]} {line}"
            if references:
                lines[index] += f"\nH {self._used + line}\nCX {self._used + line} {line}"
        if not waiting:
            lines = [line for index, line in enumerate(lines) if index not in self._waiting]
        lines += [gate.inverse for gate in reversed(self._ideal)]
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
        """Write all ops, each after the fault sites before it."""
        sites = iter(self.copies.fault_sites)
        site = next(sites, None)
        for index, op in enumerate((*self.copies.ops, None)):
            while site is not None and (site.position == index or op is None):
                self._noise(site, op)
                site = next(sites, None)
            if op is not None:
                self._op(op)

    def _op(self, op: CopyOp) -> None:
        match op:
            case Prepare(member):
                line = self._qubit[member] = self.copies.line_of[member]
                self._preparations[len(self.lines)] = line
                self.lines.append("")
            case Open(member, root):
                self._open(member, root)
            case Close(member, root):
                self._close(member, root)
            case Gate(operation, members, followers):
                gate = instruction(self.program.operations[operation])
                if gate is not None:
                    self.lines.append(gate.on([self._qubit[m] for m in members]).text)
                    self._ideal.append(gate.on([self.copies.line_of[m] for m in members]))
                for on in followers:
                    self.lines.append(f"{'CX' if len(on) > 1 else 'X'} {' '.join(str(self._qubit[m]) for m in on)}")
            case _:
                raise InternalError(f"stim was given noise that is no Pauli channel: {op}")

    def _open(self, member: int, root: int) -> None:
        """A copy of ``root`` on a free qubit."""
        if self._free:
            self._qubit[member] = self._free.pop()
            self.lines.append(f"R {self._qubit[member]}")
        else:
            self._qubit[member] = self._used
            self._used += 1
        self.lines.append(f"CX {self._qubit[root]} {self._qubit[member]}")

    def _close(self, member: int, root: int) -> None:
        """A copy leaves. The line stays on the qubit of its number: if its own member leaves, the root moves there."""
        qubit = self._qubit.pop(member)
        if qubit == self.copies.line_of[member]:
            other = self._qubit[root]
            self.lines.append(f"SWAP {qubit} {other}")
            self._qubit[root], qubit = qubit, other
        self.lines.append(f"CX {self._qubit[root]} {qubit}")
        self._free.append(qubit)

    def _noise(self, site: FaultSite[int], op: CopyOp | None) -> None:
        """The channel of a fault site; one before a line begins is on the qubit where it will begin."""
        qubits = []
        for member in site.operands:
            if member not in self._qubit:
                assert isinstance(op, Prepare)
                self._qubit[member] = self.copies.line_of[member]
            qubits.append(self._qubit[member])
        channel, source, idle_column = site.error
        if idle_column is not None:
            self._waiting.add(len(self.lines))
        tag = f"{source.kind}:{source.where}:{'' if idle_column is None else idle_column}"
        self.lines.append(_noise_template(channel).format(*qubits, t=tag))
        if pauli_channels.independent(channel) is None:
            self.exact = False


_LETTERS = "IXZY"
"""Pauli digits as letters: the lower bit is X, the higher one Z."""


@lru_cache(maxsize=4096)
def _noise_template(channel: Channel) -> str:
    """Instructions for a Pauli channel: field t is the tag, fields 0 and 1 are the qubits.

    They are independent flips where the channel is made of such, because stim's error model is exact only for these.
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
