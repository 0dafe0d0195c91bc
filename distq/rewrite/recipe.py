"""Rewritings that a plan asks for, done again by whoever works with the plan."""

from __future__ import annotations

from typing import Any

from distq.errors import InputError
from distq.network import Network
from distq.program import Operation, Program
from distq.rewrite.drop import drop
from distq.rewrite.expand import expand_wide
from distq.rewrite.gather import gather
from distq.rewrite.phasepoly import resynthesise
from distq.rewriting import Rewriting


def rewrite(program: Program, rewriting: Rewriting | None, network: Network) -> Program:
    """The program that a plan with this ``rewriting`` is for: equal to ``program`` but for what it leaves out.

    Raises
    ------
    InputError
        If the rewriting does not fit the program and the network.
    """
    if rewriting is None:
        return program
    whole = before_dropping(program, rewriting, network)
    return drop(whole, rewriting.drop) if rewriting.drop else whole


def before_dropping(program: Program, rewriting: Rewriting, network: Network) -> Program:
    """The program of which ``rewriting.drop`` is left out. Raises as :func:`rewrite` does."""
    program = rewrite(program, rewriting.before, network)
    if rewriting.resynthesise:
        program = resynthesise(program)
    if rewriting.gather is not None:
        _require_homes(rewriting.gather, program, network)
        if rewriting.host is not None and not 0 <= rewriting.host < len(network.qpus):
            raise InputError(f"QPU {rewriting.host} hosts ancillas; the network has 0 to {len(network.qpus) - 1}")
        program = gather(program, rewriting.gather, network, host=rewriting.host).program
    return program if rewriting.limit is None else expand_wide(program, rewriting.limit)


def dropped(program: Program, rewriting: Rewriting | None, network: Network) -> tuple[Operation, ...]:
    """All operations that ``rewriting`` leaves out, at any stage. Raises as :func:`rewrite` does."""
    if rewriting is None or rewriting.exact:
        return ()
    earlier = dropped(program, rewriting.before, network)
    whole = before_dropping(program, rewriting, network) if rewriting.drop else program
    drop(whole, rewriting.drop)  # refuses what cannot be left out
    return (*earlier, *[whole.operations[index] for index in rewriting.drop])


def write_rewriting(rewriting: Rewriting) -> dict[str, Any]:
    """A rewriting as a JSON object, without what it does not do."""
    out: dict[str, Any] = {}
    if rewriting.gather is not None:
        out["gather"] = list(rewriting.gather)
    if rewriting.limit is not None:
        out["limit"] = rewriting.limit
    if rewriting.host is not None:
        out["host"] = rewriting.host
    if rewriting.resynthesise:
        out["resynthesise"] = True
    if rewriting.drop:
        out["drop"] = list(rewriting.drop)
    if rewriting.before is not None:
        out["before"] = write_rewriting(rewriting.before)
    return out


def read_rewriting(found: Any, where: str) -> Rewriting | None:
    """The rewriting in a JSON object, None for None. Raises InputError that names ``where`` if it is malformed."""
    if found is None:
        return None
    values: dict[str, Any] = found if isinstance(found, dict) else {"gather": 0}
    homes, limit, host = values.get("gather"), values.get("limit"), values.get("host")
    first, drops = values.get("resynthesise", False), values.get("drop", [])
    lists = (drops, [] if homes is None else homes)
    if (
        not all(isinstance(items, list) and all(type(item) is int for item in items) for items in lists)
        or type(first) is not bool
        or not all(number is None or type(number) is int for number in (limit, host))
    ):
        raise InputError(
            f'{where}: a malformed "rewriting"',
            '"gather" is a list with a QPU per qubit, "limit" and "host" are numbers, "resynthesise" a truth value, '
            '"drop" a list of operations, "before" a rewriting',
        )
    before = read_rewriting(values.get("before"), where)
    return Rewriting(None if homes is None else tuple(homes), limit, host, first, tuple(drops), before)


def _require_homes(homes: tuple[int, ...], program: Program, network: Network) -> None:
    """Raise InputError unless there is a QPU with room for every qubit."""
    if len(homes) != program.num_qubits:
        raise InputError(f"operations are gathered for {len(homes)} qubits; the program has {program.num_qubits}")
    for s in homes:
        if not 0 <= s < len(network.qpus):
            raise InputError(f"operations are gathered at QPU {s}; the network has 0 to {len(network.qpus) - 1}")
