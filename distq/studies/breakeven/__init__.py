"""How good and fast must links be for linked QPUs to beat one big machine?

In: a :class:`distq.compiler.Compilation`. Out: a :class:`BreakEven`: for each big machine, the Bell fidelity and the
pair rate at which the distributed machine is as good. Open ``breakeven`` first; ``table`` and ``figure`` show the
result.
"""

from distq.studies.breakeven.breakeven import BreakEven, Point, break_even

__all__ = ["BreakEven", "Point", "break_even"]
