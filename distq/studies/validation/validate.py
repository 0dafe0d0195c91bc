"""Published experiments and closed forms against what distq predicts: the table of ``distq validate``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from distq.execution.schedule import sample_makespans
from distq.ir.events import DATA, MEMORY, Event, Events, HeraldPair, Ion
from distq.ir.program import Program
from distq.networks.links import LinkBudget
from distq.networks.links.bell_diagonal import both, erlang, slowest, stored_for, stored_while_waiting, werner
from distq.networks.links.direct import Direct
from distq.networks.links.distillation import bbpssw, break_even, dejmps, two_to_one
from distq.networks.links.effective import LocalNoise
from distq.networks.links.one_photon import OnePhoton
from distq.networks.links.swapping import swap_pairs
from distq.networks.links.two_photon import TwoPhoton
from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.networks.presets import LINK_PRESETS
from distq.studies.validation.oxford_2025 import Modules, fitted_residual, predict

MAIN = "Main et al. 2025"
STEPHENSON = "Stephenson et al. 2020"
LIU = "Liu et al. 2026"
CLOSED = "closed form"

Role = Literal["test", "fit", "gap"]

UNCONFIRMED = "assumed: the reported value is not confirmed in the primary source"

OXFORD_LOCAL_CZ = (0.976, 0.980)
"""Average fidelities of the local CZ of the two modules; assumed, not confirmed in the primary source."""


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes
    ----------
    topic
        What it belongs to: rows of one topic stand together.
    source
        Where ``reported`` is from: an experiment or a closed form.
    quantity
        What is compared.
    reported, sigma
        The number and its standard uncertainty; ``sigma`` is None if none is published or the number is exact.
    predicted
        What distq computes.
    tolerance
        Allowed difference where there is no sigma: the last digit of the reported number, or rounding of numbers.
    limit_sigma
        How many sigma count as agreement.
    role
        ``test``: must agree. ``fit``: something was chosen so that it agrees. ``gap``: a known disagreement, shown.
    note
        What a reader should know.
    """

    topic: str
    source: str
    quantity: str
    reported: float
    predicted: float
    sigma: float | None = None
    tolerance: float = 0.0
    limit_sigma: float = 2.0
    role: Role = "test"
    note: str = ""

    @property
    def deviation(self) -> float | None:
        """(predicted - reported) / sigma; None without sigma."""
        return None if self.sigma is None else (self.predicted - self.reported) / self.sigma

    @property
    def agrees(self) -> bool:
        """Within ``limit_sigma``, or the tolerance."""
        limit = self.tolerance if self.sigma is None else self.limit_sigma * self.sigma
        return abs(self.predicted - self.reported) <= limit

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {**vars(self), "deviation_sigma": self.deviation, "agrees": self.agrees}


def validation_rows(seed: int = 0, samples: int = 20_000) -> tuple[Row, ...]:
    """All comparisons.

    Parameters
    ----------
    seed, samples
        Seed and number of the waits that are sampled.
    """
    parts = (oxford_rows(), rate_rows(), heralding_rows(), distillation_rows(), storage_rows())
    return tuple(row for part in parts for row in part) + tuple(wait_rows(seed, samples))


