"""Breadth-first search over the states of a plan, in compiled code.

A state is the set of operations done, the copy set of every living qubit, and which X-blocks copies follow just now
(their qubits are *held*), as further bits of the set of operations done. Homes are no part of it: handing over is free
and takes any number of qubits at once, so any choice of homes within the copy sets that respects data and memory ions
is as good as any other. By Hall's theorem such a choice exists if and only if, for every set T of QPUs, the qubits
confined to T are at most the data ions of T, and the qubits with a member in T are at least as many as the members in
T beyond its memory ions. (The home of a held qubit may move here, which no plan allows; the search therefore never
misses a plan, but may find what is none.) Four rules leave out plans, but never the best one:

* Operations whose operands are born and together run at once: they change no copy set but that of a qubit that dies.
* A qubit is born right before its first use, an operation or the opening of a copy. Before, it would only take room.
* A copy is closed right before a boundary of its qubit, or before a step for which its QPU could lack a memory ion: it
  stays in memory until then, without an effect on the choice of homes.
* No copy is opened only to follow an X-block at once: after the block it costs the same. So an opening boundary of a
  qubit with one member runs at once as well.

States are reached level by level, all of those with c Bell pairs before any with c + 1. What the arrays mean is said in
:mod:`distq.planning.strategies.exact_encoding`.
"""

from __future__ import annotations

import numpy as np

from distq.planning.strategies.exact_encoding import (
    CLOSE,
    ENTER,
    FINISH,
    FOLLOW,
    OPEN,
    RUN,
    Buffers,
    Ints,
    Machine,
    ProgramMasks,
    States,
)
from distq.util.jit import njit

FOUND, EXHAUSTED, FULL = 0, 1, 2
"""How a search ends: with a plan, without one, or for want of room for further states."""
PLAIN_S = 3e-4
"""About what :func:`explore` takes in plain Python for each state, in seconds."""


@njit
def copy(source: Ints, target: Ints) -> None:
    """Copy numbers; numba takes long to compile ``target[:] = source``, with its checks of shapes."""
    for i in range(len(source)):
        target[i] = source[i]


@njit
def homes_fit(homes: Ints, members: Ints, data: Ints, memory: Ints, beside: Ints, over: Ints) -> bool:
    """True if homes can be chosen out of the masks ``homes`` (n,) while ``members`` (n,) occupy ions.

    Checks Hall's condition for all 2^k sets of QPUs: O(2^k (n + k)). ``over`` (k,) is room to work in.
    """
    k, n = len(data), len(members)
    full = 1 << k
    for s in range(k):
        count = 0
        for q in range(n):
            count += members[q] >> s & 1
        over[s] = max(0, count - memory[s])
        if over[s] > beside[s]:
            return False
    for group in range(1, full):
        most = least = 0
        for s in range(k):
            if group >> s & 1:
                most += data[s]
                least += over[s]
        inside = touching = 0
        for q in range(n):
            if homes[q]:
                inside += (homes[q] & ~group) == 0
                touching += (homes[q] & group) != 0
        if inside > most or touching < least:
            return False
    return True


@njit
def run_ready(done: int, members: Ints, program: ProgramMasks, k: int) -> int:
    """Run every operation that can run now; returns the operations done and empties the copy sets of the dead.

    An operation inside an X-block that copies follow needs its other operands wherever the held qubit has a member. It
    can take part in one such block at a time.
    """
    operands, predecessors, boundary, _, inside, closes, _, block_qubit = program
    total = len(operands)
    changed = True
    while changed:
        changed = False
        for o in range(total):
            if done >> o & 1 or predecessors[o] & ~done:
                continue
            common = (1 << k) - 1
            for q in range(len(members)):
                if operands[o] >> q & 1:
                    common &= members[q]
            following = inside[o] & done >> total
            if common == 0 or following & (following - 1):
                continue
            if following:
                for j in range(len(block_qubit)):
                    if following >> j & 1 and members[block_qubit[j]] & ~common:
                        common = 0
            ends = 0
            if closes[o] >= 0:
                ends = done & 1 << (total + closes[o])
            if common == 0 or (boundary[o] and common & (common - 1) and not ends):
                continue
            if boundary[o] == 2:
                for q in range(len(members)):
                    if operands[o] >> q & 1:
                        members[q] = 0
            done = done & ~ends | 1 << o
            changed = True
    return done


@njit
def pairs_still_needed(done: int, members: Ints, operands: Ints) -> int:
    """Bell pairs still needed at least: operations on disjoint qubits whose operands, if born, share no QPU now.

    One Bell pair adds to one copy set, so it helps one of them at most.
    """
    used = 0
    count = 0
    for o in range(len(operands)):
        if done >> o & 1 or operands[o] & used:
            continue
        common = -1
        for q in range(len(members)):
            if operands[o] >> q & 1 and members[q]:
                common &= members[q]
        if common == 0:
            used |= operands[o]
            count += 1
    return count


