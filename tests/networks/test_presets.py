"""Presets: complete, sourced, honest about what is assumed, found by name; machines that parse."""

from __future__ import annotations

import math

import pytest

from distq.errors import UnknownNameError
from distq.networks.parse import parse_network
from distq.networks.parts import QPU, Link
from distq.networks.presets import (
    DEFAULT_LINK,
    DEFAULT_QPU,
    LINK_PRESETS,
    MACHINE_PRESETS,
    QPU_FIELDS,
    QPU_PRESETS,
    AssumedNumbers,
    scenario_text,
)
from distq.networks.presets.catalogue import Catalogue
from distq.networks.presets.links import biased

LINKS = {
    "oxford-2025": (0.9695, 9.7),
    "oxford-2020": (0.940, 182.0),
    "duke-2024": (0.94, 250.0),
    "timebin-2025": (0.97, 3.5),
    "ustc-10km-2026": (0.80, 2.226),
    "ustc-10km-2026-slow": (0.923, 0.327),
    "innsbruck-230m": (0.88, 1.0),
    "ionq-two-traps": (0.97, 250.0),
    "ionq-2026": (0.97, 250.0),
    "near-term": (0.98, 1e3),
    "projected": (0.999, 1e5),
}


def test_every_link_is_there_with_its_numbers() -> None:
    assert {p.name: (p.weights[0], p.rate_hz) for p in LINK_PRESETS.values()} == LINKS


@pytest.mark.parametrize("preset", LINK_PRESETS.values(), ids=lambda p: p.name)
def test_links_are_valid_and_phase_biased(preset) -> None:
    link = Link(a=0, b=1, preset=preset.name)
    assert (link.weights, link.rate_hz) == (preset.weights, preset.rate_hz)
    assert math.isclose(sum(preset.weights), 1.0, abs_tol=1e-12)
    assert preset.weights[1] > preset.weights[2] == preset.weights[3]


ALL = [preset for presets in (LINK_PRESETS, QPU_PRESETS, MACHINE_PRESETS) for preset in presets.values()]


@pytest.mark.parametrize("preset", ALL, ids=lambda p: p.name)
def test_presets_have_a_source_and_say_what_is_assumed(preset) -> None:
    assert preset.tag in ("measured", "scenario", "assumed")
    assert preset.source
    text = f"{preset.source} {preset.note}".lower()
    if preset.tag == "measured":
        assert "20" in preset.source or "documentation" in preset.source
    if preset.tag in ("scenario", "assumed") and not hasattr(preset, "toml"):
        assert "assumed" in text
    if getattr(preset, "assumed", ()):
        assert "assumed" in text


def test_oxford_weights_are_in_the_order_of_errors() -> None:
    no_error, phase_flip, bit_flip, both = LINK_PRESETS.find("oxford-2025").weights
    assert (no_error, phase_flip, bit_flip, both) == (0.9695, 0.0185, 0.0060, 0.0060)


def test_unpublished_budgets_split_three_to_one_to_one() -> None:
    assert biased(0.9) == (0.9, 0.06, 0.02, 0.02)


@pytest.mark.parametrize("preset", QPU_PRESETS.values(), ids=lambda p: p.name)
def test_qpus_fill_every_field(preset) -> None:
    qpu = QPU(name="a", data=1, preset=preset.name)
    assert {field: getattr(qpu, field) for field in QPU_FIELDS} == {f: getattr(preset, f) for f in QPU_FIELDS}
    assert set(preset.assumed) <= set(QPU_FIELDS)


