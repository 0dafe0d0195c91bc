"""Link models: closed forms, the figures of the papers, impossible physics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distq.errors import UnknownNameError
from distq.networks.links import Direct, LinkModel, OnePhoton, TwoPhoton, families, get_family, parse_model, register
from distq.networks.links.photon import product
from distq.networks.links.photon_end import rayleigh_db_per_km
from distq.networks.presets import LINK_MODEL_PRESETS, LINK_PRESETS
from distq.networks.problems import InvalidValueError

CLEAR = {"excitation": 1.0, "branching": 1.0, "coupling": 1.0, "detector": 1.0, "length_km": 0.0, "dark_rate_hz": 0.0}


def clear(family: str = "two-photon", **more: Any) -> LinkModel:
    """A link that loses nothing but what is said."""
    return parse_model({"family": family} | CLEAR | more)


@pytest.mark.parametrize(("eta", "p"), [(0.01, 5e-5), (0.02, 2e-4), (0.05, 1.25e-3), (0.10, 5e-3)])
def test_two_photon_table(eta: float, p: float) -> None:
    assert clear(collection=eta).budget().success == pytest.approx(p, rel=1e-12)


def test_all_factors_multiply() -> None:
    model = TwoPhoton(
        excitation=0.9,
        branching=0.95,
        collection=0.1,
        coupling=0.4,
        wavelength_nm=780.0,
        conversion=0.57,
        converted_nm=1522.0,
        length_km=10.0,
        attenuation_db_per_km=0.2,
        loss_db=3.0,
        filter=0.8,
        detector=0.7,
    )
    eta = 0.9 * 0.95 * 0.1 * 0.4 * 0.57 * 10 ** (-(0.2 * 5 + 3.0) / 10) * 0.8 * 0.7
    found = model.budget()
    assert product(found.near) == product(found.far) == pytest.approx(eta)
    assert found.success is not None
    assert found.success * (1.0 - found.false_share) == pytest.approx(eta**2 / 2)
    assert [factor.name for factor in found.near][-1] == "detector"


@pytest.mark.parametrize(("nm", "db"), [(422, 25), (493, 13.5), (780, 2.2), (1092, 0.56), (1310, 0.27), (1550, 0.14)])
def test_rayleigh_floor(nm: float, db: float) -> None:
    assert rayleigh_db_per_km(nm) == pytest.approx(db, rel=0.03)


def test_dark_counts_are_false_heralds_of_mixed_pairs() -> None:
    eta, p_dark = 0.02, 1e-4
    found = clear(collection=eta, dark_rate_hz=1e3, window_s=1e-7, visibility=1.0).budget()
    false = 4 * eta * (1 - eta) * p_dark + 4 * p_dark**2
    true = eta**2 / 2
    assert found.success == pytest.approx(true + false)
    assert found.false_share == pytest.approx(false / (true + false))
    assert found.fidelity == pytest.approx((true + false / 4) / (true + false))


def test_visibility_is_dephasing_and_mixing_a_population_error() -> None:
    assert clear(visibility=0.94).budget().weights == pytest.approx((0.97, 0.03, 0.0, 0.0))
    assert clear(visibility=1.0, mixing=0.01).budget().weights == pytest.approx((0.9802, 0.0, 0.0099, 0.0099))


def test_one_photon_line() -> None:
    for alpha in (0.01, 0.05, 0.2):
        found = clear("one-photon", collection=1e-4, bright=alpha, contrast=0.9).budget()
        assert found.success == pytest.approx(2 * alpha * 1e-4, rel=1e-4)
        assert found.fidelity == pytest.approx((1 - alpha) * 1.9 / 2, rel=1e-4)
        assert found.weights[2] == found.weights[3] == pytest.approx(alpha / 2, rel=1e-3)


def test_one_photon_against_the_exact_state() -> None:
    """The ions' density matrix, photons counted out one by one."""
    alpha, a, b, dark = 0.2, 0.3, 0.1, 0.01
    found = clear("one-photon", collection=a, far={"collection": b}, bright=alpha, contrast=0.8).budget()
    bell = np.array([[0, 1, 1, 0], [0, 1, -1, 0], [1, 0, 0, 1], [1, 0, 0, -1]]) / math.sqrt(2)
    one = alpha * (1 - alpha)
    rho = np.diag([0.0, one * b, one * a, alpha**2 * (1 - (1 - a) * (1 - b))]).astype(complex)
    rho[1, 2] = rho[2, 1] = 0.8 * one * math.sqrt(a * b)
    expected = np.real(np.einsum("ki,ij,kj->k", bell, rho, bell)) / np.real(np.trace(rho))
    assert found.weights == pytest.approx(expected)
    assert found.success == pytest.approx(np.real(np.trace(rho)))
    noisy = clear(
        "one-photon", collection=a, far={"collection": b}, bright=alpha, dark_rate_hz=1e5, window_s=dark / 1e5
    )
    unseen = (1 - alpha * a) * (1 - alpha * b)
    assert (noisy.budget().success or 0) * noisy.budget().false_share == pytest.approx(2 * dark * unseen)


