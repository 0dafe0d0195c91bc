"""Breadth-first search over the states of a plan, in compiled code.

A state is the set of operations done, the copy set of every living qubit, and which X-blocks copies follow just now
(their qubits are *held*), as further bits of the set of operations done. Homes are no part of it: handing over is free
and takes any number of qubits at once, so any choice of homes within the copy sets that respects data and memory ions
is as good as any other, and by Hall's theorem it exists if and only if, for every set T of QPUs, the qubits confined to
T are at most the data ions of T, and the qubits with a member in T are at least as many as the members in T beyond its
memory ions. (That the home of a held qubit may move here lets in more than all plans.) Four rules leave out plans, but
never the best one:

* Operations whose operands are born and together run at once: they change no copy set but that of a qubit that dies.
* A qubit is born right before its first use, an operation or the opening of a copy. Before, it would only take room.
* A copy is closed right before a boundary of its qubit, or before a step for which its QPU could lack a memory ion: it
  stays in memory until then, without an effect on the choice of homes.
* No copy is opened only to follow an X-block at once: after the block it costs the same. So an opening boundary of a
  qubit with one member runs at once as well.

States are reached level by level, all of those with c Bell pairs before any with c + 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.util.jit import njit

Ints = NDArray[np.integer[Any]]

RUN, CLOSE, FINISH, OPEN, ENTER, FOLLOW = 0, 1, 2, 3, 4, 5
"""Kinds of actions ``kind << 24 | x << 12 | a << 6 | b``.