def test_published_qpu_numbers() -> None:
    aria = QPU_PRESETS.find("ionq-aria")
    assert (aria.ions, aria.error_1q, aria.error_2q, aria.error_measure) == (25, 5e-4, 4e-3, 3.9e-3)
    assert (aria.time_1q_s, aria.time_2q_s, aria.t2_s) == (135e-6, 600e-6, 1.0)
    helios = QPU_PRESETS.find("quantinuum-helios")
    assert (helios.ions, helios.error_1q, helios.error_2q, helios.error_measure) == (98, 2.5e-5, 7.9e-4, 3.3e-4)
    best = QPU_PRESETS.find("ionq-99.99")
    assert (best.error_1q, best.error_2q, best.error_measure) == (8.4e-6, 8.4e-5, 7e-6)
    assert QPU_PRESETS.find("ionq-forte").tag == "assumed"
    assert set(QPU_PRESETS.find("ionq-forte").assumed) == set(QPU_FIELDS)


def test_types_and_presets_agree_on_the_default_scenario() -> None:
    assert QPU(name="a", data=1).model_dump(include=set(QPU_FIELDS)) == {f: getattr(DEFAULT_QPU, f) for f in QPU_FIELDS}
    link = Link(a=0, b=1)
    assert (link.weights, link.rate_hz) == (DEFAULT_LINK.weights, DEFAULT_LINK.rate_hz)
    assert (link.weights, link.rate_hz) == ((0.97, 0.018, 0.006, 0.006), 250.0)
    assert (DEFAULT_QPU.error_2q, DEFAULT_QPU.error_1q, DEFAULT_QPU.error_measure, DEFAULT_QPU.t2_s) == (
        1e-4,
        1e-5,
        1e-3,
        10,
    )
    times = (DEFAULT_QPU.time_1q_s, DEFAULT_QPU.time_2q_s, DEFAULT_QPU.time_measure_s, DEFAULT_QPU.time_reset_s)
    assert times == (10e-6, 200e-6, 200e-6, 50e-6)


def test_oxford_residual_is_the_one_that_was_fitted() -> None:
    machine = parse_network("oxford-2025")
    (link,) = machine.links
    alice, bob = machine.qpus
    assert alice.t2_s == bob.t2_s == 10.0
    survival = (1.0 - alice.error_measure) * (1.0 - bob.error_measure)  # a wrong outcome at either is a Z
    assert survival == pytest.approx((1.0 - 0.053) ** 2, abs=1e-3)
    process = link.fidelity * (1.0 - alice.error_2q) * (1.0 - bob.error_2q) * survival
    assert (4.0 * process + 1.0) / 5.0 == pytest.approx(0.862, abs=0.009)  # the reported teleported CZ


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("oxford-2025", [(1, 1)] * 2), ("ionq-two-traps", [(32, 4)] * 2), ("helios-pair", [(96, 2)] * 2)],
)
def test_machines_are_complete_networks(name: str, sizes: list[tuple[int, int]]) -> None:
    machine = parse_network(name)
    assert machine.name == name
    assert [(qpu.data, qpu.memory) for qpu in machine.qpus] == sizes
    assert len(machine.links) == 1
    assert machine.scenario is not None
    assert machine.scenario.startswith(name)
    assert [preset.name for preset in MACHINE_PRESETS.values()].count(name) == 1


@pytest.mark.parametrize(
    ("presets", "name", "near"),
    [
        (LINK_PRESETS, "oxford-2052", "oxford-2025"),
        (QPU_PRESETS, "helios", "quantinuum-helios"),
        (MACHINE_PRESETS, "helios-piar", "helios-pair"),
    ],
)
def test_unknown_names_know_the_nearest(presets: Catalogue, name: str, near: str) -> None:
    with pytest.raises(UnknownNameError, match=f"did you mean '{near}'"):
        presets.find(name)
    assert presets.find(near).name == near


def test_scenario_names_what_is_assumed() -> None:
    assert scenario_text([]) is None
    both = [AssumedNumbers("ionq-two-traps", part) for part in ("link", "qpu")]
    assert scenario_text(both) == "ionq-two-traps"
    numbers = [AssumedNumbers("near-term", "link"), AssumedNumbers("ionq-aria", "qpu")]
    assert scenario_text(numbers) == "ionq-aria QPUs in part, near-term links"
