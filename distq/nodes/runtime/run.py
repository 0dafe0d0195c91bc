"""Starts the processes of a run, collects its counts, and leaves no process behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

from qiskit.quantum_info import Operator

from distq.errors import InputError, SimulationError
from distq.ir.node_program import (
    Action,
    Conditional,
    Gate,
    Measure,
    NodePrograms,
    PairRequest,
    Receive,
    Reset,
    Send,
    flattened,
    ions_used,
)
from distq.verification.node_merge import gate_instruction, node_order
from distq.verification.unreadable import UnreadableError

MAX_IONS = 20
"""Ions of all nodes together that one run may use: their joint state is kept."""


@dataclass(frozen=True)
class NodeRun:
    """What a run of node programs gave.

    Attributes
    ----------
    counts
        Per outcome, as Qiskit writes it: last bit first, registers apart, the last one first.
    shots, pairs
        Number of shots, and of Bell pairs in one of them.
    nodes
        Names of the nodes.
    """

    counts: dict[str, int]
    shots: int
    pairs: int
    nodes: tuple[str, ...]


def run_nodes(programs: NodePrograms, shots: int = 1024, seed: int = 0, timeout_s: float = 60.0) -> NodeRun:
    """Execute node programs in processes of their own.

    Parameters
    ----------
    programs
        All nodes' programs.
    shots, seed
        How often; equal seeds give equal counts.
    timeout_s
        The run is given up when nothing has happened for so many seconds.

    Raises
    ------
    InputError
        If the programs do not fit together: messages without a partner, nodes that wait for each other.
    SimulationError
        If they use more than MAX_IONS ions, a process ends too early, or nothing happens for too long.
    """
    used = {node.name: len(ions_used(node)) for node in programs.nodes}
    if sum(used.values()) > MAX_IONS:
        each = ", ".join(f"{name} {count}" for name, count in used.items())
        raise SimulationError(
            f"the programs use {sum(used.values())} ions ({each}); one run simulates at most {MAX_IONS}",
            "`distq check` proves larger programs equal to their circuit without running them",
        )
    try:
        order = node_order(programs)
    except UnreadableError as error:
        raise InputError(f"the programs cannot run: {error}") from None
    jobs = _Jobs(programs)
    server = {
        "names": jobs.names,
        "order": [turn.node for turn in order.turns if _ordered(programs.nodes[turn.node].actions[turn.action])],
        "shots": shots,
        "seed": seed,
        "timeout_s": timeout_s,
        "matrices": jobs.matrices,
        "bits": len(programs.results),
    }
    found = _execute(server, jobs.nodes)
    if "error" in found:
        raise SimulationError(f"the run was given up: {found['error']}", "--timeout SECONDS waits longer")
    counts = {_as_counts(key, programs): number for key, number in sorted(found["counts"].items())}
    return NodeRun(counts, shots, found["pairs"] // shots, tuple(jobs.names))


class _Jobs:
    """What each process is told: a program with numbers of matrices in place of gates."""

    def __init__(self, programs: NodePrograms) -> None:
        self.names = [node.name for node in programs.nodes]
        self.matrices: list[list[Any]] = []
        self.nodes: list[dict[str, Any]] = []
        starts = programs.result_names()
        for number, node in enumerate(programs.nodes):
            matrices: dict[Any, int] = {}
            actions = [_encoded(action, matrices) for action in node.actions]
            self.matrices.append([_matrix(gate) for gate in matrices])
            local = {name: i for i, name in enumerate(node.bit_names())}
            results = [[i, local[starts[i]]] for i, holder in enumerate(programs.results) if holder == number]
            self.nodes.append(
                {
                    "node": number,
                    "names": self.names,
                    "actions": actions,
                    "bits": len(local),
                    "results": results,
                }
            )


def _encoded(action: Action, matrices: dict[Any, int]) -> list[Any]:
    match action:
        case Gate(name, params, ions, matrix):
            key = (name, params, len(ions), matrix)
            return ["gate", matrices.setdefault(key, len(matrices)), list(ions)]
        case PairRequest(tag, peer, ion):
            return ["pair", tag, peer, ion]
        case Send(tag, peer, bit):
            return ["send", tag, peer, bit]
        case Receive(tag, peer, bit):
            return ["receive", tag, peer, bit]
        case Measure(ion, bit):
            return ["measure", ion, bit]
        case Reset(ion):
            return ["reset", ion]
        case Conditional(bits, value, body, otherwise):
            branches = [[_encoded(inner, matrices) for inner in branch] for branch in (body, otherwise)]
            return ["if", list(bits), value, *branches]


def _matrix(gate: Any) -> list[list[list[float]]]:
    name, params, count, matrix = gate
    found = Operator(gate_instruction(Gate(name, params, tuple(range(count)), matrix))).data
    return [[[float(x.real), float(x.imag)] for x in row] for row in found]


def _ordered(action: Action) -> bool:
    """True for what draws random numbers."""
    return any(isinstance(a, Measure | Reset) for a in flattened((action,)))


def _as_counts(key: str, programs: NodePrograms) -> str:
    parts, start = [], 0
    for register in programs.registers:
        parts.append(key[start : start + register.size][::-1])
        start += register.size
    return " ".join(reversed(parts))


# ---- processes --------------------------------------------------------------------------------------------------


def _execute(server: dict[str, Any], nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """Start all processes, tell them where the others listen, and wait for the server's result."""
    with ExitStack() as stack:
        first = stack.enter_context(_process("server", "the state server"))
        others = [stack.enter_context(_process("node", job["names"][job["node"]])) for job in nodes]
        for process, job in zip([first, *others], [server, *nodes], strict=True):
            process.tell(job)
        ports = [process.answer()["port"] for process in (first, *others)]
        for process in others:
            process.tell({"server": ports[0], "nodes": ports[1:]})
        found: dict[str, Any] = first.answer()
        return found


class _Process:
    """A process of a run."""

    def __init__(self, process: subprocess.Popen[str], name: str, complaints: Any) -> None:
        self.process, self.name, self.complaints = process, name, complaints

    def tell(self, value: Any) -> None:
        """Write a line to it."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(value) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.gone() from None

    def answer(self) -> Any:
        """The next line that it says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise self.gone()
        return json.loads(line)

    def gone(self) -> SimulationError:
        """The error of a process that has ended too early."""
        self.process.wait()
        self.complaints.seek(0)
        last = (self.complaints.read().strip().splitlines() or [""])[-1]
        return SimulationError(f"the process of {self.name} has ended too early" + (f": {last}" if last else ""))


@contextmanager
def _process(module: str, name: str) -> Iterator[_Process]:
    """A process, killed at the end if it still runs. It ends by itself if this one does."""
    with TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distq.nodes.runtime.{module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        try:
            yield _Process(process, name, complaints)
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe.close)


def _close(close: Callable[[], None]) -> None:
    from contextlib import suppress

    with suppress(OSError):
        close()
