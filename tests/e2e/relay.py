"""A way to a server that stops in the middle, so that a test breaks it there on a machine of any speed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from tests.e2e.helpers import PATIENCE


def _hang_up(one: socket.socket) -> None:
    with suppress(OSError):  # it was closed before
        one.shutdown(socket.SHUT_RDWR)


class Relay:
    """A port that leads to a server, and that delivers only so many bytes until the way is broken.

    Clients' connections stay open meanwhile, even if the server ends. When the way is broken they are closed,
    and what they had not delivered is lost. Later connections deliver everything.
    """

    def __init__(self, port: int, most: int) -> None:
        """Lead to a port of this machine, and deliver about `most` bytes in each direction."""
        self.delivered = {"up": 0, "down": 0}
        """Bytes of all connections to the server, and from it."""
        self._server, self._most = port, most
        self._stuck, self._broken = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._start(self._accept)

    def is_stuck(self) -> None:
        """Wait until `most` bytes were delivered, and more have come."""
        assert self._stuck.wait(PATIENCE), f"delivered only {self.delivered}"

    def breaks(self) -> None:
        """Break the way once, for the connections that are open."""
        with self._lock:
            self._broken.set()
            for one in self._open:
                _hang_up(one)

    def close(self) -> None:
        """Close all connections, and stop. Harmless twice."""
        _hang_up(self._listening)
        self._listening.close()
        self.breaks()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _start(self, function: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _accept(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                self._start(self._connect, self._listening.accept()[0])

    def _connect(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self._server)) as server:
            both = {client, server}
            with self._lock:
                self._open |= both
            down = self._start(self._pass_on, "down", server, client)
            self._pass_on("up", client, server)
            down.join()
            with self._lock:
                self._open -= both

    def _pass_on(self, way: str, source: socket.socket, target: socket.socket) -> None:
        """Deliver what comes, until one end hangs up; then hang up on both, on the client not too early."""
        with suppress(OSError):
            while data := source.recv(65_536):
                if self.delivered[way] >= self._most:
                    self._stuck.set()
                    self._broken.wait()
                target.sendall(data)
                with self._lock:
                    self.delivered[way] += len(data)
        if way == "down":
            self._broken.wait()
        _hang_up(source)
        _hang_up(target)
