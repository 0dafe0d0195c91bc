"""How a program was rewritten before it was planned: what plans and circuits carry about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rewriting:
    """How the program that a plan is for was made from the one that was given (see :func:`distq.rewrite.rewrite`).

    Attributes
    ----------
    gather
        Per qubit its QPU: operations over several QPUs gather their operands there into ancillas. None: nothing is.
    resynthesise
        First of all, what Clifford gates hide is looked for (:func:`distq.rewrite.resynthesise`).
    host
        With ``gather``: the QPU that has no ancilla of its own and takes others in, if any.
    limit
        Operations on more qubits are cut down (after gathering). None: none are.
    """

    gather: tuple[int, ...] | None = None
    limit: int | None = None
    host: int | None = None
    resynthesise: bool = False
