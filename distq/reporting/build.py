"""From what the stages produced to the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq._version import __version__
from distq.ir.plan import Plan
from distq.ir.program import Operation, Program
from distq.ir.tally import Tally
from distq.networks.network import Network
from distq.reporting.report import Approximation, Details, LinkUse, MemoryUse, Report
from distq.rewrite import infidelity_bound, process_survival, removal_angles
from distq.util.note import Note

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.simulation.count_statistics import Counts
    from distq.simulation.fidelity import BoundsEstimate, Loss, SimulatedEstimate
    from distq.simulation.result import MeanWithError


class RunTimes(NamedTuple):
    """How long runs of a distributed circuit take.

    Attributes
    ----------
    makespans_s
        (runs,) with random waits for pairs.
    bell_wait_s
        How much longer they are on average than a run to which every pair is there at once.
    local_transfers
        Transfers inside QPUs that made communication ions free, in each run.
    """

    makespans_s: NDArray[np.float64]
    bell_wait_s: float
    local_transfers: int = 0


def cost_report(
    program: Program,
    network: Network,
    plan: Plan,
    cost: Tally,
    runs: RunTimes,
    *,
    strategy: str,
    seed: int,
    lower_bound: int,
    checks: str,
    approximation: Approximation | None,
) -> Report:
    """The report before simulation: fidelities are None, the seconds that the work took are 0.

    Parameters
    ----------
    program, network, plan
        What was planned, for what, and how.
    cost
        What the plan costs.
    runs
        How long it takes.
    strategy, seed
        As they were given.
    lower_bound
        Bell pairs that no plan of ``program`` does without.
    checks
        Which checks passed, in words.
    approximation
        What was left out; None unless that was allowed.
    """
    limits = [qpu.memory for qpu in network.qpus if qpu.memory is not None and qpu.ions is None]
    return Report(
        circuit=program.name,
        network=network.name,
        strategy=strategy,
        seed=seed,
        qubits=program.source_qubits,
        qpus=len(network.qpus),
        gates_2q=program.gates_2q,
        remote_gates=cost.remote_gates,
        ebits=cost.ebits,
        ebits_lower_bound=lower_bound,
        teledata=cost.teledata,
        packets=cost.packets,
        peak_memory=cost.peak_memory,
        memory=max(limits) if len(limits) == len(network.qpus) else None,
        makespan_mean_s=float(runs.makespans_s.mean()),
        makespan_p95_s=float(np.quantile(runs.makespans_s, 0.95)),
        bell_wait_s=runs.bell_wait_s,
        fidelity=None,
        fidelity_stderr=None,
        fidelity_monolithic=None,
        fidelity_ratio=None,
        fidelity_method=None,
        shots=None,
        verified=True,
        seconds_compile=0.0,
        seconds_total=0.0,
        version=__version__,
        details=replace(
            _details(network, plan, cost, runs, checks),
            approximation=approximation,
            makespan_stderr_s=_standard_error(runs.makespans_s),
        ),
    )


def _standard_error(values: NDArray[np.float64]) -> float:
    """Standard error of the mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def approximation_of(dropped: Sequence[Operation], budget: float, ebits_exact: int | None) -> Approximation:
    """What the report says about operations left out; ``ebits_exact`` are the Bell pairs without that."""
    angles = removal_angles(dropped)
    return Approximation(
        budget=budget,
        bound=infidelity_bound(angles),
        process_estimate=1.0 - process_survival(angles),
        ebits_exact=ebits_exact,
        dropped=tuple([(op.qubits, float(op.angle)) for op in dropped if isinstance(op.angle, int | float)]),
    )


def _details(network: Network, plan: Plan, cost: Tally, runs: RunTimes, checks: str) -> Details:
    names = [qpu.name for qpu in network.qpus]
    links = [
        LinkUse(names[link.a], names[link.b], ebits, link.fidelity, link.rate_hz, tuple([names[s] for s in link.via]))
        for link, ebits in zip(network.links, cost.link_ebits, strict=True)
    ]
    peaks = zip(network.qpus, cost.peak_memory_by_qpu, cost.peak_ions_by_qpu, strict=True)
    memory = [
        MemoryUse(qpu.name, copies, qpu.memory) if qpu.ions is None else MemoryUse(qpu.name, ions, qpu.ions, copies)
        for qpu, copies, ions in peaks
    ]
    any_role = any(qpu.ions is not None for qpu in network.qpus)
    return Details(
        planner=plan.strategy,
        links=tuple(links),
        memory=tuple(memory),
        local_transfers=runs.local_transfers if any_role else None,
        scenario=network.scenario,
        checks=checks,
    )


