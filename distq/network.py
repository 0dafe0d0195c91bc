"""Networks: ion-trap QPUs and the photonic links between them. Immutable values, validated on construction.

Reading and writing (TOML, the shorthand ``4x16+2@ring:oxford-2025``) is in :mod:`distq.netfile`; numbers with their
sources are in :mod:`distq.presets`.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from distq.errors import NetworkError
from distq.links import LinkModel, parse_model
from distq.presets import DEFAULT_LINK, LINK_FIELDS, LINK_PRESETS, QPU_FIELDS, QPU_PRESETS
from distq.problems import unknown
from distq.values import BellWeights, Fraction, Number, Probability, Seconds, Value, as_tuple, plain, unlimited
from distq.words import counted, link_name

MAX_IONS = 1_000_000
SWAP_IONS = 2
"""Ions that a Bell measurement between two pairs takes: one half each."""
Index = Annotated[int, BeforeValidator(plain), Field(ge=0, description="must be the index of a QPU")]


class QPU(Value):
    """One ion-trap processor: all-to-all gates inside.

    ``memory`` counts all ions that may hold a link copy or half of a Bell pair, communication ions included; None (or
    infinity) lifts the limit (no real trap: for comparison with published counts). Errors are total probabilities of a
    non-identity Pauli, uniform over the 3 (one-qubit) or 15 (two-qubit) Paulis; ``error_measure`` flips the outcome;
    ``error_reset`` leaves |1>. ``error_transfer`` is a two-qubit error on each exchange of a memory and a data ion.
    ``zones`` is how many multi-qubit gates it can do at once, ``communication`` how many of its memory ions can be
    heralding pairs at once; None (or infinity) lifts either limit.
    An idle ion loses its coherence with ``t2_s``, relaxation included, and relaxes from |1> to |0> with ``t1_s``:
    1/T2 = 1/(2 T1) + 1/T_phi. ``overrotation_1q`` and ``overrotation_2q`` are coherent: the fraction by which every
    pulse turns too far, the angle of a one-qubit pulse or the ZZ angle of a two-qubit gate (negative: not far enough).
    Z rotations are changes of phase and exact.
    A ``preset`` (:func:`distq.presets.qpu_presets`) gives the errors and times that are not given here.
    """

    name: str = Field(min_length=1, description="must be a name of at least one character")
    data: Annotated[int, BeforeValidator(plain)] = Field(
        ge=1, le=MAX_IONS, description="must be a whole number of data ions, 1 or more"
    )
    memory: Annotated[int | None, BeforeValidator(unlimited)] = Field(
        default=2, ge=0, le=MAX_IONS, description="must be a whole number of memory ions, 0 or more, or inf"
    )
    error_1q: Probability = 1e-5
    error_2q: Probability = 1e-4
    error_measure: Probability = 1e-3
    error_reset: Probability = 1e-3
    error_transfer: Probability = 1e-4
    time_1q_s: Seconds = 10e-6
    time_2q_s: Seconds = 200e-6
    time_measure_s: Seconds = 200e-6
    time_reset_s: Seconds = 50e-6
    time_transfer_s: Seconds = 200e-6
    t2_s: Number = Field(default=10.0, gt=0.0, description="must be a time in seconds above 0, or inf")
    t1_s: Number = Field(default=math.inf, gt=0.0, description="must be a time in seconds above 0, or inf")
    overrotation_1q: Fraction = 0.0
    overrotation_2q: Fraction = 0.0
    zones: Annotated[int | None, BeforeValidator(unlimited)] = Field(
        default=None, ge=1, le=MAX_IONS, description="must be a whole number of gates at once, 1 or more, or inf"
    )
    communication: Annotated[int | None, BeforeValidator(unlimited)] = Field(
        default=None, ge=1, le=MAX_IONS, description="must be a whole number of communication ions, 1 or more, or inf"
    )
    preset: str | None = Field(default=None, description="must be the name of a QPU preset")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, values: Any) -> Any:
        return _filled(values, QPU_PRESETS, QPU_FIELDS)

    @field_validator("preset")
    @classmethod
    def _known(cls, preset: str | None) -> str | None:
        return _check_preset("QPU preset", preset, QPU_PRESETS)

    @field_validator("t1_s")
    @classmethod
    def _slow_enough(cls, t1_s: float, info: ValidationInfo) -> float:
        t2_s = info.data.get("t2_s", 0.0)
        if t2_s > 2.0 * t1_s:
            raise ValueError(f"t2_s is at most twice t1_s, as relaxation dephases too; it is {t2_s:g} s")
        return t1_s

    @property
    def dephasing_s(self) -> float:
        """T_phi: the coherence time without relaxation, ``inf`` if there is none."""
        rate = 1.0 / self.t2_s - 0.5 / self.t1_s
        return 1.0 / rate if rate > 0.0 else math.inf

    @property
    def memory_limit(self) -> float:
        """Memory ions, ``inf`` if unlimited."""
        return float("inf") if self.memory is None else float(self.memory)


class Hub(Value):
    """An optical switch and the Bell-state analysers behind it, which several links share.

    An analyser serves one channel of one link at a time. ``reconfiguration_s`` is how long the switch takes to give it
    to another link; setting it up for its first pair is done before the run.
    """

    name: str = Field(min_length=1, description="must be a name of at least one character")
    analysers: Annotated[int, BeforeValidator(plain)] = Field(
        default=1, ge=1, le=MAX_IONS, description="must be a whole number of Bell-state analysers, 1 or more"
    )
    reconfiguration_s: Seconds = 0.0


class Link(Value):
    """A photonic connection of two QPUs (by index) that heralds Bell pairs.

    ``weights`` are the Bell-diagonal weights of the pair, as probabilities of the Pauli errors (I, Z, X, Y) on one half
    of a perfect pair; the fidelity is ``weights[0]``. ``rate_hz`` is the mean number of pairs per second. A ``preset``
    (:func:`distq.presets.link_presets`) gives those of the two that are not given here, a ``model``
    (:mod:`distq.links`, or the table of one) both. ``hub`` is the index of the hub whose analysers herald its pairs;
    None: it has analysers of its own. A pair older than ``cutoff_s`` is discarded and heralded again; None (or
    infinity): pairs are kept until they are used. ``via`` are the QPUs from ``a`` to ``b`` in whose middle the pairs of
    the links between them are swapped (:mod:`distq.swapping`); ``weights`` and ``rate_hz`` are those of the result.
    """

    a: Index
    b: Index
    weights: BellWeights = Field(
        default=DEFAULT_LINK.weights,
        description="must be four probabilities (I, Z, X, Y) from 0 to 1 that sum to 1",
    )
    rate_hz: Number = Field(
        default=DEFAULT_LINK.rate_hz, gt=0.0, description="must be a number of pairs per second above 0"
    )
    preset: str | None = Field(default=None, description="must be the name of a link preset")
    model: SerializeAsAny[LinkModel] | None = Field(default=None, description="must be a link model")
    hub: Annotated[int | None, BeforeValidator(plain)] = Field(
        default=None, ge=0, description="must be the index of a hub"
    )
    cutoff_s: Annotated[float | None, BeforeValidator(unlimited)] = Field(
        default=None, gt=0.0, description="must be a time in seconds above 0, or inf"
    )
    via: Annotated[tuple[Index, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="must be indices of QPUs"
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, values: Any) -> Any:
        if isinstance(values, dict) and isinstance(values.get("model"), dict | LinkModel):
            return _modelled(values)
        return _filled(values, LINK_PRESETS, LINK_FIELDS)

    @field_validator("preset")
    @classmethod
    def _known(cls, preset: str | None) -> str | None:
        return _check_preset("link preset", preset, LINK_PRESETS)

    @field_validator("weights")
    @classmethod
    def _sum_to_one(cls, weights: BellWeights) -> BellWeights:
        if abs(sum(weights) - 1.0) > 1e-6:
            raise ValueError(f"Bell weights must sum to 1, not {sum(weights):.6g}")
        return weights

    @property
    def fidelity(self) -> float:
        """Fidelity of a fresh pair with the perfect one."""
        return self.weights[0]

    @property
    def mean_wait_s(self) -> float:
        """Mean time to herald one pair."""
        return 1.0 / self.rate_hz

    @property
    def hops(self) -> int:
        """Bell pairs of neighbours that one of its pairs is made of."""
        return len(self.via) + 1

    @property
    def way(self) -> tuple[int, ...]:
        """QPUs from end to end."""
        return (self.a, *self.via, self.b)


def _modelled(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the rate and the weights of their model."""
    model = parse_model(values["model"]) if isinstance(values["model"], dict) else values["model"]
    found = model.budget()
    if found.blocked is not None:
        raise ValueError(f"the {model.family} model heralds no pairs: {found.blocked}")
    if found.fidelity < 0.25:
        raise ValueError(
            f"the {model.family} model gives pairs of fidelity {found.fidelity:.3g}; below 0.25 nothing is entangled"
        )
    return {"weights": found.weights, "rate_hz": found.rate_hz} | values | {"model": model}


