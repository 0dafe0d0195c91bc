"""Numbers of traps: gate errors and times, each with its source. The tags are explained in the package."""

from __future__ import annotations

from dataclasses import dataclass

from distq.networks.presets.catalogue import DEFAULT_SCENARIO, Catalogue, Tag

QPU_FIELDS = (
    *("error_1q", "error_2q", "error_measure", "error_reset", "error_transfer"),
    *("time_1q_s", "time_2q_s", "time_measure_s", "time_reset_s", "time_transfer_s", "t2_s"),
)
EXTRA_NOISE = ("t1_s", "overrotation_1q", "overrotation_2q")
"""Fields of a QPU that no preset gives: noise that is absent unless it is asked for."""


@dataclass(frozen=True)
class QPUPreset:
    """Numbers of one trap, with their source. Errors and times are those of :class:`distq.networks.parts.QPU`.

    Attributes
    ----------
    name
        The name by which users ask for it.
    ions
        How many ions it has; None if it stands for no trap in particular.
    source
        Citation.
    tag
        How far to trust it.
    note
        What is behind the numbers, and what is assumed.
    assumed
        The fields that the source does not give.
    """

    name: str
    ions: int | None
    source: str
    tag: Tag
    note: str
    assumed: tuple[str, ...]
    error_1q: float
    error_2q: float
    error_measure: float
    error_reset: float
    error_transfer: float
    time_1q_s: float
    time_2q_s: float
    time_measure_s: float
    time_reset_s: float
    time_transfer_s: float
    t2_s: float


def _trap(
    name: str,
    ions: int | None,
    source: str,
    tag: Tag,
    note: str,
    *,
    assumed: tuple[str, ...],
    error_1q: float = 1e-5,
    error_2q: float = 1e-4,
    error_spam: float = 1e-3,
    error_measure: float | None = None,
    time_1q_s: float = 10e-6,
    time_2q_s: float = 200e-6,
    t2_s: float = 10.0,
) -> QPUPreset:
    """A preset, completed by three assumptions that all of them share.

    The SPAM error is taken for measurement and for reset. Exchanging a memory and a data ion is one two-qubit gate.
    Measurement takes 200 us and reset 50 us, as is typical of ion traps.
    """
    return QPUPreset(
        name,
        ions,
        source,
        tag,
        note,
        assumed,
        error_1q=error_1q,
        error_2q=error_2q,
        error_measure=error_spam if error_measure is None else error_measure,
        error_reset=error_spam,
        error_transfer=error_2q,
        time_1q_s=time_1q_s,
        time_2q_s=time_2q_s,
        time_measure_s=200e-6,
        time_reset_s=50e-6,
        time_transfer_s=time_2q_s,
        t2_s=t2_s,
    )


_NOT_IN_SOURCES = ("error_reset", "error_transfer", "time_measure_s", "time_reset_s", "time_transfer_s")
"""What no source gives, so that :func:`_trap` assumes it."""

_SPAM = (
    "The published SPAM error is taken for measurement and assumed for reset. Transfer assumed as one two-qubit gate; "
    "measurement 200 us and reset 50 us assumed as typical of ion traps."
)

_TRAPS = (
    _trap(
        "ionq-two-traps",
        ions=None,
        source="none: the default scenario of distq",
        tag="scenario",
        note=(
            "All numbers assumed, near published ones: error 1e-4 (2q), 1e-5 (1q), 1e-3 (SPAM), T2 10 s; 1q 10 us, 2q "
            "and measurement 200 us, reset 50 us."
        ),
        assumed=QPU_FIELDS,
    ),
    _trap(
        "ionq-aria",
        ions=25,
        source="IonQ, published system timings and fidelities of Aria (Azure Quantum documentation)",
        tag="measured",
        note=_SPAM,
        assumed=_NOT_IN_SOURCES,
        error_1q=5e-4,
        error_2q=4e-3,
        error_spam=3.9e-3,
        time_1q_s=135e-6,
        time_2q_s=600e-6,
        t2_s=1.0,
    ),
    _trap(
        "ionq-forte",
        ions=36,
        source="none confirmed",
        tag="assumed",
        note="All numbers assumed: errors 2e-4 (1q), 4.6e-3 (2q), 4.5e-3 (SPAM), gates of 130 and 970 us, T2 1 s.",
        assumed=QPU_FIELDS,
        error_1q=2e-4,
        error_2q=4.6e-3,
        error_spam=4.5e-3,
        time_1q_s=130e-6,
        time_2q_s=970e-6,
        t2_s=1.0,
    ),
    _trap(
        "ionq-99.99",
        ions=2,
        source="IonQ, 99.99 % two-qubit gate fidelity without ground-state cooling (2025)",
        tag="measured",
        note=(
            "All-electronic gates, shown on 2 ions; larger sizes are an extrapolation. Published: above 99.99 % (2q), "
            "8.4e-6 (1q); the 2q error 8.4(7)e-5 and SPAM 7e-6 are from secondary sources. 1q 10 us, 2q 226 us and T2 "
            "10 s assumed. " + _SPAM
        ),
        assumed=("time_1q_s", "time_2q_s", "t2_s", *_NOT_IN_SOURCES),
        error_1q=8.4e-6,
        error_2q=8.4e-5,
        error_spam=7e-6,
        time_2q_s=226e-6,
    ),
    _trap(
        "quantinuum-helios",
        ions=98,
        source="Helios: A 98-qubit trapped-ion quantum computer, arXiv:2511.05465 (2025)",
        tag="measured",
        note=(
            "137Ba+ QCCD. Errors 2.5(1)e-5 (1q), 7.9(2)e-4 (2q), 3.3(5)e-4 (SPAM). A 2q gate takes 70 us (secondary "
            "source), a full-width layer about 55 ms: the ion transport is left out here. 1q 10 us and T2 10 s "
            "(published only as seconds to minutes) assumed. " + _SPAM
        ),
        assumed=("time_1q_s", "t2_s", *_NOT_IN_SOURCES),
        error_1q=2.5e-5,
        error_2q=7.9e-4,
        error_spam=3.3e-4,
        time_2q_s=70e-6,
    ),
    _trap(
        "oxford-2025",
        ions=2,
        source="Main et al., Nature 638, 383 (2025), arXiv:2407.00835 (teleported CZ of 86.2(9) %)",
        tag="assumed",
        note=(
            "One 88Sr+ network and one 43Ca+ circuit ion. Local CZ of average fidelity 0.976 assumed (Pauli error "
            "0.03). T2 10 s: the group stored remote entanglement for about that long (arXiv:2506.14334). The "
            "measurement error 0.053 is fitted to the reported teleported CZ alone, not measured: it stands for "
            "mid-circuit readout, conditional rotations and transfers between network and circuit ion, which are Z "
            "errors of the circuit ions too and zero otherwise. It is no error of a final readout. Times assumed as "
            "typical."
        ),
        assumed=QPU_FIELDS,
        error_1q=0.0,
        error_2q=0.03,
        error_spam=0.0,
        error_measure=0.053,
        t2_s=10.0,
    ),
)

QPU_PRESETS = Catalogue("QPU preset", _TRAPS)

DEFAULT_QPU = QPU_PRESETS[DEFAULT_SCENARIO]
