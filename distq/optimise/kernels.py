"""Compiled inner loops of the optimiser. ``kernel.py_func`` is each one's plain-Python twin.

Sets of QPUs are bit masks, so a network has at most 62 QPUs here. Random numbers come from a splitmix64 state that the
caller seeds: the same seed gives the same moves on every machine.
"""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from distq.optimise.model import UNIT

Array = NDArray[Any]
BULK = 100.0
"""Operations that a move of a home drags along on average, at most."""


@njit(cache=True, nogil=True)
def _random(state: Array) -> float:
    """Uniform in [0, 1); advances ``state`` ((1,) uint64) by splitmix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def tree_cost(mask: int, table: Array, distance: Array) -> float:
    """Cost of joining the QPUs of ``mask``: from the table, or of a spanning tree over path costs."""
    if table.shape[0] > 1:
        return float(table[mask])
    k = distance.shape[0]
    near = np.full(k, 1e18)
    left = mask
    total = 0.0
    at = -1
    while left:
        best = -1
        for s in range(k):
            if left >> s & 1 and (best < 0 or near[s] < near[best]):
                best = s
        if at >= 0:
            total += near[best]
        at = best
        left &= ~(1 << at)
        for s in range(k):
            if left >> s & 1 and distance[at, s] < near[s]:
                near[s] = distance[at, s]
    return total


@njit(cache=True, nogil=True)
def _shift(
    e: int, old: int, new: int, count: Array, mask: Array, complete: bool, table: Array, distance: Array
) -> float:
    """Move one use of segment e from QPU ``old`` to ``new``; returns the change of the cost."""
    before = mask[e]
    after = before
    count[e, old] -= 1
    if count[e, old] == 0:
        after &= ~(np.int64(1) << old)
    count[e, new] += 1
    if count[e, new] == 1:
        after |= np.int64(1) << new
    if after == before:
        return 0.0
    mask[e] = after
    if complete:
        return float((after >> new & 1) - (before >> new & 1)) - float((before >> old & 1) - (after >> old & 1))
    return tree_cost(after, table, distance) - tree_cost(before, table, distance)


@njit(cache=True, nogil=True)
def fill_counts(
    site: Array,
    home: Array,
    start: Array,
    segment: Array,
    first: Array,
    last: Array,
    count: Array,
    mask: Array,
    occupied: Array,
) -> None:
    """Set ``count`` (E, k), ``mask`` (E,) and ``occupied`` (T, k) to what ``site`` and ``home`` say."""
    count[:] = 0
    mask[:] = 0
    occupied[:] = 0
    for o in range(site.shape[0]):
        for i in range(start[o], start[o + 1]):
            count[segment[i], site[o]] += 1
            mask[segment[i]] |= np.int64(1) << site[o]
    for q in range(home.shape[0]):
        for t in range(home.shape[1]):
            s = home[q, t]
            if s >= 0:
                occupied[t, s] += 1
                for e in range(first[q, t], last[q, t] + 1):
                    count[e, s] += 1
                    mask[e] |= np.int64(1) << s


@njit(cache=True, nogil=True)
def _excess(load: int, room: int) -> int:
    return load - room if load > room else 0


@njit(cache=True, nogil=True)
def _add_residence(
    e: int, s: int, sign: int, low: Array, high: Array, home_row: Array, load: Array, room: Array
) -> int:
    """Add (or remove) the stay of segment e's copy at QPU s to ``load``; returns the change of the total excess.

    Positions are in units of 1/UNIT slot; a copy at its qubit's home needs no memory ion.
    """
    lo = low[e, s]
    hi = high[e, s]
    change = 0
    if hi < lo:
        return 0
    for t in range(lo // UNIT, hi // UNIT + 1):
        if home_row[t] == s:
            continue
        part = min(hi + 1, (t + 1) * UNIT) - max(lo, t * UNIT)
        before = _excess(load[t, s], room[s])
        load[t, s] += sign * part
        change += _excess(load[t, s], room[s]) - before
    return change


@njit(cache=True, nogil=True)
def _span(
    e: int, s: int, seg_start: Array, seg_op: Array, site: Array, position: Array, low: Array, high: Array
) -> None:
    """Set ``low`` and ``high`` of (e, s) to the first and last position at which an operation uses the copy."""
    lo = np.int64(1) << 60
    hi = np.int64(-1)
    for j in range(seg_start[e], seg_start[e + 1]):
        p = seg_op[j]
        if site[p] == s:
            lo = min(lo, position[p])
            hi = max(hi, position[p])
    low[e, s] = lo
    high[e, s] = hi


@njit(cache=True, nogil=True)
def _resite(
    p: int,
    new: int,
    site: Array,
    home: Array,
    start: Array,
    segment: Array,
    seg_qubit: Array,
    seg_start: Array,
    seg_op: Array,
    position: Array,
    low: Array,
    high: Array,
    load: Array,
    room: Array,
) -> int:
    """Move operation p to QPU ``new`` (also in ``site``); returns the change of the total excess."""
    old = site[p]
    site[p] = new
    at = position[p]
    change = 0
    for i in range(start[p], start[p + 1]):
        e = segment[i]
        row = home[seg_qubit[e]]
        if at <= low[e, old] or at >= high[e, old]:
            change += _add_residence(e, old, -1, low, high, row, load, room)
            _span(e, old, seg_start, seg_op, site, position, low, high)
            change += _add_residence(e, old, 1, low, high, row, load, room)
        if at < low[e, new] or at > high[e, new]:
            change += _add_residence(e, new, -1, low, high, row, load, room)
            low[e, new] = min(low[e, new], at)
            high[e, new] = max(high[e, new], at)
            change += _add_residence(e, new, 1, low, high, row, load, room)
    return change


@njit(cache=True, nogil=True)
def _rehome(
    q: int, t: int, new: int, home: Array, first: Array, last: Array, low: Array, high: Array, load: Array, room: Array
) -> int:
    """Account for the home of q in slot t going to ``new`` (call before ``home`` changes); change of the excess."""
    old = home[q, t]
    change = 0
    for e in range(first[q, t], last[q, t] + 1):
        for s, sign in ((old, 1), (new, -1)):
            lo = max(low[e, s], t * UNIT)
            hi = min(high[e, s] + 1, (t + 1) * UNIT)
            if hi > lo:
                before = _excess(load[t, s], room[s])
                load[t, s] += sign * (hi - lo)
                change += _excess(load[t, s], room[s]) - before
    return change


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def mask_rows(seg_start: Array) -> int:
    """Number of segments."""
    return int(seg_start.shape[0] - 1)


@njit(cache=True, nogil=True)
def _size(mask: int) -> float:
    size = 0
    while mask:
        mask &= mask - 1
        size += 1
    return float(size)


@njit(cache=True, nogil=True)
def _member(mask: int, k: int, state: Array) -> int:
    """A random QPU of ``mask`` (of all, if it is empty)."""
    size = 0
    for s in range(k):
        size += mask >> s & 1
    if size == 0:
        return int(_random(state) * k)
    pick = int(_random(state) * size)
    for s in range(k):
        if mask >> s & 1:
            if pick == 0:
                return s
            pick -= 1
    return 0


@njit(cache=True, nogil=True)
def _guest_home(
    p: int, at: int, site: Array, home: Array, slot: Array, start: Array, segment: Array, seg_qubit: Array
) -> int:
    """The home of the last operand of p that is a guest at ``at`` when p runs; -1 if none is or none is at home."""
    guest = -1
    hosted = False
    for i in range(start[p], start[p + 1]):
        h = home[seg_qubit[segment[i]], slot[p]]
        if h == at:
            hosted = True
        else:
            guest = h
    return guest if hosted else -1


@njit(cache=True, nogil=True)
def _best_site(
    p: int, banned: int, e: int, start: Array, segment: Array, count: Array, mask: Array, k: int, state: Array
) -> int:
    """The QPU at which operation p lacks the fewest copies; ties at random. ``banned`` only if there is no other."""
    union = np.int64(0)
    for i in range(start[p], start[p + 1]):
        union |= mask[segment[i]]
    best = -1
    fewest = 1 << 30
    ties = 0
    for s in range(k):
        if not union >> s & 1 or s == banned:
            continue
        lacking = 0
        for i in range(start[p], start[p + 1]):
            lacking += 1 - (mask[segment[i]] >> s & 1)
        if lacking < fewest:
            fewest = lacking
            best = s
            ties = 1
        elif lacking == fewest:
            ties += 1
            if _random(state) * ties < 1.0:
                best = s
    return best if best >= 0 else max(banned, 0)


@njit(cache=True, nogil=True)
def _move_home(
    q: int,
    t: int,
    new: int,
    home: Array,
    first: Array,
    last: Array,
    count: Array,
    mask: Array,
    complete: bool,
    table: Array,
    distance: Array,
) -> float:
    """Make ``new`` the home of q in slot t; returns the change of the cost (occupation is the caller's)."""
    old = home[q, t]
    delta = 0.0
    for e in range(first[q, t], last[q, t] + 1):
        delta += _shift(e, old, new, count, mask, complete, table, distance)
    home[q, t] = new
    return delta
