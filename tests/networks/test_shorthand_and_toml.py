"""Networks as text: shorthand, files in and out, every error at once with its place."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distq.errors import NetworkError
from distq.networks.network import Network
from distq.networks.parse import parse_network, parse_toml, read_toml
from distq.networks.parts import QPU, Link
from distq.networks.presets import LINK_PRESETS, QPU_FIELDS, QPU_PRESETS
from distq.networks.problems import InvalidValueError
from distq.networks.shorthand import TOPOLOGIES, topology_pairs
from distq.networks.toml_writer import example_toml, write_toml


def sizes(text: str) -> list[tuple[int, int | None]]:
    return [(qpu.data, qpu.memory) for qpu in parse_network(text).qpus]


def problems(text: str) -> dict[str, str]:
    with pytest.raises(InvalidValueError) as caught:
        parse_toml(text)
    assert len({problem.key for problem in caught.value.problems}) == len(caught.value.problems)
    return {problem.key: problem.text for problem in caught.value.problems}


# --- shorthand


def test_shorthand() -> None:
    network = parse_network("4x16+2@ring:oxford-2025")
    assert network.name == "4x16+2@ring:oxford-2025"
    assert [qpu.name for qpu in network.qpus] == ["qpu0", "qpu1", "qpu2", "qpu3"]
    assert [(link.a, link.b) for link in network.links] == [(0, 1), (1, 2), (2, 3), (0, 3)]
    assert {(link.preset, link.rate_hz, link.fidelity) for link in network.links} == {("oxford-2025", 9.7, 0.9695)}
    assert sizes("4x16") == [(16, 2)] * 4
    assert sizes("3x5+inf@star") == [(5, None)] * 3
    assert sizes("2x5+0") == [(5, 0)] * 2
    assert sizes(" 16+2, 2X8+4,8+1@line:oxford-2020") == [(16, 2), (8, 4), (8, 4), (8, 1)]
    assert sizes("7") == [(7, 2)]
    assert parse_network("4x16+2").complete


def test_shorthand_names_its_scenario() -> None:
    assert parse_network("4x16+2").scenario == "ionq-two-traps"
    assert parse_network("4x16+2:oxford-2025").scenario == "ionq-two-traps QPUs"
    assert parse_network("4x16+2:near-term").scenario == "ionq-two-traps QPUs, near-term links"
    network = parse_network("2x4")
    assert network.qpus[0] == QPU(name="qpu0", data=4, preset="ionq-two-traps")
    assert network.links[0].weights == Link(a=0, b=1).weights


@pytest.mark.parametrize("count", range(1, 26))
@pytest.mark.parametrize("name", TOPOLOGIES)
def test_topologies(name: str, count: int) -> None:
    pairs = topology_pairs(name, count)
    graph = nx.empty_graph(count)
    graph.add_edges_from(pairs)
    assert len(set(pairs)) == len(pairs) == graph.number_of_edges()
    assert all(a < b for a, b in pairs)
    assert nx.is_connected(graph)
    expected = {
        "complete": nx.complete_graph(count),
        "line": nx.path_graph(count),
        "star": nx.star_graph(count - 1),
        "ring": nx.cycle_graph(count) if count > 2 else nx.path_graph(count),
    }
    if name in expected:
        assert nx.utils.edges_equal(graph.edges, expected[name].edges)
    else:
        assert nx.is_bipartite(graph)
        assert max(dict(graph.degree).values()) <= 4


@pytest.mark.parametrize(("rows", "columns"), [(1, 4), (2, 3), (3, 2), (4, 5)])
def test_grids_of_a_given_size(rows: int, columns: int) -> None:
    pairs = topology_pairs(f"grid{rows}x{columns}", rows * columns)
    expected = {((r, c), (s, d)) for (r, c), (s, d) in nx.grid_2d_graph(rows, columns).edges}
    found = {(divmod(a, columns), divmod(b, columns)) for a, b in pairs}
    assert {frozenset(e) for e in found} == {frozenset(e) for e in expected}


def test_a_plain_grid_is_the_squarest() -> None:
    assert topology_pairs("grid", 12) == topology_pairs("grid3x4", 12)
    assert topology_pairs("grid", 8) == topology_pairs("grid2x4", 8)
    assert topology_pairs("grid", 7) == tuple(p for p in topology_pairs("grid3x3", 9) if p[1] < 7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4x16+z", "memory ions = 'z': must be a whole number"),
        ("4x16+-1", "memory ions = '-1'"),
        ("4x16.5", "data ions = '16.5'"),
        ("4x1e3", "data ions = '1e3'"),
        ("4x0", "data ions = '0'"),
        ("4x", "data ions: is missing"),
        ("0x4", "number of QPUs = '0': must be a whole number from 1 to 1,024"),
        ("-2x4", "number of QPUs = '-2'"),
        ("x4", "number of QPUs: is missing"),
        ("600x4,600x4", "number of QPUs = 1200: must be at most 1024 in all"),
        ("99999999999999x4", "number of QPUs"),
        ("4x16,,8", "QPUs: is missing before or after a comma"),
        ("4x16+2+2", "QPUs = '4x16+2+2': must be"),
        ("4x16@rnig", "topology = 'rnig': there is no topology of that name; did you mean 'ring'?"),
        ("4x16@", "topology: is missing after the @"),
        ("4x16@grid2x3", "a grid of 2x3 has 6 QPUs, but there are 4"),
        ("4x16:oxfrd-2025", "there is no link preset of that name; did you mean 'oxford-2025'?"),
        ("4x16:", "link: is missing after the :"),
        ("4x16:oxford-2025@ring", "the topology goes before the link"),
        ("helios-piar", "nor a .toml file; did you mean 'helios-pair'?"),
        ("", "is no network"),
        ("nowhere.toml", "cannot read the network file nowhere.toml"),
        ("nowhere/4x4", "cannot read the network file"),
        ("\0.toml", "cannot read the network file"),
        ("y" * 5000, "is no network"),
    ],
)
def test_bad_notation_says_which_part_and_shows_an_example(text: str, message: str) -> None:
    with pytest.raises(NetworkError) as caught:
        parse_network(text)
    assert message in caught.value.message
    assert caught.value.hint
    assert len(str(caught.value)) < 800


def test_bad_shorthand_gives_every_error() -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse_network("4y16+z@rnig:oxfrd")
    assert [problem.key for problem in caught.value.problems] == ["data ions", "memory ions", "topology", "link"]


@pytest.mark.slow
@given(st.text(alphabet="0123456789x+@:,infgrdle-. \x00é", max_size=24))
def test_any_text_is_a_network_or_a_clear_error(text: str) -> None:
    try:
        network = parse_network(text)
    except NetworkError as error:
        assert error.hint  # noqa: PT017
    else:
        assert network.qpus


# --- files


LAB = """
[network]
name = "lab"

