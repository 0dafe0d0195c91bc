"""Messages between the processes: one JSON value a line, over a socket of this machine or a pipe."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from typing import Any

HOST = "127.0.0.1"


class Lines:
    """A socket that carries lines. What is sent waits until ``flush``."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._out: list[str] = []
        self._reader = connection.makefile("r", encoding="utf-8")

    def put(self, value: Any) -> None:
        """Send a value with the next flush."""
        self._out.append(json.dumps(value, separators=(",", ":")))

    def flush(self) -> None:
        """Send what waits."""
        if self._out:
            data = "\n".join(self._out) + "\n"
            self._out.clear()
            self.socket.sendall(data.encode())

    def get(self) -> Any:
        """The next value; None if the other side has gone."""
        line = self._reader.readline()
        return json.loads(line) if line else None


def connect(port: int) -> Lines:
    """A connection to a process that listens on ``port``."""
    return Lines(socket.create_connection((HOST, port)))


def listen() -> socket.socket:
    """A socket that other processes of this machine can connect to."""
    return socket.create_server((HOST, 0))


def start_child() -> Any:
    """What a process is to do, from its standard input; when that ends, its parent has gone and it ends too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    return json.loads(sys.stdin.readline())


def end_with_parent() -> None:
    """From now on, end this process as soon as its standard input ends."""

    def watch() -> None:
        while sys.stdin.readline():
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def tell_parent(value: Any) -> None:
    """One line on standard output."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
