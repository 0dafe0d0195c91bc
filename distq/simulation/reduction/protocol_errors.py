"""Bell pairs from heralding to the copy they open, and the errors of the protocols that use them.

A pair's errors are kept, as Pauli channels on the copy that it will open, until it is used; relaxation of its halves is
kept as a probability. What each becomes: see the table of :mod:`distq.simulation.reduction.to_copies`.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np

from distq.errors import InternalError
from distq.ir.events import Ion
from distq.simulation.noise import kraus, overrotation, pauli_channels, transfer_matrices
from distq.simulation.noise.pauli_channels import PauliError
from distq.simulation.noise.sources import Source, all_of, shares_of
from distq.simulation.noise.steps import KrausNoise, LocalUnitary
from distq.simulation.noise.waiting import WaitingNoise
from distq.simulation.reduction.copy_program import Close, Open
from distq.simulation.reduction.copy_writer import CopyWriter
from distq.simulation.reduction.gate_errors import overrotated_cx
from distq.simulation.reduction.operations import Prepare

NO_COHERENCE = 1e-9
"""Where the Paulis of a pair leave less of some Pauli's expectation, its relaxation cannot be told apart from them."""


class Protocols:
    """Writes the protocols of events into a copy program.

    ``writer`` holds the program. Both halves of an unused Bell pair share one list of errors.
    """

    def __init__(self, writer: CopyWriter) -> None:
        self.writer = writer
        self._pair_errors: dict[Ion, list[PauliError]] = {}
        self._decayed: dict[Ion, float] = {}

    def wait(self, ion: Ion, noise: WaitingNoise) -> None:
        """Write what idling has done to an ion. Whether a Z comes before or after a decay does not matter."""
        writer, source = self.writer, Source("waiting", ion.qpu)
        errors: list[PauliError] = []
        if noise.dephased > 0.0:
            errors.append(PauliError(pauli_channels.dephase(noise.dephased), source, noise.idle_column))
        if noise.decay_spread > 0.0:
            errors.append(PauliError(pauli_channels.dephase(noise.decay_spread), source))
        if noise.decayed > 0.0 and writer.twirl:
            errors.append(PauliError(pauli_channels.twirled_relaxation(noise.decayed), source))
        decays = noise.decayed > 0.0 and not writer.twirl
        if ion in writer.at:
            member = writer.at[ion]
            for error in errors:
                writer.add_error((member,), error)
            if decays:
                writer.ops.append(KrausNoise(member, kraus.relaxation(noise.decayed), member, all_of(source)))
        elif ion in self._pair_errors:
            self._pair_errors[ion].extend(errors)
            if decays:
                self._decayed[ion] = 1.0 - (1.0 - self._decayed.get(ion, 0.0)) * (1.0 - noise.decayed)

    def prepare(self, qubit: int, ion: Ion) -> None:
        """A line begins: its ion is reset, which may leave |1>."""
        writer = self.writer
        member = writer.new_member(qubit)
        flip = pauli_channels.flip(writer.qpu_of(ion).error_reset)
        writer.add_error((member,), PauliError(flip, Source("preparation", ion.qpu)))
        writer.ops.append(Prepare(member))
        writer.at[ion] = member

    def herald(self, link: int, half: Ion, other: Ion) -> None:
        """A Bell pair is heralded between two ions; how well they were prepared is part of the link's fidelity."""
        weights = self.writer.network.links[link].weights
        self._pair_errors[half] = self._pair_errors[other] = [
            PauliError(pauli_channels.pair_error(weights), Source("link", link))
        ]

    def entangle(self, root_ion: Ion, half: Ion, copy: Ion) -> None:
        """A cat-entangler uses the pair on ``half`` and ``copy``: what was on the pair is now on the new member."""
        writer = self.writer
        root = writer.at[root_ion]
        half_qpu, copy_qpu = writer.qpu_of(half), writer.qpu_of(copy)
        at_half, at_copy = Source("local", half.qpu), Source("local", copy.qpu)
        member = writer.new_member(writer.line_of[root])
        pair_errors = self._pair_errors.pop(half)
        del self._pair_errors[copy]
        writer.ops.append(Open(member, root))
        overrotated_cx(writer, root, member, half_qpu.overrotation_2q, at_half)
        correction = self._correction(member, pair_errors, half, copy)
        for error in pair_errors:
            writer.add_error((member,), error)
        writer.add_error((root, member), PauliError(pauli_channels.entangling_cx(half_qpu.error_2q), at_half))
        wrong_outcome = pauli_channels.flip(half_qpu.error_measure)
        writer.add_error((member,), PauliError(wrong_outcome, Source("measurement", half.qpu)))
        if writer.twirl:
            turned = math.sin(copy_qpu.overrotation_1q * math.pi / 2) ** 2
            writer.add_error((member,), PauliError(pauli_channels.flip(turned / 2), at_copy))
        if correction is None:
            writer.add_error((member,), PauliError(pauli_channels.depolarize_1q(copy_qpu.error_1q / 2), at_copy))
        else:
            writer.ops.append(correction)
        writer.at[copy] = member

    def _correction(
        self, member: int, pair_errors: list[PauliError], half: Ion, copy: Ion
    ) -> KrausNoise[int, int] | None:
        """The conditional X on a new copy where its errors are no Pauli channel, with the pair's relaxation.

        If the pair's Paulis cannot be told apart from its relaxation, it takes them over from ``pair_errors``.
        """
        rates = self.writer.qpu_of(copy)
        decayed = self._decayed.pop(half, 0.0), self._decayed.pop(copy, 0.0)
        if self.writer.twirl or (not any(decayed) and not rates.overrotation_1q):
            return None
        paulis = reduce(np.matmul, [transfer_matrices.of_paulis(e.channel) for e in pair_errors], np.eye(4))
        pulse = transfer_matrices.of_x_rotation(rates.overrotation_1q * math.pi)
        flipped = transfer_matrices.of_paulis(pauli_channels.depolarize_1q(rates.error_1q)) @ pulse
        pair, kept = transfer_matrices.of_pair(paulis, *decayed), np.diag(paulis)
        operators = None
        if np.abs(kept).min() > NO_COHERENCE:
            operators = kraus.kraus_operators(transfer_matrices.outcome_averaged(pair / kept, flipped))
        if operators is None:
            pair_errors.clear()
            operators = kraus.kraus_operators(transfer_matrices.outcome_averaged(pair, flipped))
        assert operators is not None
        turned = rates.error_1q / 2 + math.sin(rates.overrotation_1q * math.pi / 2) ** 2 / 2
        weights = [(Source("local", copy.qpu), turned)]
        weights += [(Source("waiting", ion.qpu), p / 2) for ion, p in zip((half, copy), decayed, strict=True)]
        return KrausNoise(member, operators, member, shares_of(weights))

    def disentangle(self, copy: Ion, root_ion: Ion) -> None:
        """A cat-disentangler closes a copy: H and measurement there, a conditional Z on the root."""
        writer = self.writer
        member, root = writer.at.pop(copy), writer.at[root_ion]
        rates, at_copy = writer.qpu_of(copy), Source("local", copy.qpu)
        correction_error, at_root = writer.qpu_of(root_ion).error_1q, Source("local", root_ion.qpu)
        outcome_errors = [(at_copy, 2 / 3 * rates.error_1q), (Source("measurement", copy.qpu), rates.error_measure)]
        if writer.is_coherent(member):
            if rates.overrotation_1q:
                tilt = overrotation.tilted_measurement(rates.overrotation_1q)
                writer.ops.append(LocalUnitary(member, tilt, all_of(at_copy)))
            wrong = 0.5 - 0.5 * math.prod([1.0 - 2.0 * p for _, p in outcome_errors])
            shares = shares_of([*outcome_errors, (at_root, correction_error / 2)])
            measured = kraus.copy_measurement(wrong, correction_error)
            writer.ops += [Close(member, root), KrausNoise(member, measured, root, shares, traced=True)]
            return
        writer.ops.append(Close(member, root))
        tilted = math.sin(rates.overrotation_1q * math.pi / 4) ** 2  # 0, but for twirled noise
        for source, p in [(at_copy, tilted), *outcome_errors]:
            writer.add_error((root,), PauliError(pauli_channels.dephase(p), source))
        writer.add_error((root,), PauliError(pauli_channels.depolarize_1q(correction_error / 2), at_root))

    def transfer(self, a: Ion, b: Ion) -> None:
        """Two ions of one QPU exchange their states, one of which may be empty."""
        writer = self.writer
        if a in self._pair_errors or b in self._pair_errors:
            raise InternalError(f"{a} and {b} exchange their states while one holds half of an unused Bell pair")
        p, source = writer.qpu_of(a).error_transfer, Source("local", a.qpu)
        held = tuple([writer.at[ion] for ion in (a, b) if ion in writer.at])
        channel = pauli_channels.depolarize_2q(p) if len(held) == 2 else pauli_channels.half_of_2q(p)
        writer.add_error(held, PauliError(channel, source))
        moved = {new: writer.at.pop(old) for old, new in ((a, b), (b, a)) if old in writer.at}
        writer.at.update(moved)
