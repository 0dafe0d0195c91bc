"""Plans as JSON files.

One object::

    {"format": "distq-plan", "version": 1,
     "circuit": "qft_16", "network": "4x4+2", "strategy": "auto", "seed": 0,
     "rewriting": {"gather": [0, 0, 1, 1]},     only if the plan is for a program rewritten so
     "homes": [0, 0, 1, 1],                     QPU at which each qubit is at home first
     "steps": [["grow", qubit, source, target],       see the classes of distq.ir.plan
               ["shrink", qubit, qpu],
               ["hand_over", [[qubit, qpu], ...]],
               ["run", operation, qpu]]}

QPUs are indices into the network's list, qubits those of the circuit, operations those of its normal form. The names
of circuit and network only tell readers what it was made for: a plan fits whatever circuit and network
:func:`distq.verification.plan_checker.check_plan` accepts it for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from distq.errors import InputError
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.rewriting import read_rewriting, write_rewriting

FORMAT = "distq-plan"
VERSION = 1


def dump_plan(plan: Plan, circuit: str, network: str) -> str:
    """The plan as the text of a JSON file, one step a line."""
    head = {"format": FORMAT, "version": VERSION, "circuit": circuit, "network": network}
    head |= {"strategy": plan.strategy, "seed": plan.seed, "homes": list(plan.homes)}
    if plan.rewriting is not None:
        head |= {"rewriting": write_rewriting(plan.rewriting)}
    steps = ",\n    ".join(json.dumps(_encode(step)) for step in plan.steps)
    body = ",\n ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items())
    return f'{{{body},\n "steps": [\n    {steps}\n ]}}\n'


def load_plan(text: str, where: str = "plan") -> Plan:
    """The plan in the text of a JSON file. Raises InputError that names ``where`` and the faulty place."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise InputError(
            f'{where}: not a plan: its "format" is not {FORMAT!r}', "distq compile -o plan.json writes one"
        )
    if data.get("version") != VERSION:
        raise InputError(f"{where}: plan format version {data.get('version')!r}; this distq reads version {VERSION}")
    homes, steps = data.get("homes"), data.get("steps")
    if not isinstance(homes, list) or not all(map(_is_index, homes)):
        raise InputError(f'{where}: "homes" must be a list of QPU indices')
    if not isinstance(steps, list):
        raise InputError(f'{where}: "steps" must be a list')
    strategy, seed = data.get("strategy", ""), data.get("seed", 0)
    if not isinstance(strategy, str) or not _is_index(seed):
        raise InputError(f'{where}: "strategy" must be text and "seed" a number not below 0')
    decoded = tuple(_decode(step, f"{where}: steps[{i}]") for i, step in enumerate(steps))
    return Plan(tuple(homes), decoded, strategy, seed, read_rewriting(data.get("rewriting"), where))


def read_plan(path: Path) -> Plan:
    """The plan in a JSON file. Raises InputError if it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not text: {error.reason} at byte {error.start}") from error
    return load_plan(text, str(path))


def _encode(step: Step) -> list[Any]:
    """A step as the file has it."""
    match step:
        case Grow(qubit, source, target):
            return ["grow", qubit, source, target]
        case Shrink(qubit, qpu):
            return ["shrink", qubit, qpu]
        case HandOver(moves):
            return ["hand_over", [list(move) for move in moves]]
        case RunOp(operation, qpu):
            return ["run", operation, qpu]


def _decode(step: Any, where: str) -> Step:
    """A step of the file. Raises InputError that names ``where`` if it is none."""
    match step:
        case ["grow", q, a, b] if all(map(_is_index, (q, a, b))):
            return Grow(q, a, b)
        case ["shrink", q, a] if all(map(_is_index, (q, a))):
            return Shrink(q, a)
        case ["run", o, a] if all(map(_is_index, (o, a))):
            return RunOp(o, a)
        case ["hand_over", [*moves]] if moves and all(
            isinstance(m, list) and len(m) == 2 and all(map(_is_index, m)) for m in moves
        ):
            return HandOver(tuple((q, a) for q, a in moves))
    raise InputError(
        f"{where}: not a step: {json.dumps(step)[:80]}",
        'steps are ["grow", qubit, source, target], ["shrink", qubit, qpu], ["hand_over", [[qubit, qpu], ...]], '
        '["run", operation, qpu]',
    )


def _is_index(value: Any) -> bool:
    """True for a whole number that is not negative."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
