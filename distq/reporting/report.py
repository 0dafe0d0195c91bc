"""What came out: one flat row with stable names, and a table that a person reads in ten seconds.

The row's fields, in this order, are the keys of ``--json``, the columns of ``distq bench run`` and what a compiled
circuit carries in ``metadata["distq"]``. A field that does not apply is None (null), never a made-up number.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from html import escape
from typing import Any

from distq.util.note import Note, texts
from distq.util.text import counted, link_name


@dataclass(frozen=True)
class LinkUse:
    """One link's share of the cost: its two QPUs, the pairs it delivered, and what they were like.

    ``via``: QPUs at which they were swapped.
    """

    a: str
    b: str
    ebits: int
    fidelity: float
    rate_hz: float
    via: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For people."""
        return link_name(self.a, self.b, self.via)


@dataclass(frozen=True)
class MemoryUse:
    """Memory ions of one QPU: the most in use at once, and how many there are (None: unlimited).

    Where ions have any role: ions in use for whatever, and all ions; ``copies`` are the most that were no qubits'
    homes. None elsewhere.
    """

    qpu: str
    peak: int
    limit: int | None
    copies: int | None = None


@dataclass(frozen=True)
class Approximation:
    """What was left out of a circuit to save Bell pairs.

    Attributes
    ----------
    budget
        Infidelity that was allowed.
    bound
        Infidelity of the output at most, for every input, against the circuit that was given: sin(A)^2, A the sum of
        half the rotation angles left out, by the triangle inequality; see :mod:`distq.rewrite.omit`.
    process_estimate
        Estimate of the process infidelity, that of the operations one by one, multiplied: no bound.
    ebits_exact
        Bell pairs of the plan for the whole circuit; None if that was not planned.
    dropped
        The operations: ``(lines, angle)``, in radians.
    """

    budget: float
    bound: float
    process_estimate: float
    ebits_exact: int | None
    dropped: tuple[tuple[tuple[int, ...], float], ...]


