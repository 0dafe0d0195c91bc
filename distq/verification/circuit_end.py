"""What must hold at the end of an emitted circuit: every line where its layout says, and no protocol open."""

from __future__ import annotations

from collections.abc import Sequence

from distq.ir.program import Kind
from distq.verification.ion_states import IonState, IonTracker
from distq.verification.unreadable import UnreadableError


def check_end(ions: IonTracker, last_kind: Sequence[Kind | None]) -> None:
    """Check the ions after the last instruction.

    Parameters
    ----------
    ions
        Lines that no instruction has touched are allocated now.
    last_kind
        Per line: the kind of its last operation, None if it had none.

    Raises
    ------
    UnreadableError
        At the first thing that is left open or in the wrong place.
    """
    for ion, waiting in ions.to_allocate.items():
        while waiting:
            if ions.state[ion] is not IonState.ZERO:
                raise UnreadableError(f"qubit {waiting[0]} is never born: {ions.name(ion)} is occupied at the end")
            ions.allocate(ion)
    for line, allocated in enumerate(ions.allocated):
        if not allocated:
            raise UnreadableError(f"qubit {line} is never born")
    for ion, state in enumerate(ions.state):
        fault = ions.x_blocks.fault(ion, ions.line[ion])
        if fault is not None:
            raise UnreadableError(f"the circuit ends at {ions.name(ion)}, {fault}")
        if state not in (IonState.ZERO, IonState.MEMBER):
            raise UnreadableError(f"{ions.name(ion)} holds {state.value} at the end")
        if ions.waiting[ion] >= 0:
            raise UnreadableError(f"the X correction of {ions.name(ion)} never fires")
    for line, final in enumerate(ions.layout.final):
        _check_line(ions, line, final, last_kind[line])


def _check_line(ions: IonTracker, line: int, final: int | None, last: Kind | None) -> None:
    """Check that a line ends on the ion ``final`` alone, or was measured and given up if that is None."""
    if ions.pending[line]:
        raise UnreadableError(f"a Z correction of qubit {line} never fires")
    members = [ion for ion, other in enumerate(ions.line) if other == line]
    if len(members) > 1:
        raise UnreadableError(f"qubit {line} still has copies at the end: {', '.join(map(ions.name, members))}")
    if final is None:
        if last is not Kind.MEASURE:
            raise UnreadableError(f"the layout gives up qubit {line}, whose last operation is no measurement")
        if members:
            raise UnreadableError(f"the layout gives up qubit {line}, but {ions.name(members[0])} is never reset")
    elif members != [final]:
        found = ions.name(members[0]) if members else "no ion"
        raise UnreadableError(f"qubit {line} ends at {found}, not at {ions.name(final)} as the layout says")
