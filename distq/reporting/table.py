"""The report as a rich table: what it cost, how faithful it is, against what, and where the infidelity comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from distq.util.text import counted

if TYPE_CHECKING:
    from distq.reporting.report import Approximation, Details, Report

Row: TypeAlias = "tuple[str, Text | str]"
"""A label, and what it labels."""
SHOWN_COUNTS = 4
SHOWN_LOSSES = 4
SHOWN_LINKS = 8
"""Links beyond this many are summed up."""


def render(report: Report) -> Group:
    """The report as something that a rich console prints."""
    how = f"   strategy {_strategy(report)}, seed {report.seed}"
    title = Text.assemble((report.circuit, "bold"), " on ", (report.network, "bold"), how)
    table = Table(box=box.SIMPLE, show_header=False, show_edge=False, pad_edge=False, title=title, title_justify="left")
    table.title_style = ""
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    notes: list[Row] = [("note", note.text) for note in report.notes]
    for rows in (cost(report), fidelity(report) + notes, checks(report)):
        for label, text in rows:
            table.add_row(label, Text(text) if isinstance(text, str) else text)
        table.add_section()
    return Group(table)


def cost(report: Report) -> list[Row]:
    """What the circuit needs: Bell pairs by link, ions, time."""
    bound = "" if report.ebits_lower_bound is None else f" (at least {report.ebits_lower_bound} needed)"
    moved = f", {counted(report.teledata, 'qubit')} moved" if report.teledata else ", no qubit moved"
    served = f"{bound} in {counted(report.packets, 'packet')}{moved}" if report.ebits else ": no gate is remote"
    rows: list[Row] = [
        (
            "circuit",
            Text(
                f"{counted(report.qubits, 'qubit')}, {counted(report.gates_2q, 'multi-qubit gate')}, "
                f"{report.remote_gates} of them remote, on {counted(report.qpus, 'QPU')}"
            ),
        ),
        (
            "cost",
            Text.assemble((counted(report.ebits, "Bell pair"), "bold"), served),
        ),
    ]
    if report.details.approximation is not None:
        rows.append(("approximated", _approximation(report, report.details.approximation)))
    if report.ebits:
        rows.append(("per link", Text(_links(report))))
    any_role = report.details.local_transfers is not None
    rows.append(("ions" if any_role else "memory ions", Text(_memory(report))))
    if report.makespan_mean_s is not None:
        wait = "" if report.bell_wait_s is None else f", {_seconds(report.bell_wait_s)} of it waiting for pairs"
        tail = "" if report.makespan_p95_s is None else f"; 95 % of runs within {_seconds(report.makespan_p95_s)}"
        mean = _seconds(report.makespan_mean_s, report.details.makespan_stderr_s)
        rows.append(("one run takes", Text(f"{mean} on average{wait}{tail}")))
    return rows


def fidelity(report: Report) -> list[Row]:
    """How faithful it is, against what, and what limits it; empty if nothing is known."""
    details = report.details
    rows: list[Row] = []
    if report.fidelity is not None:
        value = _number(report.fidelity, report.fidelity_stderr)
        rows.append(("fidelity", Text.assemble((f"{value} distributed", "bold green"))))
    if report.fidelity_monolithic is not None:
        value = _number(report.fidelity_monolithic, details.monolithic_stderr)
        model = _COMPARED.get(details.monolithic or "", details.monolithic)
        rows.append(("", Text(f"{value} monolithic ({model})")))
    if report.fidelity_ratio is not None:
        rows.append(("", Text(f"{_number(report.fidelity_ratio, details.ratio_stderr)} ratio")))
    if details.shares:
        rows.append(("infidelity from", _shares(details)))
    if report.fidelity is not None:
        resolved = [(kind, where, loss, error) for kind, where, loss, error in details.losses if loss is not None]
        if len(details.losses) > len(details.shares) > 0 and resolved and report.fidelity < 1.0:
            rows.append(("", _losses(resolved, 1.0 - report.fidelity)))
        counted = sum((details.counts or {}).values())
        drawn = "" if report.shots in (None, counted) else f", {report.shots} shots"
        named = _kinds([kind for kind, _, _ in details.inputs])
        inputs = f"; for these inputs: {named}" if details.inputs else ""
        if details.averaged:
            inputs = f"; mean over all product inputs, {len(details.inputs)} drawn"
        rows.append(("found by", Text(f"{report.fidelity_method}{drawn}{inputs}")))
    elif details.process_product is not None and details.lower_bound is not None:
        product, bound = details.process_product, details.lower_bound
        rows.append(("not simulated", Text(f"{product:.3g} process_product, an estimate of the process fidelity")))
        rows.append(("", Text(f"{bound:.3g} lower_bound of the state fidelity: nothing goes wrong")))
        if details.clifford_proxy is not None:
            proxy = _number(details.clifford_proxy, details.clifford_proxy_stderr)
            rows.append(("", Text(f"{proxy} clifford_proxy: the same with every gate rounded to a Clifford gate")))
    if details.process_fidelity is not None:
        rows.append(("process fidelity", Text(_number(details.process_fidelity, details.process_stderr))))
    return rows + _counts(report)


def _counts(report: Report) -> list[Row]:
    """What noisy runs have read."""
    details = report.details
    if details.counts is None or details.success is None or details.success_interval is None:
        return []
    shown = list(details.counts.items())[:SHOWN_COUNTS]
    rest = len(details.counts) - len(shown)
    more = f"  and {rest} others" if rest else ""
    low, high = details.success_interval
    rows: list[Row] = [
        (f"{sum(details.counts.values())} shots", Text("  ".join(f"{bits}: {n}" for bits, n in shown) + more)),
        ("success", Text(f"{details.success:.4g} read {details.outcome} (95 %: {low:.4g} to {high:.4g})")),
    ]
    if details.hellinger is not None and details.total_variation is not None:
        text = f"Hellinger fidelity {details.hellinger:.4f}, total variation {details.total_variation:.4f}"
        rows.append(("to noiseless", Text(text)))
        text = f"{details.hellinger_noiseless:.4f} and {details.variation_noiseless:.4f} from as many noiseless shots"
        rows.append(("", Text(f"{text}: both are biased by finite counts")))
    return rows


def checks(report: Report) -> list[Row]:
    """What the numbers rest on: scenario, checks, and how long they took."""
    details = report.details
    rows: list[Row] = []
    if details.scenario:
        said = "" if "assumed" in details.scenario else " (assumed, not measured: `distq presets`)"
        rows.append(("numbers", Text(details.scenario + said)))
    verdict = ("yes", "green") if report.verified else ("no", "bold red")
    rows.append(("verified", Text.assemble(verdict, f"   {details.checks}" if details.checks else "")))
    rows.append(("took", Text(f"{report.seconds_compile:.2f} s to compile, {report.seconds_total:.2f} s in all")))
    return rows


_COMPARED = {
    "same-trap": "one trap of that size with the same errors",
    "long-chain": "one long chain of ions, a model with assumed growth of errors",
    "heavy-hex": "a superconducting lattice, routed by Qiskit; partly assumed",
    "qccd": "Quantinuum Helios with its transport time, partly assumed",
    "ideal": "a machine without errors",
}


def _strategy(report: Report) -> str:
    return report.details.planner if report.details.planner.startswith(report.strategy) else report.strategy


def _approximation(report: Report, found: Approximation) -> Text:
    if not found.dropped:
        return Text(f"nothing left out: no Bell pair is saved within an infidelity of {found.budget:g}")
    saved = "" if found.ebits_exact is None else f"; {counted(found.ebits_exact, 'Bell pair')} without that"
    return Text(
        f"{counted(len(found.dropped), 'rotation')} left out{saved}. This alone costs an infidelity of at most "
        f"{found.bound:.2g} for every input (allowed: {found.budget:g}), and about {found.process_estimate:.2g} of the "
        "process"
    )


def _links(report: Report) -> str:
    used = [link for link in report.details.links if link.ebits]
    if not used:
        return "-"
    used.sort(key=lambda link: -link.ebits)
    text = "  ".join(f"{link.name}\N{NO-BREAK SPACE}{link.ebits}" for link in used[:SHOWN_LINKS])
    rest = used[SHOWN_LINKS:]
    more = f"  and {sum(link.ebits for link in rest)} over {counted(len(rest), 'more link')}" if rest else ""
    kinds = {(link.fidelity, link.rate_hz) for link in used}
    (fidelity, rate), *others = kinds
    kind = "" if others else f"   (pairs of fidelity {fidelity:.4g}, {rate:.4g} a second)"
    return f"{text}{more}{kind}"


def _memory(report: Report) -> str:
    limit = "unlimited" if report.memory is None else str(report.memory)
    text = f"peak {report.peak_memory} of {limit} per QPU"
    limits = {(use.limit, use.copies is None) for use in report.details.memory}
    if all(use.copies is not None for use in report.details.memory) and len(limits) == 1:
        peak = max([use.peak for use in report.details.memory])
        text = f"peak {peak} of {report.details.memory[0].limit} per QPU, {report.peak_memory} of them with copies"
    elif len(limits) > 1:
        shown = report.details.memory[:SHOWN_LINKS]
        each = "  ".join(f"{use.qpu} {use.peak}/{'inf' if use.limit is None else use.limit}" for use in shown)
        text = f"peak {each}" + ("  ..." if len(report.details.memory) > SHOWN_LINKS else "")
    if report.details.local_transfers:
        text += f"; {counted(report.details.local_transfers, 'local transfer')} to communicate"
    return text


def _shares(details: Details) -> Text:
    text = Text()
    errors = dict(details.shares_stderr)
    largest = max([share for _, share in details.shares if share is not None], default=None)
    for index, (source, share) in enumerate(details.shares):
        text.append("  " if index else "")
        error = 100 * errors.get(source, 0.0)
        if share is None:  # found below 2 standard errors: may be 2 more
            percent = f"< {4 * error:.2g} %" if error < 24 else "unresolved"
        elif error:
            error = float(f"{error:.1g}")
            places = max(0, -math.floor(math.log10(error)))
            percent = f"{100 * share:.{places}f} ± {error:.{places}f} %"
        else:
            percent = f"{100 * share:.3g} %" if share >= 1e-6 else "0 %"  # below that, rounding
        label = f"{source} {percent}".replace(" ", "\N{NO-BREAK SPACE}")
        text.append(label, style="bold" if share is not None and share == largest else "")
    return text


def _losses(losses: Sequence[tuple[str, str, float, float]], total: float) -> Text:
    """The largest losses by link and QPU."""
    shown = [f"{_ONE_OF.get(kind, kind)} {where} {100 * loss / total:.2g} %" for kind, where, loss, _ in losses]
    text = "  ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in shown[:SHOWN_LOSSES])
    return Text(f"most of it: {text}")


_ONE_OF = {"links": "link"}


def _kinds(kinds: list[str]) -> str:
    """``zero, basis, 5 product``."""
    return ", ".join(k if kinds.count(k) == 1 else f"{kinds.count(k)} {k}" for k in dict.fromkeys(kinds))


def _number(value: float, stderr: float | None) -> str:
    return f"{value:.4f}" + (f" ± {stderr:.2g}" if stderr else "")


def _seconds(value: float, stderr: float | None = None) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= scale or unit == "us":
            error = f" ± {stderr / scale:.2g}" if stderr and stderr > 1e-9 * value else ""
            return f"{value / scale:.3g}{error} {unit}"
    raise AssertionError(value)
