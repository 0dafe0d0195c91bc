"""The names among which options of a simulation choose. Light: the command line reads them before anything else."""

from __future__ import annotations

from collections.abc import Collection

from distq.errors import UnknownNameError

ENGINE_NAMES = ("density", "clifford", "trajectories", "dynamic")
"""In the order in which ``auto`` tries them; :data:`distq.simulation.engines.registry.ENGINES` has what they name."""
ENGINE_CHOICES = (*ENGINE_NAMES, "bracket", "auto")
"""``bracket``: bounds without simulation; ``auto``: the engine that suits the circuit."""
MOST_QUBITS = {"density": 15, "trajectories": 40, "dynamic": 30}
"""Engine -> qubits (with copies that stay qubits) beyond which no state fits anywhere, or takes hours."""
STATE_OF = {"density": "density matrix", "trajectories": "state vector", "dynamic": "state vector"}
"""Engine -> what it keeps of so many qubits."""
MODEL_NAMES = ("same-trap", "long-chain", "heavy-hex", "qccd", "ideal")
"""``same-trap``: one all-to-all trap with the QPUs' own errors and times; ``ideal``: no errors at all; the others: see
:mod:`distq.simulation.monolithic.models`.
"""
INPUT_KINDS = ("zero", "basis", "product", "stabilizer")
"""Kinds of input states; see :mod:`distq.simulation.statevector.input_states`."""
WAITS = ("random", "mean")
"""``random``: many schedules with random waits; ``mean``: one in which every pair takes its mean time."""
DEVICES = ("cpu", "gpu")
"""Where trajectories run."""


def check_choice(what: str, name: str, known: Collection[str]) -> None:
    """Raise UnknownNameError, which calls it ``what``, unless ``name`` is known."""
    if name not in known:
        raise UnknownNameError(what, name, known)
