"""The hardware: QPUs, the photonic links between them, and the numbers that describe both.

In: shorthand (``4x16+2@ring``), TOML files, names of presets. Out: an immutable :class:`Network`. Open ``network``
first, then ``parts`` (QPU, Link, Hub); ``parse`` is the entry for every notation. ``presets/`` has every number with
its source, ``links/`` the physics of one heralded link. ``swapped_links`` and ``distilled_links`` make other links out
of those that a network has.
"""

from distq.networks.network import Network
from distq.networks.parse import parse_network, read_toml
from distq.networks.parts import QPU, Hub, Link
from distq.networks.toml_writer import example_toml, write_toml

__all__ = ["QPU", "Hub", "Link", "Network", "example_toml", "parse_network", "read_toml", "write_toml"]
