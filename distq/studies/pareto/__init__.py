"""Which plans are worth having: few Bell pairs, high fidelity, or short time?

In: a circuit, a network, names of strategies. Out: a :class:`ParetoStudy`, every plan with its three costs and whether
another plan beats it in all of them. Open ``pareto`` first; the costs are those of :mod:`distq.compiler.objective`.
``table`` and ``figure`` show the result.
"""

from distq.studies.pareto.pareto import ComparedPlan, ParetoStudy, compare_plans

__all__ = ["ComparedPlan", "ParetoStudy", "compare_plans"]
