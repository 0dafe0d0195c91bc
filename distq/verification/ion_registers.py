"""The registers of an emitted circuit: which qubit is which ion of which QPU, which classical bit is whose.

In: the circuit, and the program and network that it was compiled from and for. Out: :class:`Registers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from distq.ir.program import Program
from distq.networks.network import Network
from distq.verification.unreadable import UnreadableError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


@dataclass(frozen=True)
class Registers:
    """What the bits of an emitted circuit are.

    Attributes
    ----------
    qpu, heralds
        Per qubit of the circuit: the QPU of the ion that it is; True if it can hold half of a pair, as memory ions can
        and the last ones of a register of ions with any role.
    names
        Per qubit of the circuit: ``register[index]``.
    source_bit
        Per classical bit of the circuit: the bit of the source that it is, -1 if it is none.
    outcome_bits
        The classical bits that are none of the source: outcomes of protocols go there.
    """

    qpu: tuple[int, ...]
    heralds: tuple[bool, ...]
    names: tuple[str, ...]
    source_bit: tuple[int, ...]
    outcome_bits: frozenset[int]

    def ion_name(self, ion: int) -> str:
        """``register[index]``."""
        return self.names[ion]


def read_registers(circuit: QuantumCircuit, program: Program, network: Network) -> Registers:
    """Match the registers of ``circuit`` with ``network`` and the classical bits of ``program``.

    Raises
    ------
    UnreadableError
        If a QPU has more ions than the network gives it, a register is missing, or classical bits do not match.
    """
    wanted = []
    for index, qpu in enumerate(network.qpus):
        base = re.sub(r"\W", "_", qpu.name, flags=re.ASCII)
        if qpu.ions is not None:
            wanted.append(_ExpectedRegister(index, base, "ion", qpu.ions, qpu.ions - (qpu.communication or 0)))
            continue
        wanted += [
            _ExpectedRegister(index, base, "data", qpu.data, qpu.data),
            _ExpectedRegister(index, base, "memory", qpu.memory, 0),
        ]
    qpus: list[int] = []
    heralds: list[bool] = []
    names: list[str] = []
    for register in circuit.qregs:
        while wanted and not _is_register_of(register.name, wanted[0]):
            wanted.pop(0)
        if not wanted:
            raise UnreadableError(f"the quantum register {register.name!r} is no QPU's, or stands out of order")
        found = wanted.pop(0)
        exact = found.role == "ion" and register.size != found.ions
        if exact or (found.ions is not None and register.size > found.ions):
            what = f"QPU {network.qpus[found.qpu].name!r} has {found.ions} {found.role} ions"
            raise UnreadableError(f"{register.name!r} has {register.size} ions; {what}")
        qpus += [found.qpu] * register.size
        heralds += [i >= found.inner for i in range(register.size)]
        names += [f"{register.name}[{i}]" for i in range(register.size)]
    if len(qpus) != circuit.num_qubits:
        raise UnreadableError("the registers of the circuit share qubits, or leave some out")
    source = _source_bits(circuit, program)
    outcomes = frozenset(i for i, bit in enumerate(source) if bit < 0)
    return Registers(tuple(qpus), tuple(heralds), tuple(names), tuple(source), outcomes)


class _ExpectedRegister(NamedTuple):
    """The register that a QPU's ions of one role would have, ``base`` being the QPU's name in it.

    The first ``inner`` of its ions cannot hold halves of pairs.
    """

    qpu: int
    base: str
    role: str
    ions: int | None
    inner: int


def _is_register_of(register: str, wanted: _ExpectedRegister) -> bool:
    """True if that is the register's name, made unique where names would clash."""
    name = f"{wanted.base}_{wanted.role}"
    return name in register and re.fullmatch(rf"(qpu_)?{re.escape(name)}(_\d+)?", register) is not None


def _source_bits(circuit: QuantumCircuit, program: Program) -> list[int]:
    """Per classical bit of the circuit: the program's bit that it is, or -1."""
    position = {bit: i for i, bit in enumerate(circuit.clbits)}
    renamed = _renamed_registers(circuit)
    registers = {renamed.get(i, register.name): register for i, register in enumerate(circuit.cregs)}
    source = [-1] * circuit.num_clbits
    left = set(range(program.num_clbits))
    for name, bits in program.clbit_registers:
        register = registers.get(name)
        if register is None or register.size != len(bits):
            raise UnreadableError(f"the classical register {name!r} of the original is missing")
        for bit, clbit in zip(bits, register, strict=True):
            source[position[clbit]] = bit
            left.discard(bit)
    loose = [i for i, bit in enumerate(source) if bit < 0][: len(left)]
    if len(loose) < len(left):
        raise UnreadableError(f"{len(left) - len(loose)} classical bits of the original are missing")
    for place, bit in zip(loose, sorted(left), strict=True):
        source[place] = bit
    return source


def _renamed_registers(circuit: QuantumCircuit) -> dict[int, str]:
    """What registers were called before they were written as OpenQASM 3, by their number; as the metadata say."""
    found: Any = circuit.metadata or {}
    for key in ("distq", "names", "registers"):
        found = found.get(key) if isinstance(found, dict) else None
    return {int(i): str(old) for i, old in found.items() if i.isdecimal()} if isinstance(found, dict) else {}
