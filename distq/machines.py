"""Machine presets: complete networks by name, as the text of their network files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from distq.errors import UnknownNameError

Tag = Literal["measured", "scenario", "assumed"]
"""How far to trust a preset; see :mod:`distq.presets`."""


@dataclass(frozen=True)
class MachinePreset:
    """A complete network by name; ``toml`` is its network file."""

    name: str
    source: str
    tag: Tag
    note: str
    toml: str


_MACHINES = (
    MachinePreset(
        "oxford-2025",
        "Main et al., Nature 638, 383 (2025), arXiv:2407.00835",
        "measured",
        "The modules of the first distributed algorithm: one circuit (data) and one network (memory) ion each. Link "
        "measured; local errors assumed, one residual fitted to the teleported CZ (see the QPU preset).",
        """\
# Two modules, 2 m apart: Main et al., Nature 638, 383 (2025), arXiv:2407.00835.
# The link is measured. The local CZ errors are assumed (average fidelities 0.976 and 0.980) and T2 is fitted to the
# reported teleported CZ of 86.2 %: it stands for every error that is not itemised.
[network]
name = "oxford-2025"
scenario = "oxford-2025: link measured, local errors assumed, T2 fitted to the teleported CZ"

[defaults.qpu]
preset = "oxford-2025"
data = 1    # the 43Ca+ circuit ion
memory = 1  # the 88Sr+ network ion

[[qpu]]
name = "alice"

[[qpu]]
name = "bob"
error_2q = 0.025
error_transfer = 0.025

[[link]]
between = ["alice", "bob"]
preset = "oxford-2025"
""",
    ),
    MachinePreset(
        "ionq-two-traps",
        "none: the default scenario of distq",
        "scenario",
        "Two commercial traps of 36 ions, 4 of them memory, joined by one link. All numbers assumed.",
        """\
# Two commercial traps and a photonic link. Every number is assumed (see the presets of the same name): none was
# published when two commercial systems were first linked.
[network]
name = "ionq-two-traps"
scenario = "ionq-two-traps"

[[qpu]]
name = "trap"
count = 2
preset = "ionq-two-traps"
data = 32
memory = 4

[defaults.link]
preset = "ionq-two-traps"
""",
    ),
    MachinePreset(
        "helios-pair",
        "traps: arXiv:2511.05465; link: none, scenario near-term",
        "scenario",
        "Two Quantinuum Helios traps of 98 ions, 2 of them memory, and the near-term link. Nobody has linked two.",
        """\
# Two Quantinuum Helios traps (arXiv:2511.05465) and a link that nobody has built: the scenario near-term.
[network]
name = "helios-pair"
scenario = "helios-pair: near-term link and some QPU times assumed"

[[qpu]]
name = "helios"
count = 2
preset = "quantinuum-helios"
data = 96
memory = 2

[defaults.link]
preset = "near-term"
""",
    ),
)

MACHINE_PRESETS = {preset.name: preset for preset in _MACHINES}


def machine_presets() -> tuple[MachinePreset, ...]:
    """All complete networks that have a name; ``Network.parse(name)`` builds one."""
    return _MACHINES


def get_machine_preset(name: str) -> MachinePreset:
    """The machine preset of that name; raises UnknownNameError with the nearest one."""
    if name not in MACHINE_PRESETS:
        raise UnknownNameError("machine preset", name, MACHINE_PRESETS)
    return MACHINE_PRESETS[name]
