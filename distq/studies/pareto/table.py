"""Plans and their costs as a table."""

from __future__ import annotations

from rich.console import Group

from distq.reporting.network_table import seconds
from distq.reporting.plain_table import PlainTable, paragraphs
from distq.studies.pareto.pareto import ComparedPlan, ParetoStudy

HEADER = ("plan", "seed", "Bell pairs", "fidelity (estimate)", "mean makespan", "front")


def render(study: ParetoStudy) -> Group:
    """The plans as something that a rich console prints."""
    return paragraphs(
        f"{study.circuit} on {study.network or 'network'}",
        PlainTable(map(_row, study.plans), HEADER),
        "*: no other plan is as good in all three and better in one",
    )


def _row(plan: ComparedPlan) -> tuple[str, ...]:
    found = plan.candidate
    return (
        found.plan.strategy,
        str(found.plan.seed),
        str(found.ebits),
        f"{found.fidelity:.4f}",
        seconds(found.makespan_s),
        "*" if plan.front else "",
    )
