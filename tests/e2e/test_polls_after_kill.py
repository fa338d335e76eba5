"""A poll whose server is killed in the middle of it: no vote is lost, and none counts twice."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.e2e.conftest import StartServer
from tests.e2e.helpers import PATIENCE


class Pupil:
    """A client of the JSON protocol that waits for each answer."""

    def __init__(self, port: int, name: str, **fields: Any) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._lines = self.socket.makefile("rb")
        self._asked = 0
        self.welcome = self.asks("register", sender=name, **fields)

    def asks(self, status: str, **fields: Any) -> dict[str, Any]:
        """Return the answer to a request."""
        self._asked += 1
        id = str(fields.setdefault("id", f"{status} {self._asked}"))
        self.socket.sendall(json.dumps({"status": status, **fields}).encode() + b"\n")
        while True:
            heard: dict[str, Any] = json.loads(self._lines.readline())
            if heard.get("id") == id:
                return heard


@contextmanager
def signed_in(port: int, tokens: dict[str, str]) -> Iterator[dict[str, Pupil]]:
    """Yield clients of these persons, who are in the room."""
    pupils = {
        name: Pupil(port, name, **({"token": token} if token else {})) for name, token in tokens.items()
    }
    for name, pupil in pupils.items():
        tokens[name] = pupil.welcome["token"]
        if pupil.asks("join", receiver="R")["status"] == "error":
            pupil.asks("create", receiver="R")
    yield pupils
    for pupil in pupils.values():
        with closing(pupil.socket):
            pupil._lines.close()


def test_a_poll_survives_a_kill(serve: StartServer) -> None:
    """Votes are there after a restart, a person still has one, and a repeated request changes nothing."""
    tokens = dict.fromkeys(("Mona", *(f"guest{number}" for number in range(6))), "")
    server = serve()
    with signed_in(server.port, tokens) as pupils:
        options = ["quicksort", "mergesort"]
        pupils["Mona"].asks("session", receiver="R", text="begin")
        pupils["Mona"].asks("poll", receiver="R", text="Which?", options=options, seconds=3600)
        for number in range(5):
            pupils[f"guest{number}"].asks("vote", receiver="R", choices=[0], id="same")
        server.signals(signal.SIGKILL)
        server.ends()
    with signed_in(serve().port, tokens) as pupils:
        pupils["guest0"].asks("vote", receiver="R", choices=[1])
        pupils["guest0"].asks("vote", receiver="R", choices=[0], id="same")
        pupils["guest5"].asks("vote", receiver="R", choices=[1])
        assert "success" == pupils["Mona"].asks("endpoll", receiver="R")["status"]
        (poll,) = pupils["guest1"].asks("polls", receiver="R")["polls"]

    assert ([4, 2], 6, 6) == (poll["counts"], poll["votes"], poll["here"])
