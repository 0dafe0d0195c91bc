"""``distq aq``: how many algorithmic qubits has a network?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from distq.cli.files import check_picture, write_picture
from distq.cli.options import (
    FiniteAboveZero,
    common_options,
    json_option,
    network_option,
    picture_option,
    seed_option,
    strategy_option,
)
from distq.cli.session import Session


@click.command("aq", short_help="Algorithmic qubits (#AQ) of a network and of one big machine.")
@network_option()
@click.option(
    "--against",
    multiple=True,
    type=click.Choice(["same-trap", "long-chain", "qccd"]),
    help="A big machine to compare with; may be repeated. [default: same-trap]",
)
@click.option(
    "--max-qubits",
    type=click.IntRange(min=2),
    metavar="N",
    help="Run all circuits that count up to n = N. [default: to the first n at which every machine fails, or the data "
    "ions]",
)
@strategy_option(plans=False)
@click.option(
    "--effort", type=FiniteAboveZero(), default=1.0, show_default=True, help="How hard a searching strategy tries."
)
@click.option(
    "--precision",
    type=click.FloatRange(min=1e-4, max=0.2),
    default=0.015,
    show_default=True,
    help="Largest statistical error of a fidelity: 0.015 takes 1112 runs of each circuit.",
)
@seed_option()
@picture_option("Draw CX gates over qubits, coloured by fidelity")
@json_option()
@common_options
@click.pass_obj
def aq(
    session: Session,
    network: str,
    against: tuple[str, ...],
    max_qubits: int | None,
    strategy: str,
    effort: float,
    precision: float,
    seed: int,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Find the algorithmic qubits (#AQ, IonQ's version 1.0) of NETWORK, and of one big machine with as many qubits.

    Six algorithms of growing width are compiled for the network, and simulated with its noise there and on the big
    machine. #AQ is the largest n such that every circuit of at most n qubits and n^2 CX gates passes: its classical
    fidelity, less the statistical error, exceeds 1/e. Circuits that are too large to simulate are listed and never
    taken for passed: #AQ is then "at least" a number.

    The circuits are distq's own; the output lists what differs from QED-C's suite: constants, cheaper controlled
    Grover operators, a coupled-cluster ansatz with random amplitudes read in the Z basis, an open Heisenberg chain, and
    the version of Qiskit that counts CX gates.
    """
    from distq.studies.aq import algorithmic_qubit_study
    from distq.studies.aq.figure import draw

    check_picture(picture)
    with session.progress() as progress, session.announce_kernels():
        found = algorithmic_qubit_study(
            network,
            strategy,
            seed,
            against=tuple(dict.fromkeys(against)) or ("same-trap",),
            max_qubits=max_qubits,
            precision=precision,
            effort=effort,
            progress=progress,
        )
        write_picture(picture, lambda kind: draw(found, kind))
    if as_json:
        click.echo(json.dumps(found.as_dict(), indent=2))
    else:
        from distq.studies.aq.table import render

        session.show(render(found), keep_lines=True)
    session.say_written(picture)
