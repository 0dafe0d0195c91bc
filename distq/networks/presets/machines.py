"""Complete networks by name, as the text of their network files. The tags are explained in the package.

``distq.networks.parse.parse_network(name)`` builds one.
"""

from __future__ import annotations

from dataclasses import dataclass

from distq.networks.presets.catalogue import Catalogue, Tag


@dataclass(frozen=True)
class MachinePreset:
    """A complete network by name.

    Attributes
    ----------
    name
        The name by which users ask for it.
    source
        Citation of what is published.
    tag
        How far to trust it.
    note
        What it is, and what is assumed.
    toml
        Its network file.
    """

    name: str
    source: str
    tag: Tag
    note: str
    toml: str


_MACHINES = (
    MachinePreset(
        "oxford-2025",
        source="Main et al., Nature 638, 383 (2025), arXiv:2407.00835",
        tag="measured",
        note=(
            "The modules of the first distributed algorithm: one circuit (data) and one network (memory) ion each. "
            "Link measured; local errors assumed, one residual fitted to the teleported CZ (see the QPU preset)."
        ),
        toml="""\
# Two modules, 2 m apart: Main et al., Nature 638, 383 (2025), arXiv:2407.00835.
# The link is measured. The local CZ errors are assumed (average fidelities 0.976 and 0.980), and the measurement error
# is fitted to the reported teleported CZ of 86.2 %: it stands for readout within a circuit, conditional rotations and
# transfers.
[network]
name = "oxford-2025"
scenario = "oxford-2025: link measured, local errors assumed, readout fitted to the teleported CZ"

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
        source="none: the default scenario of distq",
        tag="scenario",
        note="Two commercial traps of 36 ions, 4 of them memory, joined by one link. All numbers assumed.",
        toml="""\
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
        source="traps: arXiv:2511.05465; link: none, scenario near-term",
        tag="scenario",
        note="Two Quantinuum Helios traps of 98 ions, 2 of them memory, and the near-term link. Nobody has linked two.",
        toml="""\
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
    MachinePreset(
        "two-modalities",
        source="QCCD trap: arXiv:2511.05465; chains: IonQ (2025); links: none, assumed",
        tag="scenario",
        note=(
            "Two fast small chains with all-electronic gates and one large slow QCCD trap with better memory, joined "
            "by a near-term link and two slow ones between unlike ions. Nobody has linked such machines; times of the "
            "QCCD trap include assumed ion transport."
        ),
        toml="""\
# Three QPUs of two modalities. The chains have the numbers of ionq-99.99 (2 ions shown; the size is an assumption), the
# QCCD trap those of Helios; its gate time includes transport: 55 ms for a layer of 49 gates, assumed evenly shared.
[network]
name = "two-modalities"
scenario = "two-modalities: links, sizes of the chains, transport and some times assumed"
topology = "none"

[[qpu]]
name = "chain"
count = 2
preset = "ionq-99.99"
data = 16
memory = 3

[[qpu]]
name = "qccd"
preset = "quantinuum-helios"
data = 90
memory = 8
time_2q_s = 1.12e-3
time_transfer_s = 1.12e-3
t2_s = 100.0

[[link]]
between = ["chain0", "chain1"]
preset = "near-term"

[[link]]                # 493 nm (Ba) at one end and 369.5 nm (Yb) at the other, both converted to one telecom colour
between = ["chain0", "qccd"]
model = { family = "two-photon", encoding = "time-bin", visibility = 0.95, wavelength_nm = 369.5, length_km = 0.05, \
conversion = 0.1, collection = 0.1, coupling = 0.4, detector = 0.8, far = { wavelength_nm = 493, conversion = 0.3 } }

[[link]]
between = ["chain1", "qccd"]
model = { family = "two-photon", encoding = "time-bin", visibility = 0.95, wavelength_nm = 369.5, length_km = 0.05, \
conversion = 0.1, collection = 0.1, coupling = 0.4, detector = 0.8, far = { wavelength_nm = 493, conversion = 0.3 } }
""",
    ),
    MachinePreset(
        "four-traps-one-hub",
        source="none: scenario; two trap wells with one detection hub were shown by IonQ (2024)",
        tag="scenario",
        note="Four traps whose fibres end in one optical switch with two Bell-state analysers. All numbers assumed.",
        toml="""\
# Four traps, all linked through one switch. Photons of two trap wells routed to one detection hub have been shown; more
# traps, the number of analysers and every number here are assumed.
[network]
name = "four-traps-one-hub"
scenario = "four-traps-one-hub: all numbers assumed"

[[qpu]]
name = "trap"
count = 4
preset = "ionq-two-traps"
data = 8
memory = 4
communication = 2           # of the memory ions: pairs that a trap can be heralding at once

[[hub]]
name = "switch"
analysers = 2
reconfiguration_s = 1e-3

[defaults.link]
preset = "ionq-two-traps"
hub = "switch"
""",
    ),
    MachinePreset(
        "metro-telecom",
        source="conversion 0.57 (780 to 1522 nm) published; everything else: none, assumed",
        tag="scenario",
        note=(
            "Two traps 25 km apart over telecom fibre: time-bin photons converted to 1522 nm, 16 communication ions "
            "that try in turn while light travels. Nobody has built it."
        ),
        toml="""\
# Two traps in one city. Conversion from 780 to 1522 nm with 57 % external efficiency is published; the
# ions' way to 780 nm, collection, fibre of 0.2 dB/km, multiplexing and the traps themselves are assumed.
[network]
name = "metro-telecom"
scenario = "metro-telecom: everything assumed but the efficiency of conversion"
message_time_s = 122.5e-6   # over the same 25 km of fibre, 4.9 us/km

[[qpu]]
name = "site"
count = 2
preset = "ionq-two-traps"
data = 32
memory = 16
t2_s = 100.0

[[link]]
between = ["site0", "site1"]

[link.model]
family = "two-photon"
encoding = "time-bin"
wavelength_nm = 780
conversion = 0.57
converted_nm = 1522
length_km = 25
attenuation_db_per_km = 0.2
loss_db = 1.0
excitation = 0.95
branching = 0.95
collection = 0.1
coupling = 0.5
filter = 0.8
detector = 0.85
dark_rate_hz = 10
window_s = 50e-9
visibility = 0.95
preparation_s = 5e-6
excitation_s = 0.5e-6
cooling_s = 1e-3
cooling_interval_s = 10e-3
ions = 16       # all of them memory ions
source = "conversion: published, 780 to 1522 nm; the rest assumed"
assumed = ["excitation", "branching", "collection", "coupling", "filter", "detector", "attenuation_db_per_km",
    "loss_db", "dark_rate_hz", "visibility", "preparation_s", "excitation_s", "cooling_s", "cooling_interval_s"]
""",
    ),
)

MACHINE_PRESETS = Catalogue("machine preset", _MACHINES)