[defaults.qpu]
data = 4
error_2q = 2e-3

[[qpu]]
name = "alice"

[[qpu]]
name = "bob"
memory = inf
error_2q = 1e-3

[[qpu]]
name = "helios"
count = 2
preset = "quantinuum-helios"

[[qpu]]
data = 1

[defaults.link]
preset = "oxford-2020"

[[link]]
between = ["alice", "bob"]
fidelity = 0.97

[[link]]
between = ["helios1", "bob"]
weights = [1, 0, 0, 0]
rate_hz = 12
"""


def test_file() -> None:
    network = parse_toml(LAB)
    assert network.name == "lab"
    assert [(q.name, q.data, q.memory) for q in network.qpus] == [
        ("alice", 4, 2),
        ("bob", 4, None),
        ("helios0", 4, 2),
        ("helios1", 4, 2),
        ("qpu4", 1, 2),
    ]
    # A QPU's own preset goes before the defaults' numbers, its own numbers before both.
    assert [q.error_2q for q in network.qpus] == [2e-3, 1e-3, 7.9e-4, 7.9e-4, 2e-3]
    first, second = network.links
    assert (first.a, first.b, first.rate_hz, first.preset) == (0, 1, 182.0, "oxford-2020")
    assert first.weights == pytest.approx((0.97, 0.01, 0.01, 0.01))
    assert (second.a, second.b, second.weights, second.rate_hz) == (3, 1, (1.0, 0.0, 0.0, 0.0), 12.0)
    assert second.preset is None  # none of its numbers is the preset's
    assert network.scenario == "ionq-two-traps QPUs, quantinuum-helios QPUs in part"
    with pytest.raises(NetworkError, match="to 'helios0', 'qpu4'"):
        network.require_connected()


def test_topology_of_a_file_and_links_that_replace_or_add() -> None:
    network = parse_toml("""
        network.topology = "line"
        defaults.link = {preset = "near-term"}
        [[qpu]]
        data = 3
        count = 3
        [[link]]
        between = ["qpu2", "qpu1"]
        rate_hz = 7
        [[link]]
        between = ["qpu0", "qpu2"]
    """)
    assert [(link.a, link.b, link.rate_hz) for link in network.links] == [(0, 1, 1e3), (2, 1, 7.0), (0, 2, 1e3)]
    assert parse_toml("[[qpu]]\ndata=3\ncount=3").complete
    assert parse_toml("network.topology='none'\n[[qpu]]\ndata=3\ncount=3").links == ()
    assert parse_toml("link=[]\n[[qpu]]\ndata=3\ncount=3").links == ()


def test_a_preset_with_ions_gives_the_data_ions_that_memory_leaves() -> None:
    assert [q.data for q in parse_toml("[[qpu]]\npreset='quantinuum-helios'\nmemory=8").qpus] == [90]
    assert [q.data for q in parse_toml("[[qpu]]\npreset='ionq-aria'\nmemory=inf").qpus] == [25]
    assert "qpu[0].data" in problems("[[qpu]]\npreset='ionq-99.99'")  # 2 ions less 2 of memory
    assert "is missing" in problems("[[qpu]]\npreset='ionq-two-traps'")["qpu[0].data"]


def test_scenario_is_what_is_assumed_unless_said() -> None:
    every = "\n".join(f"{field} = 0.5" for field in QPU_FIELDS)
    full = f"[[qpu]]\ndata=2\ncount=2\n{every}\n[defaults.link]\npreset='oxford-2025'"
    assert parse_toml(full).scenario is None
    assert parse_toml("[[qpu]]\ndata=2\ncount=2").scenario == "ionq-two-traps"
    assert parse_toml("[[qpu]]\ndata=2").scenario == "ionq-two-traps QPUs"
    assert parse_network("2").scenario == "ionq-two-traps QPUs"
    assert parse_toml("[[qpu]]\ndata=2\ncount=2\n[network]\nscenario='May'").scenario == "May"
    assert parse_toml(full.replace("oxford-2025", "projected")).scenario == "projected links"


BAD = """
[network]
nmae = "x"
topology = "rings"
[defaults.qpu]
eror_2q = 1
error_1q = -1
[[qpu]]
name = "alice"
data = 4
memroy = 2
[[qpu]]
name = "bob"
data = 0
error_2q = 1.5
t2_s = nan
preset = "helios"
[[qpu]]
name = "bob"
count = 0
data = 4
time_1q_s = -1
[[link]]
between = ["alice", "bbo"]
fidelity = 0.2
[[link]]
between = ["alice", "alice"]
rate_hz = 0
weights = [0.9, 0.1, 0.1, 0]
[[link]]
between = ["alice", "bob"]
preset = "oxford"
fidelity = 0.9
weights = [1, 0, 0, 0]
[[link]]
between = ["bob", "alice"]
weights = [0.9, 0.1]
[[link]]
rate_hz = "fast"
weights = [2, 0, 0, -1]
[lnik]
"""


def test_a_bad_file_gives_every_error_with_its_place() -> None:
    expected = {
        "lnik": "did you mean 'link'?",
        "network.nmae": "did you mean 'name'?",
        "network.topology": "did you mean 'ring'?",
        "defaults.qpu.eror_2q": "did you mean 'error_2q'? keys: preset, ions",
        "defaults.qpu.error_1q": "must be a probability from 0 to 1",
        "qpu[0].memroy": "did you mean 'memory'?",
        "qpu[1].data": "must be a whole number of data ions, 1 or more",
        "qpu[1].error_2q": "must be a probability from 0 to 1",
        "qpu[1].t2_s": "must be a time in seconds above 0",
        "qpu[1].preset": "did you mean 'quantinuum-helios'?",
        "qpu[2].name": "the first is qpu[1]",
        "qpu[2].count": "from 1 to 1024",
        "qpu[2].time_1q_s": "must be a time in seconds, 0 or more",
        "link[0].between[1]": "did you mean 'bob'? QPUs: alice, bob",
        "link[0].fidelity": "from 0.25",
        "link[1].between": "two different QPUs",
        "link[1].rate_hz": "pairs per second above 0",
        "link[1].weights": "must sum to 1, not 1.1",
        "link[2].preset": "did you mean 'oxford-2025'?",
        "link[2].fidelity": "fidelity or weights, not both",
        "link[3].between": "another [[link]] joins the same QPUs",
        "link[3].weights": "must be four probabilities",
        "link[4].between": 'e.g. between = ["alice", "bob"]',
        "link[4].rate_hz": "pairs per second above 0",
        "link[4].weights[0]": "must be four probabilities",
        "link[4].weights[3]": "must be four probabilities",
    }
    found = problems(BAD)
    assert found.keys() == expected.keys()
    assert [key for key, text in expected.items() if text not in found[key]] == []


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("", "qpu", "at least one table [[qpu]]"),
        ("qpu = []", "qpu", "at least one table [[qpu]]"),
        ('[network]\ntopology = "grid"', "qpu", "at least one table [[qpu]]"),
        ("[qpu]\ndata = 3", "qpu", "double brackets: [[qpu]]"),
        ("link = 3\n[[qpu]]\ndata = 3", "link", "double brackets: [[link]]"),
        ("defaults = 3\n[[qpu]]\ndata = 3", "defaults", "must be a table: [defaults]"),
        ("[[defaults.qpu]]\n[[qpu]]\ndata = 3", "defaults.qpu", "must be a table: [defaults.qpu]"),
        ("[[qpu]]\ndata = 3\n[network]\nname = 3", "network.name", "must be text"),
        ("[[qpu]]\ndata = true", "qpu[0].data", "whole number"),
        ("[[qpu]]\ndata = '3'", "qpu[0].data", "whole number"),
        ("[[qpu]]\ndata = 3\nmemory = 1.5", "qpu[0].memory", "or inf"),
        ("[[qpu]]\ndata = 3\npreset = 3", "qpu[0].preset", "no QPU preset"),
        ("[[qpu]]\ndata = 3\ncount = 900\n[[qpu]]\ndata = 3\ncount = 900", "qpu", "at most 1024"),
        ("[[qpu]]\ndata = 3\nname = ['a']", "qpu[0].name", "must be a name"),
        ("[[qpu]]\ndata = 3\n[defaults.link]\nfidelity = nan", "defaults.link.fidelity", "from 0.25"),
        ("[[qpu]]\ndata = 3\n[defaults.link]\nrate_hz = -1", "defaults.link.rate_hz", "above 0"),
        ("[[qpu]]\ndata = 3\n[defaults.link]\nbetween = ['a', 'b']", "defaults.link.between", "unknown key"),
        ("[[qpu]]\ndata = 1979-05-27", "qpu[0].data", "whole number"),
        ("defaults.qpu.error_1q = 3\n[[qpu]]\ndata = 3", "defaults.qpu.error_1q", "probability"),
        ("defaults.qpu.error_1q = 3", "defaults.qpu.error_1q", "probability"),
        ("defaults.qpu.error_1q = 3\n[[qpu]]\ndata = 3\nerror_1q = 0.1", "defaults.qpu.error_1q", "probability"),
    ],
)
def test_bad_files(text: str, key: str, message: str) -> None:
    assert message in problems(text)[key]


@pytest.mark.parametrize(
    ("text", "line", "column"), [("[[qpu]]\nname = \n", 2, 8), ('[[qpu]]\nname = "b', 2, 10), ("[[qpu]", 1, 6)]
)
def test_syntax_errors_have_line_and_column(text: str, line: int, column: int, tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(text)
    with pytest.raises(NetworkError, match=f"lab.toml, line {line}, column {column}: "):
        read_toml(file)


def test_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'[[qpu]]\nname = "\xe9"')
    with pytest.raises(NetworkError, match=r"latin\.toml is not UTF-8 text \(byte 16\)"):
        parse_network(str(tmp_path / "latin.toml"))
    with pytest.raises(NetworkError, match="Is a directory"):
        parse_network(str(tmp_path))


def test_a_file_is_named_after_itself(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_bytes(b"\xef\xbb\xbf[[qpu]]\r\ndata = 3\r\n")
    assert parse_network(str(file)).name == "lab"
    assert read_toml(file) == read_toml(file)
    file.write_text("[[qpu]]\ndata = 0")
    with pytest.raises(NetworkError, match=r"lab.toml:2: qpu\[0\].data = 0"):
        read_toml(file)


def test_the_example_is_valid_and_shows_every_key() -> None:
    network = parse_toml(example_toml())
    assert len(network.qpus) == 4
    assert [len(link.via) for link in network.links] == [0, 0, 0, 0, 1]
    assert network.links[0].fidelity == 0.985
    assert all(
        key in example_toml()
        for key in (*QPU_FIELDS, "count", "preset", "weights", "fidelity", "scenario", "via", "swap")
    )
    assert all(name in example_toml() for name in TOPOLOGIES)


# --- round trip

PROBABILITY = st.floats(0.0, 1.0)
TIME = st.floats(0.0, 1e6)


@st.composite
def qpus(draw: st.DrawFn, name: str) -> QPU:
    values = {
        field: draw(PROBABILITY if field.startswith("error") else TIME)
        for field in draw(st.sets(st.sampled_from(QPU_FIELDS[:-1])))
    }
    if draw(st.booleans()):
        values["t2_s"] = draw(st.floats(1e-9, math.inf, exclude_min=True))
    preset = draw(st.none() | st.sampled_from([p.name for p in QPU_PRESETS.values()]))
    memory = draw(st.none() | st.integers(0, 9))
    return QPU(name=name, data=draw(st.integers(1, 99)), memory=memory, preset=preset, **values)


@st.composite
def links(draw: st.DrawFn, a: int, b: int) -> Link:
    values: dict[str, object] = {}
    if draw(st.booleans()):
        parts = [draw(st.floats(0.0, 1.0)) for _ in range(3)]
        rest = [p / (1.0 + sum(parts)) for p in parts]
        values["weights"] = (1.0 - sum(rest), *rest)
    if draw(st.booleans()):
        values["rate_hz"] = draw(st.floats(1e-9, math.inf))
    return Link(a=a, b=b, preset=draw(st.none() | st.sampled_from([p.name for p in LINK_PRESETS.values()])), **values)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    text = st.text(st.characters(codec="utf-8"), max_size=6)
    names = draw(st.lists(text.filter(bool), min_size=1, max_size=5, unique=True))
    if draw(st.booleans()):
        alike = draw(qpus("x"))
        nodes = [alike.model_copy(update={"name": name}) for name in names]
    else:
        nodes = [draw(qpus(name)) for name in names]
    every = [(a, b) for a in range(len(names)) for b in range(a)]
    pairs = draw(st.lists(st.sampled_from(every), unique=True) if every else st.just([]))
    if draw(st.booleans()):
        pairs = list(topology_pairs(draw(st.sampled_from(TOPOLOGIES)), len(names)))
    if draw(st.booleans()):
        same = draw(links(0, 1))
        joined = [same.model_copy(update={"a": a, "b": b}) for a, b in pairs]
    else:
        joined = [draw(links(a, b)) for a, b in pairs]
    scenario = draw(st.none() | text.filter(bool))
    return Network(name=draw(text), qpus=tuple(nodes), links=tuple(joined), scenario=scenario)


@pytest.mark.slow
@settings(max_examples=150)
@given(networks())
def test_written_networks_read_back_equal(network: Network) -> None:
    text = write_toml(network)
    tomllib.loads(text)
    assert parse_toml(text, "other") == network


@pytest.mark.parametrize("text", ["4x16+2@ring:oxford-2025", "16+2,8+inf@line", "helios-pair", "oxford-2025", "5"])
def test_known_networks_read_back_equal_and_short(text: str) -> None:
    network = parse_network(text)
    assert parse_toml(write_toml(network)) == network
    assert len(write_toml(network).splitlines()) < 60
