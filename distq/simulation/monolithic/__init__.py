"""The monolithic machine that a distributed circuit is compared with.

In: a program and the network that it would run on. Out: the program as one machine runs it, reduced like a distributed
execution, so that the same engines simulate both. ``one_trap`` puts a program on one all-to-all trap; ``models`` has
the machines by name, ``heavy_hex`` what the superconducting one takes. Open ``models`` first.
"""
