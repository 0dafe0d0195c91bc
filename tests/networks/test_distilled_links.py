"""Link models in networks; networks of distilled links; when distillation is chosen."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from distq import compiler
from distq.errors import NetworkError, UnknownNameError
from distq.networks.distilled_links import (
    DISTILLATION_CHOICES,
    best_distillation,
    distillation_obstacle,
    distillation_options,
    idle_infidelity_hz,
    with_distillation,
)
from distq.networks.links import OnePhoton, TwoPhoton
from distq.networks.links.bell_diagonal import werner
from distq.networks.links.distillation import pump
from distq.networks.network import Network
from distq.networks.parse import parse_network, parse_toml
from distq.networks.parts import QPU, Link
from distq.networks.problems import InvalidValueError
from distq.networks.swapped_links import best_swapped_pair
from distq.networks.toml_writer import write_toml

HEAD = "[[qpu]]\ncount = 3\ndata = 4\nmemory = 3\n"


def linked(text: str) -> Network:
    return parse_toml(f'{HEAD}[[link]]\nbetween = ["qpu0", "qpu1"]\n{text}')


# --- models in networks


def test_a_model_gives_weights_and_rate() -> None:
    network = linked('model = { family = "two-photon", collection = 0.2, visibility = 0.98 }')
    (link,) = network.links
    found = TwoPhoton(collection=0.2, visibility=0.98).budget()
    assert (link.weights, link.rate_hz) == (found.weights, found.rate_hz)
    assert link.model == TwoPhoton(collection=0.2, visibility=0.98)
    assert "two-photon model links" in str(network.scenario)
    assert parse_toml(write_toml(network)) == network
    direct = linked('model = { family = "direct", fidelity = 0.9, rate_hz = 3.0 }')
    assert "model" not in str(direct.scenario)


def test_defaults_and_overrides() -> None:
    text = '[defaults.link]\nmodel = { family = "one-photon", far = { collection = 0.02 } }\n' + HEAD
    network = parse_toml(text + '[[link]]\nbetween = ["qpu0", "qpu1"]\nrate_hz = 4.0\n[network]\ntopology = "line"\n')
    first, second = network.links
    assert (first.model, first.rate_hz) == (None, 4.0)
    assert isinstance(second.model, OnePhoton)
    assert first.weights == second.weights
    assert parse_toml(write_toml(network)) == network
    preset = parse_toml(text + '[[link]]\nbetween = ["qpu0", "qpu1"]\npreset = "oxford-2025"\n')
    assert (preset.links[0].model, preset.links[0].rate_hz) == (None, 9.7)
    own = parse_toml(
        '[defaults.link]\npreset = "oxford-2025"\n'
        f'{HEAD}[[link]]\nbetween = ["qpu0", "qpu1"]\nmodel = {{ family = "direct", fidelity = 0.9, rate_hz = 2.0 }}'
    )
    assert (own.links[0].preset, own.links[0].rate_hz) == (None, 2.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('model = { family = "two-photon", detector = 1.1 }', "link[0].model.detector = 1.1: must be a probability"),
        ('model = { family = "two-photon", length_km = -2 }', "link[0].model.length_km = -2: must be a length"),
        ('model = { family = "two-photon", collection = 0 }', "heralds no pairs: collection is 0"),
        ('model = { family = "direct", fidelity = 0.9, rate_hz = 0 }', "heralds no pairs: pairs is 0"),
        ('model = { family = "direct", weights = [0.2, 0.8, 0, 0], rate_hz = 1 }', "below 0.25 nothing is entangled"),
        ('model = { family = "two-photon" }\nrate_hz = 3', "link[0].model: give a model, or rate_hz, not both"),
        ('model = "two-photon"', 'link[0].model = "two-photon": must be a table'),
        ("fidelity = 0.2", "link[0].fidelity = 0.2: must be a number from 0.25"),
        ("rate_hz = 0", "link[0].rate_hz = 0: must be a number of pairs per second above 0"),
        ('model = { family = "two-photon", ions = 4 }', "has 4 communication ions, but 'qpu0' has 3 memory ions"),
    ],
)
def test_bad_physics_is_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        linked(text)
    assert message in str(caught.value)
    assert len(caught.value.problems) == 1


def test_every_error_of_a_file_at_once_and_each_once() -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse_toml(
            '[defaults.link]\nmodel = { family = "nosuch" }\n[[qpu]]\ncount = 4\ndata = 0\n'
            '[[link]]\nbetween = ["qpu0", "qpu1"]\nmodel = { family = "two-photon", filter = 2, dark_rate_hz = -1 }'
        )
    keys = [problem.key for problem in caught.value.problems]
    assert sorted(keys) == sorted(
        ["defaults.link.model.family", "qpu[0].data", "link[0].model.filter", "link[0].model.dark_rate_hz"]
    )


def test_models_in_python() -> None:
    table = {"family": "two-photon", "collection": 0.2}
    assert Link(a=0, b=1, model=table) == Link(a=0, b=1, model=TwoPhoton(collection=0.2))  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError, match="collection = 2"):
        Link(a=0, b=1, model={"family": "two-photon", "collection": 2})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["two-modalities", "metro-telecom"])
def test_new_machines(name: str) -> None:
    machine = parse_network(name)
    assert machine.name == name
    assert "assumed" in str(machine.scenario)
    assert any(link.model is not None for link in machine.links)
    assert parse_toml(write_toml(machine)) == machine
    machine.require_connected()


def test_modalities_differ_and_the_link_between_them_is_slow() -> None:
    machine = parse_network("two-modalities")
    chain, _, qccd = machine.qpus
    assert chain.data < qccd.data
    assert chain.error_2q < qccd.error_2q
    assert chain.time_2q_s < qccd.time_2q_s
    fast, slow, _ = machine.links
    assert fast.rate_hz > 50 * slow.rate_hz


# --- distilled networks

GOOD = QPU(name="a", data=4, memory=3)


def network(memory: int | None = 3, error_2q: float = 1e-4, preset: str = "duke-2024") -> Network:
    qpus = [QPU(name=n, data=4, memory=memory, error_2q=error_2q) for n in "abc"]
    links = [Link(a=0, b=1, preset=preset), Link(a=1, b=2, preset=preset)]
    return Network(name="n", qpus=tuple(qpus), links=tuple(links))


def test_options_are_effective_links() -> None:
    link = Link(a=0, b=1, preset="duke-2024")
    options = distillation_options(link, GOOD, GOOD)
    assert tuple(option.method for option in options) == DISTILLATION_CHOICES
    raw, *others = options
    assert (raw.weights, raw.pairs) == (link.weights, 1.0)
    assert raw.rate_hz == pytest.approx(link.rate_hz)
    assert all(o.fidelity > raw.fidelity and o.rate_hz < raw.rate_hz / 2 and o.pairs > 2 for o in others)


def test_effective_links_replace_real_ones() -> None:
    before = network()
    after = with_distillation(before, "dejmps")
    option = next(o for o in distillation_options(before.links[0], *before.qpus[:2]) if o.method == "dejmps")
    assert all(link.weights == option.weights and link.rate_hz == option.rate_hz for link in after.links)
    assert [qpu.memory for qpu in after.qpus] == [2, 2, 2]
    assert "dejmps on all links" in str(after.scenario)
    assert before.scenario is None
    assert with_distillation(before, "none") is before
    partly = with_distillation(before, ["none", "bbpssw"])
    assert partly.links[0] == before.links[0]
    assert partly.links[1] != before.links[1]
    assert [qpu.memory for qpu in partly.qpus] == [3, 2, 2]
    assert with_distillation(network(memory=None), "pumping").qpus[0].memory is None
    assert parse_toml(write_toml(after)) == after


def test_a_long_fibre_delays_the_comparison() -> None:
    def made(length_km: float) -> float:
        link = Link(a=0, b=1, model=OnePhoton(length_km=length_km, attenuation_db_per_km=0.0, wavelength_nm=1550.0))
        raw = pump("dejmps", link.weights, link.rate_hz)
        return distillation_options(link, GOOD, GOOD)[1].time_s - raw.time_s

    assert made(100.0) > made(0.0) + 4e-4


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (network(memory=1), "'a' has 1 memory ion, and 2 are needed"),
        (network(memory=0), "'a' has no memory ion"),
        (
            network().model_copy(update={"links": (Link(a=0, b=1, weights=werner(0.45)),)}),
            "can never succeed: its pairs have fidelity 0.45, not above 0.5",
        ),
    ],
)
def test_impossible_distillation(bad: Network, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        with_distillation(bad, "dejmps")
    assert distillation_obstacle(bad.links[0], bad.qpus[0], bad.qpus[1]) is not None
    assert best_distillation(bad, [5] * len(bad.links), 0.0) == ("none",) * len(bad.links)


def test_unknown_methods() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'dejmps'"):
        with_distillation(network(), "dejmp")
    with pytest.raises(ValueError, match="1 methods for 2 links"):
        with_distillation(network(), ["none"])


def test_best_weighs_fidelity_against_waiting() -> None:
    assert best_distillation(network(), [3, 0], 0.0) == ("pumping", "none")
    assert best_distillation(network(), [3, 3], 100.0) == ("none", "none")
    assert best_distillation(network(error_2q=0.03, preset="oxford-2025"), [3, 3], 0.0) == ("none", "none")
    costs = [k / 4 for k in range(40)]
    chosen = [best_distillation(network(), [1, 0], cost)[0] for cost in costs]
    times = {o.method: o.time_s for o in distillation_options(network().links[0], *network().qpus[:2])}
    assert all(times[a] >= times[b] for a, b in pairwise(chosen))
    assert len(set(chosen)) >= 2


def test_idle_cost() -> None:
    assert idle_infidelity_hz(network(), 6) == pytest.approx(6 / 20)
    assert idle_infidelity_hz(parse_network("2x4"), 0) == 0.0


# --- swapping


def test_swapping_in_a_network() -> None:
    found = best_swapped_pair(network(), 0, 2)
    assert found.pairs == 2
    assert found.rate_hz < 250 / 1.5
    assert 0.85 < found.fidelity < 0.94**2 + 0.06**2
    apart = network().model_copy(update={"links": ()})
    with pytest.raises(NetworkError, match="no chain of links joins 'a' and 'c'"):
        best_swapped_pair(apart, 0, 2)
    with pytest.raises(NetworkError, match="no chain of links"):
        best_swapped_pair(network(), 1, 1)


# --- compiling

GHZ = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[4];\nh q[0];\ncx q[0],q[1];\ncx q[1],q[2];\ncx q[2],q[3];\n'


@pytest.fixture
def ghz(tmp_path) -> str:  # type: ignore[no-untyped-def]
    path = tmp_path / "ghz.qasm"
    path.write_text(GHZ)
    return str(path)


def test_auto_takes_what_the_simulation_finds_better(ghz: str) -> None:
    for text, expected in (("2x2+3:duke-2024", True), ("2x2+1:duke-2024", False), ("2x2+3:oxford-2025", None)):
        raw = compiler.compile(ghz, text, "kl", distill="none")
        auto = compiler.compile(ghz, text, "kl", distill="auto")
        changed = "distilled" in str(auto.network.scenario)
        assert expected is None or changed == expected
        before, after = raw.simulate(inputs=["zero"]), auto.simulate(inputs=["zero"])
        assert before.fidelity is not None
        assert after.fidelity is not None
        if changed:
            assert after.fidelity > before.fidelity
        else:
            assert math.isclose(after.fidelity, before.fidelity)


def test_forced_methods_and_errors(ghz: str) -> None:
    done = compiler.compile(ghz, "2x2+3:duke-2024", "kl", distill="bbpssw")
    assert done.network.links[0].fidelity == pytest.approx(0.957, abs=2e-3)
    with pytest.raises(NetworkError, match="2 are needed"):
        compiler.compile(ghz, "2x2+1", "kl", distill="dejmps")
    with pytest.raises(UnknownNameError, match="auto"):
        compiler.compile(ghz, "2x2+1", "kl", distill="best")
