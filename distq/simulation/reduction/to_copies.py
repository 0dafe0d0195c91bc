"""Protocol events with noise -> a program on qubits and their live copies only. Exact.

The halves of Bell pairs, their measurements and the corrections are gone: opening a copy is a noiseless CX from its
root to the new member, closing it the inverse, and every imperfection of the protocols has become a Pauli on a member.
The rules, all from commuting Paulis through the protocol (the outcomes are uniform and independent of the data):

==========================================  ================================================================
fault                                       becomes
==========================================  ================================================================
Pauli on the pair, either half              X or Z on the new copy (Z on a half: Z; X on a half: X)
CX root-half                                its root part on the root; X on the half is X on the copy, Z nothing
outcome of the half flipped                 X on the copy
outcome of the closed copy flipped          Z on the qubit; likewise X or Y after its last H
conditional correction                      half its error rate, as it fires half the time
CX root-half over-rotated by the angle a    exp(i a/2 Z x X) on root and copy
relaxation of a half, of both               that of the copy, averaged over X before and after (``of_pair``)
==========================================  ================================================================

**Coherent copies.** A copy is later replaced by a classical bit. That is exact if, in the life of the copy, noise
flips the bit at most once in a way that is neither a mixture of Paulis nor one of jumps, and if nothing depends on the
outcome of its last measurement. It is not exact for

- over-rotated one-qubit pulses, which flip it twice, and operations on three and more qubits with over-rotated pulses;
- an over-rotated CX of a cat-entangler, which flips it once: the error of the conditional Z at the end depends on the
  outcome;
- copies that follow X-blocks, if there is any noise that is no Pauli channel.

A line with such a copy is *coherent*: its copies stay qubits. See :mod:`distq.simulation.reduction.coherence`.

**The error model.** Native gates depolarise their operands; resets and measurements flip; links give Bell-diagonal
pairs; idle ions dephase and relax; pulses are over-rotated. Its channels are those of Nielsen and Chuang, section 8.3
(:mod:`distq.simulation.noise`), its protocols the cat-entangler and cat-disentangler of Yimsiriwattana and Lomonaco,
quant-ph/0402148, after Eisert et al., PRA 62, 052317 (2000). ``tests/helpers/full_protocol.py`` states it ion by ion,
and ``tests/simulation/reduction/test_reduction.py`` shows that the reduced state is the same.
"""

from __future__ import annotations

from typing import assert_never

from distq.execution.schedule import Schedule
from distq.ir.events import Allocate, CatDisentangle, CatEntangle, Event, Events, Execute, HeraldPair, Release, Transfer
from distq.ir.program import Program
from distq.networks.network import Network
from distq.simulation.noise.waiting import IdleTimes, waiting_noise
from distq.simulation.reduction.coherence import coherent_lines
from distq.simulation.reduction.copy_program import CopyProgram
from distq.simulation.reduction.copy_writer import CopyWriter
from distq.simulation.reduction.gate_errors import execute
from distq.simulation.reduction.protocol_errors import Protocols


def reduce_events(
    program: Program,
    events: Events,
    idling: Schedule | IdleTimes | None,
    network: Network,
    *,
    twirl: bool = False,
) -> CopyProgram:
    """Reduce a lowered plan with its noise to a program on qubits and copies.

    Parameters
    ----------
    program
        Without unbound parameters.
    events
        From :func:`distq.execution.lower.lower`.
    idling
        Says how long ions wait, in one run or in many; None: not at all.
    network
        Error rates.
    twirl
        Relaxation and over-rotated pulses as Pauli channels: an approximation that misses errors which add up.

    Returns
    -------
    CopyProgram
        Its joint state of qubits and classical bits at the end equals that of the full protocol.
    """
    coherent = frozenset[int]() if twirl else coherent_lines(program, events, network)
    writer = CopyWriter(program, network, coherent, twirl)
    protocols = Protocols(writer)
    for index, event in enumerate(events.events):
        if idling is not None:
            for ion, noise in waiting_noise(idling, network, index, event):
                protocols.wait(ion, noise)
        _write(event, writer, protocols)
    if idling is not None:
        for ion, noise in waiting_noise(idling, network, len(events.events)):
            protocols.wait(ion, noise)
    return writer.finished()


def _write(event: Event, writer: CopyWriter, protocols: Protocols) -> None:
    """Write one event with its errors."""
    match event:
        case Allocate(qubit, ion):
            protocols.prepare(qubit, ion)
        case HeraldPair(link, a, b):
            protocols.herald(link, a, b)
        case CatEntangle(_, root, half, copy):
            protocols.entangle(root, half, copy)
        case CatDisentangle(_, copy, root):
            protocols.disentangle(copy, root)
        case Transfer(_, a, _, b):
            protocols.transfer(a, b)
        case Execute(operation, ions, _, followers):
            execute(writer, operation, ions, followers)
        case Release(_, ion):
            writer.at.pop(ion)
        case _:
            assert_never(event)
