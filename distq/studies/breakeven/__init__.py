"""How good and fast must links be for linked QPUs to beat one big machine?

In: a :class:`distq.compiler.Compilation`. Out: a :class:`BreakEven`: for each big machine, the Bell fidelity and the
pair rate at which the distributed machine is as good. Open ``breakeven`` first; ``measures`` says how machines are
compared, ``pair_sweep`` varies the pairs, ``result`` holds the values, ``table`` and ``figure`` show them.
"""

from distq.studies.breakeven.breakeven import break_even
from distq.studies.breakeven.result import BreakEven, BreakEvenPoint

__all__ = ["BreakEven", "BreakEvenPoint", "break_even"]
