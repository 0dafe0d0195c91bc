"""The report row, its table and its JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from rich.console import Console

from distq.reporting.report import ROW, Details, LinkUse, MemoryUse, Report
from distq.reporting.table import render
from distq.util.note import Note

NAMES = """circuit, network, strategy, seed, qubits, qpus, gates_2q, remote_gates, ebits, ebits_lower_bound, teledata,
packets, peak_memory, memory, makespan_mean_s, makespan_p95_s, bell_wait_s, fidelity, fidelity_stderr,
fidelity_monolithic, fidelity_ratio, fidelity_method, shots, verified, seconds_compile, seconds_total, version"""

REPORT = Report(
    circuit="qft_16",
    network="4x4+2",
    strategy="auto",
    seed=3,
    qubits=16,
    qpus=4,
    gates_2q=120,
    remote_gates=96,
    ebits=28,
    ebits_lower_bound=24,
    teledata=1,
    packets=27,
    peak_memory=2,
    memory=2,
    makespan_mean_s=0.1115,
    makespan_p95_s=0.14,
    bell_wait_s=0.0738,
    fidelity=0.6123,
    fidelity_stderr=0.0042,
    fidelity_monolithic=0.9871,
    fidelity_ratio=0.6203,
    fidelity_method="density",
    shots=None,
    verified=True,
    seconds_compile=0.51,
    seconds_total=3.2,
    version="0.1.0",
    details=Details(
        planner="auto (kl)",
        links=(
            LinkUse("a", "b", 20, 0.97, 250.0),
            LinkUse("a", "c", 8, 0.97, 250.0),
            LinkUse("b", "c", 0, 0.97, 250.0),
        ),
        memory=(MemoryUse("a", 2, 2), MemoryUse("b", 1, 2)),
        scenario="ionq-two-traps",
        checks="plan replayed",
        monolithic="same-trap",
        ratio_stderr=0.0043,
        inputs=(("zero", 0.7, 0.01), ("product", 0.6, 0.01), ("product", 0.6, 0.01)),
        shares=(
            ("links", 0.88),
            ("local gates", 0.06),
            ("measurement", 0.03),
            ("waiting", 0.03),
            ("preparation", 4e-14),
        ),
    ),
)


def text(report, width=100):
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(render(report))
    return [" ".join(line.split()) for line in capture.get().splitlines()]


def test_names_and_order():
    assert tuple(NAMES.replace("\n", " ").split(", ")) == ROW
    assert tuple(REPORT.row()) == ROW


def test_json_is_one_object_and_null_where_unknown():
    row = json.loads(replace(REPORT, fidelity=None).to_json())
    assert tuple(row) == ROW
    assert (row["fidelity"], row["ebits"], row["verified"]) == (None, 28, True)
    assert "\n" not in REPORT.to_json(indent=None)
    details = json.loads(REPORT.to_json(details=True))["details"]
    assert details["shares"]["links"] == 0.88
    assert details["links"][0] == {"a": "a", "b": "b", "ebits": 20, "fidelity": 0.97, "rate_hz": 250.0, "via": []}


def test_table_says_what_it_cost_how_faithful_and_against_what():
    lines = text(REPORT)
    assert lines[0] == "qft_16 on 4x4+2 strategy auto (kl), seed 3"
    assert "cost 28 Bell pairs (at least 24 needed) in 27 packets, 1 qubit moved" in lines
    assert "per link a-b 20 a-c 8 (pairs of fidelity 0.97, 250 a second)" in lines
    assert "memory ions peak 2 of 2 per QPU" in lines
    assert "one run takes 112 ms on average, 73.8 ms of it waiting for pairs; 95 % of runs within 140 ms" in lines
    assert "fidelity 0.6123 ± 0.0042 distributed" in lines
    assert "found by density; for these inputs: zero, 2 product" in lines
    assert "0.9871 monolithic (one trap of that size with the same errors)" in lines
    assert "0.6203 ± 0.0043 ratio" in lines
    assert "infidelity from links 88 % local gates 6 % measurement 3 % waiting 3 % preparation 0 %" in lines
    assert any("ionq-two-traps (assumed" in line for line in lines)


def test_table_of_sampled_shares():
    shares = (("links", 0.884), ("waiting", 0.104), ("preparation", None), ("local gates", None))
    errors = (("links", 0.0098), ("waiting", 0.0024), ("preparation", 0.3), ("local gates", 0.011))
    losses = (("links", "a-b", 0.34, 0.001), ("waiting", "a", 0.03, 0.001), ("local gates", "a", None, 0.01))
    losses += (("waiting", "b", 0.01, 0.001), ("preparation", "a", None, 0.1))
    report = replace(REPORT, details=replace(REPORT.details, shares=shares, shares_stderr=errors, losses=losses))
    lines = text(report, 120)
    assert "infidelity from links 88 ± 1 % waiting 10.4 ± 0.2 % preparation unresolved local gates < 4.4 %" in lines
    assert "most of it: link a-b 88 % waiting a 7.7 % waiting b 2.6 %" in lines
    details = json.loads(report.to_json(details=True))["details"]
    assert details["shares"]["local gates"] is None
    assert details["shares_stderr"]["local gates"] == 0.011


def test_table_of_what_was_not_simulated():
    details = replace(
        REPORT.details, shares=(), process_product=0.0123, lower_bound=0.01, notes=(Note("not-simulated", "too large"),)
    )
    bare = replace(
        REPORT,
        fidelity=None,
        fidelity_stderr=None,
        fidelity_monolithic=None,
        fidelity_ratio=None,
        memory=None,
        makespan_mean_s=None,
        ebits_lower_bound=None,
        details=details,
    )
    lines = text(bare)
    assert "not simulated 0.0123 process_product, an estimate of the process fidelity" in lines
    assert "0.01 lower_bound of the state fidelity: nothing goes wrong" in lines
    assert "note too large" in lines
    assert "memory ions peak 2 of unlimited per QPU" in lines
    assert not any("None" in line for line in lines)


def test_tables_fit_narrow_terminals():
    console = Console(width=60, highlight=False)
    with console.capture() as capture:
        console.print(render(REPORT))
    assert max(map(len, capture.get().splitlines())) <= 60


def test_links_beyond_the_first_are_summed_up():
    many = tuple(LinkUse("a", f"q{i}", i + 1, 0.9 + i / 1000, 250.0) for i in range(12))
    lines = text(replace(REPORT, details=replace(REPORT.details, links=many)), width=160)
    assert any(line.endswith("and 10 over 4 more links") for line in lines)
