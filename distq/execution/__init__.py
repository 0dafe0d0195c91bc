"""From a plan to a circuit that runs, and to when everything in it happens.

In: a program, a plan, a network. Out: protocol events (``lower``), a Qiskit circuit (``emit``) and its files
(``circuit_files``), a schedule (``schedule``), and how long runs with random waits take (``run_statistics``, on
``dispatch``). Knows neither how the plan was found nor how it is checked.
Open ``lower`` first: it turns every plan step into the events that carry it out.
"""
