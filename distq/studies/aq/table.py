"""Algorithmic qubits as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType

from distq.reporting.plain_table import PlainTable, paragraphs
from distq.studies.aq.result import AlgorithmicQubitStudy, RunCircuit
from distq.studies.aq.rule import THRESHOLD
from distq.studies.aq.suite import DIFFERENCES
from distq.util.text import counted


def render(found: AlgorithmicQubitStudy) -> Group:
    """#AQ of every machine, the algorithms, what was not run and how the suite differs from the published one."""
    shots = found.circuits[0].shots if found.circuits else 0
    parts: list[RenderableType | list[RenderableType]] = [
        _head(found),
        PlainTable(
            [(name, str(found.algorithmic_qubits(name)), source) for name, source in found.machines.items()],
            ("machine", "#AQ", "numbers"),
        ),
        PlainTable(_rows(found), _header(found)),
        f"lowest F: lowest classical fidelity; a circuit passes if F - sqrt(F (1 - F) / {shots}) > 1/e = "
        f"{THRESHOLD:.3f}. #AQ: the largest n such that all circuits of at most n qubits and n^2 CX gates pass "
        "(IonQ, #AQ version 1.0)",
    ]
    if found.not_run:
        parts.append(["not run, and so not counted as passed:", PlainTable(found.not_run, indent=2)])
    parts.append(["differences to QED-C's suite:", *[f"- {text}" for text in DIFFERENCES]])
    return paragraphs(*parts)


def _head(found: AlgorithmicQubitStudy) -> list[RenderableType]:
    """What was compiled for what."""
    head: list[RenderableType] = [
        f"algorithmic qubits of {found.network or 'network'}, {counted(found.data_ions, 'data ion')}: circuits that "
        f"count up to n = {found.considered}"
    ]
    if found.considered < found.data_ions and not any(
        found.algorithmic_qubits(name).at_least for name in found.machines
    ):
        head.append("wider circuits cannot raise any #AQ")
    return [*head, f"numbers: {found.scenario}"] if found.scenario else head


def _header(found: AlgorithmicQubitStudy) -> tuple[str, ...]:
    machines = [text for name in found.machines for text in (f"{name}: passed", "lowest F")]
    return ("algorithm", "qubits", "CX gates", "Bell pairs", *machines)


def _rows(found: AlgorithmicQubitStudy) -> list[tuple[str, ...]]:
    by_family: dict[str, list[RunCircuit]] = {}
    for one in found.circuits:
        by_family.setdefault(one.family, []).append(one)
    return [_row(family, circuits, tuple(found.machines)) for family, circuits in by_family.items()]


def _row(family: str, circuits: Sequence[RunCircuit], machines: Sequence[str]) -> tuple[str, ...]:
    """One algorithm: its circuits, and how they did on every machine."""
    cells = [family, _range([one.width for one in circuits]), _range([one.cx for one in circuits])]
    cells.append(_range([one.ebits for one in circuits if one.ebits is not None]))
    for machine in machines:
        known = [value for one in circuits if (value := one.fidelities[machine]) is not None]
        passed = sum(bool(one.passed(machine)) for one in circuits)
        cells += [f"{passed} of {len(circuits)}", f"{min(known):.3f}" if known else "-"]
    return tuple(cells)


def _range(values: Sequence[int]) -> str:
    if not values:
        return "-"
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low}-{high}"
