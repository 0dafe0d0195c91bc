"""The links of a network file: those of its topology, those of its ``[[link]]`` tables, and those made by swapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from distq.networks.parts import QPU, Link
from distq.networks.problems import shown, unknown
from distq.networks.shorthand import MAX_QPUS, Pairs, topology_pairs
from distq.networks.swapped_links import swapped_link
from distq.networks.toml_parts import ANY_ENDS, LINK_KIND, LayeredPart, PartReader
from distq.networks.toml_tables import Table

LINK_KEYS = ("between", "preset", "fidelity", "weights", "rate_hz", "model", "hub", "cutoff_s", "via")
_SWAPPED_NUMBERS = ("fidelity", "weights", "rate_hz")
_SWAPPED_KEYS = ("between", "via", *_SWAPPED_NUMBERS)

Ends = tuple[int, int]


class _SwappedTable(NamedTuple):
    """A table of a link whose pairs are swapped along a way of QPUs; it is read once the other links are known."""

    path: str
    table: Table
    way: tuple[int, ...]


class LinkReader:
    """Reads the links of one file.

    Attributes
    ----------
    reader
        Reads each of them and notes problems.
    qpus
        The QPUs by name, in order; None for one that is wrong.
    index_of
        Their indices by name.
    given
        What the ``[[link]]`` tables say, by the QPUs that they join; None for a link that is wrong.
    """

    def __init__(self, reader: PartReader, qpus: Mapping[str, QPU | None]) -> None:
        self.reader, self.tables = reader, reader.tables
        self.qpus = qpus
        self.index_of = {name: index for index, name in enumerate(qpus)}
        self.given: dict[Ends, Link | None] = {}

    def read(self, defaults: Table, topology: str | None) -> tuple[Link, ...]:
        """The topology's links, each replaced by a [[link]] of the same QPUs if there is one; then the other ones.

        Those made by swapping come last.
        """
        self.reader.check_defaults(LINK_KIND, ANY_ENDS | defaults)
        swapped: list[_SwappedTable] = []
        all_right = True
        for index, table in enumerate(self.tables.array("link", LINK_KEYS)):
            path = f"link[{index}]"
            ends = self._ends(table.pop("between", None), f"{path}.between")
            if "via" in table:
                way = self._way(ends, table.pop("via"), path)
                if way is not None:
                    swapped.append(_SwappedTable(path, table, way))
            else:
                all_right &= self._read_link(ends, table, path, defaults) is not None
        if topology is None:
            topology = "none" if "link" in self.tables.top else "complete"
        pairs = self._pairs(topology)
        all_right &= self._fill_in(pairs, defaults)
        links = self._ordered(pairs)
        qpus = [qpu for qpu in self.qpus.values() if qpu is not None]
        if all_right and len(qpus) == len(self.qpus):
            made = [self._read_swapped(*entry, qpus, links) for entry in swapped]
            links += [link for link in made if link is not None]
        return tuple(links)

    def _read_link(self, ends: Ends | None, table: Table, path: str, defaults: Table) -> Link | None:
        """The link of one table, which joins ``given``; None, with the problems noted, if it is wrong.

        If the table does not say between which QPUs it is (``ends`` None, noted before), its other keys are read all
        the same, so that what is wrong with them is noted too.
        """
        if ends is not None and (ends in self.given or ends[::-1] in self.given):
            names = list(self.qpus)
            self.tables.note(f"{path}.between", "another [[link]] joins the same QPUs", [names[q] for q in ends])
        values, said_by = self.reader.layered(LINK_KIND, table, path, defaults)
        where = ANY_ENDS if ends is None else {"a": ends[0], "b": ends[1]}
        link: Link | None = self.reader.build(LINK_KIND, LayeredPart(values | where, said_by), path)
        if ends is not None:
            self.given[ends] = link
        return link

    def _fill_in(self, pairs: Pairs, defaults: Table) -> bool:
        """Links by the defaults between the pairs for which no table gives one; False if the defaults are wrong."""
        absent = [pair for pair in pairs if pair not in self.given and pair[::-1] not in self.given]
        if not absent:
            return True
        values, said_by = self.reader.layered(LINK_KIND, {}, "defaults.link", defaults)
        link = self.reader.build(LINK_KIND, LayeredPart(values | ANY_ENDS, said_by), "defaults.link")
        if link is None:
            return False
        self.given |= {(a, b): link.model_copy(update={"a": a, "b": b}) for a, b in absent}
        return True

    def _ordered(self, pairs: Pairs) -> list[Link]:
        """The links in the order of the topology's pairs, then the other ones."""
        rest = dict(self.given)
        ordered = [rest.pop((a, b), None) or rest.pop((b, a), None) for a, b in pairs] + list(rest.values())
        return [link for link in ordered if link is not None]

    def _pairs(self, topology: str) -> Pairs:
        """The QPUs that a topology links; () with the problem noted if there is none of that name or size."""
        if topology == "none" or len(self.qpus) > MAX_QPUS:
            return ()
        try:
            return topology_pairs(topology, len(self.qpus))
        except ValueError as error:
            self.tables.note("network.topology", str(error), topology)
            return ()

    def _ends(self, between: object, path: str) -> Ends | None:
        """Indices of the two QPUs that a link joins; None, with the problem noted, if it does not say."""
        if not isinstance(between, list | tuple) or len(between) != 2 or not all(isinstance(e, str) for e in between):
            example = list(self.qpus)[:2] if len(self.qpus) > 1 else ["alice", "bob"]
            text = f"must be the names of two QPUs, e.g. between = {shown(example)}"
            self.tables.note(path, text, *([] if between is None else [between]))
            return None
        if not self._known_qpus(between, path):
            return None
        first, second = between
        if first == second:
            self.tables.note(path, "must be two different QPUs", between)
            return None
        return self.index_of[first], self.index_of[second]

    def _way(self, ends: Ends | None, via: object, path: str) -> tuple[int, ...] | None:
        """Indices of the QPUs along which a link's pairs are swapped; None, with the problem noted, if it is wrong."""
        if not isinstance(via, list) or not via or not all(isinstance(name, str) for name in via):
            self.tables.note(f"{path}.via", "must be the names of the QPUs in the middle, in order", via)
            return None
        if not self._known_qpus(via, f"{path}.via") or ends is None:
            return None
        return (ends[0], *[self.index_of[name] for name in via], ends[1])

    def _known_qpus(self, names: Sequence[str], path: str) -> bool:
        """True if there are QPUs of all these names; the others are noted."""
        for i, name in enumerate(names):
            if name not in self.index_of:
                self.tables.note(f"{path}[{i}]", unknown("QPU", name, list(self.qpus), "QPUs"), name)
        return all(name in self.index_of for name in names)

    def _read_swapped(
        self, path: str, table: Table, way: tuple[int, ...], qpus: list[QPU], links: list[Link]
    ) -> Link | None:
        """The link whose pairs are swapped along a way; None, with the problem noted, if it is wrong."""
        wrong = sorted(table.keys() - set(_SWAPPED_KEYS))
        for key in wrong:
            text = f"does not go with via; only {', '.join(_SWAPPED_NUMBERS)} may"
            self.tables.note(f"{path}.{key}", text, table[key])
        if wrong:
            return None
        linked = {frozenset((link.a, link.b)) for link in links}
        gap = next((ends for ends in pairwise(way) if frozenset(ends) not in linked or len(set(ends)) < 2), None)
        if gap is not None:
            a, b = (qpus[s].name for s in gap)
            self.tables.note(f"{path}.via", f"no link joins {a!r} and {b!r}, which are next to each other on it")
            return None
        if frozenset((way[0], way[-1])) in linked:
            self.tables.note(f"{path}.between", "a photonic link joins these QPUs already")
            return None
        says = self.reader.says(LINK_KIND, table, path)
        computed = {"weights", "rate_hz"} - says.keys()
        found = swapped_link(qpus, links, way) if computed else None
        values = {key: getattr(found, key) for key in computed} | says | {"a": way[0], "b": way[-1], "via": way[1:-1]}
        link: Link | None = self.reader.build(LINK_KIND, LayeredPart(values, {}), path)
        return link
