"""The cheapest of several plans, and why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.tally import bell_pairs
from distq.networks.network import Network


def cheapest(attempts: Iterable[Callable[[], Iterable[Plan]]], network: Network) -> Plan:
    """The plan of fewest Bell pairs among those that ``attempts`` make, of equal ones the first.

    Raises
    ------
    InfeasiblePlanError
        If no attempt makes one: the error of the first.
    """
    best: Plan | None = None
    fewest = 0
    failure: InfeasiblePlanError | None = None
    for attempt in attempts:
        try:
            plans = list(attempt())
        except InfeasiblePlanError as error:
            failure = failure or error
            continue
        for plan in plans:
            ebits = bell_pairs(plan.steps, network)
            if best is None or ebits < fewest:
                best, fewest = plan, ebits
    if best is None:
        assert failure is not None
        raise failure
    return best
