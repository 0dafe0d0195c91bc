"""Models of measured links: parameters, from ion to click, that reach the published rate and fidelity.

Each explains the link preset of the same name. Most parameters are not published one by one: ``fitted`` says which were
chosen such that the published numbers come out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from distq.networks.links.model import LinkModel, parse_model
from distq.networks.presets.catalogue import Catalogue


@dataclass(frozen=True)
class LinkModelPreset:
    """A link model by the name of the link preset whose numbers it explains.

    Attributes
    ----------
    name
        That of the link preset.
    source
        Citation.
    fitted
        What was chosen such that the published rate and fidelity come out.
    table
        The parameters as a network file has them; ``assumed`` lists those that no source backs.
    """

    name: str
    source: str
    fitted: str
    table: dict[str, Any]

    @property
    def model(self) -> LinkModel:
        """The model."""
        return parse_model(self.table | {"source": self.source}, f"link model {self.name!r}")


_MODELS = (
    LinkModelPreset(
        "oxford-2020",
        source="Stephenson et al., PRL 124, 110501 (2020), arXiv:1911.10841",
        fitted=(
            "8.33e5 attempts/s of success 2.18e-4 are from secondary sources; how the loss divides is assumed, "
            "and coupling, visibility and mixing are fitted to 182 pairs/s of fidelity 0.940."
        ),
        table={
            "family": "two-photon",
            "wavelength_nm": 422.0,
            "length_km": 0.002,
            "excitation": 0.95,
            "branching": 0.95,
            "collection": 0.1,
            "coupling": 0.3324,
            "filter": 1.0,
            "detector": 0.7,
            "dark_rate_hz": 0.0,
            "visibility": 0.9262,
            "mixing": 0.01215,
            "preparation_s": 1.0e-6,
            "excitation_s": 0.19e-6,
            "assumed": [
                *("excitation", "branching", "collection", "coupling", "filter", "detector", "dark_rate_hz"),
                *("visibility", "mixing", "preparation_s", "excitation_s"),
            ],
        },
    ),
    LinkModelPreset(
        "ustc-10km-2026",
        source="Liu et al., Nature (2026), doi:10.1038/s41586-026-10177-4",
        fitted=(
            "Two points of the trade of rate for fidelity are reported; bright fraction and contrast are fitted to "
            "2.226 pairs/s of fidelity 0.80, coupling to 13.1 pairs/s per bright fraction; the rest of the loss is "
            "assumed."
        ),
        table={
            "family": "one-photon",
            "wavelength_nm": 780.0,
            "conversion": 0.57,
            "converted_nm": 1522.0,
            "length_km": 10.0,
            "attenuation_db_per_km": 0.2,
            "excitation": 0.95,
            "branching": 0.95,
            "collection": 0.03,
            "coupling": 0.05007,
            "filter": 0.8,
            "detector": 0.8,
            "dark_rate_hz": 0.0,
            "bright": 0.17,
            "contrast": 0.928,
            "preparation_s": 10e-6,
            "excitation_s": 1e-6,
            "assumed": [
                *(
                    "wavelength_nm",
                    "conversion",
                    "converted_nm",
                    "attenuation_db_per_km",
                    "excitation",
                    "branching",
                ),
                *("collection", "coupling", "filter", "detector", "dark_rate_hz", "bright", "contrast"),
                *("preparation_s", "excitation_s"),
            ],
        },
    ),
)

LINK_MODEL_PRESETS = Catalogue("link model preset", _MODELS)
