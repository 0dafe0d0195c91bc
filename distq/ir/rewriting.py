"""How a program was rewritten before it was planned: what plans and circuits carry about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from distq.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """How the program that a plan is for was made from the one that was given (see :func:`distq.rewrite.rewrite`).

    Things are done in the order of the attributes. All but ``drop`` give an equal program.

    Attributes
    ----------
    before
        The rewriting that was done first; None: there was none.
    resynthesise
        True if rotations that Clifford gates hide are looked for (:func:`distq.rewrite.resynthesise`).
    gather
        Per qubit its QPU: operations over several QPUs gather their operands there into ancillas. None: none do.
    host
        With ``gather``: the QPU that has no ancilla of its own and takes others in, if any.
    measured
        With ``gather``: True if ancillas are measured where that saves Bell pairs, instead of computed backwards.
    limit
        Operations on more qubits than this are cut down to native gates (after gathering). None: none are.
    order
        All operations, in the order in which they then stand; only those that commute change places. (): as they are.
    swaps
        (place, a, b): before the operation at that place of the order, what lines a and b hold is exchanged by gates
        (:func:`distq.rewrite.insert_swaps`). By ascending place.
    drop
        Operations left out of the result of all this, ascending indices: an approximation.
    """

    before: Rewriting | None = None
    resynthesise: bool = False
    gather: tuple[int, ...] | None = None
    host: int | None = None
    measured: bool = False
    limit: int | None = None
    order: tuple[int, ...] = ()
    swaps: tuple[tuple[int, int, int], ...] = ()
    drop: tuple[int, ...] = ()

    @property
    def exact(self) -> bool:
        """True if nothing was left out anywhere."""
        return not self.drop and (self.before is None or self.before.exact)


def then(first: Rewriting | None, second: Rewriting | None) -> Rewriting | None:
    """``first``, followed by ``second`` on its result."""
    if first is None or second is None:
        return second if first is None else first
    return replace(second, before=then(first, second.before))


def without(rewriting: Rewriting | None, operations: tuple[int, ...]) -> Rewriting | None:
    """``rewriting``, followed by leaving these operations out."""
    if not operations:
        return rewriting
    if rewriting is None or rewriting.drop:
        return Rewriting(drop=operations, before=rewriting)
    return replace(rewriting, drop=operations)


def write_rewriting(rewriting: Rewriting) -> dict[str, Any]:
    """A rewriting as a JSON object, without what it does not do."""
    out: dict[str, Any] = {}
    if rewriting.gather is not None:
        out["gather"] = list(rewriting.gather)
    if rewriting.limit is not None:
        out["limit"] = rewriting.limit
    if rewriting.host is not None:
        out["host"] = rewriting.host
    if rewriting.measured:
        out["measured"] = True
    if rewriting.resynthesise:
        out["resynthesise"] = True
    if rewriting.order:
        out["order"] = list(rewriting.order)
    if rewriting.swaps:
        out["swaps"] = [list(swap) for swap in rewriting.swaps]
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
    resynthesise, measured = values.get("resynthesise", False), values.get("measured", False)
    drops, order, swaps = values.get("drop", []), values.get("order", []), values.get("swaps", [])
    if (
        not all(_are_ints(items) for items in (drops, order, [] if homes is None else homes))
        or not (isinstance(swaps, list) and all(_are_ints(swap) and len(swap) == 3 for swap in swaps))
        or not (type(resynthesise) is bool and type(measured) is bool)
        or not all(number is None or type(number) is int for number in (limit, host))
    ):
        raise InputError(
            f'{where}: a malformed "rewriting"',
            '"gather" is a list with a QPU per qubit, "limit" and "host" are numbers, "resynthesise" and "measured" '
            'truth values, "drop" and "order" lists of operations, "swaps" a list of [place, line, line], "before" a '
            "rewriting",
        )
    return Rewriting(
        before=read_rewriting(values.get("before"), where),
        resynthesise=resynthesise,
        gather=None if homes is None else tuple(homes),
        host=host,
        measured=measured,
        limit=limit,
        order=tuple(order),
        swaps=tuple([(place, a, b) for place, a, b in swaps]),
        drop=tuple(drops),
    )


def _are_ints(items: Any) -> bool:
    """True for a list of whole numbers."""
    return isinstance(items, list) and all(type(item) is int for item in items)
