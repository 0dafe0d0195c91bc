"""Exact density matrices: up to about ten qubits."""
