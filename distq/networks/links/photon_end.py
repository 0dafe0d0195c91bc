"""One end of a heralded link: what lies between the ion and the fibre, and what the fibre loses at least."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from distq.networks.fields import Number, Probability, Validated

Nanometres = Annotated[
    Number, Field(ge=100.0, le=10_000.0, description="must be a wavelength in nm, from 100 to 10,000")
]


def rayleigh_db_per_km(wavelength_nm: float) -> float:
    """Loss of silica fibre from Rayleigh scattering alone, 0.8 dB/km / (wavelength in um)^4: a lower bound."""
    return 0.8 / (wavelength_nm / 1000.0) ** 4


class End(Validated):
    """The ion's end of a link: how often an attempt puts a photon into the fibre.

    Attributes
    ----------
    wavelength_nm
        Of the ion's photons.
    pumping_error
        Probability that the ion is not in the right state before it is excited. Its photon then tells nothing: the pair
        is taken as fully mixed.
    excitation, branching, collection, coupling
        Probabilities that the ion is excited, that it decays on the right transition, that the photon is collected, and
        that it enters the fibre.
    conversion, converted_nm
        Efficiency of frequency conversion, and the wavelength after it; None: the fibre carries the ion's own.
    """

    wavelength_nm: Nanometres = 422.0
    pumping_error: Probability = 0.0
    excitation: Probability = 0.9
    branching: Probability = 0.95
    collection: Probability = 0.1
    coupling: Probability = 0.4
    conversion: Annotated[Probability | None, Field(description="must be a probability from 0 to 1")] = None
    converted_nm: Nanometres = 1550.0

    @property
    def fibre_nm(self) -> float:
        """Wavelength in the fibre."""
        return self.wavelength_nm if self.conversion is None else self.converted_nm
