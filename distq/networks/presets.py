"""Published and assumed numbers of ion-trap links, QPUs and whole machines, each with its source.

A preset's ``tag`` says how far to trust it:

``measured``
    The headline numbers (pair fidelity and rate; gate and SPAM errors) are published. What the source does not give is
    listed in ``assumed`` or called assumed in the note.
``scenario``
    Nobody measured it: a point to plan for.
``assumed``
    It bears the name of an experiment or product, but a headline number is not published, or not confirmed by us.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from distq.errors import UnknownNameError
from distq.networks.machine_presets import MachinePreset, Tag, get_machine_preset, machine_presets

__all__ = [
    "LinkPreset",
    "MachinePreset",
    "QPUPreset",
    "Tag",
    "get_link_preset",
    "get_machine_preset",
    "get_qpu_preset",
    "link_presets",
    "machine_presets",
    "qpu_presets",
    "scenario_text",
]

# Of the infidelity of a pair whose error budget is not published, the shares that are phase flips (Z), bit flips (X)
# and both (Y). Real links are phase-biased; the one published budget (oxford-2025) gives 61, 20 and 20 per cent.
ASSUMED_SHARES = (0.6, 0.2, 0.2)


def biased(fidelity: float) -> tuple[float, float, float, float]:
    """Phase-biased Bell weights (I, Z, X, Y) of that fidelity: the infidelity split 3:1:1 (an assumption)."""
    z, x, y = (round((1.0 - fidelity) * share, 12) for share in ASSUMED_SHARES)
    return (fidelity, z, x, y)


@dataclass(frozen=True)
class LinkPreset:
    """Numbers of a heralded link.

    Attributes
    ----------
    weights
        Bell-diagonal weights of a fresh pair: no error, phase flip (Z), bit flip (X), both (Y). They sum to 1.
    rate_hz
        Mean pairs per second.
    source
        Citation.
    tag
        See the module.
    note
        What is behind the numbers, and what is assumed.
    """

    name: str
    weights: tuple[float, float, float, float]
    rate_hz: float
    source: str
    tag: Tag
    note: str


@dataclass(frozen=True)
class QPUPreset:
    """Numbers of one trap: the fields of :class:`distq.networks.parts.QPU`, the ions it has, and where they come from.

    ``assumed`` lists the fields that the source does not give.
    """

    name: str
    ions: int | None
    source: str
    tag: Tag
    note: str
    assumed: tuple[str, ...] = ()
    error_1q: float = 1e-5
    error_2q: float = 1e-4
    error_measure: float = 1e-3
    error_reset: float = 1e-3
    error_transfer: float = 1e-4
    time_1q_s: float = 10e-6
    time_2q_s: float = 200e-6
    time_measure_s: float = 200e-6
    time_reset_s: float = 50e-6
    time_transfer_s: float = 200e-6
    t2_s: float = 10.0


LINK_FIELDS = ("weights", "rate_hz")
QPU_FIELDS = (
    *("error_1q", "error_2q", "error_measure", "error_reset", "error_transfer"),
    *("time_1q_s", "time_2q_s", "time_measure_s", "time_reset_s", "time_transfer_s", "t2_s"),
)
EXTRA_NOISE = ("t1_s", "overrotation_1q", "overrotation_2q")
"""Fields of a QPU that no preset gives: noise that is absent unless it is asked for."""
DEFAULT_SCENARIO = "ionq-two-traps"

_SPLIT = "Split of the infidelity into phase and bit flips (3:1:1) assumed."

_LINKS = (
    LinkPreset(
        "oxford-2025",
        (0.9695, 0.0185, 0.0060, 0.0060),
        9.7,
        "Main et al., Nature 638, 383 (2025), arXiv:2407.00835",
        "measured",
        "Two modules 2 m apart, 88Sr+ network ions, 43Ca+ circuit ions. Reported fidelity 0.9689(8); the weights are "
        "the diagonal of the reported pair in the Bell basis (Psi+, Psi-, Phi+, Phi-).",
    ),
    LinkPreset(
        "oxford-2020",
        biased(0.940),
        182.0,
        "Stephenson et al., PRL 124, 110501 (2020), arXiv:1911.10841",
        "measured",
        f"88Sr+ in two traps, polarisation photons. Fidelity 0.940(5). {_SPLIT}",
    ),
    LinkPreset(
        "duke-2024",
        biased(0.94),
        250.0,
        "O'Reilly et al., PRL 133, 090802 (2024), arXiv:2404.16167",
        "measured",
        f"Two Ba+ ions in one trap, cooled continuously: an upper bound for two modules. Fidelity above 0.94. {_SPLIT}",
    ),
    LinkPreset(
        "timebin-2025",
        biased(0.97),
        3.5,
        "Saha et al., Nat. Commun. 16, 2533 (2025), arXiv:2406.01761",
        "measured",
        f"Time-bin photons; above 0.999 is argued to be feasible. The rate is from a secondary source. {_SPLIT}",
    ),
    LinkPreset(
        "ustc-10km-2026",
        biased(0.80),
        2.226,
        "Liu et al., Nature (2026), doi:10.1038/s41586-026-10177-4",
        "measured",
        f"10 km of telecom fibre, one-photon herald, the fast end of its trade of rate for fidelity. {_SPLIT}",
    ),
    LinkPreset(
        "ustc-10km-2026-slow",
        biased(0.923),
        0.327,
        "Liu et al., Nature (2026), doi:10.1038/s41586-026-10177-4",
        "measured",
        f"The same link, the faithful end of its trade of rate for fidelity. {_SPLIT}",
    ),
    LinkPreset(
        "innsbruck-230m",
        biased(0.88),
        1.0,
        "Krutyanskiy et al., PRL 130, 050803 (2023), arXiv:2208.14907",
        "assumed",
        "Ions in cavities, two buildings, 520 m of fibre. Fidelity 0.88 (about the best reported) and 1 pair/s "
        f"assumed. {_SPLIT}",
    ),
    LinkPreset(
        "ionq-two-traps",
        (0.97, 0.018, 0.006, 0.006),
        250.0,
        "none: the default scenario of distq",
        "scenario",
        "Assumed, near published numbers: the fidelity of timebin-2025 at the rate of duke-2024, phase-biased.",
    ),
    LinkPreset(
        "ionq-2026",
        (0.97, 0.018, 0.006, 0.006),
        250.0,
        "none: IonQ announced on 14 April 2026 that it linked two commercial systems, but published no numbers",
        "scenario",
        "Fidelity 0.97 and 250 pairs/s are assumed, as in ionq-two-traps: there is nothing to calibrate against.",
    ),
    LinkPreset(
        "near-term",
        biased(0.98),
        1e3,
        "none: scenario",
        "scenario",
        "Assumed: fidelity 0.98 at 1,000 pairs/s, phase-biased.",
    ),
    LinkPreset(
        "projected",
        biased(0.999),
        1e5,
        "none: scenario",
        "scenario",
        "Assumed: fidelity 0.999 at 100,000 pairs/s, phase-biased.",
    ),
)

_TYPICAL = ("error_reset", "error_transfer", "time_measure_s", "time_reset_s", "time_transfer_s")
_SPAM = (
    "The published SPAM error is taken for measurement and assumed for reset. Transfer assumed as one two-qubit gate; "
    "measurement 200 us and reset 50 us assumed as typical of ion traps."
)

_QPUS = (
    QPUPreset(
        "ionq-two-traps",
        None,
        "none: the default scenario of distq",
        "scenario",
        "All numbers assumed, near published ones: error 1e-4 (2q), 1e-5 (1q), 1e-3 (SPAM), T2 10 s; 1q 10 us, 2q and "
        "measurement 200 us, reset 50 us.",
        assumed=QPU_FIELDS,
    ),
    QPUPreset(
        "ionq-aria",
        25,
        "IonQ, published system timings and fidelities of Aria (Azure Quantum documentation)",
        "measured",
        _SPAM,
        assumed=_TYPICAL,
        error_1q=5e-4,
        error_2q=4e-3,
        error_measure=3.9e-3,
        error_reset=3.9e-3,
        error_transfer=4e-3,
        time_1q_s=135e-6,
        time_2q_s=600e-6,
        time_transfer_s=600e-6,
        t2_s=1.0,
    ),
    QPUPreset(
        "ionq-forte",
        36,
        "none confirmed",
        "assumed",
        "All numbers assumed: errors 2e-4 (1q), 4.6e-3 (2q), 4.5e-3 (SPAM), gates of 130 and 970 us, T2 1 s.",
        assumed=QPU_FIELDS,
        error_1q=2e-4,
        error_2q=4.6e-3,
        error_measure=4.5e-3,
        error_reset=4.5e-3,
        error_transfer=4.6e-3,
        time_1q_s=130e-6,
        time_2q_s=970e-6,
        time_transfer_s=970e-6,
        t2_s=1.0,
    ),
    QPUPreset(
        "ionq-99.99",
        2,
        "IonQ, 99.99 % two-qubit gate fidelity without ground-state cooling (2025)",
        "measured",
        "All-electronic gates, shown on 2 ions; larger sizes are an extrapolation. Published: above 99.99 % (2q), "
        "8.4e-6 (1q); the 2q error 8.4(7)e-5 and SPAM 7e-6 are from secondary sources. 1q 10 us, 2q 226 us and T2 "
        "10 s assumed. " + _SPAM,
        assumed=("time_1q_s", "time_2q_s", "t2_s", *_TYPICAL),
        error_1q=8.4e-6,
        error_2q=8.4e-5,
        error_measure=7e-6,
        error_reset=7e-6,
        error_transfer=8.4e-5,
        time_2q_s=226e-6,
        time_transfer_s=226e-6,
    ),
    QPUPreset(
        "quantinuum-helios",
        98,
        "Helios: A 98-qubit trapped-ion quantum computer, arXiv:2511.05465 (2025)",
        "measured",
        "137Ba+ QCCD. Errors 2.5(1)e-5 (1q), 7.9(2)e-4 (2q), 3.3(5)e-4 (SPAM). A 2q gate takes 70 us (secondary "
        "source), a full-width layer about 55 ms: the ion transport is left out here. 1q 10 us and T2 10 s (published "
        "only as seconds to minutes) assumed. " + _SPAM,
        assumed=("time_1q_s", "t2_s", *_TYPICAL),
        error_1q=2.5e-5,
        error_2q=7.9e-4,
        error_measure=3.3e-4,
        error_reset=3.3e-4,
        error_transfer=7.9e-4,
        time_2q_s=70e-6,
        time_transfer_s=70e-6,
    ),
    QPUPreset(
        "oxford-2025",
        2,
        "Main et al., Nature 638, 383 (2025), arXiv:2407.00835 (teleported CZ of 86.2(9) %)",
        "assumed",
        "One 88Sr+ network and one 43Ca+ circuit ion. Local CZ of average fidelity 0.976 assumed (Pauli error 0.03). "
        "T2 0.85 s is fitted to the reported teleported CZ, not measured: in one exponentially distributed wait of "
        "mean 103 ms it costs both circuit ions together what a Z error of 5.3 % on each does, and stands for memory, "
        "transfers, mid-circuit readout and SPAM, which are zero here. Times assumed as typical.",
        assumed=QPU_FIELDS,
        error_1q=0.0,
        error_2q=0.03,
        error_measure=0.0,
        error_reset=0.0,
        error_transfer=0.03,
        t2_s=0.85,
    ),
)

LINK_PRESETS = {preset.name: preset for preset in _LINKS}
QPU_PRESETS = {preset.name: preset for preset in _QPUS}
DEFAULT_LINK = LINK_PRESETS[DEFAULT_SCENARIO]
DEFAULT_QPU = QPU_PRESETS[DEFAULT_SCENARIO]


def link_presets() -> tuple[LinkPreset, ...]:
    """All link presets: measured ones first, then scenarios."""
    return _LINKS


def qpu_presets() -> tuple[QPUPreset, ...]:
    """All QPU presets."""
    return _QPUS


def get_link_preset(name: str) -> LinkPreset:
    """The link preset of that name; raises UnknownNameError with the nearest one."""
    if name not in LINK_PRESETS:
        raise UnknownNameError("link preset", name, LINK_PRESETS)
    return LINK_PRESETS[name]


def get_qpu_preset(name: str) -> QPUPreset:
    """The QPU preset of that name; raises UnknownNameError with the nearest one."""
    if name not in QPU_PRESETS:
        raise UnknownNameError("QPU preset", name, QPU_PRESETS)
    return QPU_PRESETS[name]


def scenario_text(assumed: Iterable[tuple[str, str]]) -> str | None:
    """How a network's ``scenario`` names the numbers that are not published ones.

    Parameters
    ----------
    assumed
        (preset name, ``"qpu"`` or ``"link"``) of every preset of which at least one assumed number is used. One that is
        tagged measured is said to be assumed in part.
    """
    names = {"qpu": "QPUs", "link": "links"}
    kinds: dict[str, list[str]] = {}
    for name, kind in sorted(assumed, key=lambda entry: (entry[1] != "qpu", entry[0])):
        kinds.setdefault(name, []).append(names[kind])
    texts = [name if len(of) == len(names) else f"{name} {of[0]}" for name, of in kinds.items()]
    part = {p.name for p in _QPUS if p.tag == "measured"}
    return (
        ", ".join(f"{text} in part" if name in part else text for name, text in zip(kinds, texts, strict=True)) or None
    )
