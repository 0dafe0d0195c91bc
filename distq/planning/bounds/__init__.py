"""Lower bounds on the Bell pairs of every valid plan.

In: a program and a network. Out: a number, and the method that proves it. Open ``lower_bound`` first: it takes the best
of all methods. ``connectivity``, ``counting`` and ``integer_program`` are the methods; ``precedence`` says what every
order of a program has in common, and ``time_windows`` cuts the program into parts whose bounds add up.
"""

from distq.planning.bounds.connectivity import connectivity_bound
from distq.planning.bounds.lower_bound import Bound, lower_bound

__all__ = ["Bound", "connectivity_bound", "lower_bound"]
