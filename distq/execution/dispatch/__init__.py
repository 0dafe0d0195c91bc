"""The machine in time: events compiled to tasks on resources, and dispatched in a fixed order.

::

    events --compile_tasks--> Tasks --order_of, release_of--> order --run--> Times (one run with given waits)
                                                                    --replay--> Runs (many runs with random waits)
"""

from distq.execution.dispatch.machine import Machine, Runs
from distq.execution.dispatch.policy import FRAMES, GATES, PAIRS, Policy
from distq.execution.dispatch.run import Times
from distq.execution.dispatch.tasks import ions_of

__all__ = ["FRAMES", "GATES", "PAIRS", "Machine", "Policy", "Runs", "Times", "ions_of"]
