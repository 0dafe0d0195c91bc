"""How a plan is run: when Bell pairs are heralded, and what becomes of corrections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from distq.errors import UnknownNameError

PairPolicy = Literal["prefetch", "on-demand", "just-in-time"]
PAIR_POLICIES: tuple[str, ...] = get_args(PairPolicy)


@dataclass(frozen=True)
class Policy:
    """How events are dispatched.

    Attributes
    ----------
    pairs
        ``prefetch``: a link heralds as soon as both ions are free; ``on-demand``: only once the qubit to be copied is
        ready; ``just-in-time``: ahead, but no sooner than two mean waits before the pair is due if all pairs took
        their mean, so that it dephases less.
    pauli_frames
        True: corrections are kept as Pauli frames, and only what depends on a frame waits for its message. False:
        corrections are gates on the ion, as the emitted circuit has them, and the gate waits for the message.
    """

    pairs: str = "prefetch"
    pauli_frames: bool = False

    def __post_init__(self) -> None:
        if self.pairs not in PAIR_POLICIES:
            raise UnknownNameError("pair policy", self.pairs, PAIR_POLICIES)


CORRECTION_GATES = Policy()
PAULI_FRAMES = Policy(pauli_frames=True)
