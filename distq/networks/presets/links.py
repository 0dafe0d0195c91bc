"""Numbers of heralded links: fidelity and rate, each with its source. The tags are explained in the package."""

from __future__ import annotations

from dataclasses import dataclass

from distq.networks.presets.catalogue import DEFAULT_SCENARIO, Catalogue, Tag

LINK_FIELDS = ("weights", "rate_hz")
"""Fields of a link that a preset gives."""

ASSUMED_SHARES = (0.6, 0.2, 0.2)
"""Of the infidelity of a pair whose error budget is not published, the shares that are phase flips (Z), bit flips (X)
and both (Y). Real links are phase-biased; the one published budget (oxford-2025) gives 61, 20 and 20 per cent."""

_SPLIT = "Split of the infidelity into phase and bit flips (3:1:1) assumed."


@dataclass(frozen=True)
class LinkPreset:
    """Numbers of a heralded link.

    Attributes
    ----------
    name
        The name by which users ask for it.
    weights
        Bell-diagonal weights of a fresh pair: no error, phase flip (Z), bit flip (X), both (Y). They sum to 1.
    rate_hz
        Mean pairs per second.
    source
        Citation.
    tag
        How far to trust it.
    note
        What is behind the numbers, and what is assumed.
    """

    name: str
    weights: tuple[float, float, float, float]
    rate_hz: float
    source: str
    tag: Tag
    note: str


def biased(fidelity: float) -> tuple[float, float, float, float]:
    """Phase-biased Bell weights (I, Z, X, Y) of that fidelity: the infidelity split 3:1:1 (an assumption)."""
    z, x, y = (round((1.0 - fidelity) * share, 12) for share in ASSUMED_SHARES)
    return (fidelity, z, x, y)


_LINKS = (
    LinkPreset(
        "oxford-2025",
        weights=(0.9695, 0.0185, 0.0060, 0.0060),
        rate_hz=9.7,
        source="Main et al., Nature 638, 383 (2025), arXiv:2407.00835",
        tag="measured",
        note=(
            "Two modules 2 m apart, 88Sr+ network ions, 43Ca+ circuit ions. Reported fidelity 0.9689(8); the weights "
            "are the diagonal of the reported pair in the Bell basis (Psi+, Psi-, Phi+, Phi-)."
        ),
    ),
    LinkPreset(
        "oxford-2020",
        weights=biased(0.940),
        rate_hz=182.0,
        source="Stephenson et al., PRL 124, 110501 (2020), arXiv:1911.10841",
        tag="measured",
        note=f"88Sr+ in two traps, polarisation photons. Fidelity 0.940(5). {_SPLIT}",
    ),
    LinkPreset(
        "duke-2024",
        weights=biased(0.94),
        rate_hz=250.0,
        source="O'Reilly et al., PRL 133, 090802 (2024), arXiv:2404.16167",
        tag="measured",
        note="Two Ba+ ions in one trap, cooled continuously: an upper bound for two modules. Fidelity above 0.94. "
        + _SPLIT,
    ),
    LinkPreset(
        "timebin-2025",
        weights=biased(0.97),
        rate_hz=3.5,
        source="Saha et al., Nat. Commun. 16, 2533 (2025), arXiv:2406.01761",
        tag="measured",
        note=f"Time-bin photons; above 0.999 is argued to be feasible. The rate is from a secondary source. {_SPLIT}",
    ),
    LinkPreset(
        "ustc-10km-2026",
        weights=biased(0.80),
        rate_hz=2.226,
        source="Liu et al., Nature (2026), doi:10.1038/s41586-026-10177-4",
        tag="measured",
        note=f"10 km of telecom fibre, one-photon herald, the fast end of its trade of rate for fidelity. {_SPLIT}",
    ),
    LinkPreset(
        "ustc-10km-2026-slow",
        weights=biased(0.923),
        rate_hz=0.327,
        source="Liu et al., Nature (2026), doi:10.1038/s41586-026-10177-4",
        tag="measured",
        note=f"The same link, the faithful end of its trade of rate for fidelity. {_SPLIT}",
    ),
    LinkPreset(
        "innsbruck-230m",
        weights=biased(0.88),
        rate_hz=1.0,
        source="Krutyanskiy et al., PRL 130, 050803 (2023), arXiv:2208.14907",
        tag="assumed",
        note=(
            "Ions in cavities, two buildings, 520 m of fibre. Fidelity 0.88 (about the best reported) and 1 pair/s "
            f"assumed. {_SPLIT}"
        ),
    ),
    LinkPreset(
        "ionq-two-traps",
        weights=(0.97, 0.018, 0.006, 0.006),
        rate_hz=250.0,
        source="none: the default scenario of distq",
        tag="scenario",
        note="Assumed, near published numbers: the fidelity of timebin-2025 at the rate of duke-2024, phase-biased.",
    ),
    LinkPreset(
        "ionq-2026",
        weights=(0.97, 0.018, 0.006, 0.006),
        rate_hz=250.0,
        source="none: IonQ announced on 14 April 2026 that it linked two commercial systems, but published no numbers",
        tag="scenario",
        note="Fidelity 0.97 and 250 pairs/s are assumed, as in ionq-two-traps: there is nothing to calibrate against.",
    ),
    LinkPreset(
        "near-term",
        weights=biased(0.98),
        rate_hz=1e3,
        source="none: scenario",
        tag="scenario",
        note="Assumed: fidelity 0.98 at 1,000 pairs/s, phase-biased.",
    ),
    LinkPreset(
        "projected",
        weights=biased(0.999),
        rate_hz=1e5,
        source="none: scenario",
        tag="scenario",
        note="Assumed: fidelity 0.999 at 100,000 pairs/s, phase-biased.",
    ),
)

LINK_PRESETS = Catalogue("link preset", _LINKS)
"""All link presets: measured ones first, then scenarios."""

DEFAULT_LINK = LINK_PRESETS[DEFAULT_SCENARIO]
