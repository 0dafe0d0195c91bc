"""Exact survival of every single fault, in a few passes over the program.

A fault E followed by its later consequences turns the noiseless output |psi> into U' E |psi_p>, where |psi_p> is the
state without faults where it happens and U' the rest of the program with some gates inverted. Its survival is
|<psi| U' E |psi_p>|^2 = |<chi| E |psi_p>|^2 with |chi> = U'^+ |psi>: running *backwards*, one |chi> serves all faults
that have the same later consequences, wherever they happen. These are the nodes of a tree: a packet of m gates costs
one backward run, not one run for each of the places and Paulis at which its copy can be hit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.simulation.reduction.faults import PAULI, Effect, Fault
from distq.simulation.statevector import kernels, op_kernels
from distq.simulation.statevector.op_arrays import FlatProgram

Complex = NDArray[np.complex128]


class _Query(NamedTuple):
    """A Pauli X^x Z^z to evaluate for the effect of this number; the identity where an inversion comes first."""

    x: int
    z: int
    effect: int


class _Consequence(NamedTuple):
    """Kind PAULI: X on the lines of ``x`` before the op at ``place``; INVERSION: that op inverted by ``x``."""

    place: int
    kind: int
    x: int


@dataclass
class _Node:
    """All effects that share their later consequences, which are the path to the node, the latest first."""

    queries: dict[int, list[_Query]] = field(default_factory=dict)
    """By place."""
    children: dict[_Consequence, _Node] = field(default_factory=dict)


def survivals(
    flat: FlatProgram, faults: tuple[Fault, ...], output: Complex, wanted: Complex | None = None
) -> list[NDArray[np.float64]]:
    """Survival probability of every effect of every fault, alone.

    Parameters
    ----------
    flat
        Ops without measurements and resets, input preparation included.
    faults
        What to evaluate.
    output
        State without faults. Destroyed.
    wanted
        The noiseless output that it is compared with; None: with itself. Destroyed.

    Returns
    -------
    list
        Per fault: array of |<psi|U' E|psi_p>|^2, one entry per effect.
    """
    effects = [effect for fault in faults for effect in fault.effects]
    root = _Node()
    for number, effect in enumerate(effects):
        _insert(root, effect, number, flat)
    out = np.zeros(len(effects))
    _visit(root, output if wanted is None else wanted, output, flat, out)
    ends = np.cumsum([len(fault.effects) for fault in faults])
    return np.split(out, ends[:-1]) if len(faults) else []


def _insert(root: _Node, effect: Effect, number: int, flat: FlatProgram) -> None:
    """File an effect under the consequences that follow its first event, if that is a Pauli, or under all of them."""
    events = [_Consequence(int(flat.place[event.op]), event.kind, event.x) for event in effect.events]
    events.sort(reverse=True)
    first = events[-1]
    query = _Query(0, 0, number)
    if first.kind == PAULI:
        query = _Query(first.x, effect.events[0].z, number)
        events.pop()
    node = root
    for consequence in events:
        node = node.children.setdefault(consequence, _Node())
    node.queries.setdefault(first.place, []).append(query)


class _Task(NamedTuple):
    """What to do at a node when its states are at ``place``: answer its queries there, or go on to a child."""

    place: int
    child: _Consequence | None


class _Visit:
    """A node with its states, both at place ``now``, and what is left to do there."""

    def __init__(self, node: _Node, chi: Complex, psi: Complex, now: int) -> None:
        self.node, self.chi, self.psi, self.now = node, chi, psi, now
        self.tasks = [_Task(place, None) for place in node.queries]
        self.tasks += [_Task(child.place + child.kind, child) for child in node.children]
        self.tasks.sort(key=lambda task: task.place)

    def move(self, place: int, flat: FlatProgram) -> None:
        """Take both states back to ``place``."""
        op_kernels.run_adjoint(self.chi, flat.ops, self.now, place)
        if self.psi is not self.chi:
            op_kernels.run(self.psi, flat.ops, self.now, place)
        self.now = place


def _visit(root: _Node, wanted: Complex, output: Complex, flat: FlatProgram, out: NDArray[np.float64]) -> None:
    """Answer all queries, depth first. At the root, where nothing differs, both states may be one array."""
    stack = [_Visit(root, wanted, output, flat.size)]
    while stack:
        here = stack[-1]
        if not here.tasks:
            stack.pop()
            continue
        place, child = here.tasks.pop()
        here.move(place, flat)
        if child is None:
            _answer(here.chi, here.psi, here.node.queries[place], out)
            continue
        chi, psi = here.chi, here.psi
        if here.tasks or chi is psi:
            chi, psi = chi.copy(), psi.copy()
        if not here.tasks:
            stack.pop()
        if child.kind == PAULI:
            kernels.pauli(chi, child.x, 0)
        else:
            op_kernels.step_adjoint(chi, flat.ops, child.place, child.x)
            op_kernels.step_back(psi, flat.ops, child.place, 0)
        stack.append(_Visit(here.node.children[child], chi, psi, child.place))


def _answer(chi: Complex, psi: Complex, queries: list[_Query], out: NDArray[np.float64]) -> None:
    """|<chi|X^x Z^z|psi>|^2 of every query; Paulis on the same two qubits share one pass."""
    groups: dict[tuple[int, int], list[_Query]] = {}
    qubits = chi.size.bit_length() - 1
    for query in queries:
        support = query.x | query.z
        low = max(0, (support & -support).bit_length() - 1)
        high = max(support.bit_length() - 1, 0)
        if low == high:
            high = (low + 1) % qubits
        low, high = min(low, high), max(low, high)
        if support & ~(1 << low | 1 << high) or qubits < 2:
            out[query.effect] = abs(kernels.pauli_overlap(chi, psi, query.x, query.z)) ** 2
        else:
            groups.setdefault((low, high), []).append(query)
    for (low, high), members in groups.items():
        if len(members) == 1:
            (query,) = members
            out[query.effect] = abs(kernels.pauli_overlap(chi, psi, query.x, query.z)) ** 2
            continue
        matrix = kernels.transition(chi, psi, low, high)
        for query in members:
            x, z = (part >> low & 1 | (part >> high & 1) << 1 for part in (query.x, query.z))
            out[query.effect] = abs(_pauli_trace(matrix, x, z)) ** 2


def _pauli_trace(matrix: Complex, x: int, z: int) -> complex:
    """Sum over b of (-1)^(z.b) matrix[b ^ x, b]."""
    return complex(sum((-1) ** (b & z).bit_count() * matrix[b ^ x, b] for b in range(4)))