def with_estimate(report: Report, estimate: SimulatedEstimate | BoundsEstimate, seconds: float) -> Report:
    """The report with what the simulation found in ``seconds``."""
    from distq.simulation.fidelity import SimulatedEstimate

    report = replace(
        report,
        fidelity_method=estimate.method,
        seconds_total=round(report.seconds_total + seconds, 4),
        details=replace(
            report.details,
            monolithic=estimate.monolithic,
            process_product=estimate.process_product,
            lower_bound=estimate.lower_bound,
            interrupted=estimate.interrupted or report.details.interrupted,
            notes=(*report.details.notes, *estimate.notes),
        ),
    )
    if isinstance(estimate, SimulatedEstimate):
        return _with_fidelities(report, estimate)
    mean, stderr = estimate.clifford_proxy or (None, None)
    return replace(report, details=replace(report.details, clifford_proxy=mean, clifford_proxy_stderr=stderr))


def _with_fidelities(report: Report, estimate: SimulatedEstimate) -> Report:
    monolithic, monolithic_stderr = estimate.fidelity_monolithic or (None, None)
    ratio, ratio_stderr = estimate.ratio or (None, None)
    process, process_stderr = estimate.process_fidelity or (None, None)
    return replace(
        report,
        fidelity=estimate.fidelity.mean,
        fidelity_stderr=estimate.fidelity.stderr,
        fidelity_monolithic=monolithic,
        fidelity_ratio=ratio,
        shots=estimate.shots,
        details=replace(
            report.details,
            monolithic_stderr=monolithic_stderr,
            ratio_stderr=ratio_stderr,
            interval=estimate.fidelity.interval,
            averaged=estimate.averaged,
            inputs=tuple([(found.kind, found.fidelity, found.stderr) for found in estimate.inputs]),
            shares=tuple([(share.label, _resolved(share.share)) for share in estimate.shares]),
            shares_stderr=tuple([(share.label, share.share.stderr) for share in estimate.shares]),
            losses=_named_losses(estimate.losses, report.details),
            process_fidelity=process,
            process_stderr=process_stderr,
        ),
    )


def _resolved(value: MeanWithError) -> float | None:
    """The value, unless it may well be 0 and differ from that by its error alone."""
    return None if abs(value.mean) < 2.0 * value.stderr else value.mean


def _named_losses(losses: Sequence[Loss], details: Details) -> tuple[tuple[str, str, float | None, float], ...]:
    """The losses with the names of their links and QPUs, largest first."""
    from distq.simulation.fidelity import LABELS

    links = [link.name for link in details.links]
    qpus = [use.qpu for use in details.memory]
    found = []
    for loss in sorted(losses, key=lambda loss: -loss.infidelity.mean):
        names = links if loss.kind == "link" else qpus
        where = names[loss.where] if loss.where >= 0 else ""
        found.append((LABELS[loss.kind], where, _resolved(loss.infidelity), loss.infidelity.stderr))
    return tuple(found)


def with_counts(report: Report, counts: Counts, wanted: int, seconds: float) -> Report:
    """The report with what ``wanted`` noisy runs have read, in ``seconds``."""
    details = report.details
    stopped = counts.shots < wanted
    text = f"interrupted: {counts.shots} of {wanted} shots drawn"
    note = (Note("interrupted", text, {"shots": counts.shots, "wanted": wanted}),) if stopped else ()
    return replace(
        report,
        shots=counts.shots if report.shots is None else report.shots,
        seconds_total=round(report.seconds_total + seconds, 4),
        details=replace(
            details,
            counts=counts.counts,
            outcome=counts.outcome,
            success=counts.success,
            success_interval=counts.interval,
            hellinger=counts.hellinger,
            total_variation=counts.total_variation,
            hellinger_noiseless=counts.hellinger_noiseless,
            variation_noiseless=counts.variation_noiseless,
            interrupted=details.interrupted or stopped,
            notes=(*details.notes, *note),
        ),
    )


def with_row(circuit: QuantumCircuit, report: Report) -> QuantumCircuit:
    """The circuit with the report row beside its layout in ``metadata["distq"]``; the argument is left as it is.

    The seconds that the work took are left out, so that equal runs give equal circuits. If operations were left out, it
    says how many, and how much infidelity that costs at most.
    """
    out = circuit.copy()
    mine: dict[str, Any] = (circuit.metadata or {}).get("distq", {})
    found = report.details.approximation
    if found is not None and found.dropped:
        mine = {**mine, "approximation": {"left_out": len(found.dropped), "infidelity_bound": found.bound}}
    row = {name: value for name, value in report.row().items() if not name.startswith("seconds_")}
    out.metadata = {**(circuit.metadata or {}), "distq": {**mine, **row}}
    return out
