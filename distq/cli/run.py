"""``distq run``: compile, check, simulate, report."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from distq.cli.compile import compile_and_report, compile_arguments, compile_options
from distq.cli.options import FiniteAboveZero, with_options, workers_option
from distq.cli.session import Session
from distq.simulation.choices import DEVICES, ENGINE_CHOICES, INPUT_KINDS, MODEL_NAMES, WAITS

simulation_options = with_options(
    click.option(
        "--input",
        "inputs",
        multiple=True,
        type=click.Choice(INPUT_KINDS),
        metavar="STATE",
        help="Input state: zero, basis, product or stabilizer. May be repeated: the fidelity is then for these inputs. "
        "Without it, it is the mean over all product states.",
    ),
    click.option(
        "--monolithic",
        type=click.Choice(MODEL_NAMES),
        default="same-trap",
        show_default=True,
        help="The one big machine to compare with: with the QPUs' own errors, a long chain, a superconducting lattice "
        "routed by Qiskit, Helios, or no errors.",
    ),
    click.option(
        "--engine",
        type=click.Choice(ENGINE_CHOICES),
        metavar="ENGINE",
        default="auto",
        show_default=True,
        help="density, trajectories, dynamic, clifford, bracket (bounds only) or auto.",
    ),
    click.option(
        "--precision",
        type=FiniteAboveZero(),
        metavar="ERROR",
        help="Wanted standard error of the fidelity. [default: 0.003]",
    ),
    click.option("--process", is_flag=True, help="Estimate the process fidelity too."),
    click.option(
        "--shots", type=click.IntRange(min=1), help="Draw so many noisy runs from |0..0> and count what they read."
    ),
    click.option(
        "--outcome", metavar="BITS", help="Report how often these bits are read, of 10000 runs unless --shots."
    ),
    workers_option("Threads. [default: one per CPU, up to 8]"),
    click.option(
        "--device",
        type=click.Choice(DEVICES),
        default="cpu",
        show_default=True,
        help="Where trajectories run; gpu needs CuPy or PyTorch.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Run trajectories and shots on a Dask cluster, e.g. tcp://10.0.0.1:8786, with the same results.",
    ),
    click.option(
        "--waits",
        type=click.Choice(WAITS),
        default="random",
        show_default=True,
        help="Ions idle as random waits for pairs make them, all longer or shorter together; or always the mean.",
    ),
    click.option(
        "--pauli-twirl",
        "twirl",
        is_flag=True,
        help="Take relaxation and over-rotated pulses (t1_s, overrotation_1q, overrotation_2q) for Pauli channels, "
        "which every engine has. An approximation.",
    ),
)


@click.command(short_help="Compile, check, simulate, report.")
@compile_options
@simulation_options
@click.pass_obj
def run(session: Session, /, inputs: tuple[str, ...], **arguments: Any) -> None:
    """Compile CIRCUIT for NETWORK, check it, simulate it with noise, and report.

    CIRCUIT: OpenQASM 2 or 3, QPY, a name such as @qft:16 (`distq circuits`), or - for standard input.
    Results depend on --seed, but not on the number of workers. Interrupted (Ctrl-C), the simulation reports its
    estimate so far, with exit code 130.
    """
    from distq.simulation.options import SimulationOptions

    names = {field.name for field in fields(SimulationOptions)} & arguments.keys() - {"seed"}
    simulation = SimulationOptions(inputs=inputs or None, **{name: arguments.pop(name) for name in names})
    compile_and_report(session, compile_arguments(arguments), simulation)
