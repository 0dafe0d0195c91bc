"""Which version of QPY a file has, and which ones this Qiskit reads."""

from __future__ import annotations

from distq.errors import CircuitError

_HEADER_BYTES = 10
"""``QISKIT``, the version of QPY, and the three numbers of the Qiskit that wrote the file."""


def too_new(data: bytes, label: str) -> CircuitError | None:
    """What to say if a file has a newer version of QPY than this Qiskit reads; None if it has not."""
    import qiskit
    from qiskit.qpy.common import QPY_VERSION

    if len(data) < _HEADER_BYTES or data[6] <= QPY_VERSION or not data[7]:  # there is no Qiskit 0 with QPY this new
        return None
    version, writer = data[6], ".".join(map(str, data[7:_HEADER_BYTES]))
    return CircuitError(
        f"{label}: Qiskit {writer} wrote it, in version {version} of QPY; Qiskit {qiskit.__version__}, which is "
        f"installed here, reads up to version {QPY_VERSION}",
        f"install Qiskit {writer} or newer, or write it with qpy.dump(..., version={QPY_VERSION}) or as OpenQASM 3",
    )
