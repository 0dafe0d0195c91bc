"""The error of a circuit that cannot be read back."""

from __future__ import annotations


class UnreadableError(Exception):
    """A compiled circuit holds something that no distributed circuit holds. The message says what and where.

    It stays inside this package: :func:`distq.verification.circuit_checker.verify_program` turns it into a verdict.
    """
