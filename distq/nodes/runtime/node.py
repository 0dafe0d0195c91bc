"""The process of one node: it knows its own program, and nothing of the others but where they listen."""

from __future__ import annotations

import json
import socket
import sys
import threading
from typing import Any

from distq.nodes.runtime.lines import Lines, connect, end_with_parent, listen, start_child, tell_parent


class Mailbox:
    """Messages of other nodes by shot and tag, received by threads."""

    def __init__(self, listener: socket.socket) -> None:
        self._arrived = threading.Condition()
        self._messages: dict[tuple[int, int], int] = {}
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            link = Lines(listener.accept()[0])
            threading.Thread(target=self._read, args=(link,), daemon=True).start()

    def _read(self, link: Lines) -> None:
        while (message := link.get()) is not None:
            shot, tag, bit = message
            with self._arrived:
                self._messages[shot, tag] = bit
                self._arrived.notify_all()

    def has(self, shot: int, tag: int) -> bool:
        """True if a message is there."""
        with self._arrived:
            return (shot, tag) in self._messages

    def take(self, shot: int, tag: int) -> int:
        """A message; waits for it."""
        with self._arrived:
            self._arrived.wait_for(lambda: (shot, tag) in self._messages)
            return self._messages.pop((shot, tag))


class Node:
    """Executes a program, shot after shot."""

    def __init__(self, job: dict[str, Any], ports: list[int], server: Lines, mailbox: Mailbox) -> None:
        self.actions, self.number_of_bits = job["actions"], int(job["bits"])
        self.results: list[list[int]] = job["results"]
        self.names: list[str] = job["names"]
        self.ports, self.server, self.mailbox = ports, server, mailbox
        self.peers: dict[int, Lines] = {}
        self.shot = 0

    def run(self) -> None:
        """All shots."""
        more = True
        while more:
            self.bits = [0] * self.number_of_bits
            for action in self.actions:
                self.do(action)
                if ordered(action):
                    self.server.put(["done"])
            more = self.ask(["end", [[place, self.bits[bit]] for place, bit in self.results]]) == "next"
            self.shot += 1

    def ask(self, wish: list[Any]) -> Any:
        """Ask the server and wait for its answer."""
        self.server.put(wish)
        self.server.flush()
        answer = self.server.get()
        if answer is None:
            sys.exit(1)
        return answer

    def do(self, action: list[Any]) -> None:
        """One action."""
        match action:
            case ["gate", _, _] | ["reset", _]:
                self.server.put(action)
            case ["pair", *_]:
                self.ask(action)
            case ["measure", ion, bit]:
                self.bits[bit] = self.ask(["measure", ion])
            case ["send", tag, peer, bit]:
                if peer not in self.peers:
                    self.peers[peer] = connect(self.ports[peer])
                self.peers[peer].put([self.shot, tag, self.bits[bit]])
                self.peers[peer].flush()
            case ["receive", tag, peer, bit]:
                if not self.mailbox.has(self.shot, tag):
                    self.server.put(["waits", f"waits for message {tag} from {self.names[peer]}"])
                    self.server.flush()
                self.bits[bit] = self.mailbox.take(self.shot, tag)
            case ["if", bits, value, body, otherwise]:
                found = sum(self.bits[b] << i for i, b in enumerate(bits))
                for inner in body if found == value else otherwise:
                    self.do(inner)


def ordered(action: list[Any]) -> bool:
    """True for an action that measures or resets, perhaps under a condition."""
    if action[0] == "if":
        return any(ordered(inner) for inner in (*action[3], *action[4]))
    return action[0] in ("measure", "reset")


def main() -> None:
    """Entry point of the process."""
    job = start_child()
    listener = listen()
    mailbox = Mailbox(listener)
    tell_parent({"port": listener.getsockname()[1]})
    places = json.loads(sys.stdin.readline())
    end_with_parent()
    server = connect(places["server"])
    server.put(job["node"])
    server.flush()
    Node(job, places["nodes"], server, mailbox).run()


if __name__ == "__main__":
    main()