@njit
def find_entry(states: States, done: int, members: int) -> int:
    """Entry of the hash table that holds the state, or the free one where it belongs."""
    table = states.table
    h = done * np.int64(-7046029254386353131) ^ members * np.int64(-4417276706812531889)
    h ^= h >> 29
    h *= np.int64(-7723592293110705685)
    h ^= h >> 32
    entry = int(h & (len(table) - 1))
    while table[entry] >= 0:
        i = table[entry]
        if states.done[i] == done and states.members[i] == members:
            break
        entry = (entry + 1) & (len(table) - 1)
    return entry


@njit
def pack(members: Ints, k: int) -> int:
    """The copy sets (n,) as one integer, ``k`` bits a qubit."""
    out = 0
    for q in range(len(members)):
        out |= members[q] << (q * k)
    return out


@njit
def worth_entering(members: Ints, qpu: int, twin: Ints) -> bool:
    """False if ``qpu`` is empty and so is a lower one that could change names with it: that one serves as well."""
    for q in range(len(members)):
        if members[q] >> qpu & 1:
            return True
    for s in range(qpu):
        if twin[s] == twin[qpu]:
            empty = True
            for q in range(len(members)):
                if members[q] >> s & 1:
                    empty = False
            if empty:
                return False
    return True


@njit
def is_held(qubit: int, done: int, program: ProgramMasks) -> bool:
    """True if copies of the qubit follow an X-block."""
    for j in range(len(program.block_qubit)):
        if program.block_qubit[j] == qubit and done >> (len(program.operands) + j) & 1:
            return True
    return False


@njit
def propose_runs(done: int, program: ProgramMasks, machine: Machine, buffers: Buffers, count: int) -> int:
    """Append every RUN that is possible to the ``count`` codes so far; returns their new number.

    Some operands of the operation are born by it, and the others have a member at the QPU where it runs.
    """
    operands, predecessors = program.operands, program.predecessors
    data, memory, beside, twin = machine.data, machine.memory, machine.beside, machine.twin
    members, after, over = buffers.members, buffers.after, buffers.over
    for o in range(len(operands)):
        if done >> o & 1 or predecessors[o] & ~done:
            continue
        common, unborn = (1 << len(data)) - 1, 0
        for q in range(len(members)):
            if operands[o] >> q & 1:
                unborn += members[q] == 0
                if members[q]:
                    common &= members[q]
        if unborn == 0:
            continue
        for s in range(len(data)):
            if not common >> s & 1 or not worth_entering(members, s, twin):
                continue
            for q in range(len(members)):
                born = operands[o] >> q & 1 and members[q] == 0
                after[q] = np.int64(1) << s if born else members[q]
            if homes_fit(after, after, data, memory, beside, over):
                buffers.codes[count] = RUN << 24 | o << 12 | s << 6
                count += 1
    return count


@njit
def propose_closings(done: int, program: ProgramMasks, machine: Machine, buffers: Buffers, count: int) -> int:
    """Append every CLOSE of a copy where all memory ions are in use, and every FINISH, as :func:`propose_runs` does."""
    data, memory, beside = machine.data, machine.memory, machine.beside
    members, homes, over = buffers.members, buffers.homes, buffers.over
    copy(members, homes)
    for q in range(len(members)):
        if not members[q] & (members[q] - 1) or is_held(q, done, program):
            continue
        for s in range(len(data)):
            bit = np.int64(1) << s
            if not members[q] & bit:
                continue
            stored = 0
            for r in range(len(members)):
                stored += members[r] >> s & 1
            homes[q] = members[q] & ~bit
            if stored >= memory[s] and homes_fit(homes, members, data, memory, beside, over):
                buffers.codes[count] = CLOSE << 24 | q << 12 | s << 6
                count += 1
            homes[q] = bit
            if homes_fit(homes, members, data, memory, beside, over):
                buffers.codes[count] = FINISH << 24 | q << 12 | s << 6
                count += 1
        homes[q] = members[q]
    return count


@njit
def propose_followings(done: int, program: ProgramMasks, machine: Machine, buffers: Buffers, count: int) -> int:
    """Append FOLLOW of every X-block that can begin, by any two or more copies, as :func:`propose_runs` does."""
    data, memory, beside = machine.data, machine.memory, machine.beside
    members, homes, over = buffers.members, buffers.homes, buffers.over
    copy(members, homes)
    for j in range(len(program.block_qubit)):
        q, o = program.block_qubit[j], program.opening[j]
        if done >> o & 1 or program.predecessors[o] & ~done:
            continue
        for kept in range(1 << len(data)):
            if kept & ~members[q] or not kept & (kept - 1):
                continue
            homes[q] = kept
            if homes_fit(homes, members, data, memory, beside, over):
                buffers.codes[count] = FOLLOW << 24 | j << 12 | kept
                count += 1
        homes[q] = members[q]
    return count


