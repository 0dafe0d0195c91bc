"""The whole flow: a circuit and a network in, a checked distributed circuit and its report out.

In: a Qiskit circuit or a file, a :class:`distq.Network`, a strategy or a plan, a seed. Out: a :class:`Compilation`.
Open ``flow`` first: :func:`compile` calls the stages in order. ``options`` is what they are told, ``intake`` reads what
was given, ``plan_stage`` plans and checks, ``objective`` and ``link_choice`` compare plans and links, ``emit_stage``
writes and checks the circuit, ``compilation`` holds the result and simulates it.
"""

from distq.compiler.compilation import Compilation
from distq.compiler.flow import compile, compile_with_options
from distq.compiler.options import CompileOptions, Progress

__all__ = ["Compilation", "CompileOptions", "Progress", "compile", "compile_with_options"]
