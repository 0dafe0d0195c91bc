"""Models of measured links: the published rate and fidelity, with a budget that reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from distq.errors import UnknownNameError
from distq.networks.links.model import LinkModel, parse_model


@dataclass(frozen=True)
class ModelPreset:
    """A link model by the name of the link preset whose numbers it explains.

    ``fitted`` names what was chosen such that the published rate and fidelity come out; which other parameters no
    source backs is in the model's own ``assumed``.
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
    ModelPreset(
        "oxford-2020",
        "Stephenson et al., PRL 124, 110501 (2020), arXiv:1911.10841",
        "8.33e5 attempts/s of success 2.18e-4 are from secondary sources; how the loss divides is assumed, "
        "and coupling, visibility and mixing are fitted to 182 pairs/s of fidelity 0.940.",
        {
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
    ModelPreset(
        "ustc-10km-2026",
        "Liu et al., Nature (2026), doi:10.1038/s41586-026-10177-4",
        "Two points of the trade of rate for fidelity are reported; bright fraction and contrast are fitted to 2.226 "
        "pairs/s of fidelity 0.80, coupling to 13.1 pairs/s per bright fraction; the rest of the loss is assumed.",
        {
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
                *("wavelength_nm", "conversion", "converted_nm", "attenuation_db_per_km", "excitation", "branching"),
                *("collection", "coupling", "filter", "detector", "dark_rate_hz", "bright", "contrast"),
                *("preparation_s", "excitation_s"),
            ],
        },
    ),
)

MODEL_PRESETS = {preset.name: preset for preset in _MODELS}


def model_presets() -> tuple[ModelPreset, ...]:
    """All measured links that have a model."""
    return _MODELS


def get_model_preset(name: str) -> ModelPreset:
    """The model of that name; raises UnknownNameError with the nearest one."""
    if name not in MODEL_PRESETS:
        raise UnknownNameError("link model preset", name, MODEL_PRESETS)
    return MODEL_PRESETS[name]
