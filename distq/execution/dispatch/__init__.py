"""When everything in a plan happens: events as tasks on resources, dispatched in a fixed order.

In: events, a program, a network, a policy. Out: the times of one run, or of many runs with random waits for Bell pairs.
Open ``dispatcher`` first: it has the whole flow. ::

    events --compile_tasks--> Tasks --order_of, release_of--> order --run_once--> TaskTimes (given waits)
                                                              --sample_runs--> SampledRuns (random waits)
"""

from distq.execution.dispatch.dispatcher import Dispatcher
from distq.execution.dispatch.kernels import SampledRuns, TaskTimes
from distq.execution.dispatch.policy import CORRECTION_GATES, PAIR_POLICIES, PAULI_FRAMES, Policy

__all__ = ["CORRECTION_GATES", "PAIR_POLICIES", "PAULI_FRAMES", "Dispatcher", "Policy", "SampledRuns", "TaskTimes"]
