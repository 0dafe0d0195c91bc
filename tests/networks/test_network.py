"""QPU, Link, Network: validation with every error, paths, connection and capacity; tables for display."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

from distq.errors import DistqError, InputError, NetworkError
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.networks.parts import QPU, Link
from distq.networks.problems import InvalidValueError
from distq.reporting.network_table import link_cells, qpu_cells, seconds


def network(pairs: list[tuple[int, int]], count: int, **keys: object) -> Network:
    qpus = tuple(QPU(name=f"q{i}", data=2) for i in range(count))
    return Network(qpus=qpus, links=tuple(Link(a=a, b=b) for a, b in pairs), **keys)


def problems(model: type, **values: object) -> dict[str, str]:
    with pytest.raises(InvalidValueError) as caught:
        model(**values)
    return {problem.key: str(problem) for problem in caught.value.problems}


def test_errors_are_ours_and_complete() -> None:
    found = problems(QPU, name="alice", data=0, error_1q=-0.1, error_2q=math.nan, time_2q_s=-1.0, memroy=3, t2_s=0.0)
    assert found.keys() == {"data", "error_1q", "error_2q", "time_2q_s", "memroy", "t2_s"}
    assert "did you mean 'memory'" in found["memroy"]
    assert "probability from 0 to 1" in found["error_1q"]
    with pytest.raises(NetworkError, match="QPU 'alice': data = 0: must be a whole number"):
        QPU(name="alice", data=0)
    assert issubclass(InvalidValueError, InputError)
    assert issubclass(InvalidValueError, DistqError)


@pytest.mark.parametrize(
    "values",
    [
        {"data": True},
        {"data": 2.0},
        {"data": "2"},
        {"data": 10**9},
        {"memory": -1},
        {"memory": "lots"},
        {"memory": math.nan},
        {"error_measure": 1.0000001},
        {"error_measure": math.inf},
        {"time_1q_s": math.inf},
        {"time_1q_s": math.nan},
        {"t2_s": math.nan},
        {"t2_s": -1.0},
        {"name": ""},
        {"name": 3},
        {"preset": "ionq"},
    ],
)
def test_impossible_qpus(values: dict[str, object]) -> None:
    assert problems(QPU, **({"name": "a", "data": 2} | values)).keys() == values.keys()


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"rate_hz": 0.0}, "rate_hz"),
        ({"rate_hz": -1.0}, "rate_hz"),
        ({"rate_hz": math.nan}, "rate_hz"),
        ({"weights": (0.9, 0.0, 0.0, 0.0)}, "weights"),
        ({"weights": (1.2, -0.2, 0.0, 0.0)}, "weights[0]"),
        ({"weights": (1.0, 0.0, 0.0)}, "weights"),
        ({"weights": (math.nan, 0.0, 0.0, 1.0)}, "weights[0]"),
        ({"weights": 1.0}, "weights"),
        ({"a": -1}, "a"),
        ({"preset": "oxfrd-2025"}, "preset"),
        ({"fidelity": 0.9}, "fidelity"),
    ],
)
def test_impossible_links(values: dict[str, object], key: str) -> None:
    assert key in problems(Link, **({"a": 0, "b": 1} | values))


def test_impossible_networks() -> None:
    assert "at least one QPU" in problems(Network, qpus=())["qpus"]
    for links, text in [
        ([(0, 0)], "links\\[0\\] joins QPU 'q0' to itself"),
        ([(0, 1), (1, 0)], "two links join 'q1' and 'q0'"),
        ([(0, 2)], "links\\[0\\] names QPU 2; there are 2"),
    ]:
        with pytest.raises(NetworkError, match=text):
            network(links, 2)
    with pytest.raises(NetworkError, match="two QPUs are named 'a'"):
        Network(qpus=(QPU(name="a", data=1), QPU(name="a", data=1)))


def test_numpy_numbers_lists_and_infinity() -> None:
    qpu = QPU(name="a", data=np.int64(3), error_1q=np.float32(0.5), memory=math.inf, t2_s=math.inf)
    assert (qpu.data, qpu.error_1q, qpu.memory, qpu.memory_limit) == (3, 0.5, None, math.inf)
    assert type(qpu.data) is int
    assert Link(a=0, b=1, weights=[1, 0, 0, 0], rate_hz=math.inf).mean_wait_s == 0.0
    assert Network(qpus=[qpu], links=[]).qpus == (qpu,)


def test_a_preset_gives_what_is_not_given() -> None:
    link = Link(a=0, b=1, preset="oxford-2025", rate_hz=20.0)
    assert link.weights == (0.9695, 0.0185, 0.006, 0.006)
    assert link.rate_hz == 20.0
    qpu = QPU(name="h", data=4, preset="quantinuum-helios", t2_s=3.0)
    assert (qpu.error_2q, qpu.t2_s) == (7.9e-4, 3.0)
    with pytest.raises(NetworkError, match="did you mean 'oxford-2025'"):
        Link(a=0, b=1, preset="oxfrd-2025")


def test_values_copy_pickle_and_compare() -> None:
    value = network([(0, 1)], 2)
    assert value.neighbours == ((1,), (0,))  # fills the cache, which must not tell equal values apart
    other = network([(0, 1)], 2)
    assert pickle.loads(pickle.dumps(value)) == value == copy.deepcopy(value) == other
    assert hash(value) == hash(other)


def test_paths_and_distances() -> None:
    line = network([(0, 1), (1, 2), (2, 3)], 4)
    assert line.path(0, 3) == (0, 1, 2, 3)
    assert line.path(2, 2) == (2,)
    assert line.distance[0] == (0, 1, 2, 3)
    assert not line.complete
    assert line.linked(2, 1)
    assert line.link_index(3, 2) == 2
    with pytest.raises(KeyError):
        line.link_index(0, 3)
    assert network([(0, 1), (0, 2), (1, 2)], 3).complete
    assert network([], 1).complete


def test_disconnected_networks_are_values_but_named_on_demand() -> None:
    apart = network([(0, 1), (2, 3)], 5, name="lab")
    assert apart.path(0, 4) == ()
    assert apart.distance[0] == (0, 1, -1, -1, -1)
    with pytest.raises(
        NetworkError, match="'lab' is not connected: no links lead from 'q0' to 'q2', 'q3', 'q4'"
    ) as caught:
        apart.require_connected()
    assert 'between = ["q0", "q2"]' in str(caught.value)
    with pytest.raises(NetworkError, match="and 12 more"):
        network([], 21).require_connected()
    network([(0, 1), (1, 2)], 3).require_connected()
    network([], 1).require_connected()


def test_capacity_says_by_how_many() -> None:
    lab = network([(0, 1)], 2, name="lab")
    lab.require_capacity(4)
    with pytest.raises(
        NetworkError, match="has 7 qubits, but network 'lab' has 4 data ions on 2 QPUs: 3 too few"
    ) as caught:
        lab.require_capacity(7)
    assert "2 more data ions" in str(caught.value)
    with pytest.raises(NetworkError, match="1 more data ion,"):
        lab.require_capacity(5)


def test_rows_group_what_is_alike() -> None:
    network = parse_network("6x16+2,8+inf@ring:oxford-2025")
    qpus, links = qpu_cells(network), link_cells(network)
    assert [row[:4] for row in qpus.rows] == [
        ("qpu0, qpu1, qpu2, ... qpu5", "6", "16", "2"),
        ("qpu6", "1", "8", "inf"),
    ]
    (ring,) = links.rows
    assert ring[:2] == ("qpu0-qpu1, qpu1-qpu2, qpu2-qpu3, ... qpu0-qpu6", "7")
    assert ring[2:] == ("0.9695", "0.9695 0.0185 0.006 0.006", "9.7", "103.1 ms", "", "", "oxford-2025")
    assert {len(row) for row in qpus.rows} == {len(qpus.header)}
    assert {len(row) for row in links.rows} == {len(links.header)}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 s"), (5e-8, "50 ns"), (1.35e-4, "135 us"), (0.004, "4 ms"), (10.0, "10 s"), (math.inf, "inf s")],
)
def test_times_have_a_unit_that_suits(value: float, text: str) -> None:
    assert seconds(value) == text
