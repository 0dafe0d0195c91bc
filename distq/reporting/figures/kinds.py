"""The pictures of a compiled circuit that ``distq draw`` and ``Compilation.draw`` know, by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from distq.errors import UnknownNameError
from distq.reporting.figures.style import FULL, View
from distq.reporting.figures.subject import Subject


@dataclass(frozen=True)
class Kind:
    """A kind of picture.

    Attributes
    ----------
    shows
        One line for the help.
    module
        Has ``draw(subject, kind_of_file, view)``; imported when a picture of the kind is drawn.
    simulated
        True if the report must have a fidelity.
    """

    shows: str
    module: str
    simulated: bool = False

    def draw(self, subject: Subject, file_kind: str = "png", view: View = FULL) -> bytes:
        """The content of a file: ``png``, ``svg`` or ``pdf``.

        Raises
        ------
        InputError
            What the picture shows is not there.
        """
        return cast(bytes, import_module(f"distq.reporting.figures.{self.module}").draw(subject, file_kind, view))


KINDS = {
    "plan": Kind("which qubit sits on which ion over time, and the Bell pairs", "occupation"),
    "circuit": Kind("the distributed circuit by QPU, link copies as forks", "circuit"),
    "network": Kind("QPUs and links, and how many Bell pairs each link delivers", "network_map"),
    "interactions": Kind("which qubits share gates, in groups by QPU", "interaction"),
    "waterfall": Kind("where the fidelity goes, cause by cause", "waterfall", simulated=True),
}


def kind_named(name: str) -> Kind:
    """The kind of that name; raises UnknownNameError with the nearest one."""
    if name not in KINDS:
        raise UnknownNameError("picture", name, KINDS)
    return KINDS[name]
