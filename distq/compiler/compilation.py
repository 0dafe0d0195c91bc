"""What a compilation gives: every value that the stages exchanged, the circuit, the report, and simulation on
demand."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distq.compiler.emit_stage import distributed_circuit
from distq.compiler.options import Progress, silent
from distq.execution.schedule import Schedule
from distq.execution.transpile_layout import with_layout
from distq.ir.plan import Plan
from distq.ir.tally import Tally
from distq.networks.network import Network
from distq.reporting.build import with_counts, with_estimate, with_row
from distq.reporting.figures.style import FULL, View
from distq.reporting.notebook import Picture, as_html
from distq.reporting.save import save

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.ir.events import Events
    from distq.ir.program import Program
    from distq.reporting.report import Report
    from distq.simulation.options import SimulationOptions
    from distq.simulation.target import TargetProgram
    from distq.util.note import Note


@dataclass(frozen=True, repr=False)
class Compilation:
    """A circuit compiled for a network. Immutable; what is not asked for is not computed.

    Attributes
    ----------
    source
        The circuit as it was given.
    original
        Its normal form.
    program, network, plan, events, schedule
        The values that the stages exchanged; ``program`` is what was planned: ``original`` rewritten as the plan says,
        which leaves out something only if that was allowed.
    tally
        What the plan costs, counted from it and confirmed by the independent check.
    report
        The report row without fidelities; :meth:`simulate` gives one with them.
    """

    source: QuantumCircuit
    original: Program
    program: Program
    network: Network
    plan: Plan
    tally: Tally
    events: Events
    schedule: Schedule
    report: Report
    emitted: QuantumCircuit | None = None

    def __repr__(self) -> str:
        return repr(self.report)

    def _repr_html_(self) -> str:
        return as_html(self.report)

    def draw(
        self,
        kind: str = "plan",
        *,
        file_kind: str = "png",
        view: View = FULL,
        report: Report | None = None,
    ) -> Picture:
        """Draw the compiled circuit; a notebook displays what comes back, and ``.save(path)`` writes it.

        Parameters
        ----------
        kind
            ``plan``, ``circuit``, ``network``, ``interactions`` or ``waterfall``; see
            :mod:`distq.reporting.figures.kinds`.
        file_kind
            ``png``, ``svg`` or ``pdf``.
        view
            Its width, and the part of the run that is shown.
        report
            What :meth:`simulate` gave; ``waterfall`` needs it.

        Raises
        ------
        UnknownNameError, InputError
            There is no such kind of picture, or nothing that it could show.
        """
        from distq.reporting.figures.kinds import kind_named

        subject = self if report is None else replace(self, report=report)
        return Picture(kind_named(kind).draw(subject, file_kind, view), file_kind)

    def page(self, report: Report | None = None, command: str | None = None) -> str:
        """The report as a self-contained HTML page: numbers, notes, pictures, and how to make it again.

        Parameters
        ----------
        report
            What :meth:`simulate` gave; None: the compilation's own, without fidelities.
        command
            The command line that made it, if one did.
        """
        from distq.execution.circuit_files import write_qasm3
        from distq.reporting.page import page

        subject = self if report is None else replace(self, report=report)
        return page(subject, write_qasm3(self.circuit), command)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was decided without being asked for, and what a reader of the report should know."""
        return self.report.notes

    @cached_property
    def circuit(self) -> QuantumCircuit:
        """The distributed circuit, with a layout of Qiskit, and with the report row in ``metadata["distq"]``."""
        circuit = self.emitted
        if circuit is None:
            circuit = distributed_circuit(self.program, self.plan, self.network, self.events, self.tally)
        return with_layout(with_row(circuit, self.report), self.source.qubits)

    @cached_property
    def target_program(self) -> TargetProgram | None:
        """What ``program`` lacks, for simulations; None if it lacks nothing."""
        from distq.simulation.target import TargetProgram

        return TargetProgram.of(self.original, self.plan.rewriting, self.network)

    def save(self, path: str | Path, report: Report | None = None) -> None:
        """Write the distributed circuit (``.qasm``: OpenQASM 3, ``.qpy``) or the plan (``.json``) to a file.

        ``report`` takes the place of the compilation's own in the circuit's metadata, e.g. one with fidelities.
        """

        def circuit() -> QuantumCircuit:
            return self.circuit if report is None else with_row(self.circuit, report)

        save(Path(path), circuit, self.plan, self.program.name, self.network.name)

    def save_nodes(self, path: str | Path, language: str = "openqasm3", source_sha256: str | None = None) -> None:
        """Write one program per QPU, with tables and a manifest, to a directory.

        Parameters
        ----------
        path
            Of the directory; one that was written before is replaced.
        language
            A name of :func:`distq.nodes.formats.format_names`.
        source_sha256
            Hash of the circuit's file, for the manifest.

        Raises
        ------
        InputError
            An unknown language, unbound parameters, or a directory that cannot be written.
        """
        from distq.nodes.directory import write_nodes
        from distq.nodes.formats import format_named

        lowered = (self.program, self.events, self.schedule, self.network)
        facts = {
            "strategy": self.report.strategy,
            "seed": self.report.seed,
            "circuit": {"name": self.program.name, "sha256": source_sha256},
            "cost": {
                "bell_pairs": self.report.ebits,
                "packets": self.report.packets,
                "moves": self.report.teledata,
                "makespan_s": self.schedule.makespan_s,
            },
        }
        write_nodes(Path(path), format_named(language), self.circuit, lowered, facts)

    def simulate(
        self, options: SimulationOptions | None = None, *, progress: Progress = silent, **keywords: Any
    ) -> Report:
        """The report with fidelities: of the distributed circuit, of monolithic execution, and their ratio.

        Parameters
        ----------
        options
            What to compute; None: the defaults of :class:`distq.simulation.options.SimulationOptions`. The seed, unless
            it is given, is that of the compilation.
        progress
            Is called with what is being done.
        **keywords
            Single options by name, in place of those of ``options``: ``done.simulate(engine="density", shots=1000)``.

        Returns
        -------
        Report
            With ``shots`` or ``outcome``, ``details`` has the counts of noisy runs from |0..0> too; see
            :func:`distq.simulation.counts.sample`. Where the circuit is too large to simulate, fidelities are None and
            ``details`` has bounds under their own names.

        Raises
        ------
        SimulationError, UnknownNameError, InputError
            Unbound parameters, an engine that cannot take the program, an unknown input, engine or model, a GPU or a
            scheduler that is not there, an outcome that is no string of as many bits as the circuit writes.
        """
        from distq.simulation.counts import check_counts, sample
        from distq.simulation.estimate import estimate
        from distq.simulation.options import SimulationOptions

        options = replace(options or SimulationOptions(), **keywords)
        options.check_machine()
        if options.seed is None:
            options = replace(options, seed=self.report.seed)
        if options.counted_shots is not None:
            check_counts(self.program, options)
        lowered = (self.program, self.events, self.schedule, self.network)
        target = self.target_program
        start = time.perf_counter()
        found = estimate(*lowered, options, target_program=target, progress=progress)
        report = with_estimate(self.report, found, time.perf_counter() - start)
        if options.counted_shots is None or found.interrupted:
            return report
        start = time.perf_counter()
        counts = sample(*lowered, options, target_program=target, progress=progress)
        return with_counts(report, counts, options.counted_shots, time.perf_counter() - start)
