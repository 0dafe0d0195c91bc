"""A first-order estimate of the infidelity of a plan, cheap enough to compare thousands of plans.

The estimate is -ln F of the process fidelity F to first order, which is about 1 - F where that is small. It is the sum

- over Bell pairs of -ln F of the link, plus the mean wait 1/R of the link times the sum of 1/(2 T2) over all ions that
  hold a qubit or a copy during the wait;
- over local operations of -ln(1 - e), where e is the error of the operation at the QPU where it runs.

Local operations are those of the circuit (a two-qubit gate for each native two-qubit gate and for each CX that a copy
takes part in inside an X-block; one-qubit gates, measurements, resets) and those of the protocols: opening a copy takes
a two-qubit gate and a measurement at the near QPU, closing it takes a measurement at its own QPU, and moving a home
takes one transfer of an ion at the new one. Resets of ions that herald pairs are part of the link's fidelity.

Where QPUs differ in speed, the times of gates matter as well. The waits then come from a simple schedule: every
operation starts as soon as its qubits are free, every link heralds its pairs one after the other at its mean rate
without waiting for the program, and every qubit is charged its idle time between operations times 1/(2 T2) of its home.
This replaces the wait in the sum over Bell pairs.

What the estimate assumes: pairs are heralded one after the other while everything else waits, as in
:func:`distq.networks.distilled_links.best_distillation` (unless QPUs differ in speed); waiting causes a Z at the rate
1/(2 T2) on every ion; an error of a pair or an operation counts in full, wherever it spreads; over-rotations, and
relaxation beyond T2, are ignored. The QPU where an operation runs changes only the error of that operation, because the
pairs of the copies that it uses are counted anyway.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.planning.resource_use import Reals, ResourceUse, operation_times, resource_use


def neg_log_survival(error: float) -> float:
    """-ln of the probability that an error of this probability does not happen; large, but finite, for 1."""
    return -math.log(max(1.0 - error, 1e-300))


def operation_errors(qpu: QPU) -> tuple[float, ...]:
    """Error of each local operation, in the order of :data:`distq.planning.resource_use.LOCAL_OPERATIONS`."""
    return qpu.error_1q, qpu.error_2q, qpu.error_measure, qpu.error_reset, qpu.error_transfer


def link_infidelity(link: Link, waiting_hz: float = 0.0) -> float:
    """-ln F of one pair, plus the wait for it where all ions together dephase at ``waiting_hz``."""
    return neg_log_survival(1.0 - link.fidelity) + waiting_hz * link.mean_wait_s


def path_infidelity(network: Network, path: Sequence[int]) -> tuple[float, float]:
    """-ln of the product of the fidelities along a path of QPUs, and the sum of the mean waits for its pairs."""
    links = [network.links[network.link_index(a, b)] for a, b in pairwise(path)]
    return sum(link_infidelity(link) for link in links), sum(link.mean_wait_s for link in links)


def uniform_links(network: Network) -> bool:
    """True if all links have the same fidelity and the same rate."""
    return len({(link.weights[0], link.rate_hz) for link in network.links}) <= 1


def uniform(network: Network) -> bool:
    """True if plans with as many pairs and moves have the same estimated infidelity wherever they run."""
    qualities = {(qpu.t2_s, *operation_errors(qpu), *operation_times(qpu)) for qpu in network.qpus}
    return uniform_links(network) and len(qualities) == 1


def estimated_infidelity(program: Program, network: Network, plan: Plan) -> float:
    """The estimate for ``plan``, which must be valid for ``program``."""
    return total_infidelity(ErrorRates.of(network), resource_use(program, network, plan))


def total_infidelity(rates: ErrorRates, use: ResourceUse) -> float:
    """The estimate for what a plan uses, with every QPU of the plan where the plan has it."""
    unchanged = np.arange(len(rates.data))[None]
    return float(rates.relabelled_infidelity(use, unchanged)[0]) + use.idling


@dataclass(frozen=True)
class ErrorRates:
    """Errors, waits and sizes of a network of k QPUs, as arrays.

    Attributes
    ----------
    pair
        (k, k) -ln F of a pair; inf where there is no link.
    wait_s
        (k, k) mean wait for a pair; 0 where there is no link.
    dephasing_hz
        (k,) 1/(2 T2).
    error
        (k, 5) -ln(1 - error) of each of :data:`distq.planning.resource_use.LOCAL_OPERATIONS`.
    data, memory, ions
        (k,) number of data ions, of memory ions, and of all that can be in use at the same time.
    """

    pair: Reals
    wait_s: Reals
    dephasing_hz: Reals
    error: Reals
    data: Reals
    memory: Reals
    ions: Reals

    @classmethod
    def of(cls, network: Network) -> ErrorRates:
        """The arrays of ``network``."""
        k = len(network.qpus)
        pair, wait_s = np.full((k, k), np.inf), np.zeros((k, k))
        for link in network.links:
            pair[link.a, link.b] = pair[link.b, link.a] = link_infidelity(link)
            wait_s[link.a, link.b] = wait_s[link.b, link.a] = link.mean_wait_s
        return cls(
            pair=pair,
            wait_s=wait_s,
            dephasing_hz=np.asarray([0.5 / qpu.t2_s for qpu in network.qpus]),
            error=np.asarray([[neg_log_survival(error) for error in operation_errors(qpu)] for qpu in network.qpus]),
            data=np.asarray([qpu.data for qpu in network.qpus], dtype=np.float64),
            memory=np.asarray([qpu.memory_limit for qpu in network.qpus]),
            ions=np.asarray([qpu.ion_limit for qpu in network.qpus]),
        )

    def relabelled_infidelity(self, use: ResourceUse, labels: NDArray[np.int64]) -> Reals:
        """The estimate if QPU s of the plan were QPU ``labels[p, s]`` of the network.

        Leaves out ``use.idling``, which holds for the present labels only and has to be counted anew.

        Parameters
        ----------
        use
            What the plan uses.
        labels
            (P, k) one relabelling a row.

        Returns
        -------
        (P,) array
            inf where the network lacks a link or ions that the plan uses.
        """
        a, b = labels[:, use.ends[:, 0]], labels[:, use.ends[:, 1]]
        uses, has = (use.data, use.memory, use.ions), (self.data, self.memory, self.ions)
        fits = np.all([(used <= ions[labels]).all(1) for used, ions in zip(uses, has, strict=True)], axis=0)
        dephasing = self.dephasing_hz[labels] @ use.waiting.T
        pairs = (self.pair[a, b] * use.pairs + self.wait_s[a, b] * dephasing).sum(1)
        operations = (self.error[labels] * use.operations).sum((1, 2))
        return np.where(fits, pairs + operations, np.inf)
