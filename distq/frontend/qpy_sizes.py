"""What the headers of a QPY file claim, looked at before Qiskit believes it.

Qiskit makes as many bits as a header says before it reads on: a damaged number exhausts time and memory. The layout is
that of https://docs.quantum.ibm.com/api/qiskit/qpy.
"""

from __future__ import annotations

import struct

from distq.errors import CircuitError

MAX_BITS = 1_000_000
"""More qubits or classical bits than that are not read."""

_FIRST_VERSION = 12
_OFFSETS_SINCE = 16
_FILE = struct.Struct("!6sBBBBQc")
_OFFSET = struct.Struct("!Q")
_CIRCUIT = struct.Struct("!H1cHIIQIQI")


def too_large(data: bytes, label: str) -> CircuitError | None:
    """What to say if a circuit claims too many bits; None if none does, or the file is too old or too short to tell.

    Of files before version 16, which have no table of circuits, the first circuit is looked at.
    """
    if len(data) < _FILE.size + 1 or data[6] < _FIRST_VERSION:
        return None
    start, circuits = _FILE.size + 1, _FILE.unpack_from(data)[5]
    places = [start]
    if data[6] >= _OFFSETS_SINCE:
        known = min(circuits, (len(data) - start) // _OFFSET.size)
        places = [_OFFSET.unpack_from(data, start + i * _OFFSET.size)[0] for i in range(known)]
    for place in places:
        if place + _CIRCUIT.size > len(data):
            continue
        _, _, _, qubits, clbits, *_ = _CIRCUIT.unpack_from(data, place)
        if max(qubits, clbits) > MAX_BITS:
            what = f"{qubits:,} qubits and {clbits:,} classical bits"
            return CircuitError(f"{label}: damaged QPY: a circuit claims {what}", "write it again")
    return None