def test_unlike_ends_lower_the_coherence() -> None:
    like = clear("one-photon", collection=0.01, bright=0.01, contrast=1.0).budget()
    unlike = clear("one-photon", collection=0.01, far={"collection": 0.0001}, bright=0.01, contrast=1.0).budget()
    assert like.fidelity == pytest.approx(0.99, abs=1e-3)
    assert unlike.fidelity == pytest.approx(0.99 * (1 + 2 * 0.1 / 1.01) / 2, abs=1e-3)


def test_period_flight_multiplexing_and_duty() -> None:
    base = {"collection": 0.1, "preparation_s": 4e-6, "excitation_s": 1e-6, "attenuation_db_per_km": 0.0}
    assert clear(**base).budget().attempts_hz == pytest.approx(2e5)
    assert clear(**base, encoding="time-bin").budget().attempts_hz == pytest.approx(1 / 6e-6)
    far = base | {"length_km": 10.0}
    assert clear(**far).budget().attempts_hz == pytest.approx(1 / (5e-6 + 49e-6))
    assert clear(**far, station="end").budget().attempts_hz == pytest.approx(1 / (5e-6 + 98e-6))
    assert clear(**far, ions=5).budget().attempts_hz == pytest.approx(5 / 54e-6)
    assert clear(**far, ions=50).budget().attempts_hz == pytest.approx(2e5)  # no faster than the optics
    assert clear(**far, channels=3).budget().attempts_hz == pytest.approx(3 / 54e-6)
    cooled = clear(**base, cooling_s=1e-3, cooling_interval_s=3e-3).budget()
    assert cooled.attempts_hz == pytest.approx(1.5e5)
    assert cooled.rate_hz == pytest.approx(1.5e5 * 0.005)


def test_a_station_at_the_end_burdens_one_photon() -> None:
    found = clear(length_km=10.0, attenuation_db_per_km=0.3, station="end", collection=0.5).budget()
    assert product(found.near) == pytest.approx(0.5 * 10**-0.3)
    assert product(found.far) == pytest.approx(0.5)
    middle = clear(length_km=10.0, attenuation_db_per_km=0.3, collection=0.5).budget()
    assert middle.success == pytest.approx(found.success)


def test_a_hub_takes_turns() -> None:
    base = {"collection": 0.1, "preparation_s": 5e-6, "excitation_s": 0.0}
    alone = clear(**base).budget().rate_hz
    assert clear(**base, shared_by=4, analysers=4, reconfiguration_s=1.0).budget().rate_hz == alone
    assert clear(**base, shared_by=4, analysers=2).budget().rate_hz == pytest.approx(alone / 2)
    slow = clear(**base, shared_by=4, reconfiguration_s=0.01, pairs_per_turn=5).budget().rate_hz
    assert slow == pytest.approx(5 / (4 * (5 / alone + 0.01)))


