"""What a picture of a compiled circuit is drawn from, and what stands below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from distq.execution.schedule import Schedule
    from distq.ir.events import Events
    from distq.ir.plan import Plan
    from distq.ir.program import Program
    from distq.ir.tally import Tally
    from distq.networks.network import Network
    from distq.reporting.report import Report


class Subject(Protocol):
    """A compiled circuit, as :class:`distq.compiler.Compilation` is one."""

    @property
    def program(self) -> Program:
        """What was planned."""

    @property
    def network(self) -> Network:
        """For what."""

    @property
    def plan(self) -> Plan:
        """How."""

    @property
    def tally(self) -> Tally:
        """What that costs."""

    @property
    def events(self) -> Events:
        """What happens on the ions."""

    @property
    def schedule(self) -> Schedule:
        """When."""

    @property
    def report(self) -> Report:
        """What it is worth; with fidelities if it was simulated."""


def title_of(report: Report) -> str:
    """``qft_16 on 4x4+2: 21 Bell pairs``."""
    from distq.util.text import counted

    return f"{report.circuit} on {report.network or 'network'}: {counted(report.ebits, 'Bell pair')}"


def caption_of(report: Report) -> str:
    """What one must know to make the same picture again: strategy, seed, origin of the numbers, version."""
    strategy = report.details.planner or report.strategy
    scenario = report.details.scenario
    numbers = f"; numbers of the scenario {scenario}, which are assumed" if scenario else ""
    return f"Strategy {strategy}, seed {report.seed}{numbers}; distq {report.version}."
