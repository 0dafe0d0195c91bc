"""Where ions may have any role: how many of them qubits may take, so that pairs and copies find some.

A plan may use all ions of such a QPU for qubits at one time and for copies at another, but a search has to start
somewhere. A *share* leaves the same number of ions of every such QPU to copies for good, and lets copies have any ion
that no qubit holds at the time. Every plan for a share is one for the network, and so is every plan for a network whose
ions have fixed roles in these numbers.
"""

from __future__ import annotations

from itertools import accumulate

from distq.networks.network import Network

LEFT_TO_COPIES = (1, 2, 4)
"""Ions that are left at every QPU, as far as the qubits fit, beside as many as possible."""


def any_role(network: Network) -> bool:
    """True if at some QPU any ion may hold a qubit, so that shares differ."""
    return any(qpu.ions is not None and qpu.data == qpu.ions and qpu.communication for qpu in network.qpus)


def ion_shares(network: Network, qubits: int) -> tuple[Network, ...]:
    """The network with each share of its ions that is worth trying, from the fewest left to copies to the most.

    The network itself, where none is left, comes last, and only if the qubits then fit fewer QPUs. Copies have their
    turn there before all qubits are born. It is the only one if no QPU has ions for any role, or if not even one can be
    left at each of these.
    """
    if not any_role(network):
        return (network,)
    most = 0
    while _with_left(network, most + 1).data_ions >= qubits and most < max(qpu.ions or 0 for qpu in network.qpus):
        most += 1
    if not most:
        return (network,)
    numbers = sorted({*[number for number in LEFT_TO_COPIES if number < most], most})
    shares = [_with_left(network, number) for number in numbers]
    if fewest_qpus(network, qubits) < fewest_qpus(shares[0], qubits):
        shares.append(network)
    return tuple(shares)


def fewest_qpus(network: Network, qubits: int) -> int:
    """QPUs that so many qubits take, the largest first."""
    sizes = sorted((qpu.data for qpu in network.qpus), reverse=True)
    return next(count for count, room in enumerate(accumulate(sizes), 1) if room >= qubits)


def _with_left(network: Network, ions: int) -> Network:
    """The network where so many ions of every QPU with ions for any role never hold a qubit."""
    if not ions:
        return network
    qpus = [
        qpu if qpu.ions is None or not qpu.communication else qpu.model_copy(update={"data": max(1, qpu.ions - ions)})
        for qpu in network.qpus
    ]
    return network.model_copy(update={"qpus": tuple(qpus)})
