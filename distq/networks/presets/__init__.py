"""Published and assumed numbers of ion-trap links, QPUs and whole machines, each beside its source.

``links`` has fidelities and rates, ``qpus`` gate errors and times, ``machines`` complete networks as text, and
``link_models`` the physics behind two of the links. To find where a number comes from, open the file of its sort and
search for the preset's name: every entry has its ``source`` (a citation), a ``note`` that says what is behind the
numbers and what is assumed, and a ``tag`` that says how far to trust it:

``measured``
    The headline numbers (pair fidelity and rate; gate and SPAM errors) are published. What the source does not give is
    listed in ``assumed`` or called assumed in the note.
``scenario``
    Nobody measured it: a point to plan for.
``assumed``
    It bears the name of an experiment or product, but a headline number is not published, or not confirmed by us.
"""

from distq.networks.presets.catalogue import DEFAULT_SCENARIO
from distq.networks.presets.link_models import LINK_MODEL_PRESETS, LinkModelPreset
from distq.networks.presets.links import DEFAULT_LINK, LINK_FIELDS, LINK_PRESETS, LinkPreset
from distq.networks.presets.machines import MACHINE_PRESETS, MachinePreset
from distq.networks.presets.qpus import DEFAULT_QPU, EXTRA_NOISE, QPU_FIELDS, QPU_PRESETS, QPUPreset
from distq.networks.presets.scenario import AssumedNumbers, scenario_text

__all__ = [
    "DEFAULT_LINK",
    "DEFAULT_QPU",
    "DEFAULT_SCENARIO",
    "EXTRA_NOISE",
    "LINK_FIELDS",
    "LINK_MODEL_PRESETS",
    "LINK_PRESETS",
    "MACHINE_PRESETS",
    "QPU_FIELDS",
    "QPU_PRESETS",
    "AssumedNumbers",
    "LinkModelPreset",
    "LinkPreset",
    "MachinePreset",
    "QPUPreset",
    "scenario_text",
]
