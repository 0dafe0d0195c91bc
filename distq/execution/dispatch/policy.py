"""How a machine runs its events: when it heralds pairs, and what it does with corrections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from distq.errors import UnknownNameError

Pairs = Literal["prefetch", "on-demand", "just-in-time"]
PAIRS: tuple[str, ...] = get_args(Pairs)


@dataclass(frozen=True)
class Policy:
    """How events are dispatched.

    Attributes
    ----------
    pairs
        ``prefetch``: a link heralds as soon as both ions are free; ``on-demand``: only once the qubit to be copied is
        ready; ``just-in-time``: ahead, but no sooner than two mean waits before the pair is due if all pairs took
        their mean, so that it dephases less.
    frames
        Corrections are Pauli frames: only what depends on a frame awaits its message. Otherwise they are gates on the
        ion, as the emitted circuit has them, and the gate awaits the message.
    """

    pairs: str = "prefetch"
    frames: bool = False

    def __post_init__(self) -> None:
        if self.pairs not in PAIRS:
            raise UnknownNameError("pair policy", self.pairs, PAIRS)


GATES = Policy()
FRAMES = Policy(frames=True)
