"""Languages of node programs, one file each.

A new one registers itself with :func:`distq.nodes.formats.registry.register` and is imported here.
"""

from distq.nodes.formats import openqasm3
from distq.nodes.formats.registry import NodeFormat, format_named, format_names

__all__ = ["NodeFormat", "format_named", "format_names", "openqasm3"]
