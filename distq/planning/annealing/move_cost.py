"""What a change of homes or sites costs: the parts that every move of the annealer is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.planning.annealing.search_space import TICKS_PER_SLOT as UNIT
from distq.util.jit import njit

Array = NDArray[Any]


@njit
def _random(state: Array) -> float:
    """Uniform in [0, 1); advances ``state`` ((1,) uint64) by splitmix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit
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


@njit
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


@njit
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


@njit
def _excess(load: int, room: int) -> int:
    return load - room if load > room else 0


@njit
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


@njit
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


@njit
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


@njit
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


@njit
def mask_rows(seg_start: Array) -> int:
    """Number of segments."""
    return int(seg_start.shape[0] - 1)


@njit
def _size(mask: int) -> float:
    size = 0
    while mask:
        mask &= mask - 1
        size += 1
    return float(size)


@njit
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


@njit
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


@njit
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


@njit
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
