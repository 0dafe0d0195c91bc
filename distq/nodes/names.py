"""Names that OpenQASM 3 takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import count

EXTERNS = ("request_pair", "send_bit", "receive_bit")
"""The functions that a node program calls."""

_WORDS = """
OPENQASM include pragma defcalgrammar def cal defcal gate extern box let break continue if else end return for while in
switch case default input output const readonly mutable qreg qubit creg bool bit int uint float angle complex array void
duration stretch gphase inv pow ctrl negctrl dim durationof delay reset measure barrier true false im pi tau euler
sizeof popcount sin cos tan arcsin arccos arctan exp log sqrt ceiling floor mod rotl rotr
U CX p x y z h s sdg t tdg sx rx ry rz cx cy cz cp crx cry crz ch swap ccx cswap cu phase cphase id u1 u2 u3 u rzz rxx
"""
RESERVED = frozenset(_WORDS.split()).union(EXTERNS)
"""Keywords, built-in functions and constants, and the gates and functions that node programs call."""


def local_names(wanted: Sequence[str], taken: Iterable[str]) -> list[str]:
    """For each wanted name an identifier: itself where it is one and free, else the nearest free one."""
    used = set(taken) | RESERVED
    found = []
    for name in wanted:
        base = re.sub(r"\W", "_", name, flags=re.ASCII)
        base = base if re.match(r"[A-Za-z_]", base) else f"c_{base}"
        free = next(n for n in (base, *(f"{base}_{i}" for i in range(1, len(used) + 2))) if n not in used)
        used.add(free)
        found.append(free)
    return found


def file_stems(names: Sequence[str], taken: Iterable[str]) -> list[str]:
    """For each node a file name without suffix: letters, digits, ``_``; unique even where capitals do not count."""
    used = {name.lower() for name in taken}
    found = []
    for name in names:
        base = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") or "node"
        stem = next(s for s in (base if i == 0 else f"{base}_{i}" for i in count()) if s.lower() not in used)
        used.add(stem.lower())
        found.append(stem)
    return found
