"""Noise of gates, Bell pairs and waiting ions, before anything is simulated.

In: error rates and times of a network, and a schedule. Out: Pauli channels (``pauli_channels``), waiting noise
(``waiting``: how long ions idle and what that does to them), over-rotated pulses (``overrotation``) and Kraus operators
(``kraus``), each blamed on a source (``sources``). Open ``pauli_channels`` first, or ``waiting`` for idle ions.
"""
