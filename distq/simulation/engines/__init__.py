"""Ways to compute fidelities, one folder an engine, and the registry that chooses among them.

In: an :class:`distq.simulation.execution.Execution` and input states. Out: a fidelity for every input.
Open ``base`` first, which says what an engine is, then ``registry``.
"""
