"""The whole flow: a circuit and a network in, a checked distributed circuit and its report out.

In: a Qiskit circuit or a file, a :class:`distq.Network`, a strategy or a plan, a seed. Out: a :class:`Compilation`.
Open ``flow`` first: :func:`compile` calls the stages in order. ``intake`` reads what was given, ``plan_stage`` plans
and checks, ``link_choice`` decides about distillation and swapping, ``compilation`` holds the result and simulates it.
"""

from distq.compiler.compilation import Compilation, Progress
from distq.compiler.flow import compile

__all__ = ["Compilation", "Progress", "compile"]
