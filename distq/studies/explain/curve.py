"""What the same strategy pays on networks with fewer and more ions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from distq.compiler.options import Progress, silent
from distq.errors import DistqError, InternalError
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.studies.explain.bottleneck import bottleneck
from distq.studies.explain.explanation import Explanation, Point
from distq.util.text import counted

CostOn: TypeAlias = Callable[[Network], int]
"""Plans the same circuit, by the same strategy, for another network and returns the Bell pairs."""


def with_curve(found: Explanation, network: Network, cost_on: CostOn, *, progress: Progress = silent) -> Explanation:
    """The explanation with the costs of the same strategy on networks with fewer and more ions.

    Memory ions per QPU: one less, as given, one more, twice as many, unlimited; and one more data ion per QPU. Where
    ions have any role: one ion less, as given, one and two more. A plan stays valid when ions are added, so no point
    costs more than one with fewer ions.

    Parameters
    ----------
    found
        The explanation of the plan for ``network``.
    network
        The network as it was given.
    cost_on
        Plans for another network and returns the Bell pairs; see :func:`distq.compiler.plan_stage.plan_program`.
    progress
        Is called with what is being planned.
    """
    peak = max((row.peak_memory for row in found.occupancy), default=0)
    points: list[Point] = []
    for label, extra_data, variant in _variants(network, peak):
        memory = _largest(variant)
        if label == "m":
            cheaper = [p.label for p in points if p.ebits is not None and p.ebits < found.ebits]
            note = f"the strategy finds a cheaper plan, which fits too, for {cheaper[-1]}" if cheaper else ""
            points.append(Point(label, memory, extra_data, found.ebits, note))
            continue
        progress(f"planning with {_describe(label, memory, extra_data)}")
        ebits, note = _cost(variant, cost_on)
        points.append(_no_worse(Point(label, memory, extra_data, ebits, note), points))
    found = replace(found, curve=tuple(points))
    return replace(found, binding=bottleneck(found))


def _variants(network: Network, peak: int) -> list[tuple[str, int, Network]]:
    """Label, extra data ions and network of every point, the given one among them, those with fewer ions first."""
    if any(qpu.ions is not None for qpu in network.qpus):
        changes = ((f"ions{change:+d}" if change else "m", change) for change in (-1, 0, 1, 2))
        return [(label, 0, _with_more_ions(network, change)) for label, change in changes if _has(network, -change)]
    limit = _largest(network)
    if limit is None:
        sizes = sorted({size for size in (1, 2, 4, peak // 2, peak) if 0 < size <= peak})
        out = [(f"m={size}", 0, _changed(network, lambda m, to=size: to)) for size in sizes]  # type: ignore[misc]
        out.append(("m", 0, network))
    else:
        out = [("m-1", 0, _changed(network, lambda m: max(0, m - 1)))] if limit else []
        out += [("m", 0, network), ("m+1", 0, _changed(network, lambda m: m + 1))]
        out += [("2m", 0, _changed(network, lambda m: 2 * m))] if limit > 1 else []
        out.append(("inf", 0, _changed(network, lambda m: None)))
    grown = tuple(q.model_copy(update={"data": q.data + 1}) for q in network.qpus)
    out.append(("data+1", 1, network.model_copy(update={"qpus": grown})))
    return out


def _has(network: Network, ions: int) -> bool:
    """True if more than so many ions, and than those for communication, are at every QPU whose ions have any role."""
    return all(qpu.ions is None or qpu.ions - ions >= max(1, qpu.communication or 0) for qpu in network.qpus)


def _with_more_ions(network: Network, change: int) -> Network:
    """The network with so many more ions for any role at the QPUs that have such ions."""

    def of(qpu: QPU) -> QPU:
        if qpu.ions is None:
            return qpu
        ions = qpu.ions + change
        return qpu.model_copy(update={"ions": ions, "data": ions, "memory": ions if qpu.communication else 0})

    return network.model_copy(update={"qpus": tuple(map(of, network.qpus))})


def _changed(network: Network, change: Callable[[int], int | None]) -> Network:
    """The network with other numbers of memory ions; ``change`` gets 0 where they are unlimited."""

    def of(qpu: QPU) -> QPU:
        return qpu.model_copy(update={"memory": change(qpu.memory or 0)})

    return network.model_copy(update={"qpus": tuple(map(of, network.qpus))})


def _largest(network: Network) -> int | None:
    """Memory ions, or ions with any role, of the QPU that has most; None if unlimited."""
    limits = [qpu.memory for qpu in network.qpus if qpu.memory is not None]
    return max(limits) if len(limits) == len(network.qpus) else None


def _describe(label: str, memory: int | None, extra_data: int) -> str:
    if label.startswith("ions"):
        return f"{counted(memory or 0, 'ion')} per QPU"
    ions = "unlimited memory" if memory is None else counted(memory, "memory ion")
    return f"{ions} per QPU" + (f" and {extra_data} more data ion" if extra_data else "")


def _cost(network: Network, cost_on: CostOn) -> tuple[int | None, str]:
    """Bell pairs of a checked plan, or None and why there is none."""
    try:
        return cost_on(network), ""
    except InternalError:
        raise
    except DistqError as error:
        return None, error.message


def _no_worse(point: Point, earlier: Sequence[Point]) -> Point:
    """The point, or the best earlier one that fits into its ions."""
    for other in earlier:
        if other.ebits is None or other.extra_data > point.extra_data or not _within(other.memory, point.memory):
            continue
        if point.ebits is None or other.ebits < point.ebits:
            point = replace(point, ebits=other.ebits, note=f"the plan for {other.label}")
    return point


def _within(fewer: int | None, more: int | None) -> bool:
    return more is None or (fewer is not None and fewer <= more)
