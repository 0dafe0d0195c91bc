"""Stabilizer sampling with stim: Clifford circuits of thousands of qubits."""
