"""Exact removal of protocol ions: events become a program on the circuit's own qubits and a list of faults.

In: events of a lowered plan, error rates and idle times. Out: faults (``find_faults``), rows that engines run. Between
them are two programs: ``to_copies`` replaces Bell pairs and protocol measurements by link copies (``copy_program``),
``to_frames`` replaces copies by classical bits (``frame_program``). A fault has two forms: a Pauli channel at a
``FaultSite`` of these programs, then the ``FaultEvent`` rows of a ``Fault``. Open ``to_copies`` first: its table says
what every protocol step becomes.
"""
