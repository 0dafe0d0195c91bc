"""How a program was rewritten before it was planned: what plans and circuits carry about it."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Rewriting:
    """How the program that a plan is for was made from the one that was given (see :func:`distq.rewrite.rewrite`).

    In the order of the attributes. All but ``drop`` give an equal program.

    Attributes
    ----------
    before
        What was done first; None: nothing.
    resynthesise
        What Clifford gates hide is looked for (:func:`distq.rewrite.resynthesise`).
    gather
        Per qubit its QPU: operations over several QPUs gather their operands there into ancillas. None: nothing is.
    host
        With ``gather``: the QPU that has no ancilla of its own and takes others in, if any.
    measured
        With ``gather``: ancillas are measured where that saves Bell pairs, and not computed backwards.
    limit
        Operations on more qubits are cut down (after gathering). None: none are.
    drop
        Operations left out of what came of all this, ascending indices: an approximation.
    """

    gather: tuple[int, ...] | None = None
    limit: int | None = None
    host: int | None = None
    resynthesise: bool = False
    drop: tuple[int, ...] = ()
    before: Rewriting | None = None
    measured: bool = False

    @property
    def exact(self) -> bool:
        """True if nothing was left out anywhere."""
        return not self.drop and (self.before is None or self.before.exact)


def then(first: Rewriting | None, second: Rewriting | None) -> Rewriting | None:
    """``first``, and ``second`` on what came of it."""
    if first is None or second is None:
        return second if first is None else first
    return replace(second, before=then(first, second.before))


def without(rewriting: Rewriting | None, operations: tuple[int, ...]) -> Rewriting | None:
    """``rewriting``, and then these operations left out."""
    if not operations:
        return rewriting
    if rewriting is None or rewriting.drop:
        return Rewriting(drop=operations, before=rewriting)
    return replace(rewriting, drop=operations)
