"""The numbered resources of a network: what the tasks of a plan can take."""

from __future__ import annotations

from distq.execution.dispatch.heralding import channels
from distq.execution.dispatch.tasks import SharedSlots
from distq.ir.events import Events, Ion
from distq.networks.network import Network


class Resources:
    """Numbers for ions, link channels, shared slots and classical bits, and for more that are added later.

    Attributes
    ----------
    count
        Resources so far.
    ion
        The resource of every ion that the events use.
    link
        Per link: its first channel, and how many there are.
    zones, communication, swap
        Per QPU: its gate zones, its communication ions, its place to swap pairs; None where there is no limit.
    hub
        Per hub: its analysers; None where it has any number of them.
    limits
        All of these that exist.
    link_channels, shared
        As in :class:`distq.execution.dispatch.tasks.Tasks`.
    clbit
        Per classical bit.
    """

    def __init__(self, events: Events, num_clbits: int, network: Network) -> None:
        self.count = 0
        self.limits: list[SharedSlots] = []
        self.ion: dict[Ion, int] = {ion: self.new() for s in range(len(network.qpus)) for ion in events.ions_at(s)}
        before_links = self.count
        self.link = [(self.new(channels(link)), channels(link)) for link in network.links]
        after_links = self.count
        self.zones = [self._limit("zones", s, q.zones) for s, q in enumerate(network.qpus)]
        self.communication = [self._limit("communication", s, q.communication) for s, q in enumerate(network.qpus)]
        swapping = {s for link in network.links for s in link.via}
        self.swap = [self._limit("swap", s, 1 if s in swapping else None) for s in range(len(network.qpus))]
        self.hub = [self._limit("hub", index, hub.analysers) for index, hub in enumerate(network.hubs)]
        self.link_channels, self.shared = (before_links, after_links), (after_links, self.count)
        self.clbit = [self.new() for _ in range(num_clbits)]

    def new(self, slots: int = 1) -> int:
        """Add ``slots`` resources; returns the number of the first."""
        self.count += slots
        return self.count - slots

    def _limit(self, kind: str, where: int, slots: int | None) -> SharedSlots | None:
        """Add slots that tasks share; None if there is no limit."""
        if slots is None:
            return None
        self.limits.append(SharedSlots(kind, where, self.new(slots), slots))
        return self.limits[-1]
