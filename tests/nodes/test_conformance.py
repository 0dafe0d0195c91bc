"""The conformance vectors are what they say: proved equal to their sources, and run with the expected outcomes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from distq.frontend.node_programs import read_directory
from distq.networks.parse import parse_network
from distq.nodes.runtime.run import run_nodes
from distq.verification.compare_files import compare
from helpers.paths import REPOSITORY

VECTORS = sorted((REPOSITORY / "docs" / "conformance").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("folder", VECTORS, ids=lambda folder: folder.name)
def test_vector(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    network = parse_network(expected["network"])
    found = compare(str(folder / "source.qasm"), str(folder / "programs"), network)
    assert (found.equal, found.epr_pairs) == (True, expected["bell_pairs"])
    run = run_nodes(read_directory(folder / "programs").programs, shots=20)
    assert run.pairs == expected["bell_pairs"]
    assert run.counts.keys() == expected["probabilities"].keys()
