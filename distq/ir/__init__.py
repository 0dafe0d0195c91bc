"""The immutable values that stages exchange, and their files. No stage of the compiler is imported here.

The frontend makes a ``program``, the normal form of a circuit; ``rewriting`` says how it was changed before planning.
Planning makes a ``plan``, where qubits live and operations run; ``replay`` follows it step by step and counts the ions
in use, ``tally`` sums up what it costs, ``plan_file`` reads and writes it. Lowering makes ``events``, what every ion
does; ``native_gates`` are what an operation is made of in a trap. Open ``program`` first, then ``plan`` and ``events``.
"""
