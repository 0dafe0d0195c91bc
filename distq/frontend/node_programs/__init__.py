"""Reads node programs: a directory with a manifest and one OpenQASM 3 program per node."""

from distq.frontend.node_programs.manifest import MANIFEST, NodeDirectory, read_directory

__all__ = ["MANIFEST", "NodeDirectory", "read_directory"]
