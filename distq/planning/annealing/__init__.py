"""Simulated annealing over homes in time and sites of gates together, for the fewest Bell pairs within the memory ions.

In: a program, a network, an order of the operations and a solution to start from (``search_space``, ``from_plan``).
Out: a cheaper solution, which :func:`distq.planning.annealing.search_space.to_placement` makes a placement that
``planning.realise`` can write as a plan. Open ``search_space`` first, which says what a solution is and what it costs,
then ``search`` for a run and ``moves`` for its steps.
"""
