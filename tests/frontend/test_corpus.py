"""Public circuits of at most 12 qubits: read, compiled, emitted, read back and compared; or refused for a known reason.

The circuits are in ``tests/data/corpus``, with their sources and licences.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import distq
from distq.errors import CircuitError
from distq.execution.circuit_files import write_qasm3
from distq.frontend import read_circuit
from distq.verification.circuit_checker import verify_circuit
from helpers.coherent import assert_equivalent

CORPUS = Path(__file__).parent.parent / "data" / "corpus"
REFUSED = {
    "arrays": "the index 4 is out of range, there are 4",
    "cphase": "'q' is not defined",
    "dd": "'u' takes 3 parameters, not 0",
    "defcal": "defcal describes pulses",
    "gateteleport": "'vote' is an extern function",
    "msd": "the index 3 is out of range, there are 3",
    "scqec": "'zfirst' is an extern function",
    "t1": "defcal describes pulses",
    "vqe": "only gates may stand in the body of a gate",
    "vqe_uccsd_n4": "'q' is not defined",
    "vqe_uccsd_n6": "'q' is not defined",
}
"""Files that are no complete circuits, are wrong themselves, or ask for what no circuit can do, and why."""

WIDE = {"varteleport"}
"""Twenty-one qubits."""

LONG = {"ipe"}
"""A thousand gates under as many conditions: 30 s. It is read, but not compiled here."""

FILES = sorted(CORPUS.glob("*/*.qasm"), key=lambda path: path.name)
READ = [path for path in FILES if path.stem not in REFUSED | dict.fromkeys(WIDE | LONG)]


@pytest.mark.parametrize("path", [path for path in FILES if path.stem in REFUSED], ids=lambda path: path.stem)
def test_refused_with_place_and_reason(path: Path) -> None:
    with pytest.raises(CircuitError) as caught:
        read_circuit(path)
    assert REFUSED[path.stem] in caught.value.message
    assert caught.value.message.startswith(f"{path}:")


def test_share_refused() -> None:
    bench = [path for path in FILES if path.parent.name == "qasmbench_small"]
    refused = [path.stem for path in bench if path.stem in REFUSED]
    assert len(bench) == 41, refused
    assert refused == ["vqe_uccsd_n4", "vqe_uccsd_n6"], "both act on a register that they do not declare"


@pytest.mark.slow
@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_compiled_emitted_and_compared(path: Path) -> None:
    circuit = read_circuit(path)
    network = f"2x{-(-circuit.num_qubits // 2)}+1"
    done = distq.compile(circuit, network, "contiguous")
    assert done.report.verified
    again = read_circuit(io.StringIO(write_qasm3(done.circuit)))
    assert verify_circuit(done.source, again, done.network).equal
    if circuit.num_qubits <= 9:
        assert_equivalent(done.source, done.circuit)
