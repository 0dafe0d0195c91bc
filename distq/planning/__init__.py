"""From a program and a network to a plan: where qubits live, where gates run, which Bell pairs serve them.

In: a :class:`distq.ir.program.Program`, a network, a seed. Out: a :class:`distq.ir.plan.Plan`. ``strategies/`` choose
placements, ``annealing/`` searches for better ones, ``realise/`` writes the steps of a plan within the memory ions,
``refine/`` improves finished plans, ``approximate`` leaves out remote rotations where that is allowed, ``bounds/``
proves how few Bell pairs any plan needs. ``infidelity_model`` compares plans on unequal QPUs and links by what
``resource_use`` counts. Open ``strategies/__init__`` first (which strategies there are), then ``strategies/registry``.
"""