def test_direct() -> None:
    found = Direct(fidelity=0.94, attempts_hz=8.33e5, success=2.18e-4).budget()
    assert found.rate_hz == pytest.approx(181.6, abs=0.05)
    assert found.weights == pytest.approx((0.94, 0.02, 0.02, 0.02))
    given_weights = Direct(weights=(0.9, 0.1, 0.0, 0.0), rate_hz=3.0).budget()
    assert (given_weights.weights, given_weights.rate_hz) == ((0.9, 0.1, 0.0, 0.0), 3.0)


@pytest.mark.parametrize("preset", LINK_MODEL_PRESETS.values(), ids=lambda p: p.name)
def test_models_of_measured_links_reach_their_numbers(preset: Any) -> None:
    measured, found = LINK_PRESETS.find(preset.name), preset.model.budget()
    assert found.rate_hz == pytest.approx(measured.rate_hz, rel=5e-3)
    assert found.fidelity == pytest.approx(measured.weights[0], abs=5e-4)
    assert preset.model.source == measured.source
    assert found.has_assumed
    assert "assumed" in preset.fitted
    assert LINK_MODEL_PRESETS.find(preset.name) is preset


def test_defaults_count_as_assumed() -> None:
    given_all = Direct(fidelity=0.9, rate_hz=1.0)
    assert not given_all.budget().has_assumed
    assert Direct(fidelity=0.9, rate_hz=1.0, assumed=("rate_hz",)).budget().has_assumed
    assert OnePhoton(bright=0.1).is_assumed("contrast")
    assert not OnePhoton(bright=0.1).is_assumed("bright")


def test_families() -> None:
    assert {model.family for model in families()} >= {"two-photon", "one-photon", "direct"}
    assert get_family("two-photon") is TwoPhoton
    with pytest.raises(UnknownNameError, match="did you mean 'one-photon'"):
        get_family("one-foton")


