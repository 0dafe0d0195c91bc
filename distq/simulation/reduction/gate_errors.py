"""Operations of the program with the errors of their native gates.

Every native gate is followed by a depolarising error on its operands, with the error rate of its QPU; over-rotated
pulses come before these errors. An operation of an X-block and the CX by which copies follow it act on different ions,
so that the errors of all of them can come after all of them.
"""

from __future__ import annotations

import math

from distq.ir.events import Ion
from distq.ir.native_gates import native_gates
from distq.ir.program import Kind
from distq.simulation.noise import overrotation, pauli_channels
from distq.simulation.noise.matrices import HADAMARD
from distq.simulation.noise.pauli_channels import PauliError
from distq.simulation.noise.sources import Source, all_of
from distq.simulation.noise.steps import LocalUnitary, Rotation, Undo
from distq.simulation.reduction.copy_writer import CopyWriter
from distq.simulation.reduction.operations import Gate


def execute(writer: CopyWriter, index: int, ions: tuple[Ion, ...], followers: tuple[tuple[Ion, ...], ...]) -> None:
    """Write operation ``index`` of the program on ``ions``, and what copies do to follow it."""
    op = writer.program.operations[index]
    members = tuple([writer.at[ion] for ion in ions])
    match op.kind:
        case Kind.MEASURE:
            _measure(writer, index, members[0], ions[0])
        case Kind.RESET:
            writer.ops.append(Gate(index, members))
            flip = pauli_channels.flip(writer.qpu_of(ions[0]).error_reset)
            writer.add_error(
                members, PauliError(flip, Source("preparation", ions[0].qpu)), _condition_of(writer, index)
            )
        case _:
            copies = tuple([tuple([writer.at[ion] for ion in follower]) for follower in followers])
            writer.ops.append(Gate(index, members, copies))
            _overrotate(writer, index, members, ions[0].qpu)
            for gate in native_gates(op):
                on = tuple([members[i] for i in gate.operands])
                _depolarize(writer, on, ions[0].qpu, _condition_of(writer, index))
            for follower, follower_members in zip(followers, copies, strict=True):
                _follow(writer, follower_members, follower[0].qpu)


def overrotated_cx(writer: CopyWriter, control: int, target: int, fraction: float, source: Source) -> None:
    """A CX turned too far by ``fraction`` of its angle: exp(i a/2 Z x X) on control and target.

    As a Pauli channel where the target is not coherent: nothing else turns its bit over but mixtures, so there is no
    interference.
    """
    angle = fraction * math.pi / 2
    if fraction and writer.is_coherent(target):
        shares = all_of(source)
        writer.ops.append(LocalUnitary(target, HADAMARD, shares))
        writer.ops.append(Rotation((control, target), -angle, shares))
        writer.ops.append(LocalUnitary(target, HADAMARD, shares))
    elif fraction:
        channel = pauli_channels.pauli_pair(2, 1, math.sin(angle / 2) ** 2)
        writer.add_error((control, target), PauliError(channel, source))


def _condition_of(writer: CopyWriter, index: int) -> int | None:
    """``index`` if that operation has a condition, which its noise then has too."""
    return index if writer.program.operations[index].condition is not None else None


def _measure(writer: CopyWriter, index: int, member: int, ion: Ion) -> None:
    """A measurement: left out if nothing follows it, else with a record that an X of the measured bit falls on."""
    error = writer.qpu_of(ion).error_measure
    if index in writer.final_measurements:
        writer.final_measurements[index] = error
        return
    record = writer.records[index] = writer.new_member(writer.line_of[member])
    wrong = PauliError(pauli_channels.flip(error), Source("measurement", ion.qpu))
    writer.add_error((record,), wrong, _condition_of(writer, index))
    writer.ops.append(Gate(index, (member,)))


def _follow(writer: CopyWriter, members: tuple[int, ...], qpu: int) -> None:
    """Errors of the CX on (control, copy), or of the X on (copy,), by which a copy follows."""
    rates, source = writer.network.qpus[qpu], Source("local", qpu)
    *controls, copy = members
    if controls:
        overrotated_cx(writer, controls[0], copy, rates.overrotation_2q, source)
    elif rates.overrotation_1q:
        excess = overrotation.x_rotation(rates.overrotation_1q * math.pi)
        if writer.twirl:
            writer.add_error((copy,), PauliError(overrotation.twirl(excess), source))
        else:
            writer.ops.append(LocalUnitary(copy, excess, all_of(source)))
    _depolarize(writer, members, qpu)


def _overrotate(writer: CopyWriter, index: int, members: tuple[int, ...], qpu: int) -> None:
    """What the pulses of operation ``index`` turn too far."""
    rates, source = writer.network.qpus[qpu], Source("local", qpu)
    if not rates.overrotation_1q and not rates.overrotation_2q:
        return
    op, condition_of = writer.program.operations[index], _condition_of(writer, index)
    if writer.twirl:
        for operands, channel in overrotation.twirled(op, rates.overrotation_1q, rates.overrotation_2q):
            writer.add_error(tuple([members[i] for i in operands]), PauliError(channel, source), condition_of)
        return
    shares = all_of(source)
    steps = overrotation.overrotation(op, rates.overrotation_1q, rates.overrotation_2q)
    if steps is None:
        writer.ops.append(Undo(index, members, shares, condition_of))
        steps = overrotation.replayed(op, rates.overrotation_1q, rates.overrotation_2q)
    for step in steps:
        match step:
            case Rotation(operands, angle):
                writer.ops.append(Rotation(tuple([members[i] for i in operands]), angle, shares, condition_of))
            case LocalUnitary(operand, matrix):
                writer.ops.append(LocalUnitary(members[operand], matrix, shares, condition_of))


def _depolarize(writer: CopyWriter, members: tuple[int, ...], qpu: int, condition_of: int | None = None) -> None:
    """The error of one native gate on one or two members."""
    rates = writer.network.qpus[qpu]
    if len(members) == 1:
        channel = pauli_channels.depolarize_1q(rates.error_1q)
    else:
        channel = pauli_channels.depolarize_2q(rates.error_2q)
    writer.add_error(members, PauliError(channel, Source("local", qpu)), condition_of)
