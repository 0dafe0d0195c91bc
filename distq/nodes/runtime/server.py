"""The process that holds the state of all ions and does to them what the nodes say.

Gates are done as they come. Measurements and resets, which draw random numbers, are done in one order that is fixed
before the run, so that equal seeds give equal results however fast the nodes are.
"""

from __future__ import annotations

import json
import random
import selectors
import socket
import time
from collections import Counter, deque
from typing import Any

import numpy as np

from distq.nodes.runtime.lines import Lines, end_with_parent, listen, start_child, tell_parent
from distq.nodes.runtime.state import State

SILENT = "says nothing"
"""What is said of a node that waits for nothing that the server knows of: it computes, or it has stopped."""


class Server:
    """Serves one run.

    Attributes
    ----------
    queues
        Per node: what it has asked for and is not done yet.
    turn
        How many entries of the order of measurements are done in this shot.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self.names: list[str] = job["names"]
        self.order: list[int] = job["order"]
        self.shots, self.seed, self.timeout_s = int(job["shots"]), job["seed"], float(job["timeout_s"])
        self.matrices = [[np.array(m)[..., 0] + 1j * np.array(m)[..., 1] for m in own] for own in job["matrices"]]
        self.bits = int(job["bits"])
        self.queues: list[deque[list[Any]]] = [deque() for _ in self.names]
        self.links: list[Lines | None] = [None] * len(self.names)
        self.waiting: list[str] = ["has not started"] * len(self.names)
        self.counts: Counter[str] = Counter()
        self.pairs = 0
        self.shot = 0
        self.begin()

    def begin(self) -> None:
        """A new shot."""
        self.state, self.turn = State(), 0
        self.ended: list[list[list[int]] | None] = [None] * len(self.names)
        self.random = random.Random(f"distq node run/{self.seed}/{self.shot}")

    def answer(self, node: int, value: Any) -> None:
        """Answer a node."""
        link = self.links[node]
        assert link is not None
        link.put(value)
        link.flush()

    def progress(self) -> None:
        """Do whatever can be done."""
        moved = True
        while moved:
            moved = False
            for node, queue in enumerate(self.queues):
                while queue and self.do(node, queue[0]):
                    queue.popleft()
                    moved = True

    def do(self, node: int, wish: list[Any]) -> bool:
        """Do what a node asks for, if it is its turn."""
        self.waiting[node] = SILENT
        match wish:
            case ["gate", number, ions]:
                self.state.apply(self.matrices[node][number], [(node, ion) for ion in ions])
            case ["pair", tag, peer, ion]:
                return self.pair(node, tag, peer, ion)
            case ["measure" | "reset" | "done", *_] if self.order[self.turn] != node:
                return False
            case ["measure", ion]:
                self.answer(node, self.state.measure((node, ion), self.random.random))
            case ["reset", ion]:
                self.state.reset((node, ion), self.random.random)
            case ["done"]:
                self.turn += 1
            case ["waits", what]:
                self.waiting[node] = what
            case ["end", bits]:
                self.ended[node] = bits
                self.end_of_shot()
        return True

    def pair(self, node: int, tag: int, peer: int, ion: int) -> bool:
        """Make a pair once both nodes have asked for it."""
        other = next((w for w in list(self.queues[peer])[:1] if w[0] == "pair" and w[1] == tag), None)
        if other is None:
            self.waiting[node] = f"waits for Bell pair {tag} with {self.names[peer]}"
            return False
        self.queues[peer].popleft()
        self.state.pair((node, ion), (peer, other[3]))
        self.pairs += 1
        for end in (node, peer):
            self.waiting[end] = SILENT
            self.answer(end, "pair")
        return True

    def end_of_shot(self) -> None:
        """Count the outcome once all nodes have come to their ends."""
        if any(bits is None for bits in self.ended):
            return
        values = ["0"] * self.bits
        for bits in self.ended:
            for place, value in bits or ():
                values[place] = str(value)
        self.counts["".join(values)] += 1
        self.shot += 1
        self.begin()
        for node in range(len(self.names)):
            self.waiting[node] = SILENT
            self.answer(node, "next" if self.shot < self.shots else "stop")

    def why(self) -> str:
        """Which node waits for what."""
        said = []
        for node, name in enumerate(self.names):
            wish = self.queues[node][0][0] if self.queues[node] else ""
            if self.ended[node] is not None:
                continue
            if wish in ("measure", "reset", "done"):
                said.append(f"{name} waits for a measurement of {self.names[self.order[self.turn]]}")
            else:
                said.append(f"{name} {self.waiting[node]}")
        return "; ".join(said)


class _Connections:
    """The sockets of the nodes. The first line that comes over one says which node it is."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.listener = listen()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.unread: dict[socket.socket, bytes] = {}
        self.node: dict[socket.socket, int] = {}

    def wait(self, timeout_s: float) -> bool:
        """Take in what comes within a time; False if nothing comes. Raises EOFError, naming a node that has gone."""
        ready = self.selector.select(timeout_s)
        for key, _ in ready:
            assert isinstance(key.fileobj, socket.socket)
            if key.fileobj is self.listener:
                connection = self.listener.accept()[0]
                self.unread[connection] = b""
                self.selector.register(connection, selectors.EVENT_READ)
            else:
                self.read(key.fileobj)
        return bool(ready)

    def read(self, connection: socket.socket) -> None:
        """Queue what a node says."""
        data = connection.recv(1 << 16)
        if not data:
            raise EOFError(self.server.names[self.node[connection]] if connection in self.node else "a node")
        *lines, self.unread[connection] = (self.unread[connection] + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if connection not in self.node:
                self.node[connection] = said
                self.server.links[said] = Lines(connection)
                self.server.waiting[said] = SILENT
            else:
                self.server.queues[self.node[connection]].append(said)


def serve(server: Server) -> dict[str, Any]:
    """Listen to the nodes until all shots are done; returns what the parent is to know."""
    connections = _Connections(server)
    tell_parent({"port": connections.listener.getsockname()[1]})
    last = time.monotonic()
    while server.shot < server.shots:
        try:
            if connections.wait(min(server.timeout_s, 1.0)):
                last = time.monotonic()
        except EOFError as gone:
            return {"error": f"{gone} has ended in shot {server.shot}"}
        if time.monotonic() - last > server.timeout_s:
            return {"error": f"nothing has happened for {server.timeout_s:g} s in shot {server.shot}: {server.why()}"}
        server.progress()
    return {"counts": dict(server.counts), "pairs": server.pairs}


def main() -> None:
    """Entry point of the process."""
    job = start_child()
    end_with_parent()
    try:
        found = serve(Server(job))
    except (OSError, ValueError) as error:
        found = {"error": str(error)}
    tell_parent(found)


if __name__ == "__main__":
    main()
