"""The immutable values that stages exchange, and their files.

``program`` (the normal form of a circuit), ``rewriting`` (how it was changed before planning), ``plan`` (where qubits
live and gates run), ``tally`` (what a plan costs), ``events`` (the protocol steps of a plan), ``native_gates``.
Only values and their arithmetic: no stage of the compiler is imported here. Open ``plan`` first.
"""
