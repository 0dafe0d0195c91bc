"""Compiled inner loops of the optimiser. ``kernel.py_func`` is each one's plain-Python twin.

Sets of QPUs are bit masks, so a network has at most 62 QPUs here. Random numbers come from a splitmix64 state that the
caller seeds: the same seed gives the same moves on every machine.
"""

from __future__ import annotations

from math import exp

import numpy as np

from distq.planning.annealing.move_cost import (
    Array,
    _add_residence,
    _best_site,
    _guest_home,
    _member,
    _move_home,
    _random,
    _rehome,
    _resite,
    _shift,
    _size,
    _span,
    fill_counts,
    mask_rows,
    tree_cost,
)
from distq.planning.annealing.search_space import TICKS_PER_SLOT as UNIT
from distq.util.jit import njit

BULK = 100.0
"""Operations that a move of a home drags along on average, at most."""


@njit
def anneal(
    site: Array,
    home: Array,
    start: Array,
    segment: Array,
    slot: Array,
    seg_start: Array,
    seg_op: Array,
    seg_qubit: Array,
    first: Array,
    last: Array,
    birth: Array,
    death: Array,
    capacity: Array,
    table: Array,
    distance: Array,
    position: Array,
    room: Array,
    gates: Array,
    gate_cost: Array,
    price: float,
    begin: int,
    end: int,
    proposals: int,
    hot: float,
    cold: float,
    state: Array,
    best_site: Array,
    best_home: Array,
    best: float,
) -> float:
    """Simulated annealing over sites and homes; capacity holds at every moment. Returns the lowest cost seen.

    Runs proposals ``begin`` to ``end`` of a schedule of ``proposals``; a later part continues from the arrays and the
    returned cost (``best``) of the part before.

    ``room`` (k,) is the memory of each QPU in UNIT per ion; every UNIT by which copies exceed it during a slot costs
    ``price / UNIT``. With ``price`` 0 memory is unlimited. ``position`` (M,) is the time of each operation in 1/UNIT
    slots. Each of the ``gates`` (M,) of an operation costs ``gate_cost`` (k,) of its QPU.

    Starts from ``site`` (M,) and ``home`` (n, T), which are overwritten; the best solution goes to ``best_site`` and
    ``best_home``. ``hot`` and ``cold`` are the first and last temperature, in Bell pairs. Moves: one operation to
    another QPU; all operations that one copy serves to elsewhere; the home of a qubit over a window of slots, alone
    or in exchange with another qubit, with or without the operations it runs there.
    """
    n, slots = home.shape
    k = capacity.shape[0]
    ops = site.shape[0]
    complete = table.shape[0] == 1
    for a in range(k):
        for b in range(a):
            complete = complete and distance[a, b] == 1.0
    count = np.zeros((mask_rows(seg_start), k), dtype=np.int32)
    mask = np.zeros(mask_rows(seg_start), dtype=np.int64)
    occupied = np.zeros((slots, k), dtype=np.int64)
    fill_counts(site, home, start, segment, first, last, count, mask, occupied)
    limited = price > 0.0
    toll = price / UNIT
    cost = 0.0
    for e in range(mask.shape[0]):
        if mask[e]:
            cost += _size(mask[e]) - 1.0 if complete else tree_cost(mask[e], table, distance)
    for o in range(ops):
        cost += gates[o] * gate_cost[site[o]]
    low = np.zeros((1, k), dtype=np.int64)
    high = np.zeros((1, k), dtype=np.int64)
    load = np.zeros((slots, k), dtype=np.int64)
    if limited:
        low = np.zeros((mask.shape[0], k), dtype=np.int64)
        high = np.zeros((mask.shape[0], k), dtype=np.int64)
        for e in range(mask.shape[0]):
            for s in range(k):
                _span(e, s, seg_start, seg_op, site, position, low, high)
                cost += toll * _add_residence(e, s, 1, low, high, home[seg_qubit[e]], load, room)
    if begin == 0:
        best = cost
        best_site[:] = site
        best_home[:] = home
    log_limit = ops + 2 * slots + 16
    log_op = np.empty(log_limit, dtype=np.int64)
    log_site = np.empty(log_limit, dtype=np.int64)
    log_q = np.empty(4 * slots + 16, dtype=np.int64)
    log_t = np.empty(4 * slots + 16, dtype=np.int64)
    log_s = np.empty(4 * slots + 16, dtype=np.int64)
    changed_op = np.empty(ops, dtype=np.int64)
    changed_q = np.empty(ops, dtype=np.int64)
    changed_t = np.empty(ops, dtype=np.int64)
    changed_ops = 0
    changed_homes = 0
    stale = True
    if n < 1 or k < 2:
        return best
    ratio = cold / hot
    flips = 0.45 + min(0.002, 1.0 / (ops + 1)) if ops > 0 else 0.0
    temperature = hot
    levels = 1
    while slots >> levels:
        levels += 1
    grain = slots
    density = segment.shape[0] / (n * slots)
    for step in range(begin, end):
        if step & 127 == 0 or step == begin:
            temperature = hot * ratio ** (step / proposals)
            grain = max(1, slots >> int(1.6 * levels * step / proposals))
        n_op = 0
        n_home = 0
        delta = 0.0
        u = _random(state)
        if u < 0.45 and ops > 0:
            o = int(_random(state) * ops)
            e = segment[start[o] + int(_random(state) * (start[o + 1] - start[o]))]
            new = _member(mask[e], k, state) if _random(state) < 0.9 else int(_random(state) * k)
            old = site[o]
            if new == old:
                continue
            for i in range(start[o], start[o + 1]):
                delta += _shift(segment[i], old, new, count, mask, complete, table, distance)
            delta += gates[o] * (gate_cost[new] - gate_cost[old])
            if limited:
                delta += toll * _resite(
                    o, new, site, home, start, segment, seg_qubit, seg_start, seg_op, position, low, high, load, room
                )
            else:
                site[o] = new
            log_op[0] = o
            log_site[0] = old
            n_op = 1
        elif u < flips:
            # All gates between two QPUs change side: neutral steps between minimum covers that differ wholesale.
            o = int(_random(state) * ops)
            old = site[o]
            new = _guest_home(o, old, site, home, slot, start, segment, seg_qubit)
            if new < 0:
                continue
            for p in range(ops):
                if site[p] != old or _guest_home(p, old, site, home, slot, start, segment, seg_qubit) != new:
                    continue
                for i in range(start[p], start[p + 1]):
                    delta += _shift(segment[i], old, new, count, mask, complete, table, distance)
                delta += gates[p] * (gate_cost[new] - gate_cost[old])
                if limited:
                    delta += toll * _resite(
                        p,
                        new,
                        site,
                        home,
                        start,
                        segment,
                        seg_qubit,
                        seg_start,
                        seg_op,
                        position,
                        low,
                        high,
                        load,
                        room,
                    )
                else:
                    site[p] = new
                log_op[n_op] = p
                log_site[n_op] = old
                n_op += 1
        elif u < 0.65 and ops > 0:
            o = int(_random(state) * ops)
            e = segment[start[o] + int(_random(state) * (start[o + 1] - start[o]))]
            old = site[o]
            goal = _member(mask[e], k, state)
            if _random(state) < 0.15:
                goal = int(_random(state) * k)
            free_choice = _random(state) < 0.6
            for j in range(seg_start[e], seg_start[e + 1]):
                p = seg_op[j]
                if site[p] != old:
                    continue
                new = goal
                if free_choice:
                    new = _best_site(p, old, e, start, segment, count, mask, k, state)
                if new == old:
                    continue
                for i in range(start[p], start[p + 1]):
                    delta += _shift(segment[i], old, new, count, mask, complete, table, distance)
                delta += gates[p] * (gate_cost[new] - gate_cost[old])
                if limited:
                    delta += toll * _resite(
                        p,
                        new,
                        site,
                        home,
                        start,
                        segment,
                        seg_qubit,
                        seg_start,
                        seg_op,
                        position,
                        low,
                        high,
                        load,
                        room,
                    )
                else:
                    site[p] = new
                log_op[n_op] = p
                log_site[n_op] = old
                n_op += 1
            if n_op == 0:
                continue
        else:
            q = int(_random(state) * n)
            span = death[q] - birth[q]
            if span <= 0:
                continue
            t1 = birth[q] + int(_random(state) * span)
            t1 = max(birth[q], t1 - t1 % grain)
            length = grain << int(_random(state) * 8.0)
            v = _random(state)
            a = home[q, t1]
            if v < 0.25:
                t2 = death[q]
            elif v < 0.5:  # the whole stay around t1
                t2 = t1 + 1
                while t1 > birth[q] and home[q, t1 - 1] == a:
                    t1 -= 1
                while t2 < death[q] and home[q, t2] == a:
                    t2 += 1
            elif v < 0.6:
                t1 = birth[q]
                t2 = death[q]
                a = home[q, t1]
            elif v < 0.8:  # from about one boundary of the qubit to about another one
                while t1 > birth[q] and first[q, t1] == last[q, t1]:
                    t1 -= 1
                t1 = min(t1 + int(_random(state) * 2.0), death[q] - 1)
                a = home[q, t1]
                hops = 1
                while _random(state) < 0.5:
                    hops += 1
                t2 = t1 + 1
                while t2 < death[q]:
                    if first[q, t2] < last[q, t2]:
                        hops -= 1
                        if hops == 0:
                            break
                    t2 += 1
                t2 = min(t2 + int(_random(state) * 2.0), death[q])
            else:
                t2 = min(t1 - t1 % grain + length, death[q])
            # Long windows cost time in proportion to what they drag along: keep that bounded on average.
            if (t2 - t1) * density > BULK and _random(state) * (t2 - t1) * density > BULK:
                t2 = min(t2, t1 + max(1, int(BULK / density)))
            if _random(state) < 0.5:
                near = mask[first[q, t1] + int(_random(state) * (last[q, t2 - 1] - first[q, t1] + 1))]
                b = _member(near, k, state)
            else:
                b = int(_random(state) * k)
            if a == b:
                continue
            r = -1
            swap = _random(state) < 0.15  # exchange even where there is room
            drag = _random(state)
            for t in range(t1, t2):
                old = home[q, t]
                if old == b:
                    continue
                full = occupied[t, b] >= capacity[b]
                if (full or swap) and (r < 0 or home[r, t] != b):
                    c = int(_random(state) * n)
                    r = -1
                    for i in range(n):
                        if home[(c + i) % n, t] == b:
                            r = (c + i) % n
                            break
                if limited:
                    delta += toll * _rehome(q, t, b, home, first, last, low, high, load, room)
                delta += _move_home(q, t, b, home, first, last, count, mask, complete, table, distance)
                log_q[n_home] = q
                log_t[n_home] = t
                log_s[n_home] = old
                n_home += 1
                if r >= 0 and home[r, t] == b and (full or swap):
                    if limited:
                        delta += toll * _rehome(r, t, old, home, first, last, low, high, load, room)
                    delta += _move_home(r, t, old, home, first, last, count, mask, complete, table, distance)
                    log_q[n_home] = r
                    log_t[n_home] = t
                    log_s[n_home] = b
                    n_home += 1
                else:
                    occupied[t, old] -= 1
                    occupied[t, b] += 1
            if n_home == 0:
                continue
            if drag < 0.75:
                for which in range(2):
                    c = q if which == 0 else r
                    if c < 0:
                        continue
                    u1 = max(t1, birth[c])
                    u2 = min(t2, death[c])
                    if u1 >= u2:
                        continue
                    src = a if which == 0 else b
                    dst = b if which == 0 else a
                    for e in range(first[c, u1], last[c, u2 - 1] + 1):
                        for j in range(seg_start[e], seg_start[e + 1]):
                            p = seg_op[j]
                            if slot[p] < t1 or slot[p] >= t2:
                                continue
                            old = site[p]
                            new = dst
                            if drag < 0.5:
                                new = _best_site(p, -1, e, start, segment, count, mask, k, state)
                            elif old != src:
                                continue
                            if new == old or n_op >= log_limit:
                                continue
                            for i in range(start[p], start[p + 1]):
                                delta += _shift(segment[i], old, new, count, mask, complete, table, distance)
                            delta += gates[p] * (gate_cost[new] - gate_cost[old])
                            if limited:
                                delta += toll * _resite(
                                    p,
                                    new,
                                    site,
                                    home,
                                    start,
                                    segment,
                                    seg_qubit,
                                    seg_start,
                                    seg_op,
                                    position,
                                    low,
                                    high,
                                    load,
                                    room,
                                )
                            else:
                                site[p] = new
                            log_op[n_op] = p
                            log_site[n_op] = old
                            n_op += 1
        if delta <= 0.0 or _random(state) < exp(-delta / temperature):
            cost += delta
            if 2 * step <= proposals:
                continue
            # The best solution follows by what has changed since it was written, not by copies of everything.
            stale = stale or changed_ops + n_op > ops or changed_homes + n_home > ops
            if not stale:
                changed_op[changed_ops : changed_ops + n_op] = log_op[:n_op]
                changed_q[changed_homes : changed_homes + n_home] = log_q[:n_home]
                changed_t[changed_homes : changed_homes + n_home] = log_t[:n_home]
                changed_ops += n_op
                changed_homes += n_home
            if cost < best - 1e-9:
                best = cost
                if stale:
                    best_site[:] = site
                    best_home[:] = home
                else:
                    for i in range(changed_ops):
                        best_site[changed_op[i]] = site[changed_op[i]]
                    for i in range(changed_homes):
                        best_home[changed_q[i], changed_t[i]] = home[changed_q[i], changed_t[i]]
                stale = False
                changed_ops = 0
                changed_homes = 0
        else:
            for i in range(n_op - 1, -1, -1):
                p = log_op[i]
                for j in range(start[p], start[p + 1]):
                    _shift(segment[j], site[p], log_site[i], count, mask, complete, table, distance)
                if limited:
                    _resite(
                        p,
                        log_site[i],
                        site,
                        home,
                        start,
                        segment,
                        seg_qubit,
                        seg_start,
                        seg_op,
                        position,
                        low,
                        high,
                        load,
                        room,
                    )
                else:
                    site[p] = log_site[i]
            i = n_home - 1
            while i >= 0:
                q, t, s = log_q[i], log_t[i], log_s[i]
                now = home[q, t]
                if limited:
                    _rehome(q, t, s, home, first, last, low, high, load, room)
                _move_home(q, t, s, home, first, last, count, mask, complete, table, distance)
                occupied[t, now] -= 1
                occupied[t, s] += 1
                i -= 1
    return best
