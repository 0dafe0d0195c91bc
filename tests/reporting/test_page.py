"""The report as a page: everything is there, nothing is loaded from elsewhere, and the pictures do not share names."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from qiskit import QuantumCircuit

import distq
from distq.cli.session import Session
from distq.execution.circuit_files import write_qasm3
from distq.reporting.figures import circuit as circuit_picture
from distq.reporting.figures.kinds import KINDS
from distq.util.note import Note

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Elements(HTMLParser):
    """The start tags of a page, by name, and the texts of its elements; unbalanced tags are an error."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open:
            self.texts.append((self._open[-1], data))

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.found if attribute in attributes]


def _circuit() -> QuantumCircuit:
    circuit = QuantumCircuit(4, name="a<b>&c")
    circuit.h(0)
    for i in range(3):
        circuit.cx(i, i + 1)
    return circuit


@pytest.fixture(scope="module")
def done():
    return distq.compile(_circuit(), "2x2+1", "contiguous")


@pytest.fixture(scope="module")
def page(done):
    report = done.simulate(inputs=["zero"], waits="mean").noting(Note("test", "a note with <signs>"))
    return done.page(report, "distq run chain.qasm -n 2x2+1")


def test_all_sections_and_pictures_are_there(page):
    elements = Elements(page)
    sections = [attributes["id"] for tag, attributes in elements.found if tag == "section"]
    assert sections == ["cost", "fidelity", "checks", "notes", *KINDS]
    assert elements.values("data-kind") == list(KINDS)
    assert Counter(tag for tag, _ in elements.found)["svg"] == len(KINDS)
    assert ("h1", "a<b>&c on 2x2+1: 1 Bell pair") in elements.texts
    assert ("li", "a note with <signs>") in elements.texts
    assert ("td", "distq run chain.qasm -n 2x2+1") in elements.texts


def test_nothing_is_loaded_from_elsewhere(page):
    without_names_of_formats = re.sub(r'xmlns(:\w+)?="[^"]*"', "", page)
    assert not re.search(r"https?://|@import|\bsrc=|<link", without_names_of_formats)
    assert len(page) < 2_000_000


def test_pictures_do_not_share_identifiers_and_every_reference_leads_to_one(page):
    identifiers = Counter(Elements(page).values("id"))
    assert max(identifiers.values()) == 1
    references = set(re.findall(r'(?:url\(#|href="#)([^")]+)', page))
    assert references
    assert references <= set(identifiers)
    styles = [text for tag, text in Elements(page).texts if tag == "style"]
    assert len(styles) == 1  # one of a picture would hold for the whole page


def test_the_hash_is_that_of_the_written_circuit_without_its_comment(done, page, tmp_path):
    done.save(tmp_path / "out.qasm")
    written = (tmp_path / "out.qasm").read_text().split("\n", 1)[1]
    assert written in write_qasm3(done.circuit)
    assert hashlib.sha256(written.encode()).hexdigest() in page


def test_what_cannot_be_drawn_or_was_not_simulated_is_left_out(done, monkeypatch):
    monkeypatch.setattr(circuit_picture, "MAX_COLUMNS", 1)
    elements = Elements(done.page())
    assert elements.values("data-kind") == ["plan", "network", "interactions"]
    assert any(tag == "p" and text.startswith("Not shown: the circuit is too long") for tag, text in elements.texts)


def test_the_command_line_names_no_folder_and_no_address_of_the_machine():
    given = ("run", "/home/me/a b.qasm", "-n", "nets/x.toml", "--report=/tmp/out.html", "--scheduler", "tcp://host:1")
    said = Session(arguments=given).command
    assert said == "distq run 'a b.qasm' -n nets/x.toml --report=out.html --scheduler ADDRESS"