@dataclass(frozen=True)
class Details:
    """What the table says beyond the row.

    Attributes
    ----------
    planner
        The strategy that made the plan, where ``auto`` chose.
    links, memory
        Per link and per QPU.
    scenario
        Names the assumed numbers that the network rests on; None if the user gave them all.
    checks
        Which checks passed, for people.
    approximation
        What was left out; None unless that was allowed.
    monolithic
        What the fidelity is compared with: ``ideal`` or ``same-trap``.
    monolithic_stderr, ratio_stderr
        Standard errors.
    interval
        95 % confidence interval of the fidelity.
    averaged
        True if the fidelity is the mean over all product states, estimated from ``inputs`` and with their spread in its
        error; False if it is that for these inputs alone.
    inputs
        ``(kind, fidelity, standard error)`` of every input state that was simulated.
    shares
        ``(source, share of the infidelity)`` for links, local gates, measurement, waiting, largest first; with those
        that are None, below two standard errors, they sum to 1.
    shares_stderr
        Standard errors of the same, 0.0 if exact.
    losses
        The same by link and QPU, largest first: ``(kind of source, link or QPU, infidelity, standard error)``, the
        second empty where all of them are taken together, the third None where it is below two standard errors; with
        those they sum to the whole infidelity.
    process_fidelity, process_stderr
        Process (entanglement) fidelity and its standard error, if it was asked for and could be simulated.
    process_product
        Product of the process survivals of all faults: an estimate of the process fidelity that needs no simulation.
        Reported under its own name, never as ``fidelity``.
    lower_bound
        Probability that nothing goes wrong: the state fidelity is nowhere below it.
    clifford_proxy, clifford_proxy_stderr
        Where the circuit is too large to simulate: state fidelity of the same protocols around gates rounded to
        Clifford gates, and its standard error. Never reported as ``fidelity``.
    counts
        Bit string -> number of noisy runs, if runs were asked for; most frequent first.
    outcome, success, success_interval
        A bit string, how often it came, and the 95 % interval of its probability.
    hellinger, total_variation
        Between counts and noiseless distribution, where counts can tell; see :class:`distq.simulation.counts.Counts`.
    hellinger_noiseless, variation_noiseless
        What as many noiseless shots give on average: the bias of finite counts.
    makespan_stderr_s
        Standard error of ``makespan_mean_s``, from the runs drawn; 0.0 if nothing is random.
    interrupted
        True if the user stopped planning or the simulation: what was found so far is reported.
    notes
        What a reader should know: decisions that were made, what numbers mean, why a field is empty.
    """

    planner: str = ""
    links: tuple[LinkUse, ...] = ()
    memory: tuple[MemoryUse, ...] = ()
    local_transfers: int | None = None
    scenario: str | None = None
    checks: str = ""
    approximation: Approximation | None = None
    monolithic: str | None = None
    monolithic_stderr: float | None = None
    ratio_stderr: float | None = None
    interval: tuple[float, float] | None = None
    averaged: bool | None = None
    inputs: tuple[tuple[str, float, float], ...] = ()
    shares: tuple[tuple[str, float | None], ...] = ()
    shares_stderr: tuple[tuple[str, float], ...] = ()
    losses: tuple[tuple[str, str, float | None, float], ...] = ()
    process_fidelity: float | None = None
    process_stderr: float | None = None
    process_product: float | None = None
    lower_bound: float | None = None
    clifford_proxy: float | None = None
    clifford_proxy_stderr: float | None = None
    counts: dict[str, int] | None = None
    outcome: str | None = None
    success: float | None = None
    success_interval: tuple[float, float] | None = None
    hellinger: float | None = None
    total_variation: float | None = None
    hellinger_noiseless: float | None = None
    variation_noiseless: float | None = None
    makespan_stderr_s: float | None = None
    interrupted: bool = False
    notes: tuple[Note, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        out: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        out["links"] = [vars(link) for link in self.links]
        out["memory"] = [vars(use) for use in self.memory]
        out["shares"] = dict(self.shares)
        out["shares_stderr"] = dict(self.shares_stderr)
        out["approximation"] = None if self.approximation is None else vars(self.approximation)
        out["notes"] = texts(self.notes)
        out["notes_typed"] = [note.as_dict() for note in self.notes]
        return out


@dataclass(frozen=True, repr=False)
class Report:
    """The report row, and ``details`` for people.

    Attributes
    ----------
    circuit, network, strategy, seed, qubits, qpus
        What was asked.
    gates_2q, remote_gates
        Multi-qubit operations of the normal form; those run with at least one operand away from its home.
    ebits, ebits_lower_bound
        Bell pairs consumed; a proven bound: no plan for the normal form that was planned uses fewer.
    teledata, packets
        Homes moved; copies opened that served gates away from home.
    peak_memory, memory
        Largest number of memory ions in use on any QPU; the most any QPU has (None: unlimited).
    makespan_mean_s, makespan_p95_s, bell_wait_s
        Wall-clock time of one run, from its first event to the end of its last one, resets included: mean and 95th
        percentile over runs with random waits for pairs (``details`` has the standard error of the mean). How much
        longer it is on average than a run to which every pair is there at once.
    fidelity, fidelity_stderr
        State fidelity with the perfect circuit's output: the mean over all product states, or over the inputs that were
        named; its standard error.
    fidelity_monolithic, fidelity_ratio
        The same for the machine compared with; the first over the second.
    fidelity_method, shots
        Engine; trajectories drawn for the fidelity or, where it is exact, noisy runs that were counted; None if
        neither.
    verified
        True if every check of the plan ran and passed.
    seconds_compile, seconds_total
        Wall-clock.
    version
        Of distq.
    """

    circuit: str
    network: str
    strategy: str
    seed: int
    qubits: int
    qpus: int
    gates_2q: int
    remote_gates: int
    ebits: int
    ebits_lower_bound: int | None
    teledata: int
    packets: int
    peak_memory: int
    memory: int | None
    makespan_mean_s: float | None
    makespan_p95_s: float | None
    bell_wait_s: float | None
    fidelity: float | None
    fidelity_stderr: float | None
    fidelity_monolithic: float | None
    fidelity_ratio: float | None
    fidelity_method: str | None
    shots: int | None
    verified: bool
    seconds_compile: float
    seconds_total: float
    version: str
    details: Details = field(default_factory=Details, compare=False)

    def __repr__(self) -> str:
        """Three lines: what was compiled, what it costs, how faithful it is."""
        bound = "" if self.ebits_lower_bound is None else f" (at least {self.ebits_lower_bound} needed)"
        size = f"{counted(self.qubits, 'qubit')} on {counted(self.qpus, 'QPU')}"
        lines = [
            f"{self.circuit} on {self.network or 'network'}, strategy {self.strategy}, seed {self.seed}",
            f"{counted(self.ebits, 'Bell pair')}{bound}, {size}",
            self._faith(),
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [f"<tr><th>{name}</th><td>{escape(str(value))}</td></tr>" for name, value in self.row().items()]
        return f"<table>{''.join(rows)}</table>"

    def _faith(self) -> str:
        if self.fidelity is None:
            return "no fidelity: not simulated, or too large"
        error = "" if self.fidelity_stderr is None else f" ± {self.fidelity_stderr:.2g}"
        single = "" if self.fidelity_monolithic is None else f", one big machine {self.fidelity_monolithic:.4g}"
        return f"fidelity {self.fidelity:.4g}{error}{single}"

    def row(self) -> dict[str, Any]:
        """The flat row, fields in their order."""
        return {name: getattr(self, name) for name in ROW}

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a reader should know beyond the numbers."""
        return self.details.notes

    def noting(self, *notes: Note) -> Report:
        """The report with these notes in front of its own."""
        return replace(self, details=replace(self.details, notes=(*notes, *self.details.notes)))

    def stopped(self, note: Note) -> Report:
        """The report of work that the user interrupted, as ``note`` says."""
        report = self.noting(note)
        return replace(report, details=replace(report.details, interrupted=True))

    def to_json(self, *, details: bool = False, indent: int | None = 2) -> str:
        """The row as one JSON object; with ``details``, under that key, what the table says beyond it."""
        content = self.row() | ({"details": self.details.as_dict()} if details else {})
        return json.dumps(content, indent=indent, allow_nan=False)

    def compiled(self, seconds: float) -> Report:
        """The report with the time that the compilation took."""
        return replace(self, seconds_compile=round(seconds, 4), seconds_total=round(seconds, 4))

    def timed(self, seconds: float) -> Report:
        """The report with ``seconds_total`` replaced."""
        return replace(self, seconds_total=round(seconds, 4))


ROW: tuple[str, ...] = tuple(f.name for f in fields(Report) if f.name != "details")
"""Names of the row's fields, in order."""
