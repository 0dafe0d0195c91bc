"""Where an emitted circuit says that its lines are: ``metadata["distq"]["layout"]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from distq.ir.program import Program
from distq.verification.unreadable import UnreadableError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


@dataclass(frozen=True)
class Layout:
    """Where the lines begin and end.

    Attributes
    ----------
    births
        Per ion that ever is one: the lines whose home it is at first, in the order of their births.
    entry
        Per line: the number of the instruction from which on it is there; None if the circuit does not say.
    final
        Per line: the ion that holds it at the end, None if it was measured and given up.
    output
        Per qubit of the source: the ion that holds it at the end, None if it was given up.
    """

    births: dict[int, list[int]]
    entry: list[int] | None
    final: list[int | None]
    output: list[int | None]


def read_layout(compiled: QuantumCircuit, program: Program) -> Layout:
    """The layout of an emitted circuit, checked against the lines of ``program``.

    Raises
    ------
    UnreadableError
        If there is none, or it does not fit the program or the circuit.
    """
    found: Any = ((compiled.metadata or {}).get("distq") or {}).get("layout")
    if not isinstance(found, dict):
        raise UnreadableError("the circuit's metadata hold no layout: it was not written by distq, or lost them")
    try:
        layout = Layout(
            births={int(ion): [int(line) for line in lines] for ion, lines in found["births"].items()},
            entry=[int(e) for e in found["entry"]] if "entry" in found else None,
            final=[None if ion is None else int(ion) for ion in found["final"]],
            output=[None if ion is None else int(ion) for ion in found["output"]],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise UnreadableError(f"the circuit's layout is malformed ({type(fault).__name__}: {fault})") from None
    _require_fit(layout, program, compiled.num_qubits)
    return layout


def _require_fit(layout: Layout, program: Program, ions: int) -> None:
    """Raise UnreadableError unless the layout has every line of the program once, on ions of the circuit."""
    lines = program.num_qubits
    sizes = {len(layout.final)} | ({len(layout.entry)} if layout.entry is not None else set())
    if sizes != {lines} or len(layout.output) != program.source_qubits:
        raise UnreadableError(f"the circuit's layout is not for {lines} qubits")
    if sorted(line for born in layout.births.values() for line in born) != list(range(lines)):
        raise UnreadableError("the circuit's layout does not give birth to every qubit once")
    named = [*layout.births, *[ion for ion in (*layout.final, *layout.output) if ion is not None]]
    if any(not 0 <= ion < ions for ion in named):
        raise UnreadableError(f"the circuit's layout names an ion beyond its {ions}")
    for qubit, (line, ion) in enumerate(zip(program.output, layout.output, strict=True)):
        if ion != layout.final[line]:
            reason = f"qubit {qubit} of the original ends as line {line} on ion {layout.final[line]}"
            raise UnreadableError(f"wrong output map: {reason}, the layout says {ion}")
