"""Exact removal of protocol ions: events become a program on the circuit's own qubits.

In: events. ``to_copies`` replaces Bell pairs and protocol measurements by link copies (``copy_program``), ``to_frames``
replaces copies by classical Pauli-frame bits (``frame_program``), ``faults`` lists what may go wrong in the result.
Open ``to_copies`` first: the table in its docstring says what every protocol step becomes.
"""