def test_a_family_of_ones_own() -> None:
    from distq.networks.links import LinkBudget, model

    @register
    class Oracle(LinkModel):
        family = "oracle"
        summary = "perfect pairs at any rate"
        rate_hz: float = 1.0

        def budget(self) -> LinkBudget:
            return LinkBudget("oracle", self.rate_hz, (1.0, 0.0, 0.0, 0.0))

    try:
        assert parse_model({"family": "oracle", "rate_hz": 7.0}).budget().rate_hz == 7.0
    finally:
        del model._FAMILIES["oracle"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "family: is missing; one of direct, one-photon, two-photon"),
        ({"family": "two-foton"}, "did you mean 'two-photon'"),
        ({"family": 3}, "family = 3"),
        ({"family": "two-photon", "collection": 1.2}, "collection = 1.2: must be a probability from 0 to 1"),
        ({"family": "two-photon", "detector": math.nan}, "detector = nan: must be a probability"),
        ({"family": "two-photon", "length_km": -1.0}, "length_km = -1.0: must be a length in km, 0 or more"),
        ({"family": "two-photon", "length_km": math.inf}, "length_km = inf"),
        ({"family": "two-photon", "wavelength_nm": 0.0}, "must be a wavelength in nm"),
        ({"family": "two-photon", "ions": 0}, "ions = 0: must be a whole number, 1 or more"),
        ({"family": "two-photon", "ions": 1.5}, "ions = 1.5: must be a whole number"),
        ({"family": "two-photon", "station": "moon"}, 'must be "midpoint" or "end"'),
        ({"family": "two-photon", "far": 3}, "far = 3: must be a table"),
        ({"family": "two-photon", "far": {"coupling": 2}}, "far.coupling = 2: must be a probability"),
        ({"family": "two-photon", "far": {"length_km": 2}}, "far.length_km: unknown key"),
        ({"family": "two-photon", "encoding": "time-bin", "mixing": 0.1}, "mixing must be 0 with time-bin"),
        ({"family": "two-photon", "dark_rate_hz": 1e9, "window_s": 1.0}, "dark counts per window"),
        ({"family": "two-photon", "preparation_s": 0.0, "excitation_s": 0.0}, "an attempt takes no time"),
        ({"family": "two-photon", "assumed": ["colection"]}, "did you mean 'collection'"),
        ({"family": "one-photon", "bright": 0.0}, "bright = 0.0: must be a fraction between 0 and 1"),
        ({"family": "one-photon", "brigth": 0.1}, "did you mean 'bright'"),
        ({"family": "direct", "fidelity": 0.2, "rate_hz": 1.0}, "fidelity = 0.2: must be a number from 0.25"),
        ({"family": "direct", "rate_hz": 1.0}, "give fidelity, weights or state, one of the three"),
        ({"family": "direct", "fidelity": 0.9}, "give rate_hz, or attempts_hz and success"),
        ({"family": "direct", "fidelity": 0.9, "attempts_hz": 2.0}, "give rate_hz, or attempts_hz and success"),
        ({"family": "direct", "weights": [0.5, 0.2, 0.2, 0.2], "rate_hz": 1.0}, "weights must sum to 1"),
    ],
)
def test_impossible_physics_is_one_clear_error(table: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse_model(table)
    assert message in str(caught.value)
    assert len(caught.value.problems) == 1


def test_every_error_at_once() -> None:
    table = {"family": "two-photon", "collection": 2, "length_km": -1, "far": {"coupling": -1}, "nosuch": 1}
    with pytest.raises(InvalidValueError) as caught:
        parse_model(table)
    assert {p.key for p in caught.value.problems} == {"collection", "length_km", "far.coupling", "nosuch"}


def test_what_is_blocked() -> None:
    assert clear(collection=0.0).budget().blocked == "collection is 0"
    assert "collection is 0" in str(clear(collection=0.0, dark_rate_hz=100.0).budget().blocked)
    assert clear(wavelength_nm=422.0, length_km=1e5, collection=0.5).budget().blocked == "fibre is 0"
    assert clear(collection=1e-200).budget().blocked == "both photons click is 0"
    assert clear().budget().blocked is None


PARAMETERS = st.fixed_dictionaries(
    {
        "collection": st.floats(0, 1),
        "coupling": st.floats(0, 1),
        "detector": st.floats(0, 1),
        "length_km": st.floats(0, 100),
        "wavelength_nm": st.floats(350, 1600),
        "dark_rate_hz": st.floats(0, 1e5),
        "window_s": st.floats(0, 1e-5),
        "ions": st.integers(1, 20),
        "shared_by": st.integers(1, 5),
        "reconfiguration_s": st.floats(0, 1),
    }
)


@settings(max_examples=60)
@given(PARAMETERS, st.sampled_from(["two-photon", "one-photon"]))
def test_answers_are_possible(table: dict[str, Any], family: str) -> None:
    model = parse_model({"family": family} | table)
    found = model.budget()
    assert math.fsum(found.weights) == pytest.approx(1.0)
    assert all(weight >= 0.0 for weight in found.weights)
    assert 0.0 <= (found.success or 0.0) <= 1.0
    assert 0.0 <= found.false_share <= 1.0 + 1e-12
    assert found.rate_hz == pytest.approx((found.attempts_hz or 0.0) * (found.success or 0.0))
    assert parse_model(model.as_table()) == model


def test_ions_that_are_not_pumped_mix_the_pair() -> None:
    perfect, pumped = clear(collection=0.1, visibility=1.0), clear(collection=0.1, visibility=1.0, pumping_error=0.02)
    assert perfect.budget().fidelity == pytest.approx(1.0)
    assert pumped.budget().fidelity == pytest.approx(0.98**2 + (1 - 0.98**2) / 4)
    one = clear(collection=0.1, visibility=1.0, far={"pumping_error": 0.02})
    assert one.budget().fidelity == pytest.approx(0.98 + 0.02 / 4)
