"""What all presets have in common: tags of trust, and tables in which they are found by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, Protocol, TypeVar

from distq.errors import UnknownNameError

Tag = Literal["measured", "scenario", "assumed"]
"""How far to trust a preset; see :mod:`distq.networks.presets`."""


DEFAULT_SCENARIO = "ionq-two-traps"
"""The name of the presets that apply where a user says nothing."""


class Named(Protocol):
    """A preset."""

    @property
    def name(self) -> str:
        """The name by which users ask for it."""


P = TypeVar("P", bound=Named)


class Catalogue(Mapping[str, P]):
    """Presets of one sort by name, in the order in which they are listed.

    Parameters
    ----------
    what
        What messages call the sort, e.g. ``"link preset"``.
    presets
        Their names differ.
    """

    def __init__(self, what: str, presets: Iterable[P]) -> None:
        self._what = what
        self._presets = {preset.name: preset for preset in presets}

    def __getitem__(self, name: str) -> P:
        return self._presets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._presets)

    def __len__(self) -> int:
        return len(self._presets)

    def find(self, name: str) -> P:
        """The preset of that name; raises UnknownNameError, which suggests the nearest one."""
        if name not in self._presets:
            raise UnknownNameError(self._what, name, self._presets)
        return self._presets[name]
