"""From a program and a network to a plan: where qubits live, where gates run, which Bell pairs serve them.

In: :class:`distq.ir.program.Program`, a network, a seed. Out: :class:`distq.ir.plan.Plan`. ``strategies/`` choose
placements, ``annealing/`` searches for better ones, ``realise/`` writes the steps of a plan within the memory ions,
``refine/`` improves finished plans, ``bounds/`` proves how few Bell pairs any plan needs. Open ``strategies/registry``
first: it says what a strategy is and lists them all.
"""
