"""QPUs whose ions may have any role: notation, files, conflicts, and what swapping and distillation set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from distq.errors import NetworkError
from distq.networks.distilled_links import with_distillation
from distq.networks.parse import parse_network
from distq.networks.parts import QPU
from distq.networks.problems import InvalidValueError
from distq.networks.toml_writer import write_toml
from distq.reporting.network_table import qpu_cells, size


def test_shorthand() -> None:
    network = parse_network("2x9c4,5+2@ring")
    first, _, last = network.qpus
    assert (first.ions, first.communication, last.ions, last.data, last.memory) == (9, 4, None, 5, 2)
    assert (first.data, first.memory_limit, first.ion_limit, first.pair_limit) == (9, 9, 9, 4)
    assert (last.ion_limit, last.pair_limit, last.memory_beside_data) == (7, 2, 2)
    assert size(network) == "3 QPUs, 5 data ions, 18 ions, 3 links"
    assert qpu_cells(network).header[2:5] == ("ions", "data", "memory")
    assert "data" not in qpu_cells(parse_network("2x9c4")).header


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4x9c", "communication ions: is missing"),
        ("4xc4", "ions: is missing"),
        ("4x9c10", "communication ions = '10': must be at most the number of ions, 9"),
        ("4x9c4+2", "must be .* or .*IONScCOMMUNICATION"),
        ("2x9c0", "communication = 0"),
    ],
)
def test_wrong_shorthand(text: str, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        parse_network(text)


def test_every_conflict_is_named_at_once() -> None:
    with pytest.raises(InvalidValueError) as caught:
        QPU(name="a", ions=9, data=5, memory=2, communication=11, error_2q=3.0)
    assert [problem.key for problem in caught.value.problems] == ["data", "memory", "communication", "error_2q"]
    with pytest.raises(InvalidValueError, match="communication: must say how many of the ions = 9"):
        QPU(name="a", ions=9)
    with pytest.raises(InvalidValueError, match="communication = 0: must be a whole number"):
        QPU(name="a", data=9, communication=0)
    with pytest.raises(InvalidValueError, match=r"ions = 2\.5: must be a whole number of ions"):
        QPU(name="a", ions=2.5, communication=1)


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "net.toml"
    text = "[defaults.qpu]\ndata = 4\nmemory = 1\n[[qpu]]\n{}\n[[qpu]]\nname = 'b'"
    file.write_text(text.format("name = 'a'\nions = 9\ncommunication = 2"))
    a, b = parse_network(str(file)).qpus
    assert (a.ions, a.communication, b.ions, b.data, b.memory) == (9, 2, None, 4, 1)
    file.write_text(text.format("name = 'a'\nions = 9\ndata = 3"))
    with pytest.raises(NetworkError, match=r"communication: must say(.|\n)*data = 3: cannot stand beside ions = 9"):
        parse_network(str(file))
    for network in (parse_network("2x9c4,5+2@line"), parse_network("3x9c4@line+swap")):
        file.write_text(write_toml(network))
        assert parse_network(str(file)) == network


def test_ions_are_set_aside() -> None:
    middle = parse_network("3x9c4@line+swap").qpus[1]
    assert (middle.ions, middle.communication, middle.data, middle.memory) == (7, 2, 7, 7)
    with pytest.raises(NetworkError, match="'qpu1' has 2 communication ions; swapping takes 2"):
        parse_network("3x9c2@line+swap")
    assert with_distillation(parse_network("2x9c4"), "dejmps").qpus[0].communication == 3
    with pytest.raises(NetworkError, match="1 communication ion, and 2 are needed"):
        with_distillation(parse_network("2x9c1"), "dejmps")