def failures(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows that should agree and do not."""
    return tuple(row for row in rows if row.role == "test" and not row.agrees)


def oxford_modules() -> Modules:
    """The two modules with the published pairs and the local gates, and no residual."""
    return Modules(LINK_PRESETS.find("oxford-2025").weights, OXFORD_LOCAL_CZ)


def oxford_rows() -> Iterator[Row]:
    """Teleported CZ and the three circuits: with one residual fitted to the CZ alone, and with none."""
    cz, cz_sigma = 0.862, 0.009
    bare = oxford_modules()
    residual = fitted_residual(bare, cz)
    depolarising = fitted_residual(bare, cz, depolarising=True)
    fitted, other = predict(replace(bare, residual=residual)), predict(replace(bare, depolarising=depolarising))
    gap = predict(bare)
    topic = f"one residual: Z of {100 * residual:.1f} % per circuit ion and teleported gate"
    yield Row(topic, MAIN, "teleported CZ, average fidelity", cz, fitted.cz, cz_sigma, role="fit")
    yield Row(
        topic, MAIN, "Grover, 2 teleported CZ", 0.71, fitted.grover, 0.01, note="local CZ of 0.976 and 0.980 assumed"
    )
    yield Row(topic, MAIN, "SWAP, 3 teleported CZ", 0.64, fitted.swap, 0.02, note=UNCONFIRMED)
    note = UNCONFIRMED
    yield Row(topic, MAIN, "iSWAP, 2 teleported CZ", 0.70, fitted.iswap, 0.02, role="gap", note=note)
    note = f"a depolarising residual, {100 * depolarising:.1f} %"
    yield Row(topic, MAIN, "Grover, other residual", 0.71, other.grover, 0.01, role="gap", note=note)
    topic = "no residual: pairs and local CZ only"
    known = "not modelled: memory, transfers, SPAM"
    yield Row(topic, MAIN, "teleported CZ", cz, gap.cz, cz_sigma, role="gap", note=known)
    yield Row(topic, MAIN, "Grover", 0.71, gap.grover, 0.01, role="gap", note=known)
    known = f"{known}; {UNCONFIRMED}"
    yield Row(topic, MAIN, "SWAP", 0.64, gap.swap, 0.02, role="gap", note=known)
    yield Row(topic, MAIN, "iSWAP", 0.70, gap.iswap, 0.02, role="gap", note=known)
    perfect = predict(Modules(bare.weights))
    yield Row(
        "theory", CLOSED, "CZ with perfect local gates, (4 F + 1)/5", (4 * 0.9695 + 1) / 5, perfect.cz, tolerance=1e-12
    )


def rate_rows() -> Iterator[Row]:
    """Rates and waits that experiments report."""
    link = Link(a=0, b=1, preset="oxford-2025")
    yield Row("rates", MAIN, "mean wait at 9.7 pairs/s (s)", 0.103, link.mean_wait_s, tolerance=5e-4)
    found = Direct(fidelity=0.94, attempts_hz=8.33e5, success=2.18e-4).budget()
    yield Row(
        "rates",
        STEPHENSON,
        "8.33e5 attempts/s x 2.18e-4 (pairs/s)",
        182.0,
        found.rate_hz,
        tolerance=0.5,
        note=UNCONFIRMED,
    )
    slope, alpha = 13.1, 0.327 / 13.1
    contrast = 2.0 * 0.923 / (1.0 - alpha) - 1.0
    fast = OnePhoton(bright=2.226 / slope, contrast=contrast, dark_rate_hz=0.0, excitation=1e-3).budget()
    note = "from the slow end (0.327/s, 0.923) and 13.1/s per bright fraction; no uncertainty given"
    quantity = "fidelity at 2.226 pairs/s"
    yield Row("rates", LIU, quantity, 0.80, fast.fidelity, tolerance=0.005, role="gap", note=note)


def heralding_rows() -> Iterator[Row]:
    """Success probabilities and fidelities of the two heralds."""
    for eta, p in ((0.01, 5e-5), (0.02, 2e-4), (0.05, 1.25e-3), (0.1, 5e-3)):
        found = two_photon(eta).success or 0.0
        yield Row("heralding", CLOSED, f"two photons, eta = {eta:g}: p", p, found, tolerance=1e-12)
    eta, p_dark = 0.02, 1e-4
    dark = two_photon(eta, dark_rate_hz=1e4, window_s=1e-8)
    false = 4 * eta * (1 - eta) * p_dark + 4 * p_dark**2
    found = (dark.success or 0.0) * dark.false_share
    yield Row("heralding", CLOSED, "two photons, dark counts of 1e-4: false heralds", false, found, tolerance=1e-12)
    half = two_photon(0.1, visibility=0.94).fidelity
    yield Row("heralding", CLOSED, "visibility 0.94: (1 + V)/2", 0.97, half, tolerance=1e-12)
    alpha, eta = 0.05, 1e-4
    one = OnePhoton(**_transparent(eta), bright=alpha, contrast=0.9).budget()
    p = one.success or 0.0
    yield Row("heralding", CLOSED, "one photon: p / (2 alpha eta)", 1.0, p / (2 * alpha * eta), tolerance=1e-4)
    line = (1 - alpha) * (1 + 0.9) / 2
    yield Row("heralding", CLOSED, "one photon: (1 - alpha)(1 + C)/2", line, one.fidelity, tolerance=1e-4)


def two_photon(eta: float, **more: Any) -> LinkBudget:
    """A two-photon link of which every photon clicks with probability ``eta``; perfect unless said otherwise."""
    return TwoPhoton(**({"visibility": 1.0} | _transparent(eta) | more)).budget()


def distillation_rows() -> Iterator[Row]:
    """Distillation and swapping: published figures and closed forms."""
    for fidelity, better, chance in ((0.90, 0.926, 0.876), (0.94, 0.958, 0.923)):
        success, out = bbpssw(werner(fidelity), werner(fidelity))
        yield Row("distillation", CLOSED, f"BBPSSW of {fidelity:.2f}: F'", better, out[0], tolerance=5e-4)
        yield Row("distillation", CLOSED, f"BBPSSW of {fidelity:.2f}: p", chance, success, tolerance=5e-4)
    pair = LINK_PRESETS.find("oxford-2025").weights
    success, out = dejmps(pair, pair)
    yield Row(
        "distillation", CLOSED, "DEJMPS of oxford-2025, Bell states reordered first: F'", 0.987, out[0], tolerance=5e-4
    )
    yield Row(
        "distillation", CLOSED, "DEJMPS of oxford-2025, Bell states reordered first: p", 0.952, success, tolerance=5e-4
    )
    yield Row(
        "distillation",
        CLOSED,
        "DEJMPS of oxford-2025, Bell states as published: F'",
        0.963,
        two_to_one(pair, pair).fidelity,
        tolerance=5e-4,
    )
    noisy = LocalNoise(error_2q=1.25 * (1 - 0.976))
    lost = dejmps(pair, pair, noisy, noisy).fidelity
    yield Row("distillation", CLOSED, "DEJMPS of oxford-2025, local gates of 0.976: F'", 0.962, lost, tolerance=5e-4)
    yield Row(
        "distillation",
        CLOSED,
        "DEJMPS of oxford-2025, local gates that break even",
        0.983,
        break_even(pair),
        tolerance=5e-4,
    )
    parameter = (4 * swap_pairs(werner(0.95), werner(0.9))[0] - 1) / 3
    product = (4 * 0.95 - 1) / 3 * (4 * 0.9 - 1) / 3
    yield Row("swapping", CLOSED, "Werner parameters multiply", product, parameter, tolerance=1e-12)


def storage_rows() -> Iterator[Row]:
    """Dephasing of stored pairs, against the integral over the wait."""
    wait, t2 = 0.103, 10.0
    times, weights = np.polynomial.laguerre.laggauss(40)
    exact = float(np.sum(weights * (1 - np.exp(-times * wait / t2)) / 2))
    found = stored_while_waiting(wait, t2)
    yield Row("storage", CLOSED, "Z after an exponential wait of 0.103 s, T2 10 s", exact, found, tolerance=1e-9)
    q = stored_for(wait, t2)
    pair = (1 + math.exp(-2 * wait / t2)) / 2
    yield Row("storage", CLOSED, "pair stored 0.103 s in both ions: F", pair, 1 - both(q, q), tolerance=1e-12)


def wait_rows(seed: int, samples: int) -> Iterator[Row]:
    """Sampled schedules of pairs alone: one after the other, and side by side."""
    rate = 9.7
    root = math.sqrt(samples)
    serial = _makespans(links=1, pairs=4, rate_hz=rate, samples=samples, seed=seed)
    mean, sd = erlang(4, rate)
    topic = f"waits, {samples:,} sampled schedules"
    note = "sigma is that of the sampling, 4 allowed"
    yield Row(
        topic,
        "Erlang",
        "4 pairs in series: mean (s)",
        mean,
        float(serial.mean()),
        sd / root,
        limit_sigma=4.0,
        note=note,
    )
    spread = sd * math.sqrt((2 + 6 / 4) / 4) / root  # excess kurtosis 6/k
    found = float(serial.std())
    yield Row(topic, "Erlang", "4 pairs in series: sd (s)", sd, found, spread, limit_sigma=4.0, note=note)
    for count in (2, 5):
        most = _makespans(links=count, pairs=1, rate_hz=rate, samples=samples, seed=seed + count)
        deviation = math.sqrt(sum(1 / k**2 for k in range(1, count + 1))) / rate
        expected = slowest([rate] * count)
        name = f"{count} links, all needed: H_{count}/R (s)"
        found = float(most.mean())
        yield Row(topic, "maximum of exponentials", name, expected, found, deviation / root, limit_sigma=4.0, note=note)


def _makespans(links: int, pairs: int, rate_hz: float, samples: int, seed: int) -> NDArray[np.float64]:
    """Times until each of so many separate links has heralded so many pairs, one after the other."""
    qpus = tuple(QPU(name=f"qpu{i}", data=1, memory=1) for i in range(2 * links))
    joined = tuple(Link(a=2 * i, b=2 * i + 1, rate_hz=rate_hz) for i in range(links))
    network = Network(name="waits", qpus=qpus, links=joined)
    events: list[Event] = [
        HeraldPair(i, Ion(2 * i, "memory", 0), Ion(2 * i + 1, "memory", 0)) for i in range(links) for _ in range(pairs)
    ]
    lowered = Events(tuple(events), ({DATA: 0, MEMORY: 1},) * len(qpus), ())
    return sample_makespans(lowered, Program("waits", 0, 0, (), ()), network, samples=samples, seed=seed)


def _transparent(eta: float) -> dict[str, Any]:
    """Parameters of a link without loss but for the collection ``eta``, and without dark counts."""
    return {
        **dict.fromkeys(("excitation", "branching", "coupling", "detector"), 1.0),
        "collection": eta,
        "length_km": 0.0,
        "dark_rate_hz": 0.0,
    }
