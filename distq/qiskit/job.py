"""What :meth:`distq.qiskit.NetworkBackend.run` returns."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.providers import BackendV2, JobStatus, JobV1
from qiskit.result import Result
from qiskit.result.models import ExperimentResult, ExperimentResultData


class NetworkJob(JobV1):
    """A job that has been done."""

    def __init__(self, backend: BackendV2, experiments: list[ExperimentResult]) -> None:
        super().__init__(backend, uuid.uuid4().hex)
        self._experiments = experiments

    def submit(self) -> None:
        """Nothing is left to do."""

    def result(self) -> Result:
        """The counts, and the single shots where they were asked for."""
        name = self.backend().name
        return Result(
            backend_name=name, job_id=self.job_id(), success=True, results=self._experiments, backend_version="1"
        )

    def status(self) -> JobStatus:
        """Done."""
        return JobStatus.DONE


def experiment(circuit: QuantumCircuit, rows: NDArray[np.int8], seed: int | None, *, memory: bool) -> ExperimentResult:
    """The result of one circuit from the (shots, classical bits) of its runs."""
    packed = np.packbits(rows, axis=1, bitorder="little")
    found = [hex(int.from_bytes(row.tobytes(), "little")) for row in packed]
    data: dict[str, Any] = {"counts": dict(Counter(found))}
    if memory:
        data["memory"] = found
    return ExperimentResult(
        shots=len(rows),
        success=True,
        data=ExperimentResultData(**data),
        status="DONE",
        seed=seed,
        header={
            "name": circuit.name,
            "n_qubits": circuit.num_qubits,
            "memory_slots": circuit.num_clbits,
            "creg_sizes": [[register.name, register.size] for register in circuit.cregs],
            "qreg_sizes": [[register.name, register.size] for register in circuit.qregs],
            "metadata": circuit.metadata or {},
        },
    )
