"""A sequence of rotations about Pauli strings and what stands between them; any rotation can be taken out of it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from distq.rewrite.pauli_rotations import Item, PauliRotation, WholePhase, lines_of, passes


class ItemList:
    """The sequence.

    Attributes
    ----------
    items
        None where one was taken out.
    """

    def __init__(self, num_lines: int) -> None:
        self.items: list[Item | None] = []
        self._on_line: list[list[int]] = [[] for _ in range(num_lines)]
        """Per line: indices of the items on it, ascending."""
        self._about: dict[tuple[int, int], list[int]] = {}
        """Per string: indices of the rotations about it, ascending."""

    def rotation(self, index: int) -> PauliRotation:
        """The rotation that item number ``index`` is."""
        item = self.items[index]
        assert isinstance(item, PauliRotation)
        return item

    def about(self, x: int, z: int) -> list[int]:
        """Indices of the rotations about a string, ascending."""
        return self._about.get((x, z), [])

    def append(self, item: PauliRotation | WholePhase) -> None:
        """Append a rotation or a phase, on the lines of its string."""
        if isinstance(item, PauliRotation):
            self._about.setdefault((item.x, item.z), []).append(len(self.items))
        self.append_on(item, lines_of(item.x | item.z))

    def append_on(self, item: Item, lines: Iterable[int]) -> None:
        """Append an item on given lines."""
        for q in lines:
            self._on_line[q].append(len(self.items))
        self.items.append(item)

    def remove(self, index: int) -> None:
        """Take a rotation out."""
        rotation = self.rotation(index)
        self._forget(rotation, index)
        for q in lines_of(rotation.x | rotation.z):
            on_line = self._on_line[q]
            del on_line[bisect_left(on_line, index)]
        self.items[index] = None

    def set_string(self, index: int, x: int, z: int) -> None:
        """Make rotation number ``index`` one about another string."""
        rotation = self.rotation(index)
        self._forget(rotation, index)
        insort(self._about.setdefault((x, z), []), index)
        before, after = rotation.x | rotation.z, x | z
        for q in lines_of(before & ~after):
            on_line = self._on_line[q]
            del on_line[bisect_left(on_line, index)]
        for q in lines_of(after & ~before):
            insort(self._on_line[q], index)
        rotation.x, rotation.z = x, z

    def backwards(self, x: int, z: int, stop: int, most: int) -> Iterator[tuple[int, Item]]:
        """Items on the lines of a string with their indices, from the last one to number ``stop``, at most ``most``."""
        on_lines = [self._on_line[q] for q in lines_of(x | z)]
        at = [len(on_line) - 1 for on_line in on_lines]
        for _ in range(most):
            index = max((on_line[i] for on_line, i in zip(on_lines, at, strict=True) if i >= 0), default=-1)
            if index < stop:
                return
            for k, on_line in enumerate(on_lines):
                if at[k] >= 0 and on_line[at[k]] == index:
                    at[k] -= 1
            item = self.items[index]
            assert item is not None
            yield index, item

    def twin(self, x: int, z: int, most: int) -> int | None:
        """An earlier rotation about the same string with which everything since commutes; looks at ``most`` items."""
        same = self.about(x, z)
        if not same:
            return None
        for index, item in self.backwards(x, z, same[-1], most):
            if isinstance(item, PauliRotation) and item.x == x and item.z == z:
                return index
            if not passes(item, x, z):
                return None
        return None

    def _forget(self, rotation: PauliRotation, index: int) -> None:
        same = self._about[rotation.x, rotation.z]
        del same[bisect_left(same, index)]