RUN: the qubits of operation x that are not born yet are born at QPU a, and it runs there. CLOSE: the copy of qubit x
at a. FINISH: all copies of qubit x but that at a. OPEN: a copy of qubit x at a. ENTER: birth of x at a, with a copy at
b. FOLLOW: X-block x begins; the copies of its qubit outside the mask a << 6 | b are closed, the others are to follow.
"""
FOUND, EXHAUSTED, FULL = 0, 1, 2


@njit
def room(homes: Ints, members: Ints, data: Ints, memory: Ints) -> bool:
    """True if homes can be chosen out of the masks ``homes`` (0: not alive) while ``members`` occupy ions."""
    k, n = len(data), len(members)
    full = 1 << k
    over = np.zeros(k, np.int64)
    for s in range(k):
        count = 0
        for q in range(n):
            count += members[q] >> s & 1
        over[s] = max(0, count - memory[s])
        if over[s] > data[s]:
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
def advance(
    done: int, members: Ints, operands: Ints, needs: Ints, boundary: Ints, inside: Ints, closes: Ints, holder: Ints,
    k: int,
) -> int:  # fmt: skip
    """Run every operation that can run now; returns the new set of operations done and takes the dead off ``members``.

    ``boundary`` is 0 for diagonal operations, 1 for boundaries, 2 for boundaries with which the qubit dies. ``inside``
    is the mask of the X-blocks that an operation belongs to, ``closes`` the X-block that a boundary ends or -1,
    ``holder`` the qubit of every X-block. Bit j above the operations of ``done`` says that copies follow X-block j.
    """
    total = len(operands)
    everywhere = (1 << k) - 1
    changed = True
    while changed:
        changed = False
        for o in range(len(operands)):
            if done >> o & 1 or needs[o] & ~done:
                continue
            common = everywhere
            for q in range(len(members)):
                if operands[o] >> q & 1:
                    common &= members[q]
            if common == 0:
                continue
            held = inside[o] & done >> total
            if held & (held - 1):
                continue
            if held:
                for j in range(len(holder)):
                    if held >> j & 1 and members[holder[j]] & ~common:
                        common = 0
                if common == 0:
                    continue
            if boundary[o]:
                ends = 0
                if closes[o] >= 0:
                    ends = done & 1 << (total + closes[o])
                if common & (common - 1) and not ends:
                    continue
                done &= ~ends
                if boundary[o] == 2:
                    for q in range(len(members)):
                        if operands[o] >> q & 1:
                            members[q] = 0
            done |= 1 << o
            changed = True
    return done


@njit
def outstanding(done: int, members: Ints, operands: Ints) -> int:
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
def _find(table: Ints, dones: Ints, packs: Ints, done: int, pack: int) -> int:
    """Slot of the state in the hash table: occupied by it, or free."""
    h = done * np.int64(-7046029254386353131) ^ pack * np.int64(-4417276706812531889)
    h ^= h >> 29
    h *= np.int64(-7723592293110705685)
    h ^= h >> 32
    slot = int(h & (len(table) - 1))
    while table[slot] >= 0:
        i = table[slot]
        if dones[i] == done and packs[i] == pack:
            break
        slot = (slot + 1) & (len(table) - 1)
    return slot


@njit
def _pack(members: Ints, k: int) -> int:
    out = 0
    for q in range(len(members)):
        out |= members[q] << (q * k)
    return out


@njit
def _fresh(members: Ints, target: int, alike: Ints) -> bool:
    """False if ``target`` is empty and so is a lower QPU that is its like."""
    low = target
    for q in range(len(members)):
        if members[q] >> target & 1:
            return True
    for s in range(low):
        if alike[s] == alike[target]:
            empty = True
            for q in range(len(members)):
                if members[q] >> s & 1:
                    empty = False
            if empty:
                return False
    return True


@njit
def _held(qubit: int, done: int, total: int, holder: Ints) -> bool:
    """True if copies of the qubit follow an X-block."""
    held = False
    for j in range(len(holder)):
        if holder[j] == qubit and done >> (total + j) & 1:
            held = True
    return held


@njit
def _act(
    number: int, members: Ints, homes: Ints, after: Ints, done: int, operands: Ints, needs: Ints, boundary: Ints,
    dies: Ints, opens: Ints, holder: Ints, data: Ints, memory: Ints, tight: Ints, linked: Ints, alike: Ints,
) -> int:  # fmt: skip
    """The ``number``-th conceivable action: -1 if it is impossible or useless, else its code, with ``after`` set."""
    k, n, total = len(data), len(members), len(operands)
    homes[:] = members
    after[:] = members
    if number < total * k:
        o, s = number // k, number % k
        if done >> o & 1 or needs[o] & ~done:
            return -1
        bit = np.int64(1) << s
        unborn = 0
        for q in range(n):
            if operands[o] >> q & 1:
                if members[q] == 0:
                    after[q] = homes[q] = bit
                    unborn += 1
                elif not members[q] & bit:
                    return -1
        if unborn == 0 or not _fresh(members, s, alike) or not room(homes, after, data, memory):
            return -1
        return RUN << 24 | o << 12 | s << 6
    number -= total * k
    if number < 2 * n * k:
        q, s = number // 2 // k, number // 2 % k
        bit = np.int64(1) << s
        if not members[q] & bit or members[q] == bit or _held(q, done, total, holder):
            return -1
        if number % 2:
            homes[q] = after[q] = bit
            return FINISH << 24 | q << 12 | s << 6 if room(homes, members, data, memory) else -1
        held = 0
        for r in range(n):
            held += members[r] >> s & 1
        homes[q] = after[q] = members[q] & ~bit
        if held < memory[s] or not room(homes, members, data, memory):
            return -1
        return CLOSE << 24 | q << 12 | s << 6
    number -= 2 * n * k
    if number < len(holder) << k:
        j, kept = number >> k, number & ((1 << k) - 1)
        q, o = holder[j], opens[j]
        if done >> o & 1 or needs[o] & ~done or kept & ~members[q] or not kept & (kept - 1):
            return -1
        homes[q] = after[q] = kept
        return FOLLOW << 24 | j << 12 | kept if room(homes, members, data, memory) else -1
    number -= len(holder) << k
    q, s, source = number // (k * k), number // k % k, number % k
    bit, origin = np.int64(1) << s, np.int64(1) << source
    if not linked[s] & origin or memory[s] == 0 or memory[source] == 0 or done & dies[q] or members[q] & bit:
        return -1
    if _held(q, done, total, holder):
        return -1
    code = OPEN << 24 | q << 12 | s << 6
    if members[q] == 0:
        if not _fresh(members, source, alike):
            return -1
        homes[q] = after[q] = origin
        code = ENTER << 24 | q << 12 | source << 6 | s
    elif not members[q] & origin:
        return -1
    if not _fresh(after, s, alike):
        return -1
    after[q] = homes[q] | bit
    tight[:] = memory
    tight[source] -= 1
    return code if room(homes, after, data, tight) else -1


@njit
def search(
    operands: Ints, needs: Ints, boundary: Ints, dies: Ints, inside: Ints, closes: Ints, opens: Ints, holder: Ints,
    data: Ints, memory: Ints, linked: Ints, alike: Ints, limit: int, table: Ints, dones: Ints, packs: Ints,
    parents: Ints, actions: Ints,
) -> tuple[int, int, int]:  # fmt: skip
    """Fewest Bell pairs, if fewer than ``limit``: ``(FOUND | EXHAUSTED | FULL, index of the last state, pairs)``.

    ``operands``, ``needs`` are bit masks over qubits and operations; ``dies`` per qubit is the bit of the operation
    with which it dies, or 0; ``opens`` per X-block is the operation that opens it; ``linked`` per QPU the mask of its
    neighbours. ``table`` (a power of two, filled with -1) and the four lists of states are the memory to work in.
    """
    k, n = len(data), len(dies)
    total = len(operands)
    goal = (np.int64(1) << total) - 1 if total else np.int64(0)
    mask = (np.int64(1) << k) - 1
    members, after, homes = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    tight = memory.copy()
    free = total * k + 2 * n * k + (len(holder) << k)  # actions below cost nothing
    dones[0], packs[0], parents[0], actions[0] = 0, 0, -1, -1
    table[_find(table, dones, packs, 0, 0)] = 0
    size, begin = 1, 0
    for level in range(limit):
        for paid in range(2):
            first, last = (free, free + n * k * k) if paid else (0, free)
            i, stop = begin, size
            while i < (stop if paid else size):
                done, pack = dones[i], packs[i]
                if done == goal:
                    return FOUND, i, level
                for q in range(n):
                    members[q] = pack >> (q * k) & mask
                for number in range(first, last):
                    code = _act(
                        number, members, homes, after, done, operands, needs, boundary, dies, opens, holder, data,
                        memory, tight, linked, alike,
                    )  # fmt: skip
                    if code < 0:
                        continue
                    new = done
                    if code >> 24 == FOLLOW:
                        j = code >> 12 & 4095
                        new |= np.int64(1) << opens[j] | np.int64(1) << (total + j)
                    new = advance(new, after, operands, needs, boundary, inside, closes, holder, k)
                    if code >> 24 == FINISH and new == done:
                        continue
                    if level + paid + outstanding(new, after, operands) >= limit:
                        continue
                    packed = _pack(after, k)
                    slot = _find(table, dones, packs, new, packed)
                    if table[slot] >= 0:
                        continue
                    if size == len(dones):
                        return FULL, i, level
                    table[slot] = size
                    dones[size], packs[size], parents[size], actions[size] = new, packed, i, code
                    size += 1
                i += 1
            if paid:
                begin = stop
        if begin == size:
            break
    return EXHAUSTED, -1, limit
