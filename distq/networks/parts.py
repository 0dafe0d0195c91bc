"""The parts of a network: QPUs, links and the hubs that links share. Immutable values, validated on construction.

Where a user gives no number, that of the named preset holds, and without one that of the scenario ``ionq-two-traps``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from distq.networks.fields import (
    BellWeights,
    Fraction,
    Number,
    Probability,
    Seconds,
    Validated,
    as_tuple,
    plain,
    unlimited,
)
from distq.networks.ion_roles import role_conflicts
from distq.networks.links import LinkModel, parse_model
from distq.networks.presets import DEFAULT_LINK, LINK_FIELDS, LINK_PRESETS, QPU_FIELDS, QPU_PRESETS
from distq.networks.problems import Problem, unknown

MAX_IONS = 1_000_000

SWAP_IONS = 2
"""Ions that a Bell measurement between two pairs takes: one half each."""

Index = Annotated[int, BeforeValidator(plain), Field(ge=0, description="must be the index of a QPU")]


class QPU(Validated):
    """One ion-trap processor: all-to-all gates inside.

    Z rotations are changes of phase in software: they take no time and are exact.

    Either every ion has a role for good, ``data`` or ``memory``, or there are so many ``ions``, any of which may hold a
    qubit of the circuit, a link copy or half of a Bell pair. Pairs are heralded on the ``communication`` ions among
    them; what one of these holds moves to another ion of the trap by a transfer. ``data`` and ``memory`` are then the
    numbers of ions that may hold a qubit, or anything else, at the same time, and together no more than ``ions`` do.

    Attributes
    ----------
    name
        Unique in its network.
    ions
        All its ions, if any of them may have any role; None if ``data`` and ``memory`` ions are apart.
    data
        Ions that hold qubits of the circuit. Follows from ``ions`` if these are given.
    memory
        Ions that may hold a link copy or half of a Bell pair, communication ions included; None (or infinity) lifts the
        limit, which no real trap does, for comparison with published counts. Follows from ``ions`` if these are given.
    error_1q, error_2q
        Total probability of a Pauli error after a gate, uniform over the 3 (15) Paulis that are not the identity.
    error_measure, error_reset
        Probability that the outcome is wrong; that |1> is left.
    error_transfer
        Like ``error_2q``, for each exchange of the states of two ions: of a memory and a data ion, or, where ions have
        any role, of a communication ion that is needed for a pair and another ion.
    time_1q_s, time_2q_s, time_measure_s, time_reset_s, time_transfer_s
        Durations.
    t2_s
        Coherence time of an idle ion, relaxation included: 1/T2 = 1/(2 T1) + 1/T_phi.
    t1_s
        Relaxation time of an idle ion from |1> to |0>.
    overrotation_1q, overrotation_2q
        Coherent error: the fraction by which every pulse turns too far (negative: not far enough), in the angle of a
        one-qubit pulse or the ZZ angle of a two-qubit gate.
    zones
        Multi-qubit gates that it can do at once; None (or infinity): no limit.
    communication
        Memory ions that can be heralding pairs at once; None (or infinity): no limit. With ``ions``: how many of them
        have an optical interface, 0 only where no link ends.
    preset
        Name of the preset (:mod:`distq.networks.presets.qpus`) that gives the errors and times not given here.
    """

    name: str = Field(min_length=1, description="must be a name of at least one character")
    ions: Annotated[int | None, BeforeValidator(plain)] = Field(
        default=None, ge=1, le=MAX_IONS, description="must be a whole number of ions, 1 or more"
    )
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
        default=None, ge=0, le=MAX_IONS, description="must be a whole number of communication ions, 1 or more, or inf"
    )
    preset: str | None = Field(default=None, description="must be the name of a QPU preset")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, values: Any) -> Any:
        values = _filled(values, QPU_PRESETS, QPU_FIELDS)
        if not isinstance(values, dict) or values.get("ions") is None:
            return values
        ions = plain(values["ions"])
        most = ions if type(ions) is int and 1 <= ions <= MAX_IONS else 1  # what is wrong with it is said once
        return {"data": most, "memory": most if values.get("communication") != 0 else 0} | values

    @classmethod
    def _conflicts(cls, values: Mapping[str, Any]) -> list[Problem]:
        return role_conflicts(values)

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
        return math.inf if self.memory is None else float(self.memory)

    @property
    def ion_limit(self) -> float:
        """Ions that can hold something at the same time, ``inf`` if unlimited."""
        return self.data + self.memory_limit if self.ions is None else float(self.ions)

    @property
    def pair_limit(self) -> float:
        """Ions that can hold half of a pair, ``inf`` if unlimited."""
        return self.memory_limit if self.ions is None else float(self.communication or 0)

    @property
    def memory_beside_data(self) -> float:
        """Memory ions that are left for sure, however many qubits are at home here."""
        return min(self.memory_limit, self.ion_limit - self.data)

    def without(self, ions: int) -> Self:
        """The same with so many memory ions fewer, which are set aside for something else."""
        if self.ions is None:
            return self if self.memory is None else self.model_copy(update={"memory": self.memory - ions})
        left, optical = self.ions - ions, (self.communication or 0) - ions
        changed = {"ions": left, "communication": optical, "data": min(self.data, left), "memory": left}
        return self.model_copy(update=changed)


class Hub(Validated):
    """An optical switch and the Bell-state analysers behind it, which several links share.

    Attributes
    ----------
    name
        Unique in its network.
    analysers
        Bell-state analysers. Each serves one channel of one link at a time.
    reconfiguration_s
        How long the switch takes to give an analyser to another link. The first link of each is set up before the run.
    """

    name: str = Field(min_length=1, description="must be a name of at least one character")
    analysers: Annotated[int, BeforeValidator(plain)] = Field(
        default=1, ge=1, le=MAX_IONS, description="must be a whole number of Bell-state analysers, 1 or more"
    )
    reconfiguration_s: Seconds = 0.0


class Link(Validated):
    """A photonic connection of two QPUs that heralds Bell pairs.

    Attributes
    ----------
    a, b
        Indices of the QPUs.
    weights
        Bell-diagonal weights of a fresh pair: probabilities of the Pauli errors (I, Z, X, Y) on one half of a perfect
        pair. The first is the fidelity.
    rate_hz
        Mean number of pairs per second.
    preset
        Name of the preset (:mod:`distq.networks.presets.links`) that gives the weights or the rate where they are not
        given here.
    model
        A model (:mod:`distq.networks.links`), or the table of one, that gives both.
    hub
        Index of the hub whose analysers herald its pairs; None: it has analysers of its own.
    cutoff_s
        A pair older than this is discarded and heralded again; None (or infinity): pairs are kept until they are used.
    via
        The QPUs in the middle, from ``a`` to ``b``, at which the pairs of the links between them are swapped
        (:mod:`distq.networks.swapped_links`); ``weights`` and ``rate_hz`` are then those of the result.
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
        """Photonic links on its way: each gives one Bell pair for one of its pairs."""
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


def _filled(values: Any, presets: Mapping[str, Any], fields: tuple[str, ...]) -> Any:
    """The values with those of their preset beneath; unchanged if the preset is absent or unknown."""
    name = values.get("preset") if isinstance(values, dict) else None
    if not isinstance(name, str) or name not in presets:
        return values
    return {field: getattr(presets[name], field) for field in fields} | values


def _check_preset(what: str, name: str | None, known: Mapping[str, Any]) -> str | None:
    """The name of a preset; raises ValueError if there is none of that name."""
    if name is not None and name not in known:
        raise ValueError(unknown(what, name, sorted(known)))
    return name