def _filled(values: Any, presets: dict[str, Any], fields: tuple[str, ...]) -> Any:
    """The values with those of their preset beneath; unchanged if the preset is absent or unknown."""
    name = values.get("preset") if isinstance(values, dict) else None
    if not isinstance(name, str) or name not in presets:
        return values
    return {field: getattr(presets[name], field) for field in fields} | values


def _check_preset(what: str, name: str | None, known: dict[str, Any]) -> str | None:
    if name is not None and name not in known:
        raise ValueError(unknown(what, name, sorted(known)))
    return name


class Network(Value):
    """QPUs and links.

    Attributes
    ----------
    name
        How the user named it: the shorthand or the file.
    qpus, links
        Links are undirected, at most one per pair of QPUs.
    hubs
        Bell-state analysers that links share.
    scenario
        What its numbers are when they are not all measured ones; shown in reports. None if the user gave them all.
    message_time_s
        How long a classical message between two QPUs takes; 0 where nothing is said (at 10 m of fibre it is 50 ns).
    """

    name: str = Field(default="", description="must be text")
    qpus: Annotated[tuple[QPU, ...], BeforeValidator(as_tuple)] = Field(
        min_length=1, description="must be at least one QPU"
    )
    links: Annotated[tuple[Link, ...], BeforeValidator(as_tuple)] = Field(default=(), description="must be links")
    hubs: Annotated[tuple[Hub, ...], BeforeValidator(as_tuple)] = Field(default=(), description="must be hubs")
    scenario: str | None = Field(default=None, description="must be text")
    message_time_s: Seconds = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [q.name for q in self.qpus]
        for what, given in (("QPUs", names), ("hubs", [hub.name for hub in self.hubs])):
            if len(set(given)) < len(given):
                twice = next(n for n in given if given.count(n) > 1)
                raise ValueError(f"two {what} are named {twice!r}")
        seen: set[frozenset[int]] = set()
        for index, link in enumerate(self.links):
            if max(link.a, link.b) >= len(self.qpus):
                raise ValueError(f"links[{index}] names QPU {max(link.a, link.b)}; there are {len(self.qpus)}")
            if link.a == link.b:
                raise ValueError(f"links[{index}] joins QPU {names[link.a]!r} to itself")
            self._require_ions(index, link)
            self._require_hub(index, link)
            pair = frozenset((link.a, link.b))
            if pair in seen:
                raise ValueError(f"two links join {names[link.a]!r} and {names[link.b]!r}")
            seen.add(pair)
        for index, link in enumerate(self.links):
            if link.via:
                self._require_way(index, link)
        return self

    def _require_way(self, index: int, link: Link) -> None:
        """Raise ValueError unless photonic links lead from end to end, with analysers and ions for all at once."""
        if max(link.via) >= len(self.qpus):
            raise ValueError(f"links[{index}] goes via QPU {max(link.via)}; there are {len(self.qpus)}")
        names = [self.qpus[s].name for s in link.way]
        if len(set(names)) < len(names):
            raise ValueError(f"the way of links[{index}], {'-'.join(names)}, visits a QPU twice")
        for a, b in itertools.pairwise(link.way):
            if not self.linked(a, b) or self.links[self.link_index(a, b)].via:
                raise ValueError(
                    f"the way of links[{index}] is {'-'.join(names)}, but no photonic link joins "
                    f"{self.qpus[a].name!r} and {self.qpus[b].name!r}"
                )
        why = self.cannot_swap(link.way)
        if why is not None:
            raise ValueError(f"the pairs of links[{index}] cannot be swapped along {'-'.join(names)}: {why}")

    def _require_ions(self, index: int, link: Link) -> None:
        """Raise ValueError if a link's model has more communication ions than a QPU has memory ions."""
        wanted = 0 if link.model is None else link.model.communication_ions
        for qpu in (self.qpus[link.a], self.qpus[link.b]):
            if wanted > 1 and wanted > qpu.memory_limit:
                raise ValueError(
                    f"the model of links[{index}] has {wanted} communication ions, but {qpu.name!r} has {qpu.memory} "
                    "memory ions, which include them"
                )
            each = 1 if link.model is None else link.model.ions_per_pair
            if qpu.communication is not None and each > qpu.communication:
                raise ValueError(
                    f"the model of links[{index}] takes {each} communication ions for a pair, but {qpu.name!r} has "
                    f"communication = {qpu.communication}"
                )

    def _require_hub(self, index: int, link: Link) -> None:
        """Raise ValueError if a link's hub is not there, or its model takes turns at one already."""
        if link.hub is None:
            return
        if link.hub >= len(self.hubs):
            raise ValueError(f"links[{index}] is at hub {link.hub}; there are {len(self.hubs)}")
        if link.model is not None and link.model.takes_turns:
            raise ValueError(
                f"links[{index}] is at hub {self.hubs[link.hub].name!r}, and its model takes turns (shared_by) as "
                "well: give one of the two"
            )

    @classmethod
    def parse(cls, text: str) -> Network:
        """Network from the shorthand ``KxDATA[+MEMORY][@TOPOLOGY][:PRESET]``, a machine preset or a TOML file."""
        from distq.netfile import parse_network

        return parse_network(text)

    @classmethod
    def from_toml(cls, path: str | Path) -> Network:
        """Network from a TOML file."""
        from distq.netfile import read_toml

        return read_toml(Path(path))

    def to_toml(self) -> str:
        """The network as the text of a TOML file that :meth:`from_toml` reads back to an equal value."""
        from distq.netfile import write_toml

        return write_toml(self)

    @cached_property
    def _link_of(self) -> dict[tuple[int, int], int]:
        table = {}
        for index, link in enumerate(self.links):
            table[link.a, link.b] = table[link.b, link.a] = index
        return table

    def linked(self, a: int, b: int) -> bool:
        """True if a link joins the two QPUs directly."""
        return (a, b) in self._link_of

    def link_index(self, a: int, b: int) -> int:
        """Index of the link that joins the two QPUs. Raises KeyError if there is none."""
        return self._link_of[a, b]

    def link_name(self, index: int) -> str:
        """For people: its QPUs, and those in whose middle its pairs are swapped."""
        a, *via, b = [self.qpus[s].name for s in self.links[index].way]
        return link_name(a, b, via)

    def cannot_swap(self, way: Sequence[int]) -> str | None:
        """Why the pairs of all photonic links along a way of QPUs cannot be heralded at once; None if they can."""
        for qpu in (self.qpus[s] for s in way[1:-1]):
            if qpu.communication is not None and qpu.communication < SWAP_IONS:
                return f"{qpu.name!r} has {qpu.communication} communication ion, and swapping takes {SWAP_IONS} at once"
        hubs = [self.links[self.link_index(a, b)].hub for a, b in itertools.pairwise(way)]
        for index, hub in enumerate(self.hubs):
            if hubs.count(index) > hub.analysers:
                taken = counted(hubs.count(index), "analyser")
                return f"it takes {taken} of hub {hub.name!r} at once, which has {hub.analysers}"
        return None

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """Per QPU: the QPUs linked to it, ascending."""
        out: list[list[int]] = [[] for _ in self.qpus]
        for link in self.links:
            out[link.a].append(link.b)
            out[link.b].append(link.a)
        return tuple(tuple(sorted(o)) for o in out)

    @cached_property
    def _shortest(self) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
        """Per QPU a: the QPU before b on the best path from a (-1 if there is none), and the Bell pairs of that path.

        Best has the fewest Bell pairs, then the fewest relays at QPUs without memory ions, where no copy can be, then
        the fewest links (swapped pairs before relays), then the highest product of fidelities.
        """
        k = range(len(self.qpus))
        no_relay = [qpu.memory == 0 for qpu in self.qpus]
        near_of: list[list[tuple[int, int, float]]] = [[] for _ in k]
        for link in self.links:
            loss = -math.log(max(link.fidelity, 1e-12))
            near_of[link.a].append((link.b, link.hops, loss))
            near_of[link.b].append((link.a, link.hops, loss))
        for beside in near_of:
            beside.sort()
        table = []
        for root in k:
            previous = [-1] * len(k)
            pairs = [-1] * len(k)
            reached: list[tuple[float, int, int, float]] = [(math.inf, 0, 0, 0.0)] * len(k)
            arrivals = itertools.count()  # first come, first served
            queue: list[tuple[tuple[float, int, int, float], int, int, int]] = []
            heapq.heappush(queue, ((0, 0, 0, 0.0), next(arrivals), root, root))
            while queue:
                so_far, _, at, before = heapq.heappop(queue)
                if previous[at] >= 0:
                    continue
                cost, relays, links, lost = so_far
                previous[at], pairs[at] = before, int(cost)
                relays += at != root and no_relay[at]
                for near, hops, loss in near_of[at]:
                    entry = (cost + hops, relays, links + 1, lost + loss)
                    if previous[near] < 0 and entry < reached[near]:
                        reached[near] = entry
                        heapq.heappush(queue, (entry, next(arrivals), near, at))
            table.append((tuple(previous), tuple(pairs)))
        return tuple(table)

    def path(self, a: int, b: int) -> tuple[int, ...]:
        """QPUs on a best path from a to b, both included; () if there is none. Links made by swapping are one step."""
        previous = self._shortest[a][0]
        if previous[b] < 0:
            return ()
        hops = [b]
        while hops[-1] != a:
            hops.append(previous[hops[-1]])
        return tuple(reversed(hops))

    @cached_property
    def distance(self) -> tuple[tuple[int, ...], ...]:
        """Bell pairs that a copy from one QPU to another takes; -1 if not connected."""
        return tuple(pairs for _, pairs in self._shortest)

    @cached_property
    def swaps(self) -> bool:
        """True if some link is made by swapping."""
        return any(link.via for link in self.links)

    @property
    def complete(self) -> bool:
        """True if photons link every two QPUs directly."""
        k = len(self.qpus)
        return not self.swaps and len(self.links) == k * (k - 1) // 2

    @property
    def data_ions(self) -> int:
        """Data ions of all QPUs together."""
        return sum(q.data for q in self.qpus)

    def require_connected(self) -> None:
        """Raise NetworkError, naming the QPUs that no links reach from the first one, unless all are connected."""
        lost = [qpu.name for qpu, hops in zip(self.qpus, self.distance[0], strict=True) if hops < 0]
        if not lost:
            return
        first = self.qpus[0].name
        names = ", ".join(repr(n) for n in lost[:8]) + (f" and {len(lost) - 8} more" if len(lost) > 8 else "")
        raise NetworkError(
            f"network {self.name!r} is not connected: no links lead from {first!r} to {names}",
            f'add a link, e.g. in its file: [[link]] with between = ["{first}", "{lost[0]}"]',
        )

    def require_capacity(self, qubits: int) -> None:
        """Raise NetworkError, saying by how many data ions the network is too small, unless it can hold the qubits."""
        short = qubits - self.data_ions
        if short <= 0:
            return
        k = len(self.qpus)
        each = -(-short // k)
        raise NetworkError(
            f"the circuit has {qubits} qubits, but network {self.name!r} has {self.data_ions} data ions on {k} "
            f"QPU{'s' if k > 1 else ''}: {short} too few",
            f"give each QPU {each} more data ion{'s' if each > 1 else ''}, or add QPUs; "
            "memory ions hold no qubits of the circuit",
        )
