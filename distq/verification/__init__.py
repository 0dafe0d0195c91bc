"""Is the result the original? Code that shares nothing with planning or execution.

In: the program, the plan, the emitted circuit. Out: what a plan costs by an independent replay (``plan_checker``), and
whether the emitted circuit, read back gate by gate, is the program (``circuit_checker``).
Open ``plan_checker`` and ``circuit_checker`` first; ``compare_files`` is ``distq check``.
"""
