"""Benchmark circuits that everybody can name: families such as ``qft`` or ``qaoa-3reg``, of any size.

In: a name such as ``qft:16`` or ``cp-fraction:32:fraction=0.3:seed=1``. Out: a Qiskit circuit, the same for the same
name. Open ``registry`` first: a family is one decorated function. ``names`` reads what users write. The other files
hold the families by subject, and are imported when a circuit is asked for.
"""

from distq.circuits.names import PREFIX, CircuitName, build_circuit, parse_name, parse_names
from distq.circuits.registry import Family, families, get_family

__all__ = ["PREFIX", "CircuitName", "Family", "build_circuit", "families", "get_family", "parse_name", "parse_names"]