@njit
def propose_openings(done: int, program: ProgramMasks, machine: Machine, buffers: Buffers, count: int) -> int:
    """Append every OPEN and ENTER, as :func:`propose_runs` does: one for each link that could serve."""
    data, memory, beside, linked, twin = machine
    members, after, homes, left, over = buffers.members, buffers.after, buffers.homes, buffers.memory, buffers.over
    copy(members, homes)
    copy(members, after)
    for q in range(len(members)):
        if done & program.final[q] or is_held(q, done, program):
            continue
        for s in range(len(data)):
            bit = np.int64(1) << s
            if memory[s] == 0 or members[q] & bit:
                continue
            for source in range(len(data)):
                origin = np.int64(1) << source
                if not linked[s] & origin or memory[source] == 0 or (members[q] and not members[q] & origin):
                    continue
                code = OPEN << 24 | q << 12 | s << 6
                homes[q] = after[q] = members[q]
                if members[q] == 0:
                    if not worth_entering(members, source, twin):
                        continue
                    homes[q] = after[q] = origin
                    code = ENTER << 24 | q << 12 | source << 6 | s
                if not worth_entering(after, s, twin):
                    continue
                after[q] = homes[q] | bit
                copy(memory, left)
                left[source] -= 1
                if homes_fit(homes, after, data, left, beside, over):
                    buffers.codes[count] = code
                    count += 1
        homes[q] = after[q] = members[q]
    return count


@njit
def act(code: int, done: int, program: ProgramMasks, buffers: Buffers) -> int:
    """Set ``buffers.after`` to the copy sets after an action; returns the operations done with the begun X-blocks."""
    x, a, b = code >> 12 & 4095, code >> 6 & 63, code & 63
    kind, here, there = code >> 24, np.int64(1) << a, np.int64(1) << b
    members, after = buffers.members, buffers.after
    copy(members, after)
    if kind == RUN:
        for q in range(len(members)):
            if program.operands[x] >> q & 1 and members[q] == 0:
                after[q] = here
    elif kind == CLOSE:
        after[x] &= ~here
    elif kind == FINISH:
        after[x] = here
    elif kind == OPEN:
        after[x] |= here
    elif kind == ENTER:
        after[x] = here | there
    else:
        after[program.block_qubit[x]] = code & 4095
        done |= np.int64(1) << program.opening[x] | np.int64(1) << (len(program.operands) + x)
    return done


@njit
def expand(
    i: int, costs: bool, budget: int, size: int,
    program: ProgramMasks, machine: Machine, states: States, buffers: Buffers,
) -> int:  # fmt: skip
    """Add what the actions that cost a Bell pair, or the others, make of state i to the ``size`` states so far.

    States that need ``budget`` more Bell pairs, or that are known, are left out. Returns the new number of states, or
    -1 if there is no room for them.
    """
    k, before, after = len(machine.data), states.done[i], buffers.after
    for q in range(len(after)):
        buffers.members[q] = states.members[i] >> (q * k) & ((np.int64(1) << k) - 1)
    if costs:
        count = propose_openings(before, program, machine, buffers, 0)
    else:
        count = propose_runs(before, program, machine, buffers, 0)
        count = propose_closings(before, program, machine, buffers, count)
        count = propose_followings(before, program, machine, buffers, count)
    for number in range(count):
        code = buffers.codes[number]
        done = run_ready(act(code, before, program, buffers), after, program, k)
        if code >> 24 == FINISH and done == before:
            continue
        if pairs_still_needed(done, after, program.operands) >= budget:
            continue
        members = pack(after, k)
        entry = find_entry(states, done, members)
        if states.table[entry] >= 0:
            continue
        if size == len(states.done):
            return -1
        states.table[entry] = size
        states.done[size], states.members[size] = done, members
        states.parent[size], states.action[size] = i, code
        size += 1
    return size


@njit
def explore(program: ProgramMasks, machine: Machine, states: States, buffers: Buffers, limit: int) -> tuple[int, int]:
    """Search for the fewest Bell pairs, if fewer than ``limit``: (FOUND, EXHAUSTED or FULL; the last state or -1)."""
    total = len(program.operands)
    goal = (np.int64(1) << total) - 1 if total else np.int64(0)
    states.done[0], states.members[0], states.parent[0], states.action[0] = 0, 0, -1, -1
    states.table[find_entry(states, 0, 0)] = 0
    begin, size = 0, 1
    for level in range(limit):
        i = begin
        while i < size:  # which grows: these are all states that cost ``level`` pairs
            if states.done[i] == goal:
                return FOUND, i
            size = expand(i, False, limit - level, size, program, machine, states, buffers)
            if size < 0:
                return FULL, i
            i += 1
        end = size
        for i in range(begin, end):
            size = expand(i, True, limit - level - 1, size, program, machine, states, buffers)
            if size < 0:
                return FULL, i
        begin = end
        if begin == size:
            break
    return EXHAUSTED, -1
